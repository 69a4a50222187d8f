package bitcoin

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"
)

// forged is a header made to claim height 1000, with this merkle root: the
// SHA-256 of "document that did not exist in 2009". It was mined in twenty
// minutes, and its bits are right for that height.
const forged = "01000000000000000000000000000000000000000000000000000000000000000000000034795b5329abd7c8128499595d1df3c01570efc1698bd527c759991c9388e69d031f7449ffff001de2624188"

const (
	lastHeight = 963647
	lastBits   = 0x17023cc1 // of the period after it
	lastTime   = 1787445416 - 3600
)

func parseHeader(t testing.TB, s string) Header {
	t.Helper()
	h, err := ParseHeaderHex(s)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestTable(t *testing.T) {
	n := Mainnet()
	if n.Name() != "mainnet" || Regtest().Name() != "regtest" {
		t.Errorf("names %s, %s", n.Name(), Regtest().Name())
	}
	if want := tableHead + 478*tableRow; len(checkpoints) != want || n.rows() != 478 {
		t.Errorf("%d rows in %d bytes, want 478 in %d", n.rows(), len(checkpoints), want)
	}
	if n.LastHeight() != lastHeight || Regtest().LastHeight() != 0 {
		t.Errorf("last heights %d, %d", n.LastHeight(), Regtest().LastHeight())
	}
	if got := n.lastTime(); !got.Equal(time.Unix(lastTime, 0)) {
		t.Errorf("last time %s", got)
	}
	for _, tt := range []struct {
		height uint64
		hash   string // "" if it is not known
	}{
		{0, mainnetGenesis},
		{1, ""},
		{2014, ""},
		{2015, "00000000693067b0e6b440bc51450b9f3850561b07f6d3c021c54fbd6abb9763"},
		{2016, ""},
		{961631, "00000000000000000000807f9dc917442a67910426d79ebb2f8aa2149327ce8a"},
		{lastHeight, "00000000000000000000d29ee44c13e924c37abcaa80c537609ce70b1fea1f33"},
		{lastHeight + Period, ""},
		{1<<64 - 1, ""},
	} {
		hash, known := n.Checkpoint(tt.height)
		if known != (tt.hash != "") || known && hash.String() != tt.hash {
			t.Errorf("checkpoint %d is %s, %t, want %q", tt.height, hash, known, tt.hash)
		}
	}
	if _, known := Regtest().Checkpoint(Period - 1); known {
		t.Error("regtest has a checkpoint besides its genesis block")
	}
}

// TestTableConfirmed: what version -v says of the table.
func TestTableConfirmed(t *testing.T) {
	n := Mainnet()
	want := []Stretch{
		{2015, 925343, ByHeader}, {927359, 959615, ByWork}, {961631, 961631, ByPublication}, {lastHeight, lastHeight, ByWork},
	}
	if got := n.Stretches(); !slices.Equal(got, want) {
		t.Errorf("stretches %v, want %v", got, want)
	}
	if at, off := n.LastTime(); at.Unix() != 1787445416 || off != time.Hour {
		t.Errorf("last time %s, give or take %s", at, off)
	}
	if n.TableDigest() != sha256.Sum256([]byte(checkpoints)) || n.TableDigest() == Regtest().TableDigest() {
		t.Errorf("digest %x", n.TableDigest())
	}
	if got := Regtest().Stretches(); got != nil {
		t.Errorf("stretches of regtest: %v", got)
	}
	if at, off := Regtest().LastTime(); !at.Equal(Regtest().Genesis().Time()) || off != 0 {
		t.Errorf("last time of regtest %s, give or take %s", at, off)
	}
	for c, want := range map[Confirmation]string{
		0: "confirmation 0", ByHeader: "header", ByPublication: "published", ByWork: "work", 4: "confirmation 4", 255: "confirmation 255",
	} {
		if c.String() != want {
			t.Errorf("%d is called %s, want %s", byte(c), c, want)
		}
	}
}

func TestRegtestTo(t *testing.T) {
	at := time.Unix(1700000000, 0).UTC()
	n := RegtestTo(at, Hash{1}, Hash{2})
	for height, want := range map[uint64]Hash{0: Regtest().Genesis().Hash(), Period - 1: {1}, 2*Period - 1: {2}} {
		if hash, known := n.Checkpoint(height); !known || hash != want {
			t.Errorf("checkpoint %d is %s, %t", height, hash, known)
		}
	}
	if last, off := n.LastTime(); n.LastHeight() != 2*Period-1 || !last.Equal(at) || off != 0 {
		t.Errorf("last block %d at %s, give or take %s", n.LastHeight(), last, off)
	}
	if err := n.CheckHeader(10*Period, regtestBlock(1)); err != nil {
		t.Errorf("difficulty above the table: %v", err)
	}
	if last := RegtestTo(at).LastHeight(); last != 0 {
		t.Errorf("a table without rows ends at %d", last)
	}
}

func TestCheckHeader(t *testing.T) {
	genesis, regtest := Mainnet().Genesis(), Regtest().Genesis()
	toy, idle := parseHeader(t, forged), workless(Fields{Bits: 0x207fffff}).Header()
	for _, tt := range []struct {
		name    string
		network *Network
		height  uint64
		header  Header
		want    string // "" if nothing shows that it is wrong
	}{
		{"genesis", Mainnet(), 0, genesis, ""},
		{"another block as genesis", Mainnet(), 0, toy,
			"block " + toy.Hash().String() + " is not " + mainnetGenesis + ", the mainnet block at height 0"},
		{"forged with the work of 2009", Mainnet(), 1000, toy, ""},
		{"forged, at a checkpoint", Mainnet(), 2015, toy,
			"block " + toy.Hash().String() + " is not 00000000693067b0e6b440bc51450b9f3850561b07f6d3c021c54fbd6abb9763, the mainnet block at height 2015"},
		{"difficulty 1 in a later period", Mainnet(), 826360, toy,
			"difficulty 1d00ffff is not 1703d869, that of mainnet at height 826360"},
		{"difficulty 1 just above the table", Mainnet(), lastHeight + 1, toy,
			"difficulty 1d00ffff is not 17023cc1, that of mainnet at height 963648"},
		{"difficulty 1 further up", Mainnet(), 970000, toy,
			"difficulty 1d00ffff at height 970000 is less than a quarter of the last one known"},
		{"difficulty 1 at the highest number", Mainnet(), 1<<64 - 1, toy,
			"difficulty 1d00ffff at height 18446744073709551615 is less than a quarter of the last one known"},
		{"regtest genesis as genesis", Mainnet(), 0, regtest, "difficulty 207fffff is not 1d00ffff, that of mainnet at height 0"},
		{"regtest block", Mainnet(), 1, regtest, "difficulty 207fffff is not 1d00ffff, that of mainnet at height 1"},
		{"regtest block far up", Mainnet(), 970000, regtest,
			"difficulty 207fffff at height 970000 is less than a quarter of the last one known"},
		{"regtest genesis", Regtest(), 0, regtest, ""},
		{"regtest, any height", Regtest(), 1000000, regtest, ""},
		{"mainnet block on regtest", Regtest(), 1000, toy, "difficulty 1d00ffff is not 207fffff, that of regtest at height 1000"},
		{"no work", Regtest(), 1, idle, "block " + idle.Hash().String() + " does not meet its own difficulty 207fffff"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.network.CheckHeader(tt.height, tt.header)
			if tt.want == "" && err != nil {
				t.Error(err)
			}
			if tt.want != "" && (err == nil || err.Error() != tt.want) {
				t.Errorf("error %v\n want %s", err, tt.want)
			}
		})
	}
}

