package report

import (
	"fmt"

	"github.com/openllmo/git-anchor/internal/anchor"
)

// Supersede writes where each proof of an earlier version is now; refusals on
// Err.
func (t Text) Supersede(run anchor.Run) {
	many := len(run.Results) > 1
	for _, r := range run.Results {
		t.blame(r, many)
		prefix := begins(r.Path, many)
		switch {
		case r.Action == anchor.Moved:
			fmt.Fprintf(t.Out, "%s%s\n", prefix, t.mark("superseded: the proof of the earlier version is now "+show(r.Proof)))
		case r.Action == anchor.Would:
			fmt.Fprintf(t.Out, "%s%s\n", prefix, t.mark("would supersede: the proof would become "+show(r.Proof)))
		}
		for _, n := range r.Notes {
			t.say("    note: %s", show(n))
		}
	}
}

// AfterSuperseding says what to do once proofs were superseded: git has to be
// told of the old and of the new place.
func (t Text) AfterSuperseding(run anchor.Run, committed bool) {
	var moved []anchor.Result
	for _, r := range run.Results {
		if r.Action == anchor.Moved {
			moved = append(moved, r)
		}
	}
	if len(moved) == 0 {
		return
	}
	next := "<path>…"
	if len(moved) == 1 {
		next = show(anchor.Quoted(moved[0].Path))
	}
	var files []string
	for _, r := range moved {
		if doc, ok := anchor.Superseded(r.Proof); ok {
			files = append(files, doc+".ots", r.Proof)
		}
	}
	first := adding(files) + "; then "
	if committed {
		first = ""
	}
	t.say("  (%s\"git anchor %s\" anchors the new version)", first, next)
}
