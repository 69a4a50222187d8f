package anchor

import (
	"context"
	"fmt"

	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// A growth is a proof with what its calendars answered.
type growth struct {
	proof *ots.Proof // nil when it did not grow
	raw   []byte     // the proof's bytes, read back
	notes []string
	heard int      // calendars that answered
	asked int      // of so many
	lost  []string // why claims could not be judged
	all   int      // claims that wait for a calendar, of those that may be asked and others
}

// recover takes over a proof into which HEAD's claims were merged, where that
// added any to what is on disk.
func (g *growth) recover(p *ots.Proof, disk []byte) {
	before, err := ots.Parse(disk)
	if err != nil || len(before.Missing(p)) == 0 {
		return
	}
	raw, err := readBack(p)
	if err != nil {
		g.notes = append(g.notes, fmt.Sprintf("HEAD's claims could not be merged into it: %v", err))
		return
	}
	g.proof, g.raw = p, raw
}

// promise says why a proof that no block holds is still where it is.
func (g growth) promise() string {
	switch {
	case g.asked == 0:
		return "no calendar was asked"
	case g.heard == 0:
		return "no calendar could be reached"
	}
	return "no calendar has a block to show yet"
}

// refuted reports whether each calendar that the proof waits for was asked, and
// has no block for it.
func (g growth) refuted() bool {
	return g.all > 0 && g.heard == g.all && len(g.lost) == 0 && g.proof == nil
}

// grow merges the answers into a copy of a proof. An answer that would make
// the file unreadable for others is left out, and its calendar named.
func (c *completer) grow(ctx context.Context, p *ots.Proof) growth {
	var g growth
	if c.foreign(verify.Waiting(p.Tree)) {
		g.notes = append(g.notes, "regtest: nothing is asked for or written into a proof that names a public calendar")
		return g
	}
	grown := p.Clone()
	for _, w := range c.waiting(ctx, p) {
		g.all++
		a := c.answers[question{w.URI, string(w.Commitment)}]
		if a == nil {
			continue
		}
		g.lost = append(g.lost, a.lost...)
		if a.asked {
			g.asked++
		}
		if a.heard {
			g.heard++
		}
		g.notes = append(g.notes, a.notes...)
		for _, tree := range []*ots.Tree{a.tree, a.promises} {
			if tree == nil || tree == a.promises && len(verify.Waiting(grown.Tree)) >= maxPromised {
				continue
			}
			next := grown.Clone()
			_, err := next.Extend(tree)
			var raw []byte
			if err == nil {
				raw, err = readBack(next)
			}
			if err != nil {
				g.notes = append(g.notes, fmt.Sprintf("%s: left out its answer: %v", w.URI, err))
				continue
			}
			grown, g.raw = next, raw
		}
	}
	if len(p.Missing(grown)) > 0 {
		g.proof = grown
	}
	return g
}
