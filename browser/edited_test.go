package browser

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/certificate"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// look is what a page's head looks like: its sign, its colour, whether it says
// that it is unchecked, and its alarm.
func (b *tab) look() (sign, colour string, unchecked bool) {
	b.t.Helper()
	var got []string
	b.run(chromedp.Evaluate(`[document.querySelector(".state .sign").textContent, getComputedStyle(document.querySelector(".state")).color,
		String(document.getElementById("unchecked").getClientRects().length > 0)]`, &got))
	return got[0], got[1], got[2] == "true"
}

// Until its script has found everything in order, a page looks unchecked, and
// so it stays where the script is damaged, cut off or not run.
func TestUncheckedUntilItIsChecked(t *testing.T) {
	d := document(t)
	b := open(t)
	for name, c := range map[string]*certificate.Certificate{
		"confirmed": certify(t, "coinbase.bin", d, genesis(t, d)),
		"pending":   certify(t, "coinbase.bin", d, pending(t, d)),
		"changed":   certify(t, "coinbase.bin", append(d, 1), genesis(t, d)),
	} {
		page := html(t, c)
		b.run(chromedp.Navigate("file://" + save(t, "page.html", page)))
		_, colour, unchecked := b.look()
		if unchecked {
			t.Errorf("%s: a checked page says it is unchecked", name)
		}
		damaged := map[string][]byte{
			"script":   bytes.Replace(page, []byte(`"use strict"`), []byte(`'use strict'`), 1),
			"its text": bytes.Replace(page, []byte(`built={"`), []byte(`built={ "`), 1),
			"end":      page[:len(page)*4/5],
			"no end":   page[:bytes.Index(page, []byte("<script"))],
		}
		for what, page := range damaged {
			b.run(chromedp.Navigate("file://" + save(t, "page.html", page)))
			if sign, neutral, unchecked := b.look(); sign != "?" || neutral == colour || !unchecked {
				t.Errorf("%s, damaged %s: sign %s, colour %s, %s when checked; says so: %v", name, what, sign, neutral, colour, unchecked)
			}
		}
		b.run(emulation.SetScriptExecutionDisabled(true), chromedp.Navigate("file://"+save(t, "page.html", page)),
			emulation.SetScriptExecutionDisabled(false))
		if sign, neutral, unchecked := b.look(); sign != "?" || neutral == colour || !unchecked {
			t.Errorf("%s without JavaScript: sign %s, colour %s, says so: %v", name, sign, neutral, unchecked)
		}
	}
}

// A name is shown and compared as it is, with every blank.
func TestBlanksInNames(t *testing.T) {
	d := document(t)
	b := open(t)
	for _, name := range []string{"two  blanks.md", " before.md", "behind.md ", "no\u00a0break.md", "a&b<c>+'\".md"} {
		b.run(chromedp.Navigate("file://" + save(t, "page.html", html(t, certify(t, name, d, genesis(t, d))))))
		b.expect("self", "good", "✔")
		if a := b.text("alarm"); a != "" {
			t.Error(a)
		}
	}
}

// cheap is a header of the lowest difficulty there is, whose merkle root is the
// digest of a document that Mallory wrote: a minute's work for anybody.
const (
	mallory = "I, Mallory, invented this on 1 January 2009.\n"
	cheap   = "0100000000000000000000000000000000000000000000000000000000000000000000008f1c71e86b4dc245211384652fb10fbd6581f04c27dea739ffa3851ef5609c6280845c49ffff001da9cf0c44"
)

func header(t *testing.T, text string) bitcoin.Header {
	t.Helper()
	raw, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return bitcoin.Header(raw)
}

// certifyHeader makes a certificate of a document at a height, of which nobody
// has looked whether the header is that block's.
func certifyHeader(t *testing.T, c *certificate.Certificate, height uint64, h bitcoin.Header) *certificate.Certificate {
	t.Helper()
	c.Outcome = verify.Outcome{
		Status: verify.Confirmed, Rung: bitcoin.RungNode, Height: height, Header: h, ClaimDate: bitcoin.ClaimDate(h, time.Time{}),
		BlockTime: h.Time(), Hash: ots.SHA256, Stamped: c.SHA256[:], Digest: c.SHA256[:],
	}
	return c
}

// A header is measured by what work cost when the block was made.
func TestCheapHeaders(t *testing.T) {
	b := open(t)
	doc := []byte(mallory)
	for _, height := range []uint64{40_000, 99_999, 800_000, 9_000_000} {
		c := certify(t, "doc.txt", doc, proof(t, doc, ots.BitcoinAt(height)))
		b.run(chromedp.Navigate("file://" + save(t, "page.html", html(t, certifyHeader(t, c, height, header(t, cheap))))))
		b.expect("self", "bad", "✘ This page is damaged or was edited")
		if got, why := b.text("alarm"), fmt.Sprintf("difficulty is too low for block %d.", height); !strings.Contains(got, why) {
			t.Errorf("%d: %s", height, got)
		}
	}
}

// block655199 is the header of that block, of 3 November 2020.
const block655199 = "00e0ff27f0ba3fd3a8f8041dcef8e8d9c9ef5028101161d66c4d0100000000000000000066269211fa01c3fa44f51da132552be0879364569fd3838f4d8ec9f1b4aa6a093512a15f4e130e17308d6a61"