// TestBitsAboveTable looks at the bounds alone: nobody here can mine the work
// that a header within them needs.
func TestBitsAboveTable(t *testing.T) {
	const beyond = lastHeight + 1 + Period
	for _, tt := range []struct {
		name   string
		height uint64
		bits   uint32
		time   uint32
		want   string
	}{
		{"first block above", lastHeight + 1, lastBits, lastTime, ""},
		{"last block known exactly", beyond - 1, lastBits, lastTime + 1, ""},
		{"other bits there", beyond - 1, lastBits - 1, lastTime + 1, "difficulty 17023cc0 is not 17023cc1, that of mainnet at height 965663"},
		{"the same bits further up", beyond, lastBits, lastTime + 1, ""},
		{"harder", beyond, 0x1700ffff, lastTime + 1, ""},
		{"four times easier", beyond, 0x1708f304, lastTime + 1, ""},
		{"just more", beyond, 0x1708f305, lastTime + 1, "difficulty 1708f305 at height 965664 is less than a quarter of the last one known"},
		{"as old as the table", beyond, lastBits, lastTime,
			"block time 2026-08-22T23:36:56Z at height 965664 is not after 2026-08-22T23:36:56Z, when block 963647 was mined"},
		{"negative", beyond, 0x17823cc1, lastTime + 1, "difficulty 17823cc1 is negative"},
		{"zero", beyond, 0x17000000, lastTime + 1, "difficulty 17000000 is zero"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := Mainnet().checkBits(tt.height, Fields{Bits: tt.bits, Time: tt.time}.Header())
			if tt.want == "" && err != nil {
				t.Error(err)
			}
			if tt.want != "" && (err == nil || err.Error() != tt.want) {
				t.Errorf("error %v\n want %s", err, tt.want)
			}
		})
	}
}

// TestTableAllocates keeps the table what it is: bytes that are looked at where
// they lie.
func TestTableAllocates(t *testing.T) {
	n, h := Mainnet(), Mainnet().Genesis()
	if allocs := testing.AllocsPerRun(100, func() {
		if err := n.CheckHeader(0, h); err != nil {
			t.Error(err)
		}
		n.Checkpoint(lastHeight)
	}); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func FuzzHeader(f *testing.F) {
	f.Add(uint64(1000), forged)
	genesis, regtest := Mainnet().Genesis(), Regtest().Genesis()
	f.Add(uint64(0), hex.EncodeToString(genesis[:]))
	f.Add(uint64(970000), hex.EncodeToString(regtest[:]))
	f.Add(uint64(1<<64-1), strings.Repeat("00", HeaderSize))
	f.Fuzz(func(t *testing.T, height uint64, s string) {
		h, err := ParseHeaderHex(s)
		if err != nil {
			return
		}
		if hex.EncodeToString(h[:]) != strings.ToLower(s) {
			t.Fatalf("%s became %x", s, h)
		}
		again := Fields{h.Version(), h.Prev(), h.MerkleRoot(), h.seconds(), h.Bits(), h.Nonce()}.Header()
		if again != h {
			t.Fatalf("%x became %x", h, again)
		}
		main, reg := Mainnet().CheckHeader(height, h), Regtest().CheckHeader(height, h)
		if main == nil && reg == nil {
			t.Fatalf("both networks accept %s at %d", s, height)
		}
		if main == nil && h.CheckWork() != nil {
			t.Fatalf("accepted without work: %s at %d", s, height)
		}
	})
}
