package bitcoin

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// explorerOf is an explorer that knows the headers at some heights of a chain,
// and its tip.
func explorerOf(t *testing.T, headers []Header, heights ...uint64) Source {
	t.Helper()
	known := make(map[uint64]Header)
	for _, h := range heights {
		known[h] = headers[h]
	}
	s, _ := esploraAt(t, known, uint64(len(headers))-1)
	return s
}

// TestLadderCovered climbs to rung chain for a block that the table covers.
func TestLadderCovered(t *testing.T) {
	s := synthesize(t, 2, 2*Period+10, 600)
	const at = Period + 1000
	root := s.headers[at].MerkleRoot()
	fork := s.mine(t, s.headers[:at], 2*Period-at, 600) // its own blocks from this one on
	full := func(name string, headers []Header) *bringer { return &bringer{name: name, headers: headers} }
	bundle := func(headers []Header) *Bundle {
		var b Bundle
		b.Add(at-3, headers[at-3:2*Period])
		return &b
	}
	truth, lie := explorerOf(t, s.headers, at), explorerOf(t, fork, at)
	for _, tt := range []struct {
		name    string
		options Options
		verdict Verdict
		rung    Rung
		answers string // names of carriers and files; "explorer"; with "!" where there is an error
	}{
		{"nothing", Options{}, Unknown, RungPath, ""},
		{"bundle", Options{Bundle: bundle(s.headers), Sources: []Source{lie}}, Match, RungChain, BundleFile},
		{"bundle of a fork", Options{Bundle: bundle(fork), Sources: []Source{truth}}, Match, RungExplorer, BundleFile + "!,explorer"},
		{"bundle of a fork alone", Options{Bundle: bundle(fork)}, Unknown, RungPath, BundleFile + "!"},
		{"named carrier", Options{Carriers: []Named{{full("a", s.headers), true}}, Sources: []Source{lie}}, Match, RungChain, "a"},
		{"fork, then truth", Options{Carriers: []Named{{full("a", fork), true}, {full("b", s.headers), true}}}, Match, RungChain, "a!,b"},
		{"fork, then an explorer", Options{Carriers: []Named{{full("a", fork), true}}, Sources: []Source{truth}}, Match, RungExplorer, "a!,explorer"},
		{"found carrier, not needed", Options{Carriers: []Named{{full("a", s.headers), false}}, Sources: []Source{truth}}, Match, RungExplorer, "explorer"},
		{"found carrier, required", Options{Require: RungChain, Carriers: []Named{{full("a", s.headers), false}}, Sources: []Source{truth}}, Match, RungChain, "explorer,a"},
		{"named before found", Options{Require: RungChain, Carriers: []Named{{full("a", s.headers), false}, {full("b", s.headers), true}}}, Match, RungChain, "b"},
		{"a lie, decided", Options{Carriers: []Named{{full("a", s.headers), false}}, Sources: []Source{lie}}, Match, RungChain, "explorer,a"},
		{"a dispute, decided", Options{Carriers: []Named{{full("a", s.headers), false}}, Sources: []Source{lie, truth}}, Match, RungChain, "explorer,explorer,a"},
		{"a dispute", Options{Sources: []Source{lie, truth}}, Disputed, RungExplorer, "explorer,explorer"},
		{"a dispute, no carrier helps", Options{Carriers: []Named{{full("a", fork), false}}, Sources: []Source{lie, truth}}, Disputed, RungExplorer, "explorer,explorer,a!"},
		{"nobody else", Options{Carriers: []Named{{full("a", s.headers), false}}}, Match, RungChain, "a"},
		{"more required than can be had", Options{Require: RungNode, Bundle: bundle(s.headers), Carriers: []Named{{full("a", s.headers), true}}, Sources: []Source{truth}}, Match, RungChain, BundleFile},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := NewChain(s.Network, tt.options).Root(t.Context(), at, root)
			if e.Verdict != tt.verdict || e.Rung != tt.rung {
				t.Errorf("%s on %s (%s), want %s on %s", e.Verdict, e.Rung, e.Reason, tt.verdict, tt.rung)
			}
			if got := names(e.Answers); got != tt.answers {
				t.Errorf("answers %s, want %s", got, tt.answers)
			}
			if onChain := e.Rung == RungChain; onChain == e.NotAfter.IsZero() || onChain && len(e.Hints) > 0 || !onChain && len(e.Hints) != 1 {
				t.Errorf("not after %s, hints %q", e.NotAfter, e.Hints)
			}
			if want := s.headers[at+6].Time(); e.Rung == RungChain && !e.NotAfter.Equal(want) {
				t.Errorf("not after %s, want %s", e.NotAfter, want)
			}
		})
	}
	e := NewChain(s.Network, Options{Bundle: bundle(s.headers)}).Root(t.Context(), at, rootOf(1))
	if e.Verdict != Mismatch || e.Rung != RungChain || e.Reason != "the header chain has another merkle root at block 3016" {
		t.Errorf("another root: %+v", e)
	}
	e = NewChain(s.Network, Options{Carriers: []Named{{full("a", s.headers), false}}, Sources: []Source{lie, truth}}).Root(t.Context(), at, root)
	if want := "the sources contradict each other on block 3016, the header chain decides"; e.Reason != want {
		t.Errorf("reason %q, want %q", e.Reason, want)
	}
}

