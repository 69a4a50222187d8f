package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/calendar"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/printable"
	"github.com/openllmo/git-anchor/internal/verify"
)

// Exit codes. Of several the worst counts, in the order of severity.
const (
	exitDone      = 0
	exitFailed    = 1   // Changed, Failed, Missing
	exitRefused   = 2   // a document was refused, the others went on
	exitPending   = 3   // Pending, or a weak file hash, under --require
	exitUndecided = 4   // Undecided, Unsupported, too few calendars
	exitDisputed  = 5   // sources contradict each other
	exitFatal     = 128 // the run could not go on
	exitUsage     = 129
)

// exitHelp is what every command's help says of them.
const exitHelp = `Exit: 0 done; 1 changed, failed or missing; 2 a document was refused (the others went on);
3 pending, or a weak file hash, under --require; 4 undecided, unsupported or too few calendars;
5 disputed; 128 fatal; 129 usage. Of several the worst: 129, 128, 1, 5, 4, 3, 2, 0.`

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
	return &failure{exitUsage, fmt.Sprintf(format, args...), "git anchor -h"}
}

// explain turns an error of the run as a whole into a failure.
func explain(err error) *failure {
	var f *failure
	if errors.As(err, &f) {
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
		f.hint = "commit the document first: git add FILE && git commit"
	case errors.Is(err, gitrepo.ErrMissingObject):
		f.hint = "git fetch --unshallow"
	}
	return f
}

// judged is the failure that the results of verify or upgrade amount to, nil
// when there is none. required says that --require was on the command line.
func judged(run anchor.Run, required bool) *failure {
	var worst *failure
	for _, r := range run.Results {
		f := resultFailure(r, required)
		if f != nil && (worst == nil || severity(f.code) > severity(worst.code)) {
			worst = f
		}
	}
	return worst
}

func resultFailure(r anchor.Result, required bool) *failure {
	path := printable.Text(r.Path, 500)
	o := r.Outcome
	switch {
	case r.Err != nil:
		return &failure{exitFatal, path + ": " + r.Err.Error(), ""}
	case r.Refusal != nil:
		return &failure{exitRefused, path + ": " + r.Refusal.Text, r.Refusal.Hint}
	case r.Unknown, r.Action == anchor.Complete:
		return nil
	}
	f := &failure{text: path + ": " + o.Reason}
	switch o.Status {
	case verify.Confirmed:
		if required && o.WeakHash {
			return &failure{exitPending, path + ": the file hash of its proof is weak, which satisfies no requirement", ""}
		}
		return nil
	case verify.Pending:
		if !required {
			return nil
		}
		f.code, f.hint = exitPending, "git anchor upgrade, some hours after stamping"
	case verify.Undecided, verify.Unsupported:
		f.code, f.hint = exitUndecided, "git anchor verify -v shows what each source said"
	case verify.Disputed:
		f.code, f.hint = exitDisputed, "ask a source you trust: --explorer URL"
	case verify.Changed:
		f.code, f.hint = exitFailed, "git log -p -- "+path+" shows what changed"
	case verify.Missing:
		f.code = exitFailed
		if len(r.Notes) > 0 {
			f.hint = r.Notes[0]
		} else {
			f.hint = "git anchor " + path
		}
	default:
		f.code, f.hint = exitFailed, "git anchor info shows what the proof says"
	}
	return f
}

// stamped is the failure that the results of stamp amount to.
func stamped(run anchor.Run) *failure {
	var worst *failure
	for _, r := range run.Results {
		if r.Err == nil && r.Refusal == nil {
			continue
		}
		f := resultFailure(r, false)
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
	if err == nil {
		return exitDone
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	f := explain(err)
	if r.record != nil && !r.recorded {
		r.writeRecord(f)
	}
	fmt.Fprintf(r.err, "ERROR: %s\n", printable.Text(f.text, 2000))
	if f.hint != "" {
		fmt.Fprintf(r.err, "hint: %s\n", printable.Text(f.hint, 2000))
	}
	return f.code
}
