package report

import (
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/ots"
)

// Objects lists git objects and how far the proofs in their notes are; now is
// the clock that ages are counted by.
func (t Text) Objects(run anchor.Run, now time.Time) {
	for _, r := range run.Results {
		row := rowOf(r)
		line := fmt.Sprintf("  %s %-12s %-6s %s", row.sign, row.word, r.Kind, show(r.Name()))
		for _, f := range []string{row.more, calendars(r, now)} {
			if f != "" {
				line += "   " + f
			}
		}
		fmt.Fprintln(t.Out, t.paintWord(row.word, t.mark(line)))
	}
}

// NoObjects says that no object has a proof.
func (t Text) NoObjects() {
	t.say("no object has a proof in %s  (git fetch origin %s:%s gets those of others)", anchor.NotesRef, anchor.NotesRef, anchor.NotesRef)
}

// NextObjects says what to do after notes were written.
func (t Text) NextObjects(run anchor.Run) {
	if run.Made == "" {
		return
	}
	next := "git push origin " + anchor.NotesRef
	if slices.ContainsFunc(run.Results, func(r anchor.Result) bool { return r.Action == anchor.Wrote }) {
		next += `; then "git anchor object --upgrade` + t.network() + `" later, and again`
	}
	t.say("  (%s)", next)
}

// Timestamp writes what a commit or tag carries: what the timestamp is about,
// and the tree of its proof.
func (t Text) Timestamp(rev anchor.Revision, g *ots.GitTimestamp) {
	fmt.Fprintf(t.Out, "# OpenTimestamps git timestamp, version 1.%d\n", g.Minor)
	for _, line := range rev.Covered(g) {
		fmt.Fprintf(t.Out, "# %s\n", show(line))
	}
	if g.TreeSum != nil {
		fmt.Fprintf(t.Out, "# %x: its SHA-256 of the files, which is not compared with them\n", g.TreeSum)
	}
}

type timestampJSON struct {
	Kind      string `json:"kind"` // commit or tag
	Object    string `json:"object"`
	Version   string `json:"version"`
	PGP       bool   `json:"pgp"`                // what is before it has the lines of a PGP signature, which is not judged
	Uncovered int    `json:"uncovered"`          // bytes after the timestamp
	Trailing  int    `json:"trailing"`           // bytes at the end of its armour
	TreeSum   string `json:"tree_sum,omitempty"` // of the files, not compared with them
}

// FillTimestamp puts the timestamp of a commit or tag into the record, and the
// proof p of what is signed that it amounts to.
func (rec *Record) FillTimestamp(rev anchor.Revision, g *ots.GitTimestamp, p *ots.Proof) {
	rec.FillProof(p, len(p.Bytes()), true)
	rec.Timestamp = &timestampJSON{rev.Kind, rev.ID, fmt.Sprintf("1.%d", g.Minor), g.PGP, len(g.Uncovered), len(g.Trailing), hex.EncodeToString(g.TreeSum)}
}