// A header is measured by when its block was made: here one whose work would do
// for a later height, and more than do for an earlier one.
func TestHeadersOfAnotherTime(t *testing.T) {
	h := header(t, block655199)
	b := open(t)
	for height, says := range map[uint64]string{
		300_000: "time does not go with block 300000.",
		600_000: "time does not go with block 600000.",
		655199:  "",
		700_000: "time does not go with block 700000.",
		750_000: "difficulty is too low for block 750000.",
	} {
		// Whatever has that digest: the page has only the proof to go by.
		p, end, err := ots.Chain(ots.SHA256, h[36:68], nil)
		if err != nil {
			t.Fatal(err)
		}
		end.Attestations = []ots.Attestation{ots.BitcoinAt(height)}
		c := certify(t, "root", document(t), pending(t, document(t)))
		c.Proof, c.SHA256 = p.Bytes(), h.MerkleRoot()
		b.run(chromedp.Navigate("file://" + save(t, "page.html", html(t, certifyHeader(t, c, height, h)))))
		if got := b.text("alarm"); !strings.Contains(got, says) || says == "" && got != "" {
			t.Errorf("%d: %s", height, got)
		}
	}
}

// A page whose data says regtest is not green, and has no good sign, whatever is
// dropped and pasted.
func TestRegtestIsNeverGreen(t *testing.T) {
	c := regtest(t)
	b := open(t)
	b.run(chromedp.Navigate("file://" + save(t, "page.html", html(t, c))))
	b.choose("result", save(t, "coinbase.bin", document(t)))
	b.run(chromedp.Evaluate(`document.querySelectorAll("details").forEach((d) => { d.open = true; })`, nil))
	b.compare(hex.EncodeToString(c.Outcome.Header[:]))
	b.expect("compared", "wait", "… The same 80 bytes.")
	var good []string
	b.run(chromedp.Evaluate(`[...document.querySelectorAll(".good, .confirmed")].map((e) => e.outerHTML).concat(document.body.innerText.match(/✔/g) || [])`, &good))
	if len(good) > 0 {
		t.Errorf("there is %q", good)
	}
	if sign, _, _ := b.look(); sign != "!" {
		t.Errorf("the sign is %s", sign)
	}
}

// Who makes a pending certificate say in its text what a confirmed one says does
// not make it green.
func TestPendingTextsEdited(t *testing.T) {
	d := document(t)
	page := string(html(t, certify(t, "coinbase.bin", d, pending(t, d))))
	for old, new := range map[string]string{
		"No Bitcoin block stands behind this document yet.": "These exact bytes existed no later than 2015-01-03 (UTC).",
		"The proof holds only promises of calendars.":       "The Bitcoin block at height 336999 commits to their digest.",
		">Pending<":                      ">Confirmed<",
		"<title>Pending:":                "<title>Confirmed:",
		"Nobody: there is no block yet.": "Independent sources agree: blockstream.info, mempool.space.",
		`"headline.pending":"No Bitcoin`: `"headline.pending":"A Bitcoin`,
		"<main>":                         `<main data-state="confirmed">`,
		`<html lang="en"`:                `<html data-state="confirmed" lang="en"`,
		"<header>":                       `<header class="result good">`,
		base64.StdEncoding.EncodeToString(pending(t, d))[:8]: base64.StdEncoding.EncodeToString(genesis(t, d))[:8],
	} {
		edited := strings.ReplaceAll(page, old, new)
		if edited == page && old[:4] != new[:4] {
			t.Fatalf("no %q in the page", old)
		}
		b := open(t)
		b.run(chromedp.Navigate("file://" + save(t, "page.html", []byte(edited))))
		sign, colour, _ := b.look()
		if sign == "✔" || strings.HasPrefix(b.class("self"), "result good") || colour == "rgb(15, 107, 60)" {
			t.Errorf("%q: the sign is %s, the colour %s", new, sign, colour)
		}
	}
}

// A browser may save a page as it has become. It checks itself again when it is
// opened.
func TestSavedByTheBrowser(t *testing.T) {
	d := document(t)
	b := open(t)
	b.run(chromedp.Navigate("file://" + save(t, "page.html", html(t, certify(t, "coinbase.bin", d, genesis(t, d))))))
	b.choose("result", save(t, "coinbase.bin", d))
	var saved string
	b.run(chromedp.Evaluate(`"<!doctype html>" + document.documentElement.outerHTML`, &saved))
	b.run(chromedp.Navigate("file://" + save(t, "saved.html", []byte(saved))))
	b.expect("self", "good", "✔")
	if got := b.text("alarm"); got != "" {
		t.Error(got)
	}
}

// What somebody writes beforehand where the script answers is gone once it ran.
func TestAnswersWrittenBeforehand(t *testing.T) {
	d := document(t)
	page := html(t, certify(t, "coinbase.bin", d, genesis(t, d)))
	b := open(t)
	for _, id := range []string{"result", "compared", "copy", "self", "alarm"} {
		box := regexp.MustCompile(`(id="` + id + `"[^>]*data-live)>`)
		edited := box.ReplaceAll(page, []byte("$1><b>✔ law.pdf is this document.</b>"))
		if bytes.Equal(edited, page) {
			t.Fatalf("no box %s", id)
		}
		b.run(chromedp.Navigate("file://" + save(t, "page.html", edited)))
		b.expect("self", "good", "✔ The proof, the header and the text of this page agree.")
		if got := b.text(id); strings.Contains(got, "law.pdf") {
			t.Errorf("%s still says %q", id, got)
		}
	}
}
