package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/verify"
)

func day(t time.Time) string { return t.UTC().Format("2006-01-02") }

// Stamp writes what became of each document: an outcome line for those that
// were stamped, refusals on Err.
func (t Text) Stamp(run anchor.Run, needed int) {
	many := len(run.Results) > 1
	for _, r := range run.Results {
		prefix := ""
		if many {
			prefix = show(r.Path) + ": "
		}
		switch {
		case r.Refusal != nil:
			t.refusal(r, many)
		case r.Err != nil && many:
			fmt.Fprintf(t.Err, "%s: %s\n", show(r.Path), t.Pen.Red(show(r.Err.Error())))
		case r.Action == anchor.Wrote:
			fmt.Fprintf(t.Out, "%s%s\n", prefix, t.Pen.Yellow(t.mark("Pending: "+show(r.Outcome.Reason)+".")))
			t.say("wrote %s   (%d of %d calendars, %d needed)", show(r.Proof), r.Of, len(run.Posted), needed)
		case r.Action == anchor.Would:
			fmt.Fprintf(t.Out, "%s%s\n", prefix, t.mark(fmt.Sprintf("would stamp blob %s, sha256 %x", r.Blob, r.Outcome.Digest)))
		}
		for _, n := range r.Notes {
			t.say("    note: %s", show(n))
		}
	}
	t.calendars(run.Posted)
}

func (t Text) say(format string, args ...any) {
	if !t.Quiet {
		fmt.Fprintf(t.Err, format+"\n", args...)
	}
}

func (t Text) calendars(answers []anchor.Posted) {
	if len(answers) == 0 {
		return
	}
	var b strings.Builder
	for _, a := range answers {
		switch {
		case a.Err != nil:
			fmt.Fprintf(&b, "  %s ✘ %s\n", show(a.URL), show(a.Err.Error()))
		default:
			fmt.Fprintf(&b, "  %s ✔ %s\n", show(a.URL), show(strings.Join(a.Names, " ")))
		}
	}
	t.say("%s", strings.TrimSuffix(b.String(), "\n"))
}

// refusal says why a document of several was refused; of a single one the
// error line says it, and only further findings are left to list.
func (t Text) refusal(r anchor.Result, many bool) {
	if many {
		fmt.Fprintf(t.Err, "%s: %s\n", show(r.Path), t.Pen.Red("refused: "+show(r.Refusal.Text)))
	}
	for i, f := range r.Refusal.Findings {
		if i == 0 && len(r.Refusal.Findings) == 1 {
			break
		}
		if f.Line > 0 {
			t.say("    line %d: %s", f.Line, show(f.Text))
		} else {
			t.say("    %s", show(f.Text))
		}
	}
}

// Upgrade writes what became of each proof.
func (t Text) Upgrade(run anchor.Run) {
	many := len(run.Results) > 1
	t.nothing(run)
	for _, r := range run.Results {
		if r.Err != nil || r.Refusal != nil || r.Unknown {
			continue
		}
		prefix := ""
		if many {
			prefix = show(r.Path) + ": "
		}
		fmt.Fprintf(t.Out, "%s%s\n", prefix, t.paint(r.Outcome.Status, t.mark(upgradeLine(r))))
	}
	for _, r := range run.Results {
		switch {
		case r.Refusal != nil:
			t.refusal(r, many)
		case r.Err != nil && many:
			fmt.Fprintf(t.Err, "%s: %s\n", show(r.Path), t.Pen.Red(show(r.Err.Error())))
		}
		for _, n := range append(r.Outcome.Findings, r.Notes...) {
			t.say("    note: %s: %s", show(r.Proof), show(n))
		}
	}
}

// upgradeLine speaks of the proof alone: its document was not looked at.
func upgradeLine(r anchor.Result) string {
	did := map[anchor.Action]string{
		anchor.Upgraded: "Upgraded: ",
		anchor.Would:    "Would upgrade: ",
	}[r.Action]
	o := r.Outcome
	switch {
	case o.Status == verify.Confirmed:
		if did == "" {
			did = "Unchanged: "
		}
		return fmt.Sprintf("%sthe proof leads to block %d (%s), checked against %s.", did, o.Height, day(o.ClaimDate), against(o))
	case r.Action == anchor.Complete:
		return "Unchanged: the proof waits for no calendar; its block was not checked: " + show(o.Reason) + "."
	case did != "":
		return did + "the proof grew; " + show(o.Reason) + "."
	}
	line, _ := outcome(o)
	return line
}

// Commit says which commit was made.
func (t Text) Commit(run anchor.Run) {
	if run.Made != "" {
		t.say("committed %s", run.Made)
	}
}

// Next says what to do after proofs were written.
func (t Text) Next(run anchor.Run, committed bool) {
	wrote, pending := false, false
	for _, r := range run.Results {
		if r.Action == anchor.Wrote || r.Action == anchor.Upgraded {
			wrote = true
			pending = pending || r.Outcome.Status == verify.Pending
		}
	}
	switch {
	case wrote && !committed && pending:
		t.say("  (commit the .ots; then \"git anchor upgrade\" later)")
	case wrote && !committed:
		t.say("  (commit the .ots)")
	case wrote && pending:
		t.say("  (\"git anchor upgrade\" later completes it)")
	}
}

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
