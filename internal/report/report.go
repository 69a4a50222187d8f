// Package report turns what a run found into text and JSON.
//
// Start with Text, which writes the results of a use case for a person, and
// Record, which is the same as JSON for a program; both read the same values, so
// that they cannot disagree. Info prints a proof's tree. Every string that is
// not ours (paths, subjects, servers' words) goes through one printer.
// Nothing here decides about a verdict or an exit code.
package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/printable"
	"github.com/openllmo/git-anchor/internal/verify"
)

// A Text writes results for a person: verdicts on Out, all else on Err.
type Text struct {
	Out, Err io.Writer
	Regtest  bool // every outcome says that it proves nothing
	Verbose  bool
	Quiet    bool // outcome lines only
	Color    bool
}

// Note writes a remark for the person, unless Quiet.
func (t Text) Note(format string, args ...any) {
	if !t.Quiet {
		fmt.Fprintf(t.Err, "note: %s\n", show(fmt.Sprintf(format, args...)))
	}
}

// longest is how much of a foreign string is shown, in runes.
const longest = 500

func show(s string) string { return printable.Text(s, longest) }

func day(t time.Time) string { return t.UTC().Format("2006-01-02") }

// headlines returns the line that stands for an outcome, and for Confirmed the
// second one. No line of a regtest outcome can be taken for a real one.
func headlines(o verify.Outcome, regtest bool) (first, second string) {
	first, second = outcome(o)
	if regtest {
		first = "regtest, proves nothing: " + strings.TrimPrefix(first, "OK: Bitcoin ")
		if second != "" {
			second = "regtest, proves nothing: " + second
		}
	}
	return first, second
}

func outcome(o verify.Outcome) (first, second string) {
	reason := show(o.Reason)
	switch o.Status {
	case verify.Confirmed:
		return fmt.Sprintf("OK: Bitcoin attestation verified against %s at block %d.", against(o), o.Height),
			fmt.Sprintf("Confirmed: anchored in Bitcoin at %s (block %d).", day(o.ClaimDate), o.Height)
	case verify.Pending:
		return "Pending: " + reason + ".", ""
	case verify.Changed, verify.Failed, verify.Missing:
		return fmt.Sprintf("Verification failed: %s (%s).", reason, o.Status), ""
	case verify.Disputed:
		return "Disputed: " + reason + ".", ""
	case verify.Undecided, verify.Unsupported:
		return fmt.Sprintf("Undecided: %s (%s).", reason, o.Status), ""
	}
	return "Verification failed: nothing was judged.", ""
}

// against says whom a confirmed outcome trusts.
func against(o verify.Outcome) string {
	sources := o.Sources()
	switch {
	case o.Rung == bitcoin.RungExplorer && len(sources) > 0:
		return show(sources[0])
	case o.Rung == bitcoin.RungQuorum:
		return fmt.Sprintf("%d explorers", len(sources))
	case o.Rung == bitcoin.RungWork:
		return "chain of work"
	case o.Rung == bitcoin.RungChain:
		return "header chain"
	}
	return o.Rung.String()
}

// Verify writes the outcome of each document: its line first, alone in its
// meaning, then what a reader may want to know besides.
func (t Text) Verify(run anchor.Run) {
	many := len(run.Results) > 1
	for _, r := range run.Results {
		t.headline(r, many)
	}
	for _, r := range run.Results {
		if !t.Quiet {
			t.details(r, many)
		}
	}
	t.others(run)
}

// others says which documents a run was not about: none at all must not look
// like documents that are all in order.
func (t Text) others(run anchor.Run) {
	switch {
	case len(run.Results) == 0:
		t.say("%s", nothing(run))
	case run.Others > 0:
		t.say("  (%s of other files: --all adds %s)", count(run.Others, "proof"), them(run.Others))
	}
}

func nothing(run anchor.Run) string {
	text := "no configured documents here"
	if run.Others > 0 {
		text += fmt.Sprintf("; %s (--all adds %s)", count(run.Others, "other proof"), them(run.Others))
	}
	return text
}

func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

func them(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}

