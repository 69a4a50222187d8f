package bitcoin_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/devnet"
	"github.com/openllmo/git-anchor/internal/fetch"
)

func loopbackClient() *fetch.Client {
	return fetch.New(fetch.Config{LoopbackOnly: true, Backoff: time.Nanosecond})
}

func newNode(t testing.TB, url string, c bitcoin.Credentials, n *bitcoin.Network) *bitcoin.Node {
	t.Helper()
	node, err := bitcoin.NewNode(url, c, loopbackClient(), n)
	if err != nil {
		t.Fatal(err)
	}
	return node
}

func TestREST(t *testing.T) {
	n := startNet(t, 4100)
	c := bitcoin.NewREST(n.URL(), loopbackClient(), true)
	checkCarrier(t, c, n.Headers())
	byHeight(t, c, n.Headers())
	unknown(t, c)
}

func TestNodeCarries(t *testing.T) {
	n := startNet(t, 4100)
	c := newNode(t, n.RPC(), bitcoin.Credentials{}, bitcoin.Regtest())
	before := len(n.Requests())
	if got, err := c.Headers(t.Context(), n.HeaderAt(2015).Hash(), 2016, 2016); err != nil || len(got) != 2016 {
		t.Errorf("%d headers, %v", len(got), err)
	}
	if asked := len(n.Requests()) - before; asked != 2 {
		t.Errorf("%d requests for a period", asked)
	}
	checkCarrier(t, c, n.Headers())
	byHeight(t, c, n.Headers())
}

func TestMirror(t *testing.T) {
	n := startNet(t, 4100)
	c := bitcoin.NewMirror(n.Mirror(), loopbackClient(), true)
	checkCarrier(t, c, n.Headers()[:4032]) // whole periods alone
	byHeight(t, c, n.Headers()[:4032])
}

func TestEsploraRun(t *testing.T) {
	n := startNet(t, 100)
	c := bitcoin.NewEsploraRun(n.Esplora(), loopbackClient(), true)
	chain := n.Headers()
	for _, a := range []asked{
		{"one", 5, 1, 1}, {"ten", 20, 10, 10}, {"eleven", 20, 11, 11}, {"most", 20, 60, 60}, {"one too many", 20, 61, 0},
		{"none", 20, 0, 0}, {"the last", 100, 1, 1}, {"past the tip", 95, 20, 6},
	} {
		got, err := c.Headers(t.Context(), chain[a.first-1].Hash(), a.first, a.count)
		if a.name == "one too many" {
			if err == nil || err.Error() != "unavailable: 61 headers are more than an explorer is asked for, 60" {
				t.Errorf("%s: error %v", a.name, err)
			}
			continue
		}
		if err != nil || !slices.Equal(got, chain[a.first:int(a.first)+a.want]) {
			t.Errorf("%s: %d headers, %v; want %d", a.name, len(got), err, a.want)
		}
	}
	if _, err := c.Headers(t.Context(), chain[100].Hash(), 101, 3); !errors.Is(err, bitcoin.ErrBehind) {
		t.Errorf("above the tip: %v", err)
	}
	byHeight(t, c, chain)
	before := len(n.Requests())
	if _, err := c.Headers(t.Context(), chain[19].Hash(), 20, 11); err != nil || len(n.Requests())-before != 2 {
		t.Errorf("%d requests for eleven headers, %v", len(n.Requests())-before, err)
	}
}

// byHeight asks for headers without knowing the block before, the genesis
// block's too.
func byHeight(t *testing.T, c bitcoin.Carrier, chain []bitcoin.Header) {
	t.Helper()
	for _, first := range []int{0, 1, 50} {
		got, err := c.Headers(t.Context(), bitcoin.Hash{}, uint64(first), 12)
		if err != nil || !slices.Equal(got, chain[first:first+12]) {
			t.Errorf("from height %d: %d headers, %v", first, len(got), err)
		}
	}
	if _, err := c.Headers(t.Context(), bitcoin.Hash{}, 60000, 12); !errors.Is(err, bitcoin.ErrBehind) {
		t.Errorf("from height 60000: %v", err)
	}
}

