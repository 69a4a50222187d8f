package objects

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// Of packs that cannot be used so many are named by a scan, and the others counted.
func TestScanErrorsLimit(t *testing.T) {
	for _, extra := range []int{0, 1} {
		entries, _ := chainOf(0)
		dir := packDir(t, entries)
		for i := range maxScanErrors + extra {
			writePack(t, dir, fmt.Sprintf("b%02d", i), []byte("not a pack"), []byte("not an index"))
		}
		_, _, err := collect(t, openStore(t, Options{}, dir), ScanOptions{Kind: Blob})
		if !errors.Is(err, ErrCorrupt) {
			t.Fatalf("error %v", err)
		}
		lines := strings.Split(err.Error(), "\n")
		if len(lines) != maxScanErrors+extra || strings.HasSuffix(lines[len(lines)-1], "and 1 more") != (extra == 1) {
			t.Errorf("%d packs: %d lines, the last %q", maxScanErrors+extra, len(lines), lines[len(lines)-1])
		}
	}
}