func (t Text) headline(r anchor.Result, many bool) {
	prefix := ""
	if many {
		prefix = show(r.Name()) + ": "
	}
	if r.Superseded {
		prefix += "superseded: "
	}
	switch {
	case r.Err != nil:
		fmt.Fprintf(t.Out, "%s%s\n", prefix, t.red(t.mark("Undecided: "+show(r.Err.Error()))))
	case r.Refusal != nil:
		fmt.Fprintf(t.Out, "%s%s\n", prefix, t.red(t.mark("Refused: "+show(r.Refusal.Text))))
	case r.Unknown:
		fmt.Fprintf(t.Out, "%s%s\n", prefix, t.mark("not anchored"))
	default:
		first, second := headlines(r.Outcome, t.Regtest)
		first = t.paint(r.Outcome.Status, first)
		switch {
		case second == "":
			fmt.Fprintf(t.Out, "%s%s\n", prefix, first)
		case many:
			fmt.Fprintf(t.Out, "%s%s %s\n", prefix, first, second)
		default:
			fmt.Fprintf(t.Out, "%s%s\n%s%s\n", prefix, first, prefix, second)
		}
	}
}

// mark says on every line of a regtest run what it is worth.
func (t Text) mark(line string) string {
	if t.Regtest {
		return "regtest, proves nothing: " + line
	}
	return line
}

func (t Text) paint(s verify.Status, line string) string {
	switch s {
	case verify.Confirmed:
		return t.green(line)
	case verify.Pending, verify.Undecided, verify.Unsupported:
		return t.yellow(line)
	}
	return t.red(line)
}

// details writes what belongs to one verdict, indented, below all headlines.
func (t Text) details(r anchor.Result, many bool) {
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	o := r.Outcome
	if o.Status == verify.Changed && o.Digest != nil && string(o.Digest) != string(o.Stamped) {
		add("%s now      %x", o.Hash, o.Digest)
		add("%s stamped  %x", o.Hash, o.Stamped)
	}
	if r.Version != nil {
		add("%s", t.mark(versionLine(r)))
	}
	if o.Status == verify.Disputed || o.Status == verify.Undecided || t.Verbose {
		lines = append(lines, testimony(o)...)
	}
	if t.Verbose {
		if r.Blob != "" {
			add("blob    %s", r.Blob)
		}
		if r.Object != "" {
			add("%-7s %s", r.Kind, r.Object)
		}
		if o.Status != verify.Changed && o.Stamped != nil {
			add("%s  %x", o.Hash, o.Stamped)
		}
		if o.Status == verify.Confirmed {
			add("header  %x", o.Header[:])
			add("block time %s, set by its miner", o.BlockTime.Format("2006-01-02 15:04:05 UTC"))
			if !o.NotAfter.IsZero() {
				add("median time of the eleven blocks after it %s", o.NotAfter.Format("2006-01-02 15:04:05 UTC"))
			}
			add("the date is the latest that the block allows: these bytes existed no later than that")
		}
	}
	for _, f := range o.Findings {
		add("note: %s", show(f))
	}
	for _, n := range r.Notes {
		add("note: %s", show(n))
	}
	for _, h := range o.Hints {
		if t.Verbose || !many {
			add("(%s)", show(h))
		}
	}
	if r.Refusal != nil && r.Refusal.Hint != "" {
		add("(%s)", show(r.Refusal.Hint))
	}
	if many && r.Hint != "" { // of a single one the hint line says it
		add("(%s)", show(r.Hint))
	}
	if len(lines) == 0 {
		return
	}
	if many {
		fmt.Fprintf(t.Err, "%s:\n", show(r.Name()))
	}
	for _, l := range lines {
		fmt.Fprintf(t.Err, "    %s\n", l)
	}
}

// testimony lists what each source said about the blocks of a proof.
func testimony(o verify.Outcome) []string {
	var lines []string
	for _, c := range o.Claims {
		for _, a := range c.Evidence.Answers {
			line := fmt.Sprintf("block %d, %s: ", c.Evidence.Height, show(a.Source))
			switch {
			case a.Header == nil:
				line += show(a.Err.Error())
			case a.Agrees:
				line += "agrees, header " + fmt.Sprintf("%x", a.Header[:])
			default:
				line += "another merkle root, header " + fmt.Sprintf("%x", a.Header[:])
			}
			lines = append(lines, line)
		}
	}
	return lines
}
