package browser

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/evidence"
)

// A shown is a page in a state that a person may see it in.
type shown struct {
	name  string
	page  []byte
	files func(t *testing.T) []string // dropped on it, nil for none
}

func allShown(t *testing.T) []shown {
	t.Helper()
	d := document(t)
	full := certify(t, "LIP-0017.md", d, genesis(t, d))
	full.Evidence = fullRecord()
	full.Evidence.Digest = full.SHA256
	full.Custody = []evidence.Entry{{At: full.Made, Kind: evidence.KindCommit, Claim: "commit touched record.json", Commit: full.Commit, By: "Alice <alice@example.org>", Signature: evidence.SignedSSH}}
	evidence.Chain(full.Custody)
	full.Outcome.Findings = []string{"a second claim could not be checked"}
	broken := []byte(strings.Replace(string(html(t, full)), "<time>2009-01-03</time> (UTC).</h1>", "<time>2008-01-03</time> (UTC).</h1>", 1))
	long := certify(t, strings.Repeat("a-very-long-name-", 40)+".md", d, pending(t, d))
	right := func(t *testing.T) []string { return []string{save(t, "LIP-0017.md", d)} }
	wrong := func(t *testing.T) []string { return []string{save(t, "LIP-0017.md", d[1:])} }
	pair := func(t *testing.T) []string { return append(right(t), save(t, "LIP-0017.md.ots", genesis(t, d))) }
	record := recordOf(t)
	several := func(t *testing.T) []string {
		return []string{save(t, "record.json", record), save(t, "shot.png", []byte(picture)), save(t, "whois.txt", []byte(quoted))}
	}
	return []shown{
		{"confirmed", html(t, full), nil},
		{"confirmed-right", html(t, full), right},
		{"confirmed-wrong", html(t, full), wrong},
		{"pending", html(t, certify(t, "LIP-0017.md", d, pending(t, d))), right},
		{"changed", html(t, certify(t, "LIP-0017.md", append(d, 1), genesis(t, d))), right},
		{"regtest", html(t, regtest(t)), right},
		{"regtest-wrong", html(t, regtest(t)), wrong},
		{"record", html(t, carrying(t, regtestOf(t, "record.json", record), record)), several},
		{"record-pending", html(t, carrying(t, certify(t, "record.json", record, pending(t, record)), record)), right},
		{"edited", broken, nil},
		{"long-name", html(t, long), nil},
		{"verifier", verifier(t, false), nil},
		{"verifier-pair", verifier(t, false), pair},
		{"verifier-online", verifier(t, true), pair},
	}
}

// show opens a page in a scheme, light or dark, with all that is folded open.
func (b *tab) show(s shown, scheme string) {
	b.t.Helper()
	b.run(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
		chromedp.Navigate("file://"+save(b.t, "page.html", s.page)))
	if s.files != nil {
		b.choose("result", s.files(b.t)...)
	}
	b.run(chromedp.Evaluate(`document.querySelectorAll("details").forEach((d) => { d.open = true; })`, nil))
}

// axe-core finds nothing to object to, in light and in dark, on a desktop and
// on a phone.
func TestAccessible(t *testing.T) {
	path := os.Getenv("AXE")
	if path == "" {
		need(t, "AXE does not name axe.min.js")
	}
	axe, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b := open(t)
	for _, s := range allShown(t) {
		for _, scheme := range []string{"light", "dark"} {
			for device, width := range map[string]int64{"desktop": 1200, "phone": 360} {
				t.Run(s.name+"/"+scheme+"/"+device, func(t *testing.T) {
					b.t = t
					b.run(emulation.SetDeviceMetricsOverride(width, 900, 1, false))
					b.show(s, scheme)
					var result struct {
						Passes     int
						Violations []json.RawMessage
						Wide       int64
					}
					b.run(chromedp.Evaluate(string(axe)+`; 0`, nil), chromedp.Evaluate(`axe.run().then((r) => ({
						passes: r.passes.length, wide: document.documentElement.scrollWidth,
						violations: r.violations.map((v) => ({ id: v.id, nodes: v.nodes.map((n) => n.html + " " + n.failureSummary) })) }))`, &result, awaited))
					for _, v := range result.Violations {
						t.Errorf("%s", v)
					}
					if result.Passes < 20 {
						t.Errorf("only %d rules were applied", result.Passes)
					}
					if result.Wide > width {
						t.Errorf("the page is %d wide, the screen %d", result.Wide, width)
					}
				})
			}
		}
	}
}

// No state has the colour of another, in either scheme, nor its sign and word:
// a pending certificate cannot be taken for a confirmed one.
func TestStatesLookDifferent(t *testing.T) {
	b := open(t)
	for _, scheme := range []string{"light", "dark"} {
		seen := map[string]string{}
		for _, s := range allShown(t) {
			switch s.name {
			case "confirmed", "pending", "changed", "regtest":
			default:
				continue
			}
			b.show(shown{page: s.page}, scheme)
			var look []string
			b.run(chromedp.Evaluate(`(() => { const e = document.querySelector(".state"), s = getComputedStyle(e);
				return [s.color, getComputedStyle(document.querySelector("header")).backgroundColor, document.querySelector("h1").textContent, e.textContent]; })()`, &look))
			for i, what := range look[:3] {
				if other := seen[what]; other != "" && !(i == 2 && s.name == "regtest") {
					t.Errorf("%s: %s and %s both have %s", scheme, other, s.name, what)
				}
				seen[what] = s.name
			}
		}
		if len(seen) < 11 {
			t.Fatalf("saw %q", seen)
		}
	}
}

