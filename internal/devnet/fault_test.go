package devnet

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/bitcoin"
)

// Each fault has a test that says what it sends.
func TestEveryFault(t *testing.T) {
	tests := map[string]func(*testing.T, *Net){
		"429json": answers(429, "application/json", "", `{"error":"Too Many Requests","message":"your request rate exceeds the current limit"}`),
		"429html": answers(429, "text/html", "", html429), "429retry": answers(429, "text/plain", "1", "slow down\n"),
		"500": answers(500, "text/plain", "", "Internal Server Error\n"), "503": answers(503, "text/plain", "", "Service Unavailable\n"),
		"html200": answers(200, "text/html", "", htmlPage), "empty": answers(200, "application/octet-stream", "", ""),
		"flaky": testFlaky, "oversize": testOversize, "slow": testSlow, "slowbody": testSlowBody,
		"truncated": testTruncated, "cut": testCut, "trailing": testTrailing,
		"redirect": redirects("http://localhost:%s", true), "redirectloopback": redirects("http://127.0.0.2:%s", false),
		"redirectsame": redirects("http://127.0.0.1:%s", true), "redirectloop": redirects("http://127.0.0.1:%s/fault/redirectloop", false),
		"wrongcommitment": testWrongCommitment, "badblock": testBadBlock, "futureblock": testFutureBlock, "nopending": testNoPending,
		"unknowncal": testUnknownCalendar, "deep249": testDeep, "wide": testWide, "early": testEarly,
		"behind": testBehind, "lie": testLie, "badhash": testBadHash, "badbits": testBadBits, "nowork": testNoWork,
		"warmup": testWarmup, "ibd": chainInfo("initialblockdownload", false, true), "pruned": chainInfo("pruned", false, true),
		"wrongchain": chainInfo("chain", "regtest", "signet"), "401": test401, "longheaders": testLongHeaders, "echo": testEcho,
		"otherperiod": testOtherPeriod,
	}
	if len(tests) != len(Faults()) {
		t.Errorf("%d tests for %d faults", len(tests), len(Faults()))
	}
	for _, name := range Faults() {
		t.Run(name, func(t *testing.T) {
			test, ok := tests[name]
			if !ok {
				t.Fatal("no test for this fault")
			}
			test(t, run(t, Options{Blocks: 30}))
		})
	}
}

// answers tests a fault that does not look at the request, and that nothing is
// submitted for it.
func answers(status int, kind, retry, body string) func(*testing.T, *Net) {
	return func(t *testing.T, n *Net) {
		_, name, _ := strings.Cut(t.Name(), "/")
		for _, url := range []string{n.Pools()[0] + "/digest", n.RPC(), n.Esplora() + "/blocks/tip/height"} {
			r := post(t, n.Fault(name, url), []byte("x"))
			r.want(t, status, body)
			if got := r.header.Get("Content-Type"); got != kind {
				t.Errorf("Content-Type %s, want %s", got, kind)
			}
			if got := r.header.Get("Retry-After"); got != retry {
				t.Errorf("Retry-After %q, want %q", got, retry)
			}
		}
		if got := len(n.ledger.calendars[0].promises); got != 0 {
			t.Errorf("%d promises", got)
		}
	}
}

func redirects(base string, leadsToTruth bool) func(*testing.T, *Net) {
	return func(t *testing.T, n *Net) {
		_, name, _ := strings.Cut(t.Name(), "/")
		const path = "/blockchaininfo/block-height/3?format=json"
		r := get(t, n.Fault(name, n.URL()+path))
		want := fmt.Sprintf(base, n.port) + path
		if got := r.header.Get("Location"); r.status != 307 || got != want {
			t.Fatalf("status %d to %s, want 307 to %s", r.status, got, want)
		}
		if leadsToTruth {
			get(t, want).want(t, 200, get(t, n.URL()+path).body)
		}
		if got := post(t, n.Fault(name, n.RPC()), nil).header.Get("Location"); got != fmt.Sprintf(base, n.port)+"/rpc" {
			t.Errorf("to %s, want /rpc without a slash at its end", got)
		}
	}
}

