package certificate

import (
	"math/big"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The page refuses a header whose difficulty is lower than any block's from a
// height on. Each of its floors is the lowest there was, by the table of blocks:
// higher, it would refuse real blocks; lower, it would let cheap ones pass.
func TestFloorsAreThoseOfTheTable(t *testing.T) {
	table, err := os.ReadFile("../../data/checkpoints.tsv")
	if err != nil {
		t.Fatal(err)
	}
	script, err := pageFiles.ReadFile("js/page.js")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(script), "const floors = [")
	list, _, _ = strings.Cut(list, "];")
	floors := regexp.MustCompile(`\[(\d+), 0x([0-9a-f]{8})\]`).FindAllStringSubmatch(list, -1)
	if len(floors) < 8 {
		t.Fatalf("%d floors in %q", len(floors), list)
	}
	for _, m := range floors {
		from, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		if want := easiest(t, string(table), from); m[2] != want {
			t.Errorf("from %d on the floor is %s, want %s", from, m[2], want)
		}
	}
}

// easiest returns the bits of the largest target that a block from a height on
// has, by a table that says of periods at which block they end and which bits
// follow.
func easiest(t *testing.T, table string, from int) (bits string) {
	t.Helper()
	largest, next, rows := new(big.Int), "1d00ffff", 0
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if strings.HasPrefix(line, "#") || len(fields) < 4 {
			continue
		}
		last, err := strconv.Atoi(fields[1])
		if err != nil {
			t.Fatal(err)
		}
		if rows++; last >= from && target(t, next).Cmp(largest) > 0 {
			largest, bits = target(t, next), next
		}
		next = fields[3]
	}
	if rows < 400 {
		t.Fatalf("%d periods in the table", rows)
	}
	if target(t, next).Cmp(largest) > 0 {
		bits = next
	}
	return bits
}

// target is what compact bits stand for.
func target(t *testing.T, bits string) *big.Int {
	t.Helper()
	n, err := strconv.ParseUint(bits, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	return new(big.Int).Lsh(big.NewInt(int64(n&0x7fffff)), uint(8*(n>>24-3)))
}
