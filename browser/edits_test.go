package browser

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/openllmo/git-anchor/internal/certificate"
)

// An edit of a page. The old text must be there count times, 0 for any, and all
// of them are edited.
type edit struct {
	name      string
	page      []byte
	old, edit string
	count     int
}

// Whatever is edited of what the page says or carries is found.
func TestEditsAreFound(t *testing.T) {
	d := document(t)
	c := certify(t, "coinbase.bin", d, genesis(t, d))
	edits := append(editsOfText(html(t, c)), editsOfProof(t, c, d)...)
	edits = append(edits, editsOfOthers(t, c, d)...)
	edits = append(edits, editsOfCarried(t, c, d)...)
	b := open(t)
	for _, e := range edits {
		t.Run(e.name, func(t *testing.T) {
			b.t = t
			b.damaged(e, d)
		})
	}
	b.t = t
	b.silent()
}

// damaged opens the page with the edit, which says that it is damaged, whatever
// is dropped on it.
func (b *tab) damaged(e edit, document []byte) {
	b.t.Helper()
	n := bytes.Count(e.page, []byte(e.old))
	if n == 0 || e.count > 0 && n != e.count {
		b.t.Fatalf("%d of %q in the page", n, e.old)
	}
	edited := bytes.ReplaceAll(e.page, []byte(e.old), []byte(e.edit))
	b.run(chromedp.Navigate("file://" + save(b.t, "page.html", edited)))
	b.expect("alarm", "bad", "✘ This page is damaged or was edited")
	if e.name != "a part gone" {
		b.expect("self", "bad", "✘ This page is damaged or was edited")
	}
	b.choose("result", save(b.t, "coinbase.bin", document))
	b.expect("result", "bad", "✘ This page is damaged or was edited")
	var mark string
	if b.run(chromedp.Evaluate(`document.querySelector("header .sign").textContent`, &mark)); mark != "✘" {
		b.t.Errorf("the headline has the sign %s", mark)
	}
	var hidden bool
	b.run(chromedp.Evaluate(`document.getElementById("files").hidden`, &hidden))
	if !hidden {
		b.t.Error("the page offers its proof all the same")
	}
}

// editsOfText are of what a confirmed page says, and of what is read with it.
func editsOfText(page []byte) []edit {
	return []edit{
		{"date", page, "no later than <time>2009-01-03</time> (UTC).</h1>", "no later than <time>2008-01-03</time> (UTC).</h1>", 1},
		{"height", page, `data-is="height">0<`, `data-is="height">1<`, 1},
		{"lead", page, "at height 0 commits", "at height 100 commits", 1},
		{"state word", page, `id="state">Confirmed<`, `id="state">Changed<`, 1},
		{"digest shown", page, `data-is="digest" class="mono">`, `data-is="digest" class="mono">00`, 1},
		{"hash shown", page, `data-is="hash" class="mono">0000`, `data-is="hash" class="mono">0001`, 1},
		{"time shown", page, "</time> 18:15:05 UTC", "</time> 08:15:05 UTC", 1},
		{"name", page, `data-is="name">coinbase.bin`, `data-is="name">contract.pdf`, 2},
		{"title", page, "<title>Confirmed: coinbase", "<title>Confirmed: contract", 1},
		{"date in a list", page, "no later than <time>2009-01-03</time> (UTC).<li>", "no later than <time>2008-01-03</time> (UTC).<li>", 1},
		{"size", page, "<dd>204 bytes<", "<dd>999 bytes<", 1},
		{"who checked", page, "by hash to the table", "by hash to the court", 1},
		{"a sentence more", page, "<footer>", "<footer>This is signed.", 1},
		{"headline that is not seen", page, `<h1>`, `<h1 hidden>`, 1},
		{"all but the headline's twin not seen", page, `<header>`, `<header hidden>`, 1},
		{"day of making carried", page, `"made":"2025-09-01`, `"made":"1999-09-01`, 1},
		{"program carried", page, `"tool":"git-anchor 1.0.0"`, `"tool":"git-anchor 9.9.9"`, 1},
		{"name to save the proof by", page, `"name":"coinbase.bin.ots"`, `"name":"coinbase.bin.exe"`, 1},
		{"another proof to save", page, `"name":"coinbase.bin.ots"`, `"name":"coinbase.bin.ots","base64":"AAAA"`, 1},
		{"digest that is not looked at", page, `"height":0,`, `"height":0,"digest":"00",`, 1},
		{"data damaged", page, `"schema":`, `"schema";`, 1},
		{"data gone", page, `id="data"`, `id="date"`, 1},
		{"a part gone", page, `id="self"`, `id="shelf"`, 1},
		{"time after, of text", page, `"height":0,`, `"height":0,"notAfter":"1231006505",`, 1},
		{"time after, before all time", page, `"height":0,`, `"height":0,"notAfter":-1,`, 1},
		{"time after, past all time", page, `"height":0,`, `"height":0,"notAfter":1e20,`, 1},
		{"regtest carried", page, `"height":0,`, `"height":0,"regtest":"\u200b",`, 1},
		{"mark of a text taken off", page, `<p id="lead">`, "<p>", 1},
		{"mark of a fact taken off", page, ` data-is="height"`, "", 1},
		{"height carried", page, `"height":0,`, `"height":1,`, 1},
		{"state carried of a confirmed one", page, `"state":"confirmed"`, `"state":"changed"`, 1},
		{"unknown state", page, `"state":"confirmed"`, `"state":"certain"`, 1},
	}
}