func testFlaky(t *testing.T, n *Net) {
	url, other := n.Fault("flaky", n.Esplora())+"/block-height/1", n.Fault("flaky", n.Esplora())+"/block-height/2"
	for range 2 {
		get(t, url).want(t, 503, "Service Unavailable\n")
		get(t, other).want(t, 503, "Service Unavailable\n")
		get(t, url).want(t, 200, n.HeaderAt(1).Hash().String())
		get(t, other).want(t, 200, n.HeaderAt(2).Hash().String())
	}
}

func testOversize(t *testing.T, n *Net) {
	r := get(t, n.Fault("oversize", n.Esplora())+"/blocks/tip/height")
	if r.status != 200 || len(r.body) != oversizeBytes+2 || strings.TrimSpace(r.body) != "30" || r.header.Get("Content-Length") != "" {
		t.Errorf("status %d, %d bytes that end %q", r.status, len(r.body), r.body[len(r.body)-2:])
	}
	// One who leaves is not waited for: Close would hang.
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	until(t, func() bool {
		leave()
		_, err := try(ctx, "GET", n.Fault("oversize", n.Esplora()), nil)
		return err != nil
	})
}

func testSlow(t *testing.T, n *Net) {
	ctx, leave := context.WithCancel(t.Context())
	go func() {
		until(t, func() bool { return len(n.Requests()) == 1 })
		leave()
	}()
	if _, err := try(ctx, "POST", n.Fault("slow", n.Pools()[0])+"/digest", []byte("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of leaving", err)
	}
	if got := len(n.ledger.calendars[0].promises); got != 0 {
		t.Errorf("%d promises", got)
	}
}

func testSlowBody(t *testing.T, n *Net) {
	hash := n.HeaderAt(1).Hash().String()
	ctx, leave := context.WithCancel(t.Context())
	go func() {
		until(t, func() bool { return len(n.Requests()) == 1 })
		leave()
	}()
	r, err := try(ctx, "GET", n.Fault("slowbody", n.Esplora())+"/block-height/1", nil)
	if err == nil || !strings.HasPrefix(hash[:32], r.body) {
		t.Errorf("body %q, error %v: want half of %s at most", r.body, err, hash)
	}
}

func testTruncated(t *testing.T, n *Net) {
	get(t, n.Fault("truncated", n.Esplora())+"/block-height/1").want(t, 200, n.HeaderAt(1).Hash().String()[:32])
}

func testCut(t *testing.T, n *Net) {
	r, err := try(t.Context(), "GET", n.Fault("cut", n.Esplora())+"/block-height/1", nil)
	if !errors.Is(err, io.ErrUnexpectedEOF) || r.body != n.HeaderAt(1).Hash().String()[:32] {
		t.Errorf("body %q, error %v: want half and an unexpected end", r.body, err)
	}
}

func testTrailing(t *testing.T, n *Net) {
	get(t, n.Fault("trailing", n.Esplora())+"/blocks/tip/height").want(t, 200, "30\x00trailing")
}

func testBehind(t *testing.T, n *Net) {
	base := n.Fault("behind", n.Esplora())
	get(t, base+"/blocks/tip/height").want(t, 200, "10")
	get(t, base+"/block-height/10").want(t, 200, n.HeaderAt(10).Hash().String())
	get(t, base+"/block-height/11").want(t, 404, "Block not found")
	get(t, base+"/block/"+n.HeaderAt(11).Hash().String()+"/header").want(t, 404, "Block not found")
	post(t, n.Fault("behind", n.RPC()), []byte(`{"method":"getblockcount"}`)).want(t, 200, `{"result":10,"error":null,"id":null}`)
	few := run(t, Options{Blocks: 3})
	get(t, few.Fault("behind", few.Esplora())+"/blocks/tip/height").want(t, 200, "0")
}

