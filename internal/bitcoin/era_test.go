package bitcoin

import (
	"testing"
	"time"
)

// Every true header lies in its era: it is no easier than the bits of the era,
// and as old, within a day, as the table's bits imply.
func TestErasHoldTrueHeaders(t *testing.T) {
	eras := Mainnet().Eras()
	var worst time.Duration
	for height, h := range trueHeaders(t) {
		i := min(int(height/EraBlocks), len(eras)-1)
		floor, err := expand(eras[i].Bits)
		if err != nil {
			t.Fatal(err)
		}
		stated, err := expand(h.Bits())
		if err != nil {
			t.Fatal(err)
		}
		if stated.cmp(floor) > 0 {
			t.Errorf("block %d: bits %08x, the era's are %08x", height, h.Bits(), eras[i].Bits)
		}
		worst = max(worst, eras[i].Begin.Sub(h.Time()))
		if i+1 < len(eras) {
			worst = max(worst, h.Time().Sub(eras[i+1].Begin))
		}
	}
	if t.Logf("at most %v out of an era", worst); worst > 24*time.Hour {
		t.Errorf("a true block lies %v out of its era", worst)
	}
}

// Eras begin where blocks are known to have been mined, each has a difficulty of
// its own, and the last one allows for one retarget that the table does not have.
func TestEras(t *testing.T) {
	n := Mainnet()
	eras := n.Eras()
	if want := int(n.LastHeight()+1)/EraBlocks + 1; len(eras) != want {
		t.Fatalf("%d eras, want %d", len(eras), want)
	}
	for i, want := range map[int]struct {
		bits uint32
		at   string // time of block 32256*i
	}{
		0: {0x1d00ffff, "2009-01-03T18:15:05Z"},
		1: {0x1d00d86a, "2009-12-30T06:11:04Z"},
	} {
		known, err := time.Parse(time.RFC3339, want.at)
		if err != nil {
			t.Fatal(err)
		}
		if off := eras[i].Begin.Sub(known).Abs(); off > 24*time.Hour {
			t.Errorf("era %d begins %v off %s", i, off, want.at)
		}
		if eras[i].Bits != want.bits {
			t.Errorf("era %d has bits %08x, want %08x", i, eras[i].Bits, want.bits)
		}
	}
	for i := 1; i < len(eras); i++ {
		if days := eras[i].Begin.Sub(eras[i-1].Begin).Hours() / 24; days < 120 || days > 365 {
			t.Errorf("era %d comes %.0f days after the one before", i, days)
		}
	}
	last, err := expand(eras[len(eras)-1].Bits)
	if err != nil {
		t.Fatal(err)
	}
	table, _ := n.bits(n.rows())
	limit, err := expand(table)
	if err != nil {
		t.Fatal(err)
	}
	if last.quarter().cmp(limit) > 0 || last.cmp(limit) <= 0 {
		t.Errorf("the last era has bits %08x, the table ends in %08x", eras[len(eras)-1].Bits, table)
	}
	if Regtest().Eras() != nil {
		t.Error("regtest has eras")
	}
}
