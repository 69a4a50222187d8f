package browser

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/report"
	"github.com/openllmo/git-anchor/internal/verify"
)

const markdown = "---\nlip: 1\n---\n# All there is <script>x()</script>\n\n![picture](http://elsewhere.example/p.png) [good](https://example.org/) [bad](javascript:x()) <b>b</b>\n\n" +
	"<iframe src=http://elsewhere.example/></iframe>\n\n| a | b |\n|:--|--:|\n| 1 | 2 |\n\n> quoted\n\n```go\nfunc main() {}\n```\n\n1. one\n2. two\n"

// listed are the results that the dashboard lists: one of each state and kind.
func listed(t *testing.T) []anchor.Result {
	t.Helper()
	d := document(t)
	judge := verify.Judge{Chain: bitcoin.NewChain(bitcoin.Mainnet(), bitcoin.Options{})}
	judged := func(path, kind string, raw, bytes []byte) anchor.Result {
		p, err := ots.Parse(raw)
		if err != nil {
			return anchor.Result{Path: path, Kind: kind, Proof: path + ".ots", Outcome: verify.Unreadable(err)}
		}
		sum := sha256.Sum256(bytes)
		return anchor.Result{Path: path, Kind: kind, Proof: path + ".ots", Outcome: judge.Proof(context.Background(), p, sum[:]), Of: 4, Anchored: 2}
	}
	waiting := judged("content/spec/lips/lip-0002.md", "lip", pending(t, d), d)
	waiting.Since = time.Date(2026, 2, 3, 1, 0, 0, 0, time.UTC)
	earlier := judged("content/spec/lips/lip-0003.md", "lip", genesis(t, d), d)
	earlier.Superseded, earlier.Proof = true, "content/spec/lips/lip-0003.md.superseded-"+strings.Repeat("ab", 32)+".ots"
	object := judged("v1.0", "tag", genesis(t, d), d)
	object.Object, object.Proof = strings.Repeat("c0", 20), anchor.NotesRef
	return []anchor.Result{
		judged("content/spec/lips/lip-0001.md", "lip", genesis(t, d), d), waiting,
		judged("content/spec/lips/lip-0003.md", "lip", genesis(t, d), d[1:]),
		judged("content/spec/lips/lip-0004.md", "lip", []byte("garbage"), d),
		judged("registries/2026-02.json", "registry", genesis(t, d), d),
		judged(`evidence/"><script>x()</script>`+"\u202eevil"+strings.Repeat("-long", 80)+".json", "evidence", genesis(t, d), d),
		judged("data.anchor", "file", genesis(t, d), d), object, earlier,
		{Path: "evidence/unreadable.json", Kind: "evidence", Err: errors.New("the disk does not answer")},
		{Path: "evidence/without.json", Kind: "evidence", Unknown: true},
	}
}

