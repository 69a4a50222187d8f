package bitcoin

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// height is where the sources of these tests have or lack a block; their root
// in question is rootOf(1).
const height = 7

// source returns a real explorer on loopback that plays a part: "yes" and "no"
// have the root in question and another, "other" a third; "bad" serves a header
// of another network; "behind", "down" and "deaf" (no tip) lack what they say.
// A part may end in "@" and a tip; else it is deep enough.
func source(t *testing.T, part string) (Source, *server) {
	t.Helper()
	part, at, ok := strings.Cut(part, "@")
	tip := uint64(height + MinConfirmations - 1)
	if ok {
		if _, err := fmt.Sscan(at, &tip); err != nil {
			t.Fatal(err)
		}
	}
	headers := make(map[uint64]Header)
	switch strings.TrimPrefix(part, "deaf ") {
	case "yes":
		headers[height] = regtestBlock(1)
	case "no":
		headers[height] = regtestBlock(2)
	case "other":
		headers[height] = regtestBlock(3)
	case "bad":
		headers[height] = Mainnet().Genesis()
	case "behind", "down":
	default:
		t.Fatalf("no such part: %s", part)
	}
	handler := esploraHandler(headers, tip)
	web := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if part == "down" || strings.HasPrefix(part, "deaf ") && strings.HasSuffix(r.URL.Path, "/tip/height") {
			http.Error(w, "out of order", http.StatusInternalServerError)
			return
		}
		handler(w, r)
	})
	return NewEsplora(web.URL, loopback(), true), web
}

// chainOf returns a chain over sources that play the parts named, separated by
// commas.
func chainOf(t *testing.T, parts string) (*Chain, []*server) {
	t.Helper()
	var sources []Source
	var servers []*server
	for part := range strings.SplitSeq(parts, ",") {
		if part == "" {
			continue
		}
		s, web := source(t, part)
		sources, servers = append(sources, s), append(servers, web)
	}
	return NewChain(Regtest(), Options{Sources: sources}), servers
}

func TestRoot(t *testing.T) {
	const none = "no source to ask for block 7"
	const down = "no source could be asked for block 7"
	const behind = "block 7 is above the tip of every source that answered: not there yet"
	const bad = "no source has a valid header for block 7"
	const disputed = "the sources contradict each other on block 7"
	for _, tt := range []struct {
		sources string
		verdict Verdict
		asked   int // how many were
		reason  string
	}{
		{"yes", Match, 1, ""},
		{"yes,yes", Match, 1, ""},
		{"yes,no", Match, 1, ""},
		{"down,yes,no", Match, 2, ""},
		{"behind,yes,no", Match, 2, ""},
		{"bad,yes,no", Match, 2, ""},
		{"down,behind,yes", Match, 3, ""},
		{"no", Mismatch, 1, ""},
		{"no,no", Mismatch, 2, ""},
		{"no,no,no", Mismatch, 3, ""},
		{"no,no,no,yes", Mismatch, 3, ""},
		{"no,down,down", Mismatch, 3, ""},
		{"no,down,no,behind,no,yes", Mismatch, 5, ""},
		{"behind,no,bad", Mismatch, 3, ""},
		{"no,yes", Disputed, 2, disputed},
		{"no,yes,yes,yes", Disputed, 3, disputed},
		{"no,no,yes", Disputed, 3, disputed},
		{"no,down,yes", Disputed, 3, disputed},
		{"no,other", Disputed, 2, disputed},
		{"down,no,other,no,no", Disputed, 4, disputed},
		{"", Unknown, 0, none},
		{"down", Unknown, 1, down},
		{"down,down,down", Unknown, 3, down},
		{"behind", Unknown, 1, behind},
		{"down,behind,bad", Unknown, 3, behind},
		{"bad", Unknown, 1, bad},
		{"bad,down", Unknown, 2, bad},
	} {
		t.Run(tt.sources, func(t *testing.T) {
			c, servers := chainOf(t, tt.sources)
			e := c.Root(t.Context(), height, rootOf(1))
			if e.Verdict != tt.verdict || e.Reason != tt.reason || e.Height != height {
				t.Errorf("verdict %s (%s) at %d, want %s (%s)", e.Verdict, e.Reason, e.Height, tt.verdict, tt.reason)
			}
			wantRung := RungExplorer
			if tt.verdict == Unknown {
				wantRung = RungPath
			}
			if e.Rung != wantRung {
				t.Errorf("rung %s, want %s", e.Rung, wantRung)
			}
			if decided := tt.verdict == Match || tt.verdict == Mismatch; decided != (e.Header != nil) {
				t.Errorf("header %v", e.Header)
			}
			checkAnswers(t, e.Answers, strings.Split(tt.sources, ",")[:tt.asked], servers)
		})
	}
}

