package bitcoin

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"
)

// remine gives headers new work from index i on, after they were changed there.
func remine(headers []Header, i int) []Header {
	for ; i < len(headers); i++ {
		h := headers[i]
		prev := h.Prev()
		if i > 0 {
			prev = headers[i-1].Hash()
		}
		headers[i] = mined(Fields{h.Version(), prev, h.MerkleRoot(), h.seconds(), h.Bits(), 0}).Header()
	}
	return headers
}

// TestNetworkCheckWork breaks each rule of a chain of three periods above the table,
// mined ten percent too fast, so that every retarget changes the difficulty.
func TestNetworkCheckWork(t *testing.T) {
	s := synthesize(t, 1, 4*Period+100, 540)
	run, now := s.above(), s.now()
	changed := func(i int, change func(*Fields)) []Header {
		run := slices.Clone(run)
		h := run[i]
		f := Fields{h.Version(), h.Prev(), h.MerkleRoot(), h.seconds(), h.Bits(), 0}
		change(&f)
		run[i] = mined(f).Header()
		return remine(run, i+1)
	}
	last := len(run) - 1
	ahead := uint32(now.Add(clockSlack).Unix())
	median := run[last-6].seconds() // of the eleven before the last
	for _, tt := range []struct {
		name string
		run  []Header
		now  time.Time
		want string // how the error begins
	}{
		{"true", run, now, ""},
		{"part", run[:last-20], now, ""},
		{"two hours ahead", changed(last, func(f *Fields) { f.Time = ahead }), now, ""},
		{"more", changed(last, func(f *Fields) { f.Time = ahead + 1 }), now, fmt.Sprintf("header %d: its time, ", len(s.headers)-1)},
		{"just after the median", changed(last, func(f *Fields) { f.Time = median + 1 }), now, ""},
		{"at the median", changed(last, func(f *Fields) { f.Time = median }), now, fmt.Sprintf("header %d: its time, ", len(s.headers)-1)},
		{"long before the table's end", changed(0, func(f *Fields) { f.Time = uint32(s.lastTime().Add(-beforeRow).Unix()) }), now, "header 2016: its time, "},
		{"a little before", changed(0, func(f *Fields) { f.Time = uint32(s.lastTime().Add(-time.Hour).Unix()) }), now, "header 4032: its difficulty is "},
		{"another block before", run[1:], now, "header 2016: its block before is "},
		{"a gap", append(slices.Clone(run[:50]), run[51:]...), now, "header 2066: its block before is "},
		{"the old difficulty", changed(Period, func(f *Fields) { f.Bits = run[0].Bits() }), now, "header 4032: its difficulty is "},
		{"easier", changed(5, func(f *Fields) { f.Bits = 0x207fffff }), now, "header 2021: its difficulty is 207fffff, not "},
		{"no work", func() []Header {
			run := slices.Clone(run)
			h := run[last]
			run[last] = workless(Fields{h.Version(), h.Prev(), h.MerkleRoot(), h.seconds(), h.Bits(), 0}).Header()
			return run
		}(), now, fmt.Sprintf("header %d: block ", len(s.headers)-1)},
		{"none", nil, now, "not there yet: no header above block 2015"},
		{"a day old", run, run[last].Time().Add(maxTipAge), "not there yet: its last block, 8163, is of "},
		{"almost", run, run[last].Time().Add(maxTipAge - time.Second), ""},
		{"the clock a year behind", run, now.Add(-365 * 24 * time.Hour), "header 2016: its time, "},
		{"the clock a year ahead", run, now.Add(365 * 24 * time.Hour), "not there yet: its last block, 8163, is of "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			weight, err := s.CheckWork(tt.run, tt.now)
			if tt.want == "" && (err != nil || weight.Sign() != 1) {
				t.Errorf("weight %v, error %v", weight, err)
			}
			if tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.want)) {
				t.Errorf("error %v, want %s…", err, tt.want)
			}
			if behind := strings.HasPrefix(tt.want, "not there yet"); errors.Is(err, ErrBehind) != behind {
				t.Errorf("error %v: behind %t, want %t", err, !behind, behind)
			}
		})
	}
}