// tabTo presses Tab until an element that matches has the focus, which must be
// seen then.
func (b *tab) tabTo(selector string) {
	b.t.Helper()
	for range 40 {
		var there, seen bool
		b.run(chromedp.KeyEvent(kb.Tab), chromedp.Evaluate(`document.activeElement.matches("`+selector+`")`, &there))
		if !there {
			continue
		}
		b.run(chromedp.Evaluate(`(() => {
			const e = document.activeElement, shown = e.type === "file" ? e.nextElementSibling : e;
			return getComputedStyle(shown).outlineStyle !== "none" && shown.getBoundingClientRect().width > 20;
		})()`, &seen))
		if !seen {
			b.t.Errorf("the focus on %s cannot be seen", selector)
		}
		return
	}
	b.t.Fatalf("Tab does not come to %s", selector)
}

// pick opens the dialog for files with the keyboard, and has it answer with these.
func (b *tab) pick(files ...string) {
	b.t.Helper()
	chosen := make(chan error, 1)
	ctx, done := context.WithCancel(b.ctx)
	defer done()
	chromedp.ListenTarget(ctx, func(event any) {
		if e, ok := event.(*page.EventFileChooserOpened); ok {
			go func() { chosen <- dom.SetFileInputFiles(files).WithBackendNodeID(e.BackendNodeID).Do(b.executor()) }()
		}
	})
	b.tabTo("#document")
	b.run(chromedp.KeyEvent(" "))
	select {
	case err := <-chosen:
		if err != nil {
			b.t.Fatal(err)
		}
	case <-b.ctx.Done():
		b.t.Fatal("the space bar opens no file dialog")
	}
	b.verdict("result")
}

// Everything can be done without a mouse.
func TestKeyboardOnly(t *testing.T) {
	d := document(t)
	c := certify(t, "coinbase.bin", d, genesis(t, d))
	b := open(t)
	b.run(page.SetInterceptFileChooserDialog(true), chromedp.Navigate("file://"+save(t, "page.html", html(t, c))))
	b.pick(save(t, "coinbase.bin", d))
	b.expect("result", "good", "✔ These are the bytes that were stamped.")
	var live string
	b.run(chromedp.Evaluate(`(() => { const e = document.getElementById("result"); return e.getAttribute("role") + " " + e.getAttribute("aria-live"); })()`, &live))
	if live != "status polite" {
		t.Errorf("the result is not announced: %s", live)
	}
	b.tabTo("[data-file=proof]")
	b.tabTo("summary")
	b.run(chromedp.KeyEvent(kb.Enter))
	b.tabTo("#header")
	b.run(input.InsertText(strings.Repeat("0", 160)))
	b.tabTo("#compare")
	b.run(chromedp.KeyEvent(kb.Enter))
	b.expect("compared", "bad", "✘ This header does not meet the difficulty")
	b.tabTo(".folds summary")
	b.run(chromedp.KeyEvent(kb.Enter))
}

func TestVerifierKeyboardOnly(t *testing.T) {
	d, header := document(t), bitcoin.Mainnet().Genesis()
	b := open(t)
	b.run(page.SetInterceptFileChooserDialog(true), chromedp.Navigate("file://"+save(t, "page.html", verifier(t, false))))
	b.pick(save(t, "coinbase.bin", d), save(t, "coinbase.bin.ots", genesis(t, d)))
	b.expect("result", "wait", "… These are the bytes that the proof is for. It claims Bitcoin block 0.")
	b.tabTo("#header")
	b.run(input.InsertText(hex.EncodeToString(header[:])))
	b.tabTo("#compare")
	b.run(chromedp.KeyEvent(kb.Enter))
	b.expect("compared", "good", "✔ These are the bytes that were stamped. They existed no later than 2009-01-03 (UTC).")
}

// A file that is dropped counts as one that is chosen, and one that is dropped
// beside the zone does not take the page's place.
func TestDrop(t *testing.T) {
	d := document(t)
	b := open(t)
	b.run(chromedp.Navigate("file://" + save(t, "page.html", html(t, certify(t, "coinbase.bin", d, genesis(t, d))))))
	file := save(t, "coinbase.bin", d)
	drop := func(selector string) {
		var at []float64
		b.run(chromedp.Evaluate(`(() => { const e = document.querySelector("`+selector+`"); e.scrollIntoView({ block: "center" }); const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()`, &at))
		data := &input.DragData{Files: []string{file}, DragOperationsMask: 1, Items: []*input.DragDataItem{}}
		for _, kind := range []input.DispatchDragEventType{input.DragEnter, input.DragOver, input.Drop} {
			b.run(input.DispatchDragEvent(kind, at[0], at[1], data))
		}
	}
	drop("h1")
	if got := b.text("result"); got != "" {
		t.Errorf("beside the zone: %s", got)
	}
	drop("#drop")
	b.verdict("result")
	b.expect("result", "good", "✔ These are the bytes that were stamped.")
}

// Pictures for somebody to look at.
func TestPictures(t *testing.T) {
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		t.Skip("SCREENSHOTS names no directory")
	}
	b := open(t)
	write := func(name string, content []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range allShown(t) {
		for _, scheme := range []string{"light", "dark"} {
			for device, width := range map[string]int64{"desktop": 1100, "phone": 390} {
				b.run(emulation.SetDeviceMetricsOverride(width, 900, 1, false))
				b.show(s, scheme)
				var picture []byte
				b.run(chromedp.FullScreenshot(&picture, 100))
				write(s.name+"-"+scheme+"-"+device+".png", picture)
			}
		}
		printed, _, err := page.PrintToPDF().WithPrintBackground(true).Do(b.executor())
		if err != nil {
			t.Fatal(err)
		}
		write(s.name+".pdf", printed)
	}
}