// checkAnswers compares what each source is kept to have said with its part.
func checkAnswers(t *testing.T, answers []Answer, parts []string, servers []*server) {
	t.Helper()
	if len(answers) != len(parts) {
		t.Fatalf("%d answers, want %d", len(answers), len(parts))
	}
	for i, a := range answers {
		reason := map[string]error{"down": ErrUnavailable, "behind": ErrBehind, "bad": ErrInconsistent}[parts[i]]
		if a.Source != strings.TrimPrefix(servers[i].URL, "http://") {
			t.Errorf("answer %d is by %s", i, a.Source)
		}
		if !errors.Is(a.Err, reason) || (a.Header == nil) != (reason != nil) || a.Agrees != (parts[i] == "yes") {
			t.Errorf("answer %d of %s: %+v", i, parts[i], a)
		}
	}
	for _, web := range servers[len(answers):] {
		if n := web.count("/block"); n != 0 {
			t.Errorf("a source that need not be asked got %d requests", n)
		}
	}
}

func TestRootInconsistentIsNamed(t *testing.T) {
	c, _ := chainOf(t, "bad")
	e := c.Root(t.Context(), height, rootOf(1))
	want := "inconsistent: difficulty 1d00ffff is not 207fffff, that of regtest at height 7"
	if got := e.Answers[0].Err.Error(); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestRootConfirmations(t *testing.T) {
	for _, tt := range []struct {
		sources string
		verdict Verdict
		count   uint64
		reason  string // how it begins
		header  bool
	}{
		{"yes@12", Match, 6, "", true},
		{"yes@1000000", Match, 999994, "", true},
		{"yes@11", Immature, 5, "5 of 6 confirmations", true},
		{"yes@7", Immature, 1, "1 of 6 confirmations", true},
		{"yes@3", Immature, 1, "1 of 6 confirmations", true}, // the tip comes from a cache
		{"deaf yes,yes@11", Immature, 5, "5 of 6 confirmations", true},
		{"deaf yes,behind@12", Match, 6, "", true},
		{"deaf yes,down,behind@12", Match, 6, "", true},
		{"bad@12,deaf yes", Unknown, 0, "no source says how deep block 7 lies: ", false}, // another chain's tip
		{"deaf yes,down", Unknown, 0, "no source says how deep block 7 lies: ", false},
		{"no@8", Immature, 2, "2 of 6 confirmations", true}, // may still be replaced
		{"no@8,no@12", Mismatch, 6, "", true},
		{"no@8,yes@9", Immature, 3, "3 of 6 confirmations", false}, // two branches compete
		{"no@8,yes@12", Disputed, 6, "the sources contradict", false},
		{"no@12,yes@8", Disputed, 6, "the sources contradict", false},
		{"no@12,deaf yes", Disputed, 6, "the sources contradict", false},
		{"deaf no,deaf yes", Unknown, 0, "no source says how deep block 7 lies: ", false},
	} {
		t.Run(tt.sources, func(t *testing.T) {
			c, _ := chainOf(t, tt.sources)
			e := c.Root(t.Context(), height, rootOf(1))
			if e.Verdict != tt.verdict || e.Confirmations != tt.count || (e.Header != nil) != tt.header {
				t.Errorf("%s with %d, header %v, want %s with %d", e.Verdict, e.Confirmations, e.Header, tt.verdict, tt.count)
			}
			if !strings.HasPrefix(e.Reason, tt.reason) || tt.reason == "" && e.Reason != "" {
				t.Errorf("reason %q, want %q", e.Reason, tt.reason)
			}
			if e.Height != height || len(e.Answers) == 0 {
				t.Errorf("height %d, %d answers", e.Height, len(e.Answers))
			}
		})
	}
}

// A height that no chain can have reached asks nobody: whoever writes a proof
// must not make sources fail until they are left alone.
func TestRootHighestHeight(t *testing.T) {
	for height, asked := range map[uint64]int{maxClimb: 1, maxClimb + 1: 0, 1<<63 - 1: 0, 1<<64 - 1: 0} {
		s, _ := esploraAt(t, map[uint64]Header{height: regtestBlock(1)}, 12)
		c := NewChain(Regtest(), Options{Sources: []Source{s}})
		e := c.Root(t.Context(), height, rootOf(1))
		if c.Lookups() != asked || asked == 0 && e.Verdict != Unknown {
			t.Errorf("height %d: %s after %d look-ups, want %d", height, e.Verdict, c.Lookups(), asked)
		}
	}
}

func TestRootGenesis(t *testing.T) {
	for _, n := range []*Network{Mainnet(), Regtest()} {
		h := n.Genesis()
		c := NewChain(n, Options{})
		if c.Network() != n {
			t.Error("another network")
		}
		e := c.Root(t.Context(), 0, h.MerkleRoot())
		if e.Verdict != Match || e.Rung != RungChain || *e.Header != h || len(e.Answers) != 0 {
			t.Errorf("%s: %+v", n.Name(), e)
		}
		if e := c.Root(t.Context(), 0, rootOf(1)); e.Verdict != Mismatch || e.Rung != RungChain || *e.Header != h {
			t.Errorf("%s, another root: %+v", n.Name(), e)
		}
		if c.Lookups() != 0 {
			t.Errorf("%d look-ups", c.Lookups())
		}
	}
}

// TestRootForged: what one lying explorer can do for an old height, and that it
// shows whom the verdict rests on.
func TestRootForged(t *testing.T) {
	toy := parseHeader(t, forged)
	liar, web := esploraAt(t, map[uint64]Header{1000: toy, 826360: toy}, 12)
	e := NewChain(Mainnet(), Options{Sources: []Source{liar}}).Root(t.Context(), 1000, toy.MerkleRoot())
	if e.Verdict != Match || e.Rung != RungExplorer || len(e.Answers) != 1 || e.Answers[0].Source != liar.Name() {
		t.Errorf("forged at 1000: %+v", e)
	}
	if n := web.count("tip"); n != 0 {
		t.Errorf("tip asked %d times below the table's end", n)
	}
	e = NewChain(Mainnet(), Options{Sources: []Source{liar}}).Root(t.Context(), 826360, toy.MerkleRoot())
	if e.Verdict != Unknown || !errors.Is(e.Answers[0].Err, ErrInconsistent) {
		t.Errorf("forged at 826360: %+v", e)
	}
}

// TestCorpusRoot attacks true heights with headers that work and bits cannot
// tell from the true ones.
func TestCorpusRoot(t *testing.T) {
	headers, stale, toy := trueHeaders(t), staleHeader(t), parseHeader(t, forged)
	const onRow = 612863 // the last block of its period
	truth, web := esploraAt(t, map[uint64]Header{
		1000: headers[1000], staleHeight: headers[staleHeight], onRow: headers[onRow],
	}, 12)
	lies, _ := esploraAt(t, map[uint64]Header{1000: toy, staleHeight: stale, onRow: headers[onRow-1]}, 12)
	for _, tt := range []struct {
		name    string
		sources []Source
		height  uint64
		root    Hash
		verdict Verdict
		rung    Rung
	}{
		{"true", []Source{truth, lies}, staleHeight, headers[staleHeight].MerkleRoot(), Match, RungExplorer},
		{"stale alone", []Source{lies}, staleHeight, headers[staleHeight].MerkleRoot(), Mismatch, RungExplorer},
		{"stale first", []Source{lies, truth}, staleHeight, headers[staleHeight].MerkleRoot(), Disputed, RungExplorer},
		{"stale claimed", []Source{truth}, staleHeight, stale.MerkleRoot(), Mismatch, RungExplorer},
		{"stale claimed and served second", []Source{truth, lies}, staleHeight, stale.MerkleRoot(), Disputed, RungExplorer},
		{"forged claimed", []Source{truth}, 1000, toy.MerkleRoot(), Mismatch, RungExplorer},
		{"forged claimed and served second", []Source{truth, lies}, 1000, toy.MerkleRoot(), Disputed, RungExplorer},
		{"row of the table", []Source{truth}, onRow, headers[onRow].MerkleRoot(), Match, RungChain},
		{"row of the table, another block first", []Source{lies, truth}, onRow, headers[onRow].MerkleRoot(), Match, RungChain},
		{"row of the table, another root", []Source{truth, lies}, onRow, rootOf(1), Mismatch, RungChain},
		{"another block on a row", []Source{lies}, onRow, headers[onRow-1].MerkleRoot(), Unknown, RungPath},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := NewChain(Mainnet(), Options{Sources: tt.sources}).Root(t.Context(), tt.height, tt.root)
			if e.Verdict != tt.verdict || e.Rung != tt.rung {
				t.Errorf("%s on rung %s, want %s on %s: %+v", e.Verdict, e.Rung, tt.verdict, tt.rung, e.Answers)
			}
		})
	}
	if n := web.count("tip"); n != 0 {
		t.Errorf("tip asked %d times below the table's end", n)
	}
}