func unknown(t *testing.T, c bitcoin.Carrier) {
	t.Helper()
	if _, err := c.Headers(t.Context(), bitcoin.Hash{1}, 10, 5); !errors.Is(err, bitcoin.ErrBehind) {
		t.Errorf("after an unknown block: %v", err)
	}
}

// What any carrier over HTTP may answer in place of headers.
func TestCarrierFaults(t *testing.T) {
	n := startNet(t, 2100)
	after := n.HeaderAt(9).Hash()
	carriers := map[string]func(fault string) bitcoin.Carrier{
		"rest": func(fault string) bitcoin.Carrier {
			return bitcoin.NewREST(n.Fault(fault, n.URL()), loopbackClient(), true)
		},
		"mirror": func(fault string) bitcoin.Carrier {
			return bitcoin.NewMirror(n.Fault(fault, n.Mirror()), loopbackClient(), true)
		},
		"esplora": func(fault string) bitcoin.Carrier {
			return bitcoin.NewEsploraRun(n.Fault(fault, n.Esplora()), loopbackClient(), true)
		},
		"node": func(fault string) bitcoin.Carrier {
			return newNode(t, n.Fault(fault, n.RPC()), bitcoin.Credentials{}, bitcoin.Regtest())
		},
	}
	for _, fault := range []string{
		"429json", "429html", "500", "503", "html200", "empty", "oversize", "truncated", "cut", "trailing",
		"redirect", "redirectloopback", "redirectloop",
	} {
		for name, carrier := range carriers {
			got, err := carrier(fault).Headers(t.Context(), after, 10, 5)
			if name == "rest" && fault == "truncated" && err == nil && slices.Equal(got, n.Headers()[10:12]) {
				continue // as a node does whose tip is there
			}
			if got != nil || !errors.Is(err, bitcoin.ErrUnavailable) && !errors.Is(err, bitcoin.ErrInconsistent) && !errors.Is(err, bitcoin.ErrBehind) {
				t.Errorf("%s, %s: %d headers, %v", name, fault, len(got), err)
			}
		}
	}
	// These lie: each header alone may pass, the run does not.
	for _, fault := range []string{"lie", "badhash", "nowork"} {
		for name, carrier := range carriers {
			got, err := carrier(fault).Headers(t.Context(), after, 10, 5)
			if got != nil || err == nil {
				t.Errorf("%s, %s: %d headers, %v", name, fault, len(got), err)
			}
		}
	}
	for fault, want := range map[string]error{"otherperiod": bitcoin.ErrBehind} {
		if _, err := carriers["mirror"](fault).Headers(t.Context(), after, 10, 5); !errors.Is(err, want) {
			t.Errorf("mirror, %s: %v", fault, err)
		}
	}
}

func TestMirrorOfAnotherPeriod(t *testing.T) {
	n := startNet(t, 4100)
	c := bitcoin.NewMirror(n.Fault("otherperiod", n.Mirror()), loopbackClient(), true)
	_, err := c.Headers(t.Context(), n.HeaderAt(2015).Hash(), 2016, 2016)
	want := fmt.Sprintf("inconsistent: its block 2016 follows %s, not %s", bitcoin.Hash{}, n.HeaderAt(2015).Hash())
	if err == nil || err.Error() != want {
		t.Errorf("error %v\n want %s", err, want)
	}
}

func TestMirrorFileSizes(t *testing.T) {
	size := 2016 * 80
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, size)) }))
	defer site.Close()
	c := bitcoin.NewMirror(site.URL, loopbackClient(), true)
	for _, tt := range []struct {
		size int
		err  string
	}{
		{2016*80 - 1, "unavailable: 0001.bin has 161279 bytes, not 161280"},
		{2015 * 80, "unavailable: 0001.bin has 161200 bytes, not 161280"},
		{0, "unavailable: 0001.bin has 0 bytes, not 161280"},
		{2016*80 + 1, "unavailable: " + site.Listener.Addr().String() + ": answer is larger than allowed: more than 161280 bytes"},
	} {
		size = tt.size
		if _, err := c.Headers(t.Context(), bitcoin.Hash{}, 2016, 1); err == nil || err.Error() != tt.err {
			t.Errorf("%d bytes: %v", tt.size, err)
		}
	}
}

