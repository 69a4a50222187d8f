package report

import (
	"fmt"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/bitcoin"
)

// Export says what the headers beside the proofs are good for.
func (t Text) Export(e anchor.Export) {
	did := "unchanged"
	if e.Wrote {
		did = "wrote"
	}
	fmt.Fprintf(t.Out, "%s %s: %d of %d documents reach rung chain without a network (%d periods, %d bytes)\n",
		did, bitcoin.BundleFile, e.Linked, e.Documents, e.Periods, e.Size)
	if e.Above > 0 {
		fmt.Fprintf(t.Out, "%d documents lie above the table in this program: export again with a release whose table covers them\n", e.Above)
	}
	for _, n := range e.Notes {
		t.say("    note: %s", show(n))
	}
	if e.Made != "" {
		t.say("committed %s", e.Made)
	}
}

// Mirror says how many files of a mirror were written.
func (t Text) Mirror(written int, dir string) {
	fmt.Fprintf(t.Out, "%s: %d files written, the rest was there\n", show(dir), written)
}
