package bitcoin

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestBundle(t *testing.T) {
	s := synthesize(t, 2, 2*Period, 600)
	var b Bundle
	b.Add(Period+10, s.headers[Period+10:])
	b.Add(3, s.headers[3:Period])
	b.Add(Period+20, s.headers[Period+20:])
	if got := fmt.Sprint(b.Heights()); got != "[[3 2015] [2026 4031]]" {
		t.Errorf("heights %s", got)
	}
	raw := b.Bytes()
	if want := len(bundleMagic) + 2*(runHead+HeaderSize) + (Period-4+Period-11)*restSize; len(raw) != want {
		t.Errorf("%d bytes, want %d", len(raw), want)
	}
	again, err := ParseBundle(raw)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.Bytes(), raw) {
		t.Error("written again it is another")
	}
	for _, height := range []uint64{3, 4, 2015, 2026, 3000, 4031} {
		run, ok := again.Run(height)
		if !ok || !slices.Equal(run, s.headers[height:periodEnd(height)+1]) || !again.Has(height) {
			t.Errorf("no true run from %d on", height)
		}
		if err := s.Link(height, run); err != nil {
			t.Error(err)
		}
	}
	for _, height := range []uint64{0, 2, 2016, 2025, 4032, 1 << 40, 1<<64 - 1} {
		if run, ok := again.Run(height); ok || run != nil || again.Has(height) {
			t.Errorf("a run from %d on", height)
		}
	}
}

// TestBundleAdd: what there is of one period becomes one run.
func TestBundleAdd(t *testing.T) {
	s := synthesize(t, 1, Period, 600)
	fork := s.mine(t, s.headers[:500], Period-500, 600)
	type part struct {
		headers     []Header
		first, last uint64
	}
	for _, tt := range []struct {
		name  string
		parts []part
		want  part
	}{
		{"the same twice", []part{{s.headers, 5, 2015}, {s.headers, 5, 2015}}, part{s.headers, 5, 2015}},
		{"further down", []part{{s.headers, 50, 2015}, {s.headers, 5, 2015}}, part{s.headers, 5, 2015}},
		{"within", []part{{s.headers, 5, 2015}, {s.headers, 50, 100}}, part{s.headers, 5, 2015}},
		{"around", []part{{s.headers, 50, 100}, {s.headers, 5, 2015}}, part{s.headers, 5, 2015}},
		{"overlapping upwards", []part{{s.headers, 5, 100}, {s.headers, 50, 2015}}, part{s.headers, 5, 2015}},
		{"overlapping downwards", []part{{s.headers, 50, 2015}, {s.headers, 5, 100}}, part{s.headers, 5, 2015}},
		{"touching", []part{{s.headers, 5, 100}, {s.headers, 101, 2015}}, part{s.headers, 5, 2015}},
		{"a gap, higher second", []part{{s.headers, 5, 100}, {s.headers, 102, 200}}, part{s.headers, 102, 200}},
		{"a gap, higher first", []part{{s.headers, 102, 200}, {s.headers, 5, 100}}, part{s.headers, 102, 200}},
		{"a fork as high", []part{{s.headers, 5, 2015}, {fork, 400, 2015}}, part{fork, 5, 2015}},
		{"a fork as high, from above", []part{{s.headers, 600, 2015}, {fork, 700, 2015}}, part{fork, 700, 2015}},
		{"a lower fork", []part{{s.headers, 5, 2015}, {fork, 400, 2014}}, part{s.headers, 5, 2015}},
		{"past the period's end", []part{{append(slices.Clone(s.headers), s.headers[0]), 2000, 2016}}, part{}},
		{"no run", []part{{[]Header{s.headers[0], s.headers[2]}, 0, 1}}, part{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b Bundle
			for _, p := range tt.parts {
				b.Add(p.first, p.headers[p.first:p.last+1])
			}
			var want Bundle
			if tt.want.headers != nil {
				want.Add(tt.want.first, tt.want.headers[tt.want.first:tt.want.last+1])
			}
			if !bytes.Equal(b.Bytes(), want.Bytes()) {
				t.Errorf("heights %d, want %d", b.Heights(), want.Heights())
			}
		})
	}
	var b Bundle
	b.Add(1<<32, s.headers[:1])
	if b.Heights() != nil {
		t.Error("a height that cannot be written")
	}
}

// TestBundleMerge: what links is not driven out by what does not.
func TestBundleMerge(t *testing.T) {
	s := synthesize(t, 2, 3*Period, 600)
	fork := s.mine(t, s.headers[:500], 3*Period-500, 600)
	single := func(headers []Header, first uint64) *Bundle {
		var b Bundle
		b.Add(first, headers[first:periodEnd(first)+1])
		return &b
	}
	for _, tt := range []struct {
		name string
		a, b *Bundle
		want *Bundle
	}{
		{"empty", &Bundle{}, single(s.headers, 9), single(s.headers, 9)},
		{"with empty", single(s.headers, 9), &Bundle{}, single(s.headers, 9)},
		{"the longer", single(s.headers, 9), single(s.headers, 5), single(s.headers, 5)},
		{"a fork that is longer", single(s.headers, 600), single(fork, 550), single(s.headers, 600)},
		{"with a fork that is longer", single(fork, 550), single(s.headers, 600), single(s.headers, 600)},
		{"a fork above the table", single(s.headers, 2*Period), single(fork, 2*Period), single(s.headers, 2*Period)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.a.Merge(s.Network, tt.b)
			if !bytes.Equal(tt.a.Bytes(), tt.want.Bytes()) {
				t.Errorf("heights %d, want %d", tt.a.Heights(), tt.want.Heights())
			}
		})
	}
}

