package bitcoin

import (
	"math/big"
	"math/rand/v2"
	"testing"
)

// slowExpand decodes compact bits by the definition, 256^(size-3) · mantissa;
// nil for what is negative, zero or too large.
func slowExpand(compact uint32) *big.Int {
	n := big.NewInt(int64(compact & 0x7fffff))
	if size := int(compact >> 24); size < 3 {
		n.Rsh(n, uint(8*(3-size)))
	} else {
		n.Lsh(n, uint(8*(size-3)))
	}
	if n.Sign() == 0 || compact&0x800000 != 0 || n.BitLen() > 256 {
		return nil
	}
	return n
}

func TestExpand(t *testing.T) {
	for _, tt := range []struct {
		name    string
		compact uint32
		hex     string // of the target; "" with err
		err     string
	}{
		{"difficulty 1", 0x1d00ffff, "ffff0000000000000000000000000000000000000000000000000000", ""},
		{"regtest", 0x207fffff, "7fffff0000000000000000000000000000000000000000000000000000000000", ""},
		{"one byte", 0x01123456, "12", ""},
		{"two bytes", 0x02123456, "1234", ""},
		{"three bytes", 0x03123456, "123456", ""},
		{"four bytes", 0x04123456, "12345600", ""},
		{"across words", 0x0a123456, "12345600000000000000", ""},
		{"largest with one byte", 0x220000ff, "ff00000000000000000000000000000000000000000000000000000000000000", ""},
		{"one bit past it", 0x22000100, "", "difficulty 22000100 is past 256 bits"},
		{"largest with two bytes", 0x2100ffff, "ffff000000000000000000000000000000000000000000000000000000000000", ""},
		{"one more bit", 0x21010000, "", "difficulty 21010000 is past 256 bits"},
		{"size 255", 0xff123456, "", "difficulty ff123456 is past 256 bits"},
		{"nothing", 0, "", "difficulty 00000000 is zero"},
		{"no mantissa", 0xff000000, "", "difficulty ff000000 is zero"},
		{"mantissa shifted out", 0x01003456, "", "difficulty 01003456 is zero"},
		{"size 0", 0x00123456, "", "difficulty 00123456 is zero"},
		{"negative", 0x04923456, "", "difficulty 04923456 is negative"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := expand(tt.compact)
			if tt.err != "" {
				if err == nil || err.Error() != tt.err {
					t.Errorf("error %v, want %s", err, tt.err)
				}
				return
			}
			if err != nil || got.integer().Text(16) != tt.hex {
				t.Errorf("got %s, %v, want %s", got.integer().Text(16), err, tt.hex)
			}
		})
	}
}

func TestTargetOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		var a, b target
		for i := range a {
			a[i], b[i] = random.Uint64N(3), random.Uint64N(3)
		}
		if got, want := a.cmp(b), a.integer().Cmp(b.integer()); got != want {
			t.Fatalf("%v.cmp(%v) = %d, want %d", a, b, got, want)
		}
		for i := range a {
			a[i] = random.Uint64()
		}
		if got, want := a.quarter().integer(), new(big.Int).Rsh(a.integer(), 2); got.Cmp(want) != 0 {
			t.Fatalf("quarter of %v is %x, want %x", a, got, want)
		}
	}
}

func FuzzExpand(f *testing.F) {
	for _, compact := range []uint32{0, 0x1d00ffff, 0x207fffff, 0x01803456, 0x02008000, 0x22000100, 0x2100ffff, 0xff7fffff} {
		f.Add(compact)
	}
	f.Fuzz(func(t *testing.T, compact uint32) {
		want := slowExpand(compact)
		got, err := expand(compact)
		if (err != nil) != (want == nil) {
			t.Fatalf("%08x: %v, want %v", compact, err, want)
		}
		if err == nil && got.integer().Cmp(want) != 0 {
			t.Fatalf("%08x: %x, want %x", compact, got.integer(), want)
		}
	})
}