// names lists who answered; explorers have a port in their name.
func names(answers []Answer) string {
	var all []string
	for _, a := range answers {
		name := a.Source
		if strings.HasPrefix(name, "127.0.0.") {
			name = "explorer"
		}
		if a.Err != nil {
			name += "!"
		}
		all = append(all, name)
	}
	return strings.Join(all, ",")
}

// TestLadderHostile: what a carrier can send instead of the headers of a period.
func TestLadderHostile(t *testing.T) {
	s := synthesize(t, 2, 2*Period, 600)
	const at = Period + 5
	fork := s.mine(t, s.headers[:2*Period-3], 3, 600)
	for _, tt := range []struct {
		name  string
		twist func([]Header) []Header
		kind  error
		want  string // how the error goes on
	}{
		{"too many", func(run []Header) []Header { return append(run, run[0]) }, ErrInconsistent, "2017 headers where 2016 were asked for"},
		{"none", func([]Header) []Header { return nil }, ErrBehind, "its headers end before block 4031"},
		{"last missing", func(run []Header) []Header { return run[:len(run)-1] }, ErrBehind, "its headers end before block 4031"},
		{"first missing", func(run []Header) []Header { return append(run[1:], run[0]) }, ErrInconsistent, "header 4031 does not follow header 4030: "},
		{"garbage", func(run []Header) []Header { return make([]Header, len(run)) }, ErrInconsistent, "difficulty 00000000 is not "},
		{"another period", func(run []Header) []Header { return slices.Clone(s.headers[:Period]) }, ErrInconsistent, "difficulty 207fffff is not "},
		{"forked tail", func(run []Header) []Header { return slices.Clone(fork[Period:]) }, ErrInconsistent, "the headers end in block "},
		{"one bit", func(run []Header) []Header { run[1000][40] ^= 1; return run }, ErrInconsistent, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := &bringer{name: "a", headers: s.headers, twist: tt.twist}
			e := NewChain(s.Network, Options{Carriers: []Named{{k, true}}}).Root(t.Context(), at, s.headers[at].MerkleRoot())
			if e.Verdict != Unknown || e.Rung != RungPath || len(e.Answers) != 1 {
				t.Fatalf("%+v", e)
			}
			err := e.Answers[0].Err
			if !errors.Is(err, tt.kind) || !strings.HasPrefix(err.Error(), tt.kind.Error()+": "+tt.want) {
				t.Errorf("error %v, want %v: %s", err, tt.kind, tt.want)
			}
		})
	}
}

