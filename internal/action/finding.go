package action

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/verify"
)

// A Word names something that may be wrong; input fail_on lists them.
type Word string

// The words, worst first.
const (
	Violation Word = "violation" // a change breaks a rule
	Changed   Word = "changed"   // a document is not what was stamped
	Failed    Word = "failed"    // a proof is malformed, or leads to no block
	Missing   Word = "missing"   // there is no proof where one is due
	Disputed  Word = "disputed"  // sources contradict each other
	Undecided Word = "undecided" // it could not be found out
	Refused   Word = "refused"   // a document that is due was not stamped
	Pending   Word = "pending"   // for longer than max_pending_days
)

// Words lists them, worst first.
func Words() []Word {
	return []Word{Violation, Changed, Failed, Missing, Disputed, Undecided, Refused, Pending}
}

// A Level is how loudly a finding is said.
type Level int

// The levels. A Quiet finding stands in the summary only; an Error turns the
// run red.
const (
	Quiet Level = iota
	Notice
	Warning
	Error
)

// A Finding is one thing that somebody should know.
type Finding struct {
	Level Level
	Word  Word   // "" for a notice
	Path  string // from the top, raw bytes; "" for the run as a whole
	Line  int    // from 1; 0: the file as a whole
	Title string
	Text  string
	Hint  string // one thing to type or change, "" if there is none
}

// findings collects what a run has to say.
type findings struct {
	inputs Inputs
	now    time.Time
	list   []Finding
}

// level is how loudly a word is said: an error if the workflow fails on it. What
// could not be found out is said by the summary alone.
func (f *findings) level(w Word) Level {
	switch {
	case slices.Contains(f.inputs.FailOn, w):
		return Error
	case w == Undecided:
		return Quiet
	}
	return Warning
}

func (f *findings) add(w Word, path string, line int, title, text, hint string) {
	f.list = append(f.list, Finding{f.level(w), w, path, line, title, text, hint})
}

// inWorkflow is advice as it is to be followed in a workflow: each run begins
// with a clone of its own, and what is fetched into one is gone with it. A text
// leaves that to its hint.
func inWorkflow(advice string) string {
	const fetch, allow = "git fetch --unshallow", "git config anchor.allowCommands true"
	advice = strings.ReplaceAll(advice, allow, "in the workflow, give the action the line allow_commands: true")
	return strings.ReplaceAll(strings.ReplaceAll(advice, "; to fetch them: "+fetch, ""), fetch, "in the workflow, give actions/checkout the line fetch-depth: 0")
}

// fatal is an error whatever the workflow fails on: something broke.
func (f *findings) fatal(path, title string, err error, hint string) {
	f.list = append(f.list, Finding{Error, Undecided, path, 0, title, inWorkflow(err.Error()), inWorkflow(hint)})
}

// refused adds why a document was not stamped, or not judged. What is not there
// is a mistake in input paths, and an error whatever the workflow fails on.
func (f *findings) refused(path, title string, why *anchor.Refusal) {
	line := 0
	if len(why.Findings) > 0 {
		line = why.Findings[0].Line
	}
	switch {
	case why.Absent:
		f.list = append(f.list, Finding{Error, Refused, path, 0, "No such document", why.Text, "input paths counts from the repository's top, or working_directory"})
	case why.NotYet():
		f.list = append(f.list, Finding{Notice, "", path, line, "Not due", why.Text, why.Hint})
	default:
		f.add(Refused, path, line, title, why.Text, why.Hint)
	}
}

// awaited adds the documents that a dry run would have stamped.
func (f *findings) awaited(run anchor.Run) {
	for _, r := range run.Results {
		if r.Action == anchor.Would {
			f.list = append(f.list, Finding{Warning, "", r.Path, 0, "Not anchored yet", "not anchored yet: it is accepted, and has no proof",
				"a push to the default branch anchors it, or a run with mode: stamp"})
		}
	}
}

// change adds what is wrong with a change. Where that could not be found out the
// change must not pass.
func (f *findings) change(c anchor.Checked) {
	for _, b := range c.Findings {
		title := "Anchor weakened: " + string(b.Rule)
		switch b.Status {
		case verify.Undecided:
			f.fatal(b.Path, "Not checked: "+string(b.Rule), fmt.Errorf("%s", b.Text), b.Hint)
		case verify.Disputed:
			f.list = append(f.list, Finding{Error, Disputed, b.Path, b.Line, title, b.Text, b.Hint})
		default:
			f.add(Violation, b.Path, b.Line, title, b.Text, b.Hint)
		}
	}
	for _, b := range c.Notices {
		f.list = append(f.list, Finding{Notice, "", b.Path, b.Line, "Anchors: " + string(b.Rule), b.Text, b.Hint})
	}
}

// made adds what kept proofs from being made or completed.
func (f *findings) made(run anchor.Run) {
	for _, r := range run.Results {
		switch {
		case r.Refusal != nil:
			f.refused(r.Path, "Not anchored", r.Refusal)
		case r.Err != nil:
			f.fatal(r.Path, "Not anchored", r.Err, r.Hint)
		}
	}
}

// judged adds verdicts. A file on which there is an error already has enough,
// and so has one that was refused before.
func (f *findings) judged(run anchor.Run) {
	told, refused := map[string]bool{}, map[string]bool{}
	for _, x := range f.list {
		told[x.Path] = told[x.Path] || x.Level == Error
		refused[x.Path] = refused[x.Path] || x.Word == Refused
	}
	for _, r := range run.Results {
		if !told[r.Path] && !told[r.Proof] && !(r.Refusal != nil && refused[r.Path]) {
			f.verdict(r)
		}
	}
}

func (f *findings) verdict(r anchor.Result) {
	o := r.Outcome
	switch {
	case r.Err != nil:
		f.fatal(r.Name(), "Not judged", r.Err, r.Hint)
		return
	case r.Refusal != nil:
		f.refused(r.Name(), "Not judged", r.Refusal)
		return
	case r.Unknown:
		return
	}
	switch o.Status {
	case verify.Confirmed:
		if f.inputs.Require != "" && o.WeakHash {
			f.add(Undecided, r.Name(), 0, "Weak file hash", "the file hash of its proof is weak, which satisfies no requirement", r.Hint)
		}
	case verify.Pending:
		if age := f.now.Sub(r.Since); f.old(age, r.Since) {
			f.add(Pending, r.Name(), 0, "Pending for long", fmt.Sprintf("its proof waits for a Bitcoin block since %s, for %d days", r.Since.Format("2006-01-02"), int(age.Hours()/24)),
				"run the action by a schedule with mode upgrade, or auto; git anchor info shows whom the proof waits for")
		}
	case verify.Changed:
		f.add(Changed, r.Name(), 0, "Changed since it was anchored", o.Reason, r.Hint)
	case verify.Missing:
		f.add(Missing, r.Name(), 0, "Proof removed or missing", o.Reason, r.Hint)
	case verify.Disputed:
		f.add(Disputed, r.Name(), 0, "Disputed", o.Reason, r.Hint)
	case verify.Undecided, verify.Unsupported:
		f.add(Undecided, r.Name(), 0, "Not decided", o.Reason, r.Hint)
	default:
		f.add(Failed, r.Name(), 0, "Invalid proof", o.Reason, r.Hint)
	}
}

// old says that a proof is pending for longer than anybody should wait.
func (f *findings) old(age time.Duration, since time.Time) bool {
	days := f.inputs.MaxPendingDays
	return days > 0 && !since.IsZero() && age.Hours() > days*24
}
