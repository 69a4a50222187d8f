package browser

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/chromedp"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/ots"
)

// The online verifier asks nobody before the click, and then exactly two.
func TestOnline(t *testing.T) {
	d := document(t)
	header := bitcoin.Mainnet().Genesis()
	good := hex.EncodeToString(header[:])
	forged := easy(t, header.MerkleRoot())
	tests := []struct {
		name        string
		first, then string // what each explorer gives as the header; "" is an error
		kind, says  string
	}{
		{"both", good, good, "good", "✔ These are the bytes that were stamped. They existed no later than 2009-01-03 (UTC)."},
		{"one", good, "", "wait", "… Only blockstream.info gave a fitting header. The other one is unchecked."},
		{"none", "", "", "wait", "… Unchecked: no explorer gave a fitting header."},
		{"one forges", hex.EncodeToString(forged[:]), good, "wait", "… Only mempool.space gave a fitting header."},
		{"garbage", "<script>", strings.Repeat("0", 160), "wait", "… Unchecked: no explorer gave a fitting header."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := open(t)
			asked := b.intercept(map[string]string{"blockstream.info": tt.first, "mempool.space": tt.then}, header.Hash().String())
			b.run(chromedp.Navigate("file://" + save(t, "page.html", verifier(t, true))))
			b.choose("result", save(t, "coinbase.bin", d), save(t, "coinbase.bin.ots", genesis(t, d)))
			if got := asked(); len(got) > 0 {
				t.Fatalf("before the click: %q", got)
			}
			b.expect("result", "wait", "… These are the bytes that the proof is for. It claims Bitcoin block 0. That is not checked yet: press the button below, or paste")
			b.run(chromedp.Click("#ask", chromedp.ByQuery))
			b.verdict("compared")
			b.expect("compared", tt.kind, tt.says)
			hosts := map[string]bool{}
			for _, url := range asked() {
				hosts[strings.Split(url, "/")[2]] = true
			}
			if len(hosts) != 2 || !hosts["blockstream.info"] || !hosts["mempool.space"] {
				t.Errorf("asked %q", asked())
			}
			var refused bool
			b.run(chromedp.Evaluate(`fetch("https://elsewhere.example/").then(() => false, () => true)`, &refused, awaited))
			if got := asked(); !refused || strings.Contains(strings.Join(got, " "), "elsewhere") {
				t.Errorf("another host could be asked: %q", got)
			}
			b.silent()
		})
	}
}

// intercept answers for the explorers, and returns what was asked so far.
func (b *tab) intercept(headers map[string]string, hash string) func() []string {
	b.t.Helper()
	var mu sync.Mutex
	var asked []string
	chromedp.ListenTarget(b.ctx, func(event any) {
		e, ok := event.(*fetch.EventRequestPaused)
		if !ok {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, e.Request.URL)
		host := strings.Split(e.Request.URL, "/")[2]
		answer, code := headers[host], int64(200)
		if strings.Contains(e.Request.URL, "block-height") {
			answer = hash
		} else if answer == "" {
			code = 500
		}
		reply := fetch.FulfillRequest(e.RequestID, code).WithBody(base64.StdEncoding.EncodeToString([]byte(answer))).
			WithResponseHeaders([]*fetch.HeaderEntry{{Name: "Access-Control-Allow-Origin", Value: "*"}})
		go func() {
			if err := reply.Do(b.executor()); err != nil && b.ctx.Err() == nil {
				b.t.Errorf("answer %s: %v", e.Request.URL, err)
			}
		}()
	})
	b.run(fetch.Enable().WithPatterns([]*fetch.RequestPattern{{URLPattern: "https://*"}}))
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return append([]string(nil), asked...)
	}
}

