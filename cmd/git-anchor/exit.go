package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/calendar"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/printable"
	"github.com/openllmo/git-anchor/internal/verify"
)

// Exit codes. Of several the worst counts, in the order of severity.
const (
	exitDone      = 0
	exitFailed    = 1   // Changed, Failed, Missing, a change that weakens an anchor
	exitRefused   = 2   // a document was refused, the others went on
	exitPending   = 3   // Pending, or a weak file hash, under --require
	exitUndecided = 4   // Undecided, Unsupported, too few calendars
	exitDisputed  = 5   // sources contradict each other
	exitFatal     = 128 // the run could not go on
	exitUsage     = 129
)

// exitHelp is what every command's help says of them.
const exitHelp = `Exit: 0 done; 1 changed, failed, missing or a weakened anchor; 2 a document was refused (the others went on);
3 pending, or a weak file hash, under --require; 4 undecided, unsupported or too few calendars;
5 disputed; 128 fatal; 129 usage. Of several the worst: 129, 128, 1, 5, 4, 3, 2, 0.`

// exitHelpPlain is the same for commands that judge nothing.
const exitHelpPlain = "Exit: 0 done; 128 fatal; 129 usage."

// The same for commands that read months of a registry, for the one that judges all,
// and for those about audit logs.
const (
	exitHelpShow  = "Exit: 0 done; 1 it is no valid month; 2 there is no such month; 128 fatal; 129 usage."
	exitHelpChain = `Exit: 0 the chain holds; 1 it does not: a month was changed, is missing, or its proof failed; 3 pending, or a weak file
hash, under --require; 4 undecided or unsupported; 5 disputed; 128 fatal; 129 usage. Of several the worst: 129, 128, 1,
5, 4, 3, 0.`
	exitHelpLog   = "Exit: 0 done; 1 the log, the month or the proof is not what it should be; 128 fatal; 129 usage."
	exitHelpProve = `Exit: 0 done; 1 the log or the month is not what it should be; 2 there is no such entry, or its text can be read in two
ways; 128 fatal; 129 usage.`
)

// exitHelpReport is the same for report, whose states fail nothing.
const exitHelpReport = "Exit: 0 done, whatever the states; 2 DIR, or a file in it, is not a report's; 128 fatal; 129 usage."

// How much of a text that is not ours is shown, in runes.
const (
	longestWord = 40
	longestPath = 500
	longestLine = 2000
)

func severity(code int) int {
	for i, c := range []int{exitDone, exitRefused, exitPending, exitUndecided, exitDisputed, exitFailed, exitFatal, exitUsage} {
		if c == code {
			return i
		}
	}
	return severity(exitFatal)
}

// A failure is why a run ends with a code other than 0.
type failure struct {
	code int
	text string
	hint string // one thing to type or change
}

func (f *failure) Error() string { return f.text }

func usage(format string, args ...any) error {
	return &failure{exitUsage, fmt.Sprintf(format, args...), ""} // finish knows the command
}

// explain turns an error of the run as a whole into a failure.
func explain(err error) *failure {
	var f *failure
	if errors.As(err, &f) {
		return f
	}
	if f = baseless(err); f != nil {
		return f
	}
	f = &failure{code: exitFatal, text: err.Error()}
	switch {
	case errors.Is(err, context.Canceled):
		f.text = "interrupted: every file that was written is whole"
		f.hint = "run the same command again; it goes on where this one stopped"
	case errors.Is(err, calendar.ErrTooFew):
		f.code = exitUndecided
		f.hint = "nothing was written; try again later, or name others with --calendar"
	case errors.Is(err, gitrepo.ErrNotRepository):
		f.hint = "run it inside a git repository, or verify --file FILE --proof FILE.ots"
	case errors.Is(err, gitrepo.ErrUnborn):
		f.hint = "git add FILE && git commit  # the document; or git commit --allow-empty, where there is none yet"
	case errors.Is(err, gitrepo.ErrMissingObject) && !strings.Contains(f.text, "to have it:"):
		f.hint = "git fetch --unshallow"
	}
	return f
}

// A judging is how results were come by, as far as their failure depends on it.
type judging struct {
	required bool         // --require was on the command line
	rung     bitcoin.Rung // that a claim must reach, whoever required it
	offline  bool
	told     bool // what each source said was shown
}

// failure is what the results of verify or upgrade amount to, nil when there is
// nothing wrong.
func (j judging) failure(run anchor.Run) *failure {
	var worst *failure
	judged, open := false, false
	for _, r := range run.Results {
		open = open || r.Unknown
	}
	for _, r := range run.Results {
		// A proof of an earlier version does not stand for the document.
		judged = judged || !r.Unknown && !(r.Superseded && open)
		f := j.one(r)
		if f != nil && (worst == nil || severity(f.code) > severity(worst.code)) {
			worst = f
		}
	}
	if worst == nil && j.required && !judged {
		return &failure{exitUndecided, "nothing was judged: no document here has a proof", "name the documents, or --all for every proof in the tree"}
	}
	return worst
}

