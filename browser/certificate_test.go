package browser

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/certificate"
	"github.com/openllmo/git-anchor/internal/ots"
)

func TestConfirmed(t *testing.T) {
	d := document(t)
	c := certify(t, "coinbase.bin", d, genesis(t, d))
	both(t, html(t, c), func(b *tab) {
		b.expect("self", "good", "✔ The proof, the header and the text of this page agree.")
		b.choose("result", save(t, "any name.bin", d))
		b.expect("result", "good", "✔ These are the bytes that were stamped. They existed no later than 2009-01-03 (UTC).")
		if got := b.text("result"); !strings.Contains(got, c.Outcome.Header.Hash().String()) {
			t.Errorf("the block is not named: %s", got)
		}
		b.choose("result", save(t, "coinbase.bin", append(d, '\n')))
		b.expect("result", "bad", "✘ This is not the document: its digest is another one.")
		if got := b.class("bytes"); got != "answer bad" {
			t.Errorf("integrity is %q", got)
		}
		b.about("✘ This is not the document: its digest is another one.", "✘ Confirmed: coinbase.bin")
		b.choose("result", save(t, "coinbase.bin", d))
		b.about("", "Confirmed: coinbase.bin")
		b.choose("result", save(t, "empty", nil))
		b.expect("result", "bad", "✘ This is not the document")
		b.choose("result", save(t, "x.ots", c.Proof))
		b.expect("result", "bad", "✘ This is not the document")
		if got := b.text("alarm"); got != "" {
			t.Errorf("alarm: %s", got)
		}
	})
}

// about compares what the head of the page and its tab say of the file dropped.
func (b *tab) about(head, title string) {
	b.t.Helper()
	var got []string
	b.run(chromedp.Evaluate(`[document.getElementById("copy").textContent, document.title, document.documentElement.hasAttribute("data-copy") ? "other" : ""]`, &got))
	if want := []string{head, title, map[bool]string{true: "other"}[head != ""]}; !slices.Equal(got, want) {
		b.t.Errorf("the head and the tab say %q, want %q", got, want)
	}
}

// headColour is that of the word for the state.
func (b *tab) headColour() (colour string) {
	b.t.Helper()
	b.run(chromedp.Evaluate(`getComputedStyle(document.querySelector(".state")).color`, &colour))
	return colour
}