// editsOfProof are of the proof and the header that a confirmed page carries.
func editsOfProof(t *testing.T, c *certificate.Certificate, d []byte) []edit {
	t.Helper()
	page := html(t, c)
	header, raw := hex.EncodeToString(c.Outcome.Header[:]), base64.StdEncoding.EncodeToString(c.Proof)
	forged := easy(t, c.Outcome.Header.MerkleRoot())
	flipped := bytes.Clone(c.Proof)
	flipped[40] ^= 1
	another := base64.StdEncoding.EncodeToString(genesis(t, append(bytes.Clone(d), 0)))
	return []edit{
		{"header", page, header, header[:159] + "0", 0},
		{"header of no work", page, header, hex.EncodeToString(forged[:]), 0},
		{"header cut", page, `"header":"` + header, `"header":"` + header[2:], 1},
		{"proof damaged", page, raw, base64.StdEncoding.EncodeToString(flipped), 0},
		{"proof cut", page, raw, base64.StdEncoding.EncodeToString(c.Proof[:60]), 0},
		{"proof of another file", page, raw, another, 0},
		{"proof gone", page, raw, "", 0},
	}
}

// editsOfCarried are of documents that pages carry, that of a record among them.
func editsOfCarried(t *testing.T, c *certificate.Certificate, d []byte) []edit {
	t.Helper()
	record, now := recordOf(t), append(bytes.Clone(d), '\n')
	carried, changed := *c, certify(t, "coinbase.bin", now, genesis(t, d))
	carried.Document, changed.Document = d, now
	encoded := base64.StdEncoding.EncodeToString
	forged := bytes.ReplaceAll(record, fmt.Appendf(nil, "%x", sha256.Sum256([]byte(whois))), fmt.Appendf(nil, "%x", sha256.Sum256([]byte("forged"))))
	return []edit{
		{"record exchanged", html(t, carrying(t, regtestOf(t, "record.json", record), record)), encoded(record), encoded(forged), 1},
		{"document exchanged", html(t, &carried), encoded(d), encoded(now), 1},
		{"document emptied", html(t, &carried), encoded(d), "", 1},
		{"document damaged", html(t, &carried), encoded(d), "=" + encoded(d), 1},
		{"document that was stamped, put in the place of today's", html(t, changed), encoded(now), encoded(d), 1},
	}
}

// editsOfOthers are of pages that are pending, on regtest, or show a median time.
func editsOfOthers(t *testing.T, c *certificate.Certificate, d []byte) []edit {
	t.Helper()
	waiting, plain := html(t, certify(t, "coinbase.bin", d, pending(t, d))), html(t, regtest(t))
	later := *c
	later.Outcome.NotAfter = c.Outcome.BlockTime.Add(time.Hour)
	median := html(t, &later)
	return []edit{
		{"another sentence in the headline", waiting, `<h1>No Bitcoin block stands behind this document yet.`, `<h1>The proof, the header and the text of this page agree.`, 1},
		{"median time shown", median, `data-is="after"><time>2009-01-03</time> 19`, `data-is="after"><time>2009-01-03</time> 18`, 1},
		{"median time gone", median, ` data-is="after"`, "", 1},
		{"claim in place of regtest", plain, `<h1>regtest, proves nothing.`, `<h1>These exact bytes existed no later than 2025-08-28 (UTC).`, 1},
		{"state carried", waiting, `"state":"pending"`, `"state":"confirmed"`, 1},
		{"regtest no longer said", plain, `<p class="regtest">`, `<p class="x">`, 1},
		{"regtest no longer seen", plain, `<p class="regtest">`, `<p class="regtest" hidden>`, 1},
		{"regtest said otherwise", plain, "<strong>regtest, proves nothing<", "<strong>regtest, proves all<", 1},
		{"regtest no longer carried", plain, `"regtest":true,`, "", 1},
		{"regtest neither said nor carried", bytes.Replace(plain, []byte(`"regtest":true,`), nil, 1), `<p class="regtest">`, "<p hidden>", 1},
	}
}
