package report

import (
	"fmt"
	"slices"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/verify"
)

// Upgrade writes what became of each proof.
func (t Text) Upgrade(run anchor.Run) {
	many := len(run.Results) > 1
	for _, r := range run.Results {
		if r.Err != nil || r.Refusal != nil || r.Unknown {
			continue
		}
		fmt.Fprintf(t.Out, "%s%s\n", begins(r.Name(), many), t.paint(r.Outcome.Status, t.mark(upgradeLine(r, run.Made != ""))))
	}
	for _, r := range run.Results {
		t.blame(r, many)
		for _, n := range slices.Concat(r.Outcome.Findings, r.Notes) {
			t.say("    note: %s: %s", show(proofName(r)), show(n))
		}
		if many && r.Hint != "" {
			t.say("    %s: (%s)", show(proofName(r)), show(r.Hint))
		}
	}
	t.others(run)
}

// proofName tells a proof from others: those of git objects have one place.
func proofName(r anchor.Result) string {
	if r.Object != "" {
		return r.Name()
	}
	return r.Proof
}

// upgradeLine speaks of the proof alone: its document was not looked at.
func upgradeLine(r anchor.Result, committed bool) string {
	did, grew := "Unchanged", "the proof grew"
	switch {
	case r.Action == anchor.Upgraded:
		did = "Upgraded"
	case r.Action == anchor.Would:
		did = "Would upgrade"
	case r.Action == anchor.Ahead && committed:
		did, grew = "Committed", "an earlier run wrote the proof"
	case r.Action == anchor.Ahead:
		grew = "an earlier run wrote the proof, and it is not committed"
	}
	o := r.Outcome
	switch {
	case o.Status == verify.Confirmed && r.Action == anchor.Ahead:
		return fmt.Sprintf("%s: %s; it leads to block %d (%s), checked against %s.", did, grew, o.Height, day(o.ClaimDate), against(o))
	case o.Status == verify.Confirmed:
		return fmt.Sprintf("%s: the proof leads to block %d (%s), checked against %s.", did, o.Height, day(o.ClaimDate), against(o))
	case r.Action == anchor.Complete:
		return "Unchanged: the proof waits for no calendar; its block was not checked: " + show(o.Reason) + "."
	case r.Action != anchor.None:
		return did + ": " + grew + "; " + show(o.Reason) + "."
	}
	line, _ := outcome(o)
	return line
}