// TestLadderWork climbs above the table.
func TestLadderWork(t *testing.T) {
	s := synthesize(t, 1, 2*Period+500, 600)
	at := uint64(len(s.headers) - MinConfirmations) // the highest that has enough
	root := s.headers[at].MerkleRoot()
	fork := s.mine(t, s.headers[:2*Period], 500, 599)   // as long, but not as much work above the next retarget
	longer := s.mine(t, s.headers[:2*Period], 501, 599) // more work
	jumped := s.mine(t, s.headers[:Period], 1, uint32(s.now().Unix())-s.headers[Period-1].seconds()-7*600)
	jumped = s.mine(t, jumped, 6, 600)
	kept := &Bundle{}
	kept.Add(at-20, s.headers[at-20:])
	a, a2, b := "10.0.0.1:8333", "10.0.0.1:8334", "10.0.0.2:8333"
	full := func(name string, headers []Header, named bool) Named {
		return Named{&bringer{name: name, headers: headers}, named}
	}
	explorer := explorerOf(t, s.headers, at, s.LastHeight())
	liar := explorerOf(t, append(slices.Clone(s.headers[:at]), fork[at]), at, s.LastHeight())
	for _, tt := range []struct {
		name    string
		options Options
		verdict Verdict
		rung    Rung
	}{
		{"one that the person named", Options{Carriers: []Named{full(a, s.headers, true)}}, Match, RungWork},
		{"one found", Options{Require: RungWork, Carriers: []Named{full(a, s.headers, false)}, Sources: []Source{explorer}}, Match, RungExplorer},
		{"one found, nobody else", Options{Carriers: []Named{full(a, s.headers, false)}}, Unknown, RungPath},
		{"two found", Options{Require: RungWork, Carriers: []Named{full(a, s.headers, false), full(b, s.headers, false)}, Sources: []Source{explorer}}, Match, RungWork},
		{"two of one host", Options{Require: RungWork, Carriers: []Named{full(a, s.headers, false), full(a2, s.headers, false)}, Sources: []Source{explorer}}, Match, RungExplorer},
		{"one found, one refused", Options{Require: RungWork, Carriers: []Named{full(a, s.headers, false), full(b, jumped, false)}, Sources: []Source{explorer}}, Match, RungExplorer},
		{"one found and the files", Options{Require: RungWork, Bundle: kept, Carriers: []Named{full(a, s.headers, false)}, Sources: []Source{explorer}}, Match, RungExplorer},
		{"the files alone", Options{Bundle: kept}, Unknown, RungPath},
		{"less work", Options{Require: RungWork, Carriers: []Named{full(a, s.headers[:len(s.headers)-1], false), full(b, s.headers, false)}}, Match, RungWork},
		{"a fork with more work", Options{Require: RungWork, Carriers: []Named{full(a, s.headers, false), full(b, longer, false)}}, Mismatch, RungWork},
		{"a dispute, decided", Options{Carriers: []Named{full(a, s.headers, false), full(b, s.headers, false)}, Sources: []Source{liar, explorer}}, Match, RungWork},
		{"a dispute, one found", Options{Carriers: []Named{full(a, s.headers, false)}, Sources: []Source{liar, explorer}}, Disputed, RungExplorer},
		{"seven blocks with a jumped clock", Options{Carriers: []Named{full(a, jumped, true)}}, Unknown, RungPath},
		{"too few confirmations", Options{MinConfirmations: MinConfirmations + 1, Carriers: []Named{full(a, s.headers, true)}}, Immature, RungWork},
		{"fewer asked for", Options{MinConfirmations: 1, Carriers: []Named{full(a, s.headers[:len(s.headers)-1], true)}}, Immature, RungWork},
		{"behind by a day", Options{Carriers: []Named{full(a, s.headers[:len(s.headers)-150], true)}}, Unknown, RungPath},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.options.Now = s.now
			e := NewChain(s.Network, tt.options).Root(t.Context(), at, root)
			if e.Verdict != tt.verdict || e.Rung != tt.rung {
				t.Errorf("%s on %s (%s), want %s on %s: %+v", e.Verdict, e.Rung, e.Reason, tt.verdict, tt.rung, e.Answers)
			}
			if len(e.Hints) == 0 || !strings.HasPrefix(e.Hints[0], fmt.Sprintf("block %d lies above block 2015, ", at)) {
				t.Errorf("hints %q", e.Hints)
			}
		})
	}
}

// TestClocks: a clock that is a year off makes no chain of work, and does no
// harm on rung chain.
func TestClocks(t *testing.T) {
	s := synthesize(t, 1, 2*Period, 600)
	k := Named{&bringer{name: "a", headers: s.headers}, true}
	for _, off := range []time.Duration{-365 * 24 * time.Hour, 365 * 24 * time.Hour} {
		c := NewChain(s.Network, Options{Carriers: []Named{k}, Now: func() time.Time { return s.now().Add(off) }})
		if e := c.Root(t.Context(), Period+5, s.headers[Period+5].MerkleRoot()); e.Verdict != Unknown {
			t.Errorf("off by %s above the table: %+v", off, e)
		}
		if e := c.Root(t.Context(), 5, s.headers[5].MerkleRoot()); e.Verdict != Match || e.Rung != RungChain {
			t.Errorf("off by %s: %+v", off, e)
		}
	}
}