// shown asks a faulty explorer for block 5, by height and then by hash, and the
// other faces for the same.
func shown(t *testing.T, n *Net, fault string) (hash bitcoin.Hash, header bitcoin.Header) {
	t.Helper()
	named := get(t, n.Fault(fault, n.Esplora())+"/block-height/5").body
	digits := get(t, n.Fault(fault, n.Esplora())+"/block/"+named+"/header").body
	hash, err := bitcoin.ParseHash(named)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := hex.DecodeString(digits)
	if err != nil || len(raw) != bitcoin.HeaderSize {
		t.Fatalf("header %q", digits)
	}
	post(t, n.Fault(fault, n.RPC()), []byte(`{"method":"getblockheader","params":["`+named+`",false]}`)).
		want(t, 200, `{"result":"`+digits+`","error":null,"id":null}`)
	info := get(t, n.Fault(fault, n.BlockchainInfo())+"/block-height/5?format=json").body
	root := bitcoin.Header(raw).MerkleRoot().String()
	if !strings.Contains(info, `"hash":"`+named+`"`) || !strings.Contains(info, `"mrkl_root":"`+root+`"`) {
		t.Errorf("blockchain.info shows another block: %s", info)
	}
	return hash, bitcoin.Header(raw)
}

// headerFault checks a faulty header: which of these hold tells which check
// has to find it.
func headerFault(t *testing.T, n *Net, fault string, hash, work, bits, root bool) {
	t.Helper()
	named, h := shown(t, n, fault)
	truth := n.HeaderAt(5)
	got := [4]bool{h.Hash() == named, h.CheckWork() == nil, h.Bits() == truth.Bits(), h.MerkleRoot() == truth.MerkleRoot()}
	if want := [4]bool{hash, work, bits, root}; got != want {
		t.Errorf("hash, work, bits, root are right: %v, want %v", got, want)
	}
	if h.Prev() != truth.Prev() || h == truth {
		t.Errorf("header %x, the true one is %x", h, truth)
	}
}

func testLie(t *testing.T, n *Net)     { headerFault(t, n, "lie", true, true, true, false) }
func testBadHash(t *testing.T, n *Net) { headerFault(t, n, "badhash", false, true, true, true) }
func testBadBits(t *testing.T, n *Net) { headerFault(t, n, "badbits", true, true, false, true) }
func testNoWork(t *testing.T, n *Net)  { headerFault(t, n, "nowork", true, false, true, true) }

func TestFaultNames(t *testing.T) {
	n := run(t, Options{Blocks: 1})
	for _, test := range []struct{ path, want string }{
		{"/fault/nope/esplora/blocks/tip/height", `no fault is named "nope"; GET / lists them` + "\n"},
		{"/fault/lie/pool/a/digest", "/fault/lie spoils nothing of /pool\n"},
		{"/fault/badblock/esplora/blocks", "/fault/badblock spoils nothing of /esplora\n"},
		{"/later/500/esplora/blocks", "/later/500 spoils nothing of /esplora\n"},
	} {
		get(t, n.URL()+test.path).want(t, 404, test.want)
	}
	if got, want := n.Fault("lie", n.URL()), n.URL()+"/fault/lie"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	wantPanic(t, `devnet: no fault is named "nope"; GET / lists them`, func() { n.Fault("nope", n.URL()) })
	wantPanic(t, "devnet: /fault/behind spoils nothing of /calendar", func() { n.Fault("behind", n.CalendarURLs()[0]) })
	wantPanic(t, "devnet: /later/behind spoils nothing of /pool", func() { n.FaultyLater("behind", n.Pools()[0]) })
	wantPanic(t, "devnet: /later/500 spoils nothing of /rpc", func() { n.FaultyLater("500", n.RPC()) })
	for _, foreign := range []string{"https://example.org/pool/a", n.URL() + "0/pool/a"} {
		wantPanic(t, "devnet: "+foreign+" is not a URL of "+n.URL(), func() { n.Fault("500", foreign) })
	}
}
