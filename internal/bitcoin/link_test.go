package bitcoin

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestLink attacks the links of a synthetic chain, whose work is no hindrance.
func TestLink(t *testing.T) {
	s := synthesize(t, 2, 2*Period+1, 500)
	if a, b := s.headers[0].Bits(), s.headers[Period].Bits(); a == b {
		t.Fatal("the periods have the same difficulty")
	}
	const first = Period + 5
	other := mined(Fields{Prev: s.headers[first-1].Hash(), Bits: s.headers[first].Bits()}).Header()
	swapped := slices.Clone(s.headers[first : 2*Period])
	swapped[100], swapped[101] = swapped[101], swapped[100]
	foreign := slices.Clone(s.headers[first : 2*Period])
	foreign[0] = other
	idle := slices.Clone(s.headers[first : 2*Period])
	idle[0] = workless(Fields{Bits: idle[0].Bits()}).Header()
	easy := slices.Clone(s.headers[first : 2*Period])
	easy[0] = s.headers[5]
	tail := slices.Clone(s.headers[first : 2*Period])
	tail[len(tail)-1] = mined(Fields{Prev: tail[len(tail)-2].Hash(), Bits: tail[0].Bits()}).Header()
	bits := s.headers[first].Bits()
	for _, tt := range []struct {
		name  string
		first uint64
		run   []Header
		want  string
	}{
		{"whole first period", 0, s.headers[:Period], ""},
		{"whole period", Period, s.headers[Period : 2*Period], ""},
		{"part", first, s.headers[first : 2*Period], ""},
		{"last alone", 2*Period - 1, s.headers[2*Period-1 : 2*Period], ""},
		{"none", first, nil, "0 headers, not between 1 and 2016"},
		{"too many", first, make([]Header, Period+1), "2017 headers, not between 1 and 2016"},
		{"two periods", Period - 1, s.headers[Period-1 : 2*Period-1], "headers 2015 to 4030 do not end on the row of their period in the table"},
		{"across a border", Period - 1, s.headers[Period-1 : Period+5], "headers 2015 to 2020 do not end on the row of their period in the table"},
		{"last missing", first, s.headers[first : 2*Period-1], "headers 2021 to 4030 do not end on the row of their period in the table"},
		{"above the table", 2 * Period, s.headers[2*Period:], "headers 4032 to 4032 do not end on the row of their period in the table"},
		{"highest number", 1<<64 - 1, s.headers[:2], "headers 18446744073709551615 to 0 do not end on the row of their period in the table"},
		{"another period's", Period, s.headers[:Period], fmt.Sprintf("difficulty 207fffff is not %08x, that of synthetic at height 2016", bits)},
		{"swapped", first, swapped, fmt.Sprintf("header 2121 does not follow header 2120: its block before is %s, not %s", swapped[100].Prev(), swapped[99].Hash())},
		{"another block first", first, foreign, fmt.Sprintf("header 2022 does not follow header 2021: its block before is %s, not %s", s.headers[first].Hash(), other.Hash())},
		{"no work", first, idle, fmt.Sprintf("block %s at height 2021 does not meet difficulty %08x", idle[0].Hash(), bits)},
		{"easy", first, easy, fmt.Sprintf("difficulty 207fffff is not %08x, that of synthetic at height 2021", bits)},
		{"forked tail", first, tail, fmt.Sprintf("the headers end in block %s, not in %s, the synthetic block at height 4031", tail[len(tail)-1].Hash(), s.headers[2*Period-1].Hash())},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := s.Link(tt.first, tt.run)
			if tt.want == "" && err != nil {
				t.Error(err)
			}
			if tt.want != "" && (err == nil || err.Error() != tt.want) {
				t.Errorf("error %v\n want %s", err, tt.want)
			}
		})
	}
}

// TestCorpusLink links every whole period of the corpus, from each of its
// heights on, and the eleven headers at the end of an older one.
func TestCorpusLink(t *testing.T) {
	n, headers := Mainnet(), trueHeaders(t)
	for period := uint64(408); period <= 411; period++ {
		run := whole(t, headers, period)
		for from := range Period {
			if from%97 != 0 && from < Period-20 {
				continue
			}
			if err := n.Link(period*Period+uint64(from), run[from:]); err != nil {
				t.Errorf("from %d on: %v", period*Period+uint64(from), err)
			}
		}
	}
	if err := n.Link(455605, stretch(t, headers, 455605, 11)); err != nil {
		t.Error(err)
	}
}

// TestCorpusLinkRefuses: headers with true work that work cannot tell from the
// true ones do not link.
func TestCorpusLinkRefuses(t *testing.T) {
	n, headers := Mainnet(), trueHeaders(t)
	run := stretch(t, headers, staleHeight, int(periodEnd(staleHeight)-staleHeight)+1)
	if err := n.Link(staleHeight, run); err != nil {
		t.Errorf("the true header: %v", err)
	}
	run[0] = staleHeader(t)
	want := fmt.Sprintf("header 823227 does not follow header 823226: its block before is %s, not %s", headers[staleHeight].Hash(), run[0].Hash())
	if err := n.Link(staleHeight, run); err == nil || err.Error() != want {
		t.Errorf("the stale header: %v\nwant %s", err, want)
	}
	// Nobody can make the headers that would lead from the forged one to the row.
	forgery := append([]Header{parseHeader(t, forged)}, stretch(t, headers, 1001, 999)...)
	for len(forgery) < Period-1000 {
		forgery = append(forgery, forgery[len(forgery)-1])
	}
	if err := n.Link(1000, forgery); err == nil || !strings.HasPrefix(err.Error(), "header 1001 does not follow header 1000: ") {
		t.Errorf("the forged header: %v", err)
	}
}

func TestLinkAllocates(t *testing.T) {
	s := synthesize(t, 1, Period, 600)
	if allocs := testing.AllocsPerRun(5, func() {
		if err := s.Link(0, s.headers); err != nil {
			t.Error(err)
		}
	}); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func TestNotAfter(t *testing.T) {
	var following []Header
	for _, s := range []uint32{50, 10, 90, 30, 70, 20, 80, 100, 40, 60, 110, 5} {
		following = append(following, Fields{Time: s}.Header())
	}
	if got := notAfter(following).Unix(); got != 60 {
		t.Errorf("median %d, want 60", got)
	}
	if got := notAfter(following[:10]); !got.IsZero() {
		t.Errorf("ten blocks give %s", got)
	}
}