// Headers of 164 bytes are those of a chain that left Bitcoin.
func TestLongHeaders(t *testing.T) {
	for _, count := range []int{1, 20} { // 20 times 164 is 41 times 80
		site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, count*164)) }))
		_, err := bitcoin.NewREST(site.URL, loopbackClient(), true).Headers(t.Context(), bitcoin.Hash{1}, 5, 50)
		site.Close()
		if !errors.Is(err, bitcoin.ErrInconsistent) {
			t.Errorf("%d headers of 164 bytes: %v", count, err)
		}
	}
	n := startNet(t, 20)
	node := newNode(t, n.Fault("longheaders", n.RPC()), bitcoin.Credentials{}, bitcoin.Regtest())
	const want = "inconsistent: parse header: 164 bytes, not 80"
	if _, err := node.Headers(t.Context(), n.HeaderAt(4).Hash(), 5, 5); err == nil || err.Error() != want {
		t.Errorf("carrier: %v", err)
	}
	if _, err := node.Header(t.Context(), 5); err == nil || err.Error() != want {
		t.Errorf("source: %v", err)
	}
}

func TestWriteMirror(t *testing.T) {
	n := startNet(t, 3*bitcoin.Period+50)
	p := startPeer(t, devnet.PeerOptions{Chain: n.Headers})
	chain, dir := n.Headers(), filepath.Join(t.TempDir(), "mirror")
	files := func() []string {
		t.Helper()
		list, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for i, f := range list {
			raw, err := os.ReadFile(filepath.Join(dir, f.Name()))
			if err != nil {
				t.Fatal(err)
			}
			var want []byte
			for _, h := range chain[i*bitcoin.Period : (i+1)*bitcoin.Period] {
				want = append(want, h[:]...)
			}
			if !bytes.Equal(raw, want) {
				t.Errorf("%s is not period %d", f.Name(), i)
			}
			names = append(names, f.Name())
		}
		return names
	}
	two := bitcoin.RegtestTo(chain[4031].Time(), chain[2015].Hash(), chain[4031].Hash())
	for _, step := range []struct {
		name    string
		before  func()
		network *bitcoin.Network
		from    bitcoin.Carrier
		written int
		files   int
	}{
		{"new", func() {}, two, bitcoin.NewPeer(p.Addr(), two, bitcoin.PeerOptions{}), 2, 2},
		{"nothing to do", func() {}, two, bitcoin.NewPeer("127.0.0.1:1", two, bitcoin.PeerOptions{}), 0, 2},
		{"one more row", func() {}, n.Network(), newNode(t, n.RPC(), bitcoin.Credentials{}, n.Network()), 1, 3},
		{"a truncated file", func() { truncate(t, filepath.Join(dir, "0001.bin")) }, n.Network(), bitcoin.NewREST(n.URL(), loopbackClient(), true), 1, 3},
		{"a swapped file", func() { swap(t, filepath.Join(dir, "0000.bin"), filepath.Join(dir, "0002.bin")) }, n.Network(), bitcoin.NewMirror(n.Mirror(), loopbackClient(), true), 2, 3},
	} {
		step.before()
		written, err := bitcoin.WriteMirror(t.Context(), dir, step.network, step.from)
		if err != nil || written != step.written {
			t.Errorf("%s: %d files written, %v; want %d", step.name, written, err, step.written)
		}
		if names := files(); len(names) != step.files {
			t.Errorf("%s: files %v", step.name, names)
		}
	}
	// What was written is a mirror.
	site := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer site.Close()
	checkCarrier(t, bitcoin.NewMirror(site.URL, loopbackClient(), true), chain[:3*bitcoin.Period])
	if info, err := os.Stat(filepath.Join(dir, "0000.bin")); err != nil || info.Mode().Perm()&0o044 != 0o044 {
		t.Errorf("a web server of another user cannot read it: %v, %v", info.Mode(), err)
	}
}

func truncate(t *testing.T, path string) {
	t.Helper()
	if err := os.Truncate(path, 80); err != nil {
		t.Fatal(err)
	}
}