func (j judging) one(r anchor.Result) *failure {
	path := printable.Text(r.Name(), longestPath)
	o := r.Outcome
	switch {
	case r.Err != nil:
		return &failure{exitFatal, path + ": " + r.Err.Error(), r.Hint}
	case r.Refusal != nil:
		return &failure{exitRefused, path + ": " + r.Refusal.Text, r.Refusal.Hint}
	case r.Unknown, r.Action == anchor.Complete && !j.required:
		return nil
	}
	f := &failure{text: path + ": " + o.Reason}
	switch o.Status {
	case verify.Confirmed:
		if j.required && o.WeakHash {
			return &failure{exitPending, path + ": the file hash of its proof is weak, which satisfies no requirement", r.Hint}
		}
		return nil
	case verify.Pending:
		if !j.required {
			return nil
		}
		f.code, f.hint = exitPending, "git anchor upgrade  # some hours after stamping"
		if r.Object != "" {
			f.hint = "git anchor object --upgrade " + anchor.Quoted(r.Path) + "  # some hours after stamping"
		}
	case verify.Undecided:
		f.code, f.hint = exitUndecided, j.undecided(o)
	case verify.Unsupported:
		f.code, f.hint = exitUndecided, "git anchor version  # try a newer release"
	case verify.Disputed:
		f.code, f.hint = exitDisputed, "ask a source you trust: --explorer URL"
	case verify.Failed:
		f.code, f.hint = exitFailed, "git anchor info  # shows what the proof says"
	default: // Changed, Missing, Unjudged
		f.code = exitFailed
	}
	if r.Hint != "" {
		f.hint = r.Hint
	}
	return f
}

// undecided is what to type where a block could not be checked, or not as
// strongly as required.
func (j judging) undecided(o verify.Outcome) string {
	switch {
	case j.offline:
		return "leave out --offline"
	case slices.ContainsFunc(o.Claims, func(c verify.Claim) bool { return c.Evidence.Verdict == bitcoin.Match }):
		return j.below(o.Hints)
	case j.told:
		return "try again later, or name a source: --explorer URL"
	}
	return "git anchor verify  # shows what each source said"
}

// below is how the required rung could be reached by a claim that is true at a
// lower one. The hints of the chain are about rung chain, then rung work.
func (j judging) below(hints []string) string {
	switch {
	case j.rung == bitcoin.RungQuorum:
		return "name a further explorer, of another operator: --explorer URL"
	case j.rung == bitcoin.RungWork && len(hints) > 0:
		return hints[len(hints)-1]
	case j.rung == bitcoin.RungChain && len(hints) > 0:
		return hints[0]
	}
	return "name your own node: --node URL"
}

// unasked says of too few calendars that one more would do, if it were trusted.
func unasked(run anchor.Run, err error) error {
	name := run.Unasked()
	if name == "" || !errors.Is(err, calendar.ErrTooFew) {
		return err
	}
	return &failure{exitUndecided, err.Error(), "git config --add anchor.calendar " + anchor.Quoted(name) + "  # if you trust the calendar that a pool named; nothing was written"}
}

// stamped is the failure that the results of stamp amount to.
func stamped(run anchor.Run) *failure {
	var worst *failure
	for _, r := range run.Results {
		if r.Err == nil && r.Refusal == nil {
			continue
		}
		f := judging{}.one(r)
		if errors.Is(r.Err, calendar.ErrTooFew) {
			f.code = exitUndecided
		}
		if worst == nil || severity(f.code) > severity(worst.code) {
			worst = f
		}
	}
	return worst
}

// finish prints the error, if any, and returns the exit code.
func (r *runner) finish(ctx context.Context, err error) int {
	code := exitDone
	if err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		f := explain(err)
		if f.code == exitUsage && f.hint == "" {
			f.hint = "git anchor -h"
			if r.command != "" {
				f.hint = "git anchor " + r.command + " -h"
			}
		}
		if r.record != nil && !r.recorded {
			r.writeRecord(f)
		}
		r.blame(f)
		code = f.code
	}
	// Also when the run failed: what is missing from the output is worse.
	if lost := r.stdout.err; lost != nil && !errors.Is(err, lost) {
		r.blame(&failure{text: fmt.Sprintf("write results: %v", lost)})
		if severity(exitFatal) > severity(code) {
			code = exitFatal
		}
	}
	return code
}

func (r *runner) blame(f *failure) {
	fmt.Fprintf(r.err, "ERROR: %s\n", printable.Text(f.text, longestLine))
	if f.hint != "" {
		fmt.Fprintf(r.err, "hint: %s\n", printable.Text(f.hint, longestLine))
	}
}
