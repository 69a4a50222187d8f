package bitcoin_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/devnet"
)

// soon is long enough for anything on loopback, and short to wait for.
const soon = 300 * time.Millisecond

func startNet(t testing.TB, blocks int) *devnet.Net {
	t.Helper()
	n, err := devnet.Start(devnet.Options{Blocks: blocks, Immediate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

func startPeer(t testing.TB, o devnet.PeerOptions) *devnet.Peer {
	t.Helper()
	p, err := devnet.StartPeer(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// asked is a run that a carrier is asked for.
type asked struct {
	name  string
	first uint64 // the block before is the chain's
	count int
	want  int // headers that come
}

func runs(tip int) []asked {
	return []asked{
		{"all", 1, tip, tip},
		{"one", 5, 1, 1},
		{"from the middle", 20, 10, 10},
		{"last", uint64(tip), 1, 1},
		{"past the tip", uint64(tip) - 4, 100, 5},
		{"nothing", 7, 0, 0},
		{"across messages", 1, 2016, min(2016, tip)},
		{"exactly one message", 1, 2000, min(2000, tip)},
		{"across periods", 2000, 100, min(100, tip-1999)},
	}
}

// checkCarrier asks for runs and compares them with the chain.
func checkCarrier(t *testing.T, c bitcoin.Carrier, chain []bitcoin.Header) {
	t.Helper()
	for _, a := range runs(len(chain) - 1) {
		got, err := c.Headers(t.Context(), chain[a.first-1].Hash(), a.first, a.count)
		if err != nil || !slices.Equal(got, chain[a.first:int(a.first)+a.want]) {
			t.Errorf("%s: %d headers, %v; want %d", a.name, len(got), err, a.want)
		}
	}
	tip := len(chain) - 1
	if got, err := c.Headers(t.Context(), chain[tip].Hash(), uint64(tip)+1, 5); !errors.Is(err, bitcoin.ErrBehind) || got != nil {
		t.Errorf("above the tip: %d headers, %v", len(got), err)
	}
	stopped, stop := context.WithCancelCause(t.Context())
	stop(errors.New("enough"))
	if _, err := c.Headers(stopped, chain[4].Hash(), 5, 1); !errors.Is(err, bitcoin.ErrUnavailable) {
		t.Errorf("in a run that is over: %v", err)
	}
}

func TestPeer(t *testing.T) {
	n := startNet(t, 4100)
	p := startPeer(t, devnet.PeerOptions{Chain: n.Headers})
	carrier := bitcoin.NewPeer(p.Addr(), bitcoin.Regtest(), bitcoin.PeerOptions{LoopbackOnly: true})
	if carrier.Name() != p.Addr() {
		t.Errorf("name %s", carrier.Name())
	}
	checkCarrier(t, carrier, n.Headers())
	if _, err := carrier.Headers(t.Context(), bitcoin.Hash{}, 5, 1); err == nil ||
		err.Error() != "unavailable: a peer is asked for what follows a block, and the block before 5 is not known" {
		t.Errorf("without the block before: %v", err)
	}
	if _, err := carrier.Headers(t.Context(), bitcoin.Hash{1}, 5, 1); !errors.Is(err, bitcoin.ErrInconsistent) {
		t.Errorf("after a block of another chain: %v", err)
	}
	if _, err := carrier.Headers(t.Context(), bitcoin.Hash{1}, 5000, 1); err == nil ||
		err.Error() != "not there yet: its chain ends at height 4100" {
		t.Errorf("after a block above its tip: %v", err)
	}
}

// A run that ends on a row of the table is one message where it can be.
func TestPeerStopsAtARow(t *testing.T) {
	n := startNet(t, 4100)
	p := startPeer(t, devnet.PeerOptions{Chain: n.Headers})
	chain := n.Headers()
	got, err := bitcoin.NewPeer(p.Addr(), n.Network(), bitcoin.PeerOptions{}).Headers(t.Context(), chain[2015].Hash(), 2016, 2016)
	if err != nil || !slices.Equal(got, chain[2016:4032]) {
		t.Errorf("%d headers, %v", len(got), err)
	}
	if connections, requests := p.Asked(); connections != 1 || requests != 2 {
		t.Errorf("%d requests over %d connections", requests, connections)
	}
}

func TestPeerFaults(t *testing.T) {
	n := startNet(t, 50)
	chain := n.Headers()
	tests := map[string]struct {
		kind error
		text string // "": any
	}{
		"mute":        {bitcoin.ErrUnavailable, "unavailable: no answer in time"},
		"stall":       {bitcoin.ErrUnavailable, "unavailable: no answer in time"},
		"drip":        {bitcoin.ErrUnavailable, "unavailable: no answer in time"},
		"garbage":     {bitcoin.ErrInconsistent, "inconsistent: its message begins with 48545450, not with fabfb5da: another network, or no Bitcoin peer"},
		"badmagic":    {bitcoin.ErrInconsistent, "inconsistent: its message begins with fbbfb5da, not with fabfb5da: another network, or no Bitcoin peer"},
		"oversize":    {bitcoin.ErrInconsistent, `inconsistent: a message "version" of 4294967295 bytes, more than 162003`},
		"badchecksum": {bitcoin.ErrInconsistent, `inconsistent: a message "headers" whose checksum is wrong`},
		"toomany":     {bitcoin.ErrInconsistent, ""}, // its message is too long before its count is read
		"longheaders": {bitcoin.ErrInconsistent, "inconsistent: 6765 bytes for 41 headers, not 81 for each"},
		"withtxs":     {bitcoin.ErrInconsistent, "inconsistent: a header with transactions"},
		"short":       {bitcoin.ErrInconsistent, "inconsistent: 3240 bytes for 41 headers, not 81 for each"},
		"trailing":    {bitcoin.ErrInconsistent, "inconsistent: 3322 bytes for 41 headers, not 81 for each"},
		"otherchain":  {bitcoin.ErrInconsistent, ""},
		"chatter":     {bitcoin.ErrInconsistent, "inconsistent: more than 100 messages that nobody asked for"},
		"disconnect":  {bitcoin.ErrUnavailable, ""}, // closed, or reset where our pong was still under way
		"cut":         {bitcoin.ErrUnavailable, ""},
		"empty":       {bitcoin.ErrBehind, "not there yet: no header at height 10"},
		"behind":      {nil, ""}, // as far as its chain goes
		"forked":      {nil, ""}, // whoever asked links what came, or weighs it
	}
	for _, fault := range devnet.PeerFaults() {
		t.Run(fault, func(t *testing.T) {
			want, ok := tests[fault]
			if !ok {
				t.Fatal("no test for this fault")
			}
			p := startPeer(t, devnet.PeerOptions{Chain: n.Headers, Fault: fault})
			carrier := bitcoin.NewPeer(p.Addr(), bitcoin.Regtest(), bitcoin.PeerOptions{Timeout: soon})
			got, err := carrier.Headers(t.Context(), chain[9].Hash(), 10, 41)
			if want.kind == nil {
				if err != nil || !slices.Equal(got[:20], chain[10:30]) {
					t.Errorf("%d headers, %v", len(got), err)
				}
				return
			}
			if got != nil || !errors.Is(err, want.kind) || want.text != "" && err.Error() != want.text {
				t.Errorf("%d headers, error %v\n want %v: %s", len(got), err, want.kind, want.text)
			}
		})
	}
}

// No step of a silent peer outlasts the run.
func TestPeerIsLeftWithTheRun(t *testing.T) {
	n := startNet(t, 5)
	for _, fault := range []string{"mute", "stall"} {
		p := startPeer(t, devnet.PeerOptions{Chain: n.Headers, Fault: fault})
		ctx, cancel := context.WithTimeout(t.Context(), soon)
		defer cancel()
		_, err := bitcoin.NewPeer(p.Addr(), bitcoin.Regtest(), bitcoin.PeerOptions{}).Headers(ctx, n.HeaderAt(0).Hash(), 1, 1)
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, bitcoin.ErrUnavailable) {
			t.Errorf("%s: %v", fault, err)
		}
	}
}

func TestPeerAddresses(t *testing.T) {
	for _, tt := range []struct{ name, address, want string }{
		{"host", "node.example.org", "node.example.org:8333"},
		{"host and port", "node.example.org:18333", "node.example.org:18333"},
		{"IPv4", "192.0.2.1", "192.0.2.1:8333"},
		{"IPv6", "2001:db8::1", "[2001:db8::1]:8333"},
		{"IPv6 in brackets", "[2001:db8::1]", "[2001:db8::1]:8333"},
		{"IPv6 and port", "[2001:db8::1]:1", "[2001:db8::1]:1"},
		{"terminal", "a\x1bb:1", `a\x1bb:1`},
	} {
		if got := bitcoin.NewPeer(tt.address, bitcoin.Mainnet(), bitcoin.PeerOptions{}).Name(); got != tt.want {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
}

func TestPeerLoopbackOnly(t *testing.T) {
	for name, c := range map[string]bitcoin.Carrier{
		"regtest": bitcoin.NewPeer("192.0.2.1", bitcoin.Regtest(), bitcoin.PeerOptions{Timeout: soon}),
		"asked":   bitcoin.NewPeer("192.0.2.1", bitcoin.Mainnet(), bitcoin.PeerOptions{LoopbackOnly: true, Timeout: soon}),
	} {
		_, err := c.Headers(t.Context(), bitcoin.Hash{1}, 1, 1)
		if err == nil || err.Error() != "unavailable: only loopback addresses are allowed" {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestPeerRefusesToConnect(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = bitcoin.NewPeer(address, bitcoin.Regtest(), bitcoin.PeerOptions{}).Headers(t.Context(), bitcoin.Hash{1}, 1, 1)
	if err == nil || err.Error() != "unavailable: connection refused" {
		t.Errorf("error %v", err)
	}
}

// BenchmarkPeerPeriod fetches a period of 2016 headers: a connection, the
// introduction and two messages.
func BenchmarkPeerPeriod(b *testing.B) {
	n := startNet(b, 4100)
	chain := n.Headers()
	p := startPeer(b, devnet.PeerOptions{Chain: func() []bitcoin.Header { return chain }})
	carrier := bitcoin.NewPeer(p.Addr(), n.Network(), bitcoin.PeerOptions{})
	for b.Loop() {
		if got, err := carrier.Headers(b.Context(), chain[2015].Hash(), 2016, 2016); err != nil || len(got) != 2016 {
			b.Fatal(len(got), err)
		}
	}
}