// TestJumpedClock: a few blocks that claim to be new do not pass for the many
// that time implies, neither on the table's last row nor on a true chain that
// stopped a while ago; a chain with three quarters of them is at the border.
func TestJumpedClock(t *testing.T) {
	s := synthesize(t, 1, 2*Period, 600)
	now := s.now()
	for _, tt := range []struct {
		name      string
		true      int // how many true headers come first
		made      int
		wait      time.Duration // from the last true one to the first made
		wantError bool
	}{
		{"seven on the last row", 0, 7, 14 * 24 * time.Hour, true},
		{"seven on half of the true ones", Period / 2, 7, 7 * 24 * time.Hour, true},
		{"one too few", 3*Period/4 - 8, 7, 84*time.Hour + 80*time.Minute, true},
		{"just enough", 3*Period/4 - 7, 7, 84*time.Hour + 70*time.Minute, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			run := slices.Clone(s.headers[:Period+tt.true])
			run = s.mine(t, run, 1, uint32(tt.wait/time.Second)-7*600)
			run = s.mine(t, run, tt.made-1, 600)
			_, err := s.CheckWork(run[Period:], now)
			if (err != nil) != tt.wantError || err != nil && !strings.Contains(err.Error(), "are less than three quarters of the 2016 that the time since then implies") {
				t.Errorf("%d headers: %v", len(run)-Period, err)
			}
		})
	}
}

// TestWeight compares runs as Bitcoin does: by work, not by length.
func TestWeight(t *testing.T) {
	s := synthesize(t, 1, Period+10, 150) // so fast that difficulty becomes four times as high
	weight, err := s.CheckWork(s.above(), s.now())
	if err != nil {
		t.Fatal(err)
	}
	each := new(big.Int).Lsh(big.NewInt(1), 256)
	limit, err := expand(s.headers[Period].Bits())
	if err != nil {
		t.Fatal(err)
	}
	each.Div(each, new(big.Int).Add(limit.integer(), big.NewInt(1)))
	if want := each.Mul(each, big.NewInt(10)); weight.Cmp(want) != 0 || each.Int64() != 79 && each.Int64() != 80 {
		t.Errorf("weight %s, want %s", weight, want)
	}
}

// TestCheckWorkRegtest: where blocks are made at will, their number says
// nothing; the other rules hold.
func TestCheckWorkRegtest(t *testing.T) {
	n := Regtest()
	s := synthetic{n, []Header{n.Genesis()}}
	s.headers = s.mine(t, s.headers, 1, 15*365*24*3600)
	s.headers = s.mine(t, s.headers, 20, 60)
	if weight, err := n.CheckWork(s.headers[1:], s.now()); err != nil || weight.Int64() != 21*2 {
		t.Errorf("weight %v, error %v", weight, err)
	}
	if _, err := n.CheckWork(s.headers[1:], s.now().Add(25*time.Hour)); !errors.Is(err, ErrBehind) {
		t.Errorf("error %v", err)
	}
}

// TestNextBits compares retargets with another implementation.
func TestNextBits(t *testing.T) {
	for _, bits := range []uint32{0x1d00ffff, 0x1b0404cb, 0x1703d869, 0x17023cc1, 0x207fffff, 0x1c7fffff, 0x05009234} {
		for _, taken := range []uint32{0, 1, 300000, 302400, 302401, 1000000, 1209599, 1209600, 1209601, 2000000, 4838400, 4838401, 9000000} {
			first, last := Fields{Time: 1000}.Header(), Fields{Time: 1000 + taken, Bits: bits}.Header()
			was, err := expand(bits)
			if err != nil {
				t.Fatal(err)
			}
			for _, easiest := range []uint32{0x1d00ffff, 0x207fffff} {
				if got, want := nextBits(was.integer(), int64(taken), easiest), retargeted(t, first, last, easiest); got != want {
					t.Errorf("%08x after %d s: %08x, want %08x", bits, taken, got, want)
				}
			}
		}
	}
}

// TestCorpusWork holds the true headers to the full rules: four periods above a
// table that is cut off below them.
func TestCorpusWork(t *testing.T) {
	run := stretch(t, trueHeaders(t), 408*Period, 4*Period)
	n := cutMainnet(t, 408, run[0])
	if _, err := n.CheckWork(run, run[len(run)-1].Time()); err != nil {
		t.Error(err)
	}
}

// cutMainnet is mainnet with a table of its first periods alone; next is the
// block above it, ten minutes after the last row's.
func cutMainnet(t testing.TB, periods int, next Header) *Network {
	t.Helper()
	n := Mainnet()
	table := []byte(n.table[:tableHead+periods*tableRow])
	for i, v := range []uint32{uint32(periods), next.seconds() - 600, 3600} {
		table[4*i], table[4*i+1], table[4*i+2], table[4*i+3] = byte(v), byte(v>>8), byte(v>>16), byte(v>>24)
	}
	n.table = string(table)
	if hash, known := n.Checkpoint(n.LastHeight()); !known || hash != next.Prev() {
		t.Fatal("the header does not follow the cut table")
	}
	return n
}