func swap(t *testing.T, a, b string) {
	t.Helper()
	for _, move := range [][2]string{{a, a + "x"}, {b, a}, {a + "x", b}} {
		if err := os.Rename(move[0], move[1]); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWriteMirrorRefuses(t *testing.T) {
	n := startNet(t, 2*bitcoin.Period)
	forked := startPeer(t, devnet.PeerOptions{Chain: func() []bitcoin.Header { return n.Headers()[:4032] }, Fault: "forked"})
	behind := startPeer(t, devnet.PeerOptions{Chain: func() []bitcoin.Header { return n.Headers()[:4032] }, Fault: "behind"})
	for _, tt := range []struct {
		name    string
		network *bitcoin.Network
		peer    *devnet.Peer
		kind    error
		written int
	}{
		{"forked tail", n.Network(), forked, bitcoin.ErrInconsistent, 1},
		{"too short", n.Network(), behind, bitcoin.ErrBehind, 1},
	} {
		dir := t.TempDir()
		written, err := bitcoin.WriteMirror(t.Context(), dir, tt.network, bitcoin.NewPeer(tt.peer.Addr(), bitcoin.Regtest(), bitcoin.PeerOptions{}))
		if !errors.Is(err, tt.kind) || written != tt.written {
			t.Errorf("%s: %d written, %v", tt.name, written, err)
		}
		if list, err := os.ReadDir(dir); err != nil || len(list) != tt.written {
			t.Errorf("%s: files %v, %v", tt.name, list, err)
		}
	}
	_, err := bitcoin.WriteMirror(t.Context(), t.TempDir(), bitcoin.Regtest(), bitcoin.NewPeer("127.0.0.1:1", bitcoin.Regtest(), bitcoin.PeerOptions{}))
	if err == nil || err.Error() != "write mirror: regtest has no table of periods" {
		t.Errorf("without a table: %v", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := bitcoin.WriteMirror(t.Context(), file, n.Network(), bitcoin.NewREST(n.URL(), loopbackClient(), true)); err == nil {
		t.Error("a file was taken for a directory")
	}
}

// A list of Esplora's that is not what was asked for.
func TestEsploraRunLists(t *testing.T) {
	n := startNet(t, 30)
	block := func(height uint64, change string) string {
		h := n.HeaderAt(height)
		prev := h.Prev()
		return fmt.Sprintf(`{"id":"%s","height":%d,"version":%d,"timestamp":%d,"merkle_root":"%s","previousblockhash":"%s","nonce":%d,"bits":%d,"extras":{"a":[1]}%s}`,
			h.Hash(), height, h.Version(), h.Time().Unix(), h.MerkleRoot(), prev, h.Nonce(), h.Bits(), change)
	}
	body := ""
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) }))
	defer site.Close()
	c := bitcoin.NewEsploraRun(site.URL, loopbackClient(), true)
	h20 := n.HeaderAt(20)
	for _, tt := range []struct {
		name, body string
		kind       error
	}{
		{"right", "[" + block(20, "") + "," + block(19, "") + "]", nil},
		{"fifteen is fine", "[" + block(20, "") + "," + block(19, "") + "," + block(18, "") + "]", nil},
		{"too few", "[" + block(20, "") + "]", bitcoin.ErrUnavailable},
		{"upwards", "[" + block(19, "") + "," + block(20, "") + "]", bitcoin.ErrInconsistent},
		{"other hash", "[" + block(20, "") + "," + string(bytes.Replace([]byte(block(19, "")), []byte(n.HeaderAt(19).Hash().String()), []byte(h20.Hash().String()), 1)) + "]", bitcoin.ErrInconsistent},
		{"a field twice", "[" + block(20, `,"height":20`) + "," + block(19, "") + "]", bitcoin.ErrUnavailable},
		{"no list", block(20, ""), bitcoin.ErrUnavailable},
		{"more after it", "[" + block(20, "") + "," + block(19, "") + "]x", bitcoin.ErrUnavailable},
		{"header in hex", hex.EncodeToString(h20[:]), bitcoin.ErrUnavailable},
		{"blocks without end", "[" + string(bytes.Repeat([]byte("{},"), 100)) + "{}]", bitcoin.ErrUnavailable},
	} {
		body = tt.body
		got, err := c.Headers(t.Context(), bitcoin.Hash{}, 19, 2)
		if tt.kind == nil && (err != nil || len(got) != 2 || got[1] != h20) || tt.kind != nil && !errors.Is(err, tt.kind) {
			t.Errorf("%s: %d headers, %v", tt.name, len(got), err)
		}
	}
}
