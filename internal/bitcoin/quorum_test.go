package bitcoin

import (
	"net"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestOperator(t *testing.T) {
	for _, tt := range []struct{ name, want string }{
		{"blockstream.info", "blockstream.info"},
		{"api.blockstream.info:8443", "blockstream.info"},
		{"a.b.example.co.uk", "example.co.uk"},
		{"Mempool.SPACE.", "mempool.space"},
		{"bücher.example", "xn--bcher-kva.example"},
		{"www.xn--bcher-kva.example", "xn--bcher-kva.example"},
		{"alice.github.io", "alice.github.io"}, // a registry of its own
		{"localhost:3002", "localhost"},
		{"127.0.0.1:8332", "127.0.0.1"},
		{"127.0.0.1", "127.0.0.1"},
		{"[::1]:8333", "::1"},
		{"[::ffff:127.0.0.1]:80", "127.0.0.1"},
		{"[fe80::1%25eth0]:80", "fe80::1"},
		{"abcdefghijklmnop.onion:8333", "abcdefghijklmnop.onion"},
		{"", ""},
		{":80", ""},
		{"a long name that was cut…", ""},
		{strings.Repeat("a", 79) + "…", ""},
	} {
		if got := operator(tt.name); got != tt.want {
			t.Errorf("operator(%q) = %q, want %q", tt.name, got, tt.want)
		}
	}
	for _, tt := range []struct {
		names string
		want  int
	}{
		{"", 0}, {"a.example", 1}, {"a.example,a.example:80", 1}, {"x.a.example,y.a.example", 1},
		{"a.example,b.example", 2}, {"127.0.0.1:1,127.0.0.1:2", 1}, {"127.0.0.1,127.0.0.2,…", 2},
	} {
		if got := operators(strings.Split(tt.names, ",")); got != tt.want {
			t.Errorf("%q: %d operators, want %d", tt.names, got, tt.want)
		}
	}
}

// sourceAt is an explorer with the regtest block of the given root at height, on
// another address than all others have.
func sourceAt(t *testing.T, address string, root byte) Source {
	t.Helper()
	l, err := net.Listen("tcp", address+":0")
	if err != nil {
		t.Skipf("no second loopback address here: %v", err)
	}
	s := httptest.NewUnstartedServer(esploraHandler(map[uint64]Header{height: regtestBlock(root)}, height+5))
	if err := s.Listener.Close(); err != nil {
		t.Fatal(err)
	}
	s.Listener = l
	s.Start()
	t.Cleanup(s.Close)
	return NewEsplora(s.URL, loopback(), true)
}

// TestQuorum: two operators, not two URLs; and where one dissents there is none.
func TestQuorum(t *testing.T) {
	for _, tt := range []struct {
		name    string
		sources string // root and last byte of the address
		require Rung
		verdict Verdict
		rung    Rung
		asked   int
	}{
		{"not required", "1@1 1@2", RungExplorer, Match, RungExplorer, 1},
		{"two", "1@1 1@2", RungQuorum, Match, RungQuorum, 2},
		{"alone", "1@1", RungQuorum, Match, RungExplorer, 1},
		{"one operator", "1@1 1@1 1@1 1@1", RungQuorum, Match, RungExplorer, 4},
		{"one operator, then another", "1@1 1@1 1@1 1@2 1@3", RungQuorum, Match, RungQuorum, 4},
		{"dissent", "1@1 2@2 1@3 1@4", RungQuorum, Disputed, RungExplorer, 3},
		{"dissent too late to be heard", "1@1 1@2 2@3", RungQuorum, Match, RungQuorum, 2},
		{"another root by two", "2@1 2@2", RungExplorer, Mismatch, RungQuorum, 2},
		{"more than a quorum required", "1@1 1@2", RungChain, Match, RungExplorer, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var sources []Source
			for _, s := range strings.Fields(tt.sources) {
				sources = append(sources, sourceAt(t, "127.0.0."+s[2:], s[0]-'0'))
			}
			e := NewChain(Regtest(), Options{Sources: sources, Require: tt.require}).Root(t.Context(), height, rootOf(1))
			if e.Verdict != tt.verdict || e.Rung != tt.rung || len(e.Answers) != tt.asked {
				t.Errorf("%s on %s, %d asked, want %s on %s, %d", e.Verdict, e.Rung, len(e.Answers), tt.verdict, tt.rung, tt.asked)
			}
		})
	}
}