// TestEachPeriodOnce: a thousand claims in 36 periods, all at once, fetch 36
// periods, and with the cache that this leaves none at all.
func TestEachPeriodOnce(t *testing.T) {
	const periods, claims = 36, 1000
	s := synthetic{Network: Regtest()}
	s.headers = s.mineRegtest(t, periods*Period)
	var rows []Hash
	for p := range periods {
		rows = append(rows, s.headers[(p+1)*Period-1].Hash())
	}
	n := RegtestTo(s.headers[len(s.headers)-1].Time(), rows...)
	store, err := OpenStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	carrier := &bringer{name: "a", headers: s.headers}
	for _, want := range []int64{periods, 0} {
		carrier.asked.Store(0)
		c := NewChain(n, Options{Carriers: []Named{{carrier, true}}, Store: store})
		var run sync.WaitGroup
		for i := range uint64(claims) {
			run.Go(func() {
				h := i%periods*Period + i + 1
				if e := c.Root(t.Context(), h, s.headers[h].MerkleRoot()); e.Verdict != Match || e.Rung != RungChain {
					t.Errorf("height %d: %+v", h, e)
				}
			})
		}
		run.Wait()
		if got := carrier.asked.Load(); got != want || int64(c.Lookups()) != want {
			t.Errorf("%d requests, %d look-ups, want %d", got, c.Lookups(), want)
		}
	}
}

// mineRegtest mines count headers of regtest.
func (s synthetic) mineRegtest(t testing.TB, count int) []Header {
	t.Helper()
	headers := append(make([]Header, 0, count), s.genesis)
	for i := 1; i < count; i++ {
		f := Fields{Version: 1, Prev: headers[i-1].Hash(), Root: rootOf(byte(i)), Time: headers[0].seconds() + uint32(i)*600, Bits: s.genesis.Bits()}
		headers = append(headers, mined(f).Header())
	}
	return headers
}

// TestForkGuard: an explorer that has another block on the table's last row is
// excluded above it, and asked for nothing else.
func TestForkGuard(t *testing.T) {
	s := synthesize(t, 1, Period+200, 600)
	fork := s.mine(t, s.headers[:Period-10], 210, 600)
	const at = Period + 5
	explorer, web := esploraAt(t, map[uint64]Header{s.LastHeight(): fork[s.LastHeight()], at: fork[at]}, Period+199)
	e := NewChain(s.Network, Options{Sources: []Source{explorer}}).Root(t.Context(), at, fork[at].MerkleRoot())
	want := "asked for block 2015, the last of the table: inconsistent: block " + fork[Period-1].Hash().String() + " is not "
	if e.Verdict != Unknown || !errors.Is(e.Answers[0].Err, ErrInconsistent) || !strings.HasPrefix(e.Answers[0].Err.Error(), want) {
		t.Errorf("%+v", e)
	}
	if n := web.count("/block-height/2021"); n != 0 {
		t.Errorf("asked %d times for the block", n)
	}
}

// TestConfirmationsOfTheCovered: the table shows how deep a block lies at least;
// only near its end somebody has to say what came after.
func TestConfirmationsOfTheCovered(t *testing.T) {
	s := synthesize(t, 1, Period+200, 600)
	var b Bundle
	b.Add(0, s.headers[:Period])
	tip, _ := esploraAt(t, nil, Period+1) // the last row's block has three confirmations
	deep := *s.Network
	deep.buried = Period
	for _, tt := range []struct {
		name    string
		network *Network
		height  uint64
		sources []Source
		minimum uint64
		verdict Verdict
		count   uint64
	}{
		{"six by the table", s.Network, Period - 6, nil, 0, Match, 0},
		{"five by the table, nobody to ask", s.Network, Period - 5, nil, 0, Unknown, 0},
		{"seven by a tip", s.Network, Period - 5, []Source{tip}, 0, Match, 7},
		{"five by a tip", s.Network, Period - 3, []Source{tip}, 0, Immature, 5},
		{"more asked for", s.Network, Period - 6, []Source{tip}, 9, Immature, 8},
		{"fewer asked for", s.Network, Period - 3, []Source{tip}, 1, Immature, 5},
		{"a row is added late", &deep, Period - 1, nil, 0, Match, 0},
		{"as late as that", &deep, Period - 1, nil, Period + 1, Match, 0},
		{"more than that", &deep, Period - 1, nil, Period + 2, Unknown, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := NewChain(tt.network, Options{Bundle: &b, Sources: tt.sources, MinConfirmations: tt.minimum})
			e := c.Root(t.Context(), tt.height, s.headers[tt.height].MerkleRoot())
			if e.Verdict != tt.verdict || e.Confirmations != tt.count {
				t.Errorf("%s with %d (%s), want %s with %d", e.Verdict, e.Confirmations, e.Reason, tt.verdict, tt.count)
			}
		})
	}
}
