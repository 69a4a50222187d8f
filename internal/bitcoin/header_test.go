package bitcoin

import (
	"strings"
	"testing"
	"time"
)

const (
	mainnetGenesis = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"
	regtestGenesis = "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206"
)

func TestGenesis(t *testing.T) {
	for _, tt := range []struct {
		name    string
		network *Network
		hash    string
		time    time.Time
	}{
		{"mainnet", Mainnet(), mainnetGenesis, time.Date(2009, 1, 3, 18, 15, 5, 0, time.UTC)},
		{"regtest", Regtest(), regtestGenesis, time.Date(2011, 2, 2, 23, 16, 42, 0, time.UTC)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := tt.network.Genesis()
			if got := h.Hash().String(); got != tt.hash {
				t.Errorf("hash %s, want %s", got, tt.hash)
			}
			if got := h.MerkleRoot().String(); got != "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b" {
				t.Errorf("merkle root %s", got)
			}
			if !h.Time().Equal(tt.time) || h.Time().Location() != time.UTC {
				t.Errorf("time %s, want %s", h.Time(), tt.time)
			}
			if err := h.CheckWork(); err != nil {
				t.Error(err)
			}
			if err := tt.network.CheckHeader(0, h); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestParseHash(t *testing.T) {
	h, err := ParseHash(mainnetGenesis)
	if err != nil {
		t.Fatal(err)
	}
	if h != Mainnet().Genesis().Hash() || h[31] != 0 || h[0] != 0x6f {
		t.Errorf("internal order is %x", h[:])
	}
	if upper, err := ParseHash(strings.ToUpper(mainnetGenesis)); err != nil || upper != h {
		t.Errorf("upper case: %v, %v", upper, err)
	}
	for _, tt := range []struct{ name, in, want string }{
		{"empty", "", "parse hash: 0 characters, not 64 hex digits"},
		{"one short", mainnetGenesis[1:], "parse hash: 63 characters, not 64 hex digits"},
		{"one long", mainnetGenesis + "0", "parse hash: 65 characters, not 64 hex digits"},
		{"no hex", mainnetGenesis[:63] + "g", "parse hash: encoding/hex: invalid byte: U+0067 'g'"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := ParseHash(tt.in); err == nil || err.Error() != tt.want {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
}

func TestParseHeader(t *testing.T) {
	want := Mainnet().Genesis()
	if got, err := ParseHeader(want[:]); err != nil || got != want {
		t.Errorf("ParseHeader: %x, %v", got, err)
	}
	for _, tt := range []struct {
		name string
		size int
		want string
	}{
		{"empty", 0, "parse header: 0 bytes, not 80"},
		{"one short", 79, "parse header: 79 bytes, not 80"},
		{"one long", 81, "parse header: 81 bytes, not 80"},
		{"of a fork", 164, "parse header: 164 bytes, not 80"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := ParseHeader(make([]byte, tt.size)); err == nil || err.Error() != tt.want {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
}

func TestFields(t *testing.T) {
	want := Fields{
		Version: -2, Prev: Hash{1, 2}, Root: Hash{3, 4},
		Time: 1<<32 - 1, Bits: 0x1d00ffff, Nonce: 0xfffffffe,
	}
	h := want.Header()
	got := Fields{h.Version(), h.Prev(), h.MerkleRoot(), h.seconds(), h.Bits(), h.Nonce()}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if year := h.Time().Year(); year != 2106 {
		t.Errorf("the last time a header can hold is in %d, want 2106", year)
	}
}

func TestCheckWork(t *testing.T) {
	good := Fields{Version: 1, Root: Mainnet().Genesis().MerkleRoot(), Time: 1231006505, Bits: 0x1d00ffff, Nonce: 2083236893}
	for _, tt := range []struct {
		name   string
		change func(*Fields)
		want   string // how the error ends
	}{
		{"the true one", func(*Fields) {}, ""},
		{"another nonce", func(f *Fields) { f.Nonce++ }, "does not meet its own difficulty 1d00ffff"},
		{"harder than its work", func(f *Fields) { f.Bits = 0x1a00ffff }, "does not meet its own difficulty 1a00ffff"},
		{"negative", func(f *Fields) { f.Bits = 0x1d80ffff }, "difficulty 1d80ffff is negative"},
		{"zero", func(f *Fields) { f.Bits = 0x1d000000 }, "difficulty 1d000000 is zero"},
		{"overflow", func(f *Fields) { f.Bits = 0x23000001 }, "difficulty 23000001 is past 256 bits"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := good
			tt.change(&f)
			err := f.Header().CheckWork()
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.HasSuffix(err.Error(), tt.want) {
				t.Errorf("error %v, want one that ends in %q", err, tt.want)
			}
		})
	}
}

func TestClaimDate(t *testing.T) {
	for _, tt := range []struct{ name, at, notAfter, want string }{
		{"midday", "2024-01-25T12:00:00Z", "", "2024-01-25"},
		{"just within the day", "2024-01-25T21:59:59Z", "", "2024-01-25"},
		{"two hours before midnight", "2024-01-25T22:00:00Z", "", "2024-01-26"},
		{"end of a year", "2024-12-31T23:59:59Z", "", "2025-01-01"},
		{"the majority is earlier", "2024-01-25T12:00:00Z", "2024-01-24T12:00:00Z", "2024-01-25"},
		{"the majority is later", "2024-01-25T21:00:00Z", "2024-01-26T00:00:00Z", "2024-01-26"},
		{"the majority, elsewhere", "2024-01-25T12:00:00Z", "2024-01-25T23:00:00-02:00", "2024-01-26"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, tt.at)
			if err != nil {
				t.Fatal(err)
			}
			var majority time.Time
			if tt.notAfter != "" {
				if majority, err = time.Parse(time.RFC3339, tt.notAfter); err != nil {
					t.Fatal(err)
				}
			}
			got := ClaimDate(Fields{Time: uint32(at.Unix())}.Header(), majority)
			if got.Format(time.DateOnly) != tt.want || got.Location() != time.UTC || got.Hour() != 0 {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestRung(t *testing.T) {
	for r := RungExplorer; r <= RungNode; r++ {
		if got, err := ParseRung(r.String()); err != nil || got != r {
			t.Errorf("ParseRung(%q) = %v, %v", r, got, err)
		}
	}
	if RungPath.String() != "path" || Rung(9).String() != "rung 9" || Rung(-1).String() != "rung -1" {
		t.Errorf("names %s, %s, %s", RungPath, Rung(9), Rung(-1))
	}
	for _, name := range []string{"", "path", "Chain", "confirmed"} {
		if r, err := ParseRung(name); err == nil {
			t.Errorf("ParseRung(%q) = %v, want an error", name, r)
		}
	}
}