// What was begun with a document shows nothing once another one lies there: the
// explorers' answers, which fit the first one, come after the second.
func TestAnswersOfAnotherDocument(t *testing.T) {
	d := document(t)
	header := bitcoin.Mainnet().Genesis()
	b := open(t)
	b.run(chromedp.Navigate("file://" + save(t, "page.html", verifier(t, true))))
	ask := func() {
		b.choose("result", save(t, "coinbase.bin", d), save(t, "coinbase.bin.ots", genesis(t, d)))
		b.run(chromedp.Evaluate(`window.waiting = []; window.answered = 0; 0`, nil), chromedp.Click("#ask", chromedp.ByQuery),
			chromedp.Poll(`waiting.length > 0`, nil))
	}
	b.run(chromedp.Evaluate(`window.fetch = (url) => new Promise((answer) => waiting.push(() => {
		const text = url.includes("block-height") ? "`+header.Hash().String()+`" : "`+hex.EncodeToString(header[:])+`";
		answered++;
		answer({ ok: true, status: 200, text: async () => text });
	})); 0`, nil))
	for name, other := range map[string]func(){
		"document": func() { b.choose("result", save(t, "other.bin", d[1:])) },
		"proof":    func() { b.choose("result", save(t, "other.ots", genesis(t, d[1:]))) },
		"pending":  func() { b.choose("result", save(t, "pending.ots", pending(t, d))) },
		"garbage":  func() { b.choose("result", save(t, "garbage.ots", d)) },
	} {
		ask()
		other()
		before := b.class("result") + b.text("result")
		b.run(chromedp.Evaluate(`(async () => { while (answered < 4 && waiting.length) { waiting.shift()(); for (let i = 0; i < 99; i++) await null; } })()`, nil, awaited))
		if after := b.class("result") + b.text("result"); after != before {
			t.Errorf("%s: %s becomes %s", name, before, after)
		}
		if got := b.class("compared") + b.text("compared"); strings.Contains(got, "good") || strings.Contains(got, "✔") {
			t.Errorf("%s: compared says %s", name, got)
		}
		b.hidden("headers", true)
	}
	// Without another document the same answers are shown.
	ask()
	b.run(chromedp.Evaluate(`(async () => { while (answered < 4) { (waiting.shift() || (() => 0))(); for (let i = 0; i < 99; i++) await null; } })()`, nil, awaited))
	b.verdict("compared")
	b.expect("result", "good", "✔ These are the bytes that were stamped.")
}

// A claim that is made up, at a low height, hides no good one, whether the header
// is pasted or asked for.
func TestMadeUpClaimHidesNone(t *testing.T) {
	d := document(t)
	digest := sha256.Sum256(d)
	header := bitcoin.Mainnet().Genesis()
	p, end, err := ots.Chain(ots.SHA256, digest[:], []ots.Op{{Tag: ots.SHA256}})
	if err != nil {
		t.Fatal(err)
	}
	// The genesis block's root, said to be that of block 31000, too; and another.
	end.Attestations = []ots.Attestation{ots.BitcoinAt(0), ots.BitcoinAt(31_000)}
	p.Tree.Attestations = []ots.Attestation{ots.BitcoinAt(2), ots.BitcoinAt(40_000)}
	files := []string{save(t, "coinbase.bin", d), save(t, "x.ots", p.Bytes())}
	b := open(t)
	b.run(chromedp.Navigate("file://" + save(t, "page.html", verifier(t, false))))
	b.choose("result", files...)
	b.expect("result", "wait", "… These are the bytes that the proof is for. It claims Bitcoin block 0, 2, 31000, 40000. That")
	b.compare(hex.EncodeToString(header[:]))
	b.expect("compared", "good", "✔ These are the bytes that were stamped. They existed no later than 2009-01-03 (UTC).")

	end.Attestations = []ots.Attestation{ots.BitcoinAt(31_000)}
	files[1] = save(t, "y.ots", p.Bytes())
	b = open(t)
	asked := b.intercept(map[string]string{"blockstream.info": hex.EncodeToString(header[:]), "mempool.space": hex.EncodeToString(header[:])}, header.Hash().String())
	b.run(chromedp.Navigate("file://" + save(t, "page.html", verifier(t, true))))
	b.choose("result", files...)
	b.run(chromedp.Click("#ask", chromedp.ByQuery))
	b.verdict("compared")
	b.expect("compared", "good", "✔ These are the bytes that were stamped.")
	if urls := strings.Join(asked(), " "); !strings.Contains(urls, "block-height/2 ") || !strings.Contains(urls, "block-height/31000 ") || strings.Contains(urls, "block-height/40000") {
		t.Errorf("asked %s", urls)
	}
}