// The page lists every operation, as it computes them from the proof.
func TestOperationsAreListed(t *testing.T) {
	d := document(t)
	root := bitcoin.Mainnet().Genesis().MerkleRoot()
	digest := sha256.Sum256(d)
	for name, ops := range map[string][]ots.Op{
		"plain": {{Tag: ots.SHA256}},
		"rare":  {{Tag: ots.Append, Arg: []byte{1}}, {Tag: ots.RIPEMD160}},
	} {
		raw := proof(t, d, ots.BitcoinAt(0), ots.Op{Tag: ots.SHA256})
		if name == "rare" { // beside the path to the block
			p, end, err := ots.Chain(ots.SHA256, digest[:], ops)
			if err != nil {
				t.Fatal(err)
			}
			end.Attestations = []ots.Attestation{ots.BitcoinAt(1)}
			p.Tree.Branches = append(p.Tree.Branches, ots.Branch{Op: ots.Op{Tag: ots.SHA256}, Tree: &ots.Tree{Attestations: []ots.Attestation{ots.BitcoinAt(0)}}})
			raw = p.Bytes()
		}
		b := open(t)
		b.run(chromedp.Navigate("file://" + save(t, "page.html", html(t, certify(t, "coinbase.bin", d, raw)))))
		b.expect("self", "good", "✔")
		if got := b.text("operations"); got != "sha256 → "+hex.EncodeToString(root[:]) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestPending(t *testing.T) {
	d := document(t)
	page := html(t, certify(t, "coinbase.bin", d, pending(t, d)))
	both(t, page, func(b *tab) {
		b.expect("self", "wait", "… The text of this page agrees with its proof, in which no block is confirmed.")
		b.choose("result", save(t, "coinbase.bin", d))
		b.expect("result", "wait", "… These are the bytes that the proof is for. It is pending, and proves nothing to a third party.")
		b.choose("result", save(t, "coinbase.bin", d[1:]))
		b.expect("result", "bad", "✘ This is not the document")
	})
	if bytes.Contains(page, []byte("✔</span>")) || bytes.Contains(page, []byte(`data-is="height"`)) {
		t.Error("the page has what only a confirmed one has")
	}
}

func TestChanged(t *testing.T) {
	stamped, now := document(t), append(document(t), '\n')
	both(t, html(t, certify(t, "coinbase.bin", now, genesis(t, stamped))), func(b *tab) {
		b.expect("self", "note", "~ The text of this page agrees with its proof, which is for other bytes.")
		b.choose("result", save(t, "now", now))
		b.expect("result", "bad", "✘ These are the bytes that the document has now. They are not those that were stamped.")
		b.choose("result", save(t, "then", stamped))
		b.expect("result", "note", "~ This is the version that was stamped, and not the one that this certificate is about.")
		b.about("", "Changed: coinbase.bin")
		b.choose("result", save(t, "other", stamped[2:]))
		b.expect("result", "bad", "✘ This is not the document")
		b.about("✘ This is not the document: its digest is another one.", "✘ Changed: coinbase.bin")
	})
}

func TestRegtest(t *testing.T) {
	both(t, html(t, regtest(t)), func(b *tab) {
		b.expect("self", "wait", "… The proof, the header")
		b.choose("result", save(t, "coinbase.bin", document(t)))
		b.expect("result", "wait", "… regtest, proves nothing: These are the bytes that the proof is for. It leads to a block of the test chain.The proof leads")
		b.about("", "regtest, proves nothing: Confirmed: coinbase.bin")
		red := b.headColour()
		b.choose("result", save(t, "coinbase.bin", document(t)[1:]))
		b.about("✘ This is not the document: its digest is another one.", "✘ regtest, proves nothing: Confirmed: coinbase.bin")
		if grey := b.headColour(); grey == red {
			t.Errorf("beside another file the head is %s as before", grey)
		}
		header := regtest(t).Outcome.Header
		b.run(chromedp.Evaluate(`document.querySelector(".paste").open = true`, nil))
		b.compare(hex.EncodeToString(header[:]))
		b.expect("compared", "wait", "… The same 80 bytes.")
		if got := b.text("compared"); strings.Contains(got, "Bitcoin") {
			t.Errorf("compared says %s", got)
		}
	})
}

// Pending on a test chain, too, a page is not about Bitcoin.
func TestRegtestPending(t *testing.T) {
	d := document(t)
	c := certify(t, "coinbase.bin", d, pending(t, d))
	c.Regtest = true
	both(t, html(t, c), func(b *tab) {
		b.expect("self", "wait", "… The text of this page agrees with its proof, in which no block is confirmed.")
		b.choose("result", save(t, "coinbase.bin", d))
		b.expect("result", "wait", "… regtest, proves nothing: These are the bytes that the proof is for. It is pending, ")
	})
}

// What a script of its own would be is not run, and a request is not made. The
// same additions without the policy are run and make one, in the same time.
func TestPolicyHolds(t *testing.T) {
	d := document(t)
	page := html(t, certify(t, "coinbase.bin", d, genesis(t, d)))
	policy := regexp.MustCompile(`<meta http-equiv[^>]*>`)
	for _, tt := range []struct{ addition, asks string }{
		{`<script>document.title = "run"</script>`, ""},
		{`<img src="http://elsewhere.example/x.png" onerror="document.title = 'run'">`, "GET elsewhere.example/x.png"},
		{`<iframe src="http://elsewhere.example/"></iframe>`, "GET elsewhere.example/"},
		{`<style>main { background: url("http://elsewhere.example/y.png") }</style>`, "GET elsewhere.example/y.png"},
	} {
		edited := bytes.Replace(page, []byte("</main>"), []byte("</main>"+tt.addition), 1)
		b := open(t)
		b.run(chromedp.Navigate("file://" + save(t, "page.html", edited)))
		b.expect("self", "good", "✔")
		if title := b.afterAsking(); title != "Confirmed: coinbase.bin" {
			t.Errorf("%s was run: %s", tt.addition, title)
		}
		b.silent()
		if b = open(t); !policy.Match(edited) {
			t.Fatal("the page has no policy")
		}
		b.run(chromedp.Navigate("file://" + save(t, "page.html", policy.ReplaceAll(edited, nil))))
		title, asked := b.afterAsking(), b.net.requests()
		if tt.asks == "" && title != "run" || tt.asks != "" && !slices.Contains(asked, tt.asks) || !slices.Contains(asked, "GET elsewhere.example/z") {
			t.Errorf("without the policy %s is not noticed: %s, %q", tt.addition, title, asked)
		}
	}
}

// afterAsking has the page ask for something itself, waits until the answer is
// there or refused and the page has nothing left to do, and returns its title.
func (b *tab) afterAsking() (title string) {
	b.t.Helper()
	b.run(chromedp.Evaluate(`(async () => {
		await fetch("http://elsewhere.example/z", { mode: "no-cors" }).catch(() => 0);
		if (document.readyState !== "complete") await new Promise((done) => { addEventListener("load", done); });
		await new Promise((done) => { requestIdleCallback(done); });
		return document.title;
	})()`, &title, awaited))
	return title
}

func TestHeaderPasted(t *testing.T) {
	d := document(t)
	c := certify(t, "coinbase.bin", d, genesis(t, d))
	header := hex.EncodeToString(c.Outcome.Header[:])
	forged, other := easy(t, c.Outcome.Header.MerkleRoot()), easy(t, bitcoin.Hash{1})
	both(t, html(t, c), func(b *tab) {
		b.run(chromedp.Evaluate(`document.querySelectorAll("details").forEach((d) => { d.open = true; })`, nil))
		for _, tt := range []struct{ header, kind, says string }{
			{header, "good", "✔ The same 80 bytes."},
			{" " + strings.ToUpper(header[:80]) + "\n" + header[80:] + "\n", "good", "✔ The same 80 bytes."},
			{header[1:], "bad", "✘ A header has 160 hexadecimal digits, this has 159."},
			{"", "bad", "✘ A header has 160 hexadecimal digits, this has 0."},
			{strings.Repeat("xy", 80), "bad", "✘ A header has 160"},
			{header[:158] + "00", "bad", "✘ This header does not meet the difficulty that it states."},
			{hex.EncodeToString(forged[:]), "bad", "✘ This header's difficulty is too low for block 0."},
			{hex.EncodeToString(other[:]), "bad", "✘ This is another header."},
		} {
			b.compare(tt.header)
			b.expect("compared", tt.kind, tt.says)
		}
	})
}

// What can be saved is what was put in.
func TestFilesAreSaved(t *testing.T) {
	d := document(t)
	c := certify(t, "../coin:base.bin", d, genesis(t, d))
	c.Document = d
	want := map[string][]byte{"proof": c.Proof, "document": d}
	b := open(t)
	b.run(chromedp.Navigate("file://" + save(t, "page.html", html(t, c))))
	for key, content := range want {
		var got []string
		b.run(chromedp.Evaluate(`(async () => {
			const made = []; const create = URL.createObjectURL;
			URL.createObjectURL = (blob) => { made.push(blob); return create(blob); };
			let name; HTMLAnchorElement.prototype.click = function () { name = this.download; };
			document.querySelector("[data-file=`+key+`]").click();
			return [name, Array.from(new Uint8Array(await made[0].arrayBuffer()), (b) => (b + 256).toString(16).slice(1)).join("")];
		})()`, &got, awaited))
		if len(got) != 2 || got[1] != hex.EncodeToString(content) {
			t.Errorf("%s: %q", key, got)
		}
		if strings.ContainsAny(got[0], `/\:`) || got[0] == "" {
			t.Errorf("%s is saved as %q", key, got[0])
		}
	}
}

func TestLanguages(t *testing.T) {
	d := document(t)
	c := certify(t, "coinbase.bin", d, genesis(t, d))
	b := open(t)
	for _, lang := range certificate.Langs() {
		page, err := c.HTML(lang)
		if err != nil {
			t.Fatal(err)
		}
		b.run(chromedp.Navigate("file://" + save(t, "page.html", page)))
		b.expect("self", "good", "✔")
		b.choose("result", save(t, "coinbase.bin", d))
		b.expect("result", "good", "✔")
		if got := b.text("result"); strings.ContainsAny(got, "{}") || !strings.Contains(got, "2009-01-03") {
			t.Errorf("%s: %s", lang, got)
		}
	}
}