func TestParseBundleRefuses(t *testing.T) {
	s := synthesize(t, 2, 2*Period, 600)
	var b Bundle
	b.Add(Period-2, s.headers[Period-2:Period])
	b.Add(2*Period-1, s.headers[2*Period-1:])
	good := b.Bytes()
	second := len(bundleMagic) + runHead + HeaderSize + restSize
	change := func(at int, to ...byte) []byte {
		raw := bytes.Clone(good)
		copy(raw[at:], to)
		return raw
	}
	for _, tt := range []struct {
		name string
		raw  []byte
		want error
		text string
	}{
		{"empty", nil, ErrNotBundle, "not a file of block headers"},
		{"another version", change(len(bundleMagic)-2, '2'), ErrNotBundle, "not a file of block headers"},
		{"head cut", good[:second+runHead-1], ErrBundleShape, "damaged file of block headers: byte 156: it ends within a run's head"},
		{"run cut", good[:second+runHead+HeaderSize-1], ErrBundleShape, "damaged file of block headers: byte 156: it ends within a run"},
		{"one byte more", append(bytes.Clone(good), 0), ErrBundleShape, "damaged file of block headers: byte 242: it ends within a run's head"},
		{"no headers", change(second+4, 0, 0), ErrBundleShape, "damaged file of block headers: byte 156: 0 headers from height 4031 on are not a part of one period"},
		{"into the next period", change(second+4, 2, 0), ErrBundleShape, "damaged file of block headers: byte 156: 2 headers from height 4031 on are not a part of one period"},
		{"most headers that can be written", change(second+4, 255, 255), ErrBundleShape, "damaged file of block headers: byte 156: 65535 headers from height 4031 on are not a part of one period"},
		{"a period twice", append(bytes.Clone(good), good[second:]...), ErrBundleShape, "damaged file of block headers: byte 242: period 1 comes twice or too late"},
		{"out of order", append(bytes.Clone(good), good[len(bundleMagic):second]...), ErrBundleShape, "damaged file of block headers: byte 242: period 0 comes twice or too late"},
		{"too large", make([]byte, MaxBundle+1), ErrBundleSize, "more than the 33554432 bytes that a file of block headers may have"},
		{"as large as may be", make([]byte, MaxBundle), ErrNotBundle, "not a file of block headers"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, err := ParseBundle(tt.raw)
			if b != nil || !errors.Is(err, tt.want) || err.Error() != tt.text {
				t.Errorf("error %v\n want %s", err, tt.text)
			}
		})
	}
	if _, err := ParseBundle(good); err != nil {
		t.Error(err)
	}
}

// TestBundleSizes measures what bundle.go says of the file's size, for
// documents at heights as chance has them.
func TestBundleSizes(t *testing.T) {
	s := synthesize(t, 1, Period, 600)
	random := rand.New(rand.NewPCG(1, 2))
	for _, tt := range []struct {
		documents, periods int
		low, high          int // bytes
	}{{1, 1, 80, 96_900}, {10, 10, 450_000, 550_000}, {100, 52, 2_500_000, 2_900_000}, {1000, 104, 8_800_000, 9_200_000}, {1000, 1, 95_000, 96_900}} {
		lowest := make(map[int]int)
		for range tt.documents {
			period, at := random.IntN(tt.periods), random.IntN(Period)
			if was, ok := lowest[period]; !ok || at < was {
				lowest[period] = at
			}
		}
		size := len(bundleMagic)
		for _, at := range lowest {
			size += runHead + len(pack(uint64(at), s.headers[at:]).bytes)
		}
		t.Logf("%d documents in %d periods: %d bytes", tt.documents, len(lowest), size)
		if size < tt.low || size > tt.high {
			t.Errorf("%d documents: %d bytes, not between %d and %d", tt.documents, size, tt.low, tt.high)
		}
	}
	if size := runHead + len(pack(0, s.headers).bytes); size != 96_806 {
		t.Errorf("a whole period takes %d bytes", size)
	}
}

// FuzzParseBundle: whatever parses is written again as it was, and is never
// believed unless it links.
func FuzzParseBundle(f *testing.F) {
	s := synthesize(f, 1, Period+3, 600)
	var b Bundle
	b.Add(Period-2, s.headers[Period-2:Period])
	b.Add(Period, s.headers[Period:])
	good := b.Bytes()
	f.Add(good)
	f.Add([]byte(bundleMagic))
	f.Add(good[:len(good)-1])
	f.Add(append([]byte(bundleMagic), binary.LittleEndian.AppendUint16(make([]byte, 4), 65535)...))
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := ParseBundle(raw)
		if err != nil {
			if !errors.Is(err, ErrNotBundle) && !errors.Is(err, ErrBundleShape) && !errors.Is(err, ErrBundleSize) {
				t.Errorf("error of no kind: %v", err)
			}
			return
		}
		if !bytes.Equal(b.Bytes(), raw) {
			t.Error("written again it is another")
		}
		for _, h := range b.Heights() {
			run, ok := b.Run(h[0])
			if !ok {
				continue
			}
			if err := s.Link(h[0], run); err == nil && !slices.Equal(run, s.headers[h[0]:Period]) {
				t.Errorf("another run links from %d on", h[0])
			}
			again := new(Bundle)
			again.Merge(s.Network, b)
			if !bytes.Equal(again.Bytes(), raw) {
				t.Error("merged with nothing it is another")
			}
		}
	})
}