// dashboard writes one of every state and kind, with hostile names among them,
// and returns the directory.
func dashboard(t *testing.T, regtest bool) string {
	t.Helper()
	results := listed(t)
	b := &report.Dashboard{Title: "LLMO Improvement Proposals", Tool: "git-anchor 1.0.0", Now: time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC), Regtest: regtest}
	run, entries := anchor.Run{Results: results}, make([]report.Entry, len(results))
	run.Commit.ID, run.Commit.When = strings.Repeat("41c2d7e0", 5), b.Now.Add(-time.Hour)
	for i, h := range []anchor.Heading{
		{Title: "How this registry keeps its promises", Status: "Active"},
		{Title: `"><img src=http://elsewhere.example/x onerror=x()> ` + "\u202e🎉" + strings.Repeat("very ", 200), Status: "Draft"},
		{Title: "On registries of registries, and what they are for"}, {Title: "A proposal with a damaged proof"},
	} {
		results[i].Heading = h
	}
	entries[0] = report.Entry{Certificate: "verify.html", Page: "documents/1.html", Document: "data.json", Proof: "data.json"}
	entries[1] = report.Entry{Certificate: "verify.html"}
	entries[3] = report.Entry{Document: "data.json", Proof: "data.json"}
	entries[8] = report.Entry{Certificate: "verify.html", Document: "data.json", Proof: "data.json"}
	dir := t.TempDir()
	write := func(name string, content func(io.Writer) error) error {
		var buf bytes.Buffer
		if err := content(&buf); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, name), buf.Bytes(), 0o600)
	}
	err := b.Write(write, func(take func(anchor.Run, []report.Entry) error) error { return take(run, entries) })
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "verify.html"), verifier(t, false), 0o600)
	}
	if err == nil {
		err = os.Mkdir(filepath.Join(dir, "documents"), 0o700)
	}
	raw, renderErr := b.Document(results[0], entries[0], sha256.Sum256([]byte(markdown)), []byte(markdown))
	if err = errors.Join(err, renderErr); err == nil {
		err = os.WriteFile(filepath.Join(dir, "documents", "1.html"), raw, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func dashboardPages() []string { return []string{"index", "date", "failed", "documents/1"} }

// Nothing on a dashboard asks for anything or runs, axe-core finds nothing to
// object to, and no page is wider than its screen.
func TestDashboardAccessible(t *testing.T) {
	path := os.Getenv("AXE")
	if path == "" {
		need(t, "AXE does not name axe.min.js")
	}
	axe, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir, b := dashboard(t, false), open(t)
	for _, name := range dashboardPages() {
		for _, scheme := range []string{"light", "dark"} {
			for device, width := range map[string]int64{"desktop": 1200, "phone": 360} {
				t.Run(name+"/"+scheme+"/"+device, func(t *testing.T) {
					b.t = t
					b.run(emulation.SetDeviceMetricsOverride(width, 900, 1, false))
					b.showDashboard(dir, name, scheme)
					b.run(chromedp.Evaluate(`document.querySelectorAll("details").forEach((d) => { d.open = true; })`, nil))
					var result struct {
						Passes     int
						Violations []json.RawMessage
						Wide       int64
						Loud       int
					}
					b.run(chromedp.Evaluate(string(axe)+`; 0`, nil), chromedp.Evaluate(`axe.run().then((r) => ({
						passes: r.passes.length, wide: document.documentElement.scrollWidth, loud: document.querySelectorAll("script, img, iframe, [style], [onerror]").length,
						violations: r.violations.map((v) => ({ id: v.id, nodes: v.nodes.map((n) => n.html + " " + n.failureSummary) })) }))`, &result, awaited))
					for _, v := range result.Violations {
						t.Errorf("%s", v)
					}
					if result.Passes < 15 || result.Loud > 0 || result.Wide > width {
						t.Errorf("%d rules applied, %d elements that load or run, %d wide on a screen of %d", result.Passes, result.Loud, result.Wide, width)
					}
				})
			}
		}
	}
	b.silent()
}

func (b *tab) showDashboard(dir, name, scheme string) {
	b.t.Helper()
	b.run(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
		chromedp.Navigate("file://"+filepath.Join(dir, name+".html")))
}

// Without a script, counts and chips lead to what they count, and back.
func TestDashboardFilter(t *testing.T) {
	dir, b := dashboard(t, false), open(t)
	b.showDashboard(dir, "index", "light")
	const seen = `[...document.querySelectorAll(".row")].filter((e) => e.offsetHeight > 0).map((e) => e.classList[1]).join(" ") + " / " + [...document.querySelectorAll(".group h2")].map((e) => e.textContent).join(" ") + " / " + [...document.querySelectorAll("[aria-current]")].map((e) => e.getAttribute("href")).join(" ")`
	const all = "confirmed pending changed failed confirmed confirmed unchecked confirmed confirmed confirmed / LIPs Registries Evidence Directories Git objects Earlier versions / index.html"
	for _, tt := range []struct{ click, want string }{
		{".tile.pending a", "pending / LIPs / pending.html pending.html"}, {"nav a.failed", "failed / LIPs / failed.html failed.html"},
		{"nav a.unchecked", "unchecked / Evidence / unchecked.html unchecked.html"}, {`nav a[href="index.html"]`, all},
	} {
		var got string
		b.run(chromedp.Click(tt.click, chromedp.ByQuery), chromedp.WaitReady("body"), chromedp.Evaluate(seen, &got))
		if got != tt.want {
			t.Errorf("%s shows %q, want %q", tt.click, got, tt.want)
		}
	}
	b.silent()
}

// On regtest nothing is green: neither a count, nor the bar, nor a line.
func TestDashboardRegtest(t *testing.T) {
	good, test := dashboard(t, false), dashboard(t, true)
	b := open(t)
	const colours = `[...document.querySelectorAll(".tile.confirmed .n, .bar .confirmed, .row.confirmed .is, nav a.confirmed")].map((e) => getComputedStyle(e)[e.tagName === "rect" ? "fill" : "color"])`
	for _, scheme := range []string{"light", "dark"} {
		var real, regtest []string
		b.showDashboard(good, "index", scheme)
		b.run(chromedp.Evaluate(colours, &real))
		b.showDashboard(test, "index", scheme)
		b.run(chromedp.Evaluate(colours, &regtest))
		if len(real) < 4 || len(regtest) != len(real) {
			t.Fatalf("%q and %q", real, regtest)
		}
		for i, colour := range regtest {
			if colour == real[i] {
				t.Errorf("%s: what regtest confirms is %s, as what Bitcoin does", scheme, colour)
			}
		}
	}
}

// Pictures for somebody to look at.
func TestDashboardPictures(t *testing.T) {
	out := os.Getenv("SCREENSHOTS")
	if out == "" {
		t.Skip("SCREENSHOTS names no directory")
	}
	b := open(t)
	for _, regtest := range []bool{false, true} {
		b.pictures(dashboard(t, regtest), filepath.Join(out, "dashboard"+map[bool]string{true: "-regtest"}[regtest]))
	}
}

func (b *tab) pictures(dir, out string) {
	b.t.Helper()
	for _, name := range dashboardPages() {
		file := out + "-" + strings.ReplaceAll(name, "/", "-")
		for _, scheme := range []string{"light", "dark"} {
			for device, width := range map[string]int64{"desktop": 1280, "phone": 390} {
				b.run(emulation.SetDeviceMetricsOverride(width, 900, 1, false))
				b.showDashboard(dir, name, scheme)
				b.run(chromedp.Evaluate(`document.querySelector("details").open = true`, nil))
				var picture []byte
				b.run(chromedp.FullScreenshot(&picture, 100))
				if err := os.WriteFile(fmt.Sprintf("%s-%s-%s.png", file, scheme, device), picture, 0o600); err != nil {
					b.t.Fatal(err)
				}
			}
		}
		printed, _, err := page.PrintToPDF().WithPrintBackground(true).Do(b.executor())
		if err == nil {
			err = os.WriteFile(file+".pdf", printed, 0o600)
		}
		if err != nil {
			b.t.Fatal(err)
		}
	}
}
