package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/verify"
)

// Stamp writes what became of each document: an outcome line for those that
// were stamped, refusals on Err.
func (t Text) Stamp(run anchor.Run, needed int) {
	many := len(run.Results) > 1
	for _, r := range run.Results {
		t.blame(r, many)
		prefix := begins(r.Path, many)
		switch {
		case r.Action == anchor.Wrote:
			fmt.Fprintf(t.Out, "%s%s\n", prefix, t.yellow(t.mark("Pending: "+show(r.Outcome.Reason)+".")))
			t.say("wrote %s   (%d of %d answered; calendars: %d, needed: %d)", show(r.Proof), answered(run.Posted), len(run.Posted), r.Of, needed)
		case r.Action == anchor.Would:
			kind, id := stamped(r)
			fmt.Fprintf(t.Out, "%s%s\n", prefix, t.mark(fmt.Sprintf("would stamp %s %s, sha256 %x", kind, id, r.Outcome.Digest)))
		}
		if kind, id := stamped(r); t.Verbose && id != "" {
			t.say("    %-7s %s", kind, id)
			t.say("    sha256  %x", r.Outcome.Digest)
		}
		for _, n := range r.Notes {
			t.say("    note: %s", show(n))
		}
	}
	t.calendars(run.Posted)
}

// stamped is the object whose bytes a result is about.
func stamped(r anchor.Result) (kind, id string) {
	if r.Object != "" {
		return r.Kind, r.Object
	}
	return "blob", r.Blob
}

// answered counts the URLs that answered; several may lead to one calendar.
func answered(posted []anchor.Posted) int {
	n := 0
	for _, p := range posted {
		if p.Err == nil {
			n++
		}
	}
	return n
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

// begins is what a line about one of many documents begins with.
func begins(name string, many bool) string {
	if !many {
		return ""
	}
	return show(name) + ": "
}

// blame says what kept a document from being dealt with, if anything did; of a
// single one the error line says what failed.
func (t Text) blame(r anchor.Result, many bool) {
	switch {
	case r.Refusal != nil:
		t.refusal(r, many)
	case r.Err != nil && many:
		fmt.Fprintf(t.Err, "%s: %s\n", show(r.Name()), t.red(show(r.Err.Error())))
	}
}

// refusal says why a document of several was refused; of a single one the
// error line says it, and only further findings are left to list.
func (t Text) refusal(r anchor.Result, many bool) {
	if many {
		fmt.Fprintf(t.Err, "%s: %s\n", show(r.Path), t.red("refused: "+show(r.Refusal.Text)))
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

// Commit says which commit was made.
func (t Text) Commit(run anchor.Run) {
	if run.Made != "" {
		t.say("committed %s", run.Made)
	}
}

// Next says what to do after proofs were written, or were found written and
// not committed.
func (t Text) Next(run anchor.Run, committed bool) {
	wrote := false
	var pending []anchor.Result
	for _, r := range run.Results {
		if r.Action == anchor.Wrote || r.Action == anchor.Upgraded || r.Action == anchor.Ahead {
			wrote = true
			if r.Outcome.Status == verify.Pending {
				pending = append(pending, r)
			}
		}
	}
	commit := "commit the .ots"
	if files := superseding(run); len(files) > 0 {
		commit = adding(files)
	}
	switch {
	case wrote && !committed && len(pending) > 0:
		t.say("  (%s; then \"%s\" later)", commit, t.completing(pending))
	case wrote && !committed:
		t.say("  (%s)", commit)
	case wrote && len(pending) > 0:
		t.say("  (\"%s\" later completes it)", t.completing(pending))
	}
}

// superseding lists the files of documents whose proof was superseded: git
// commit -a would take the one and leave out the other.
func superseding(run anchor.Run) []string {
	var files []string
	for _, r := range run.Results {
		if r.Earlier != "" {
			files = append(files, r.Proof, r.Earlier)
		}
	}
	return files
}

// adding is the command that commits files, new and deleted ones.
func adding(files []string) string {
	const most = 4 // more are not typed
	if len(files) > most {
		return "commit all the .ots files, new and deleted ones: git add --all -- '*.ots' && git commit"
	}
	line := "git add"
	for _, f := range files {
		line += " " + anchor.Quoted(f)
	}
	return show(line + " && git commit")
}

// completing is the command that upgrades these proofs. Without an operand it
// is about configured documents only, and a file that no rule names is none.
func (t Text) completing(pending []anchor.Result) string {
	command := "git anchor upgrade" + t.network()
	if !slices.ContainsFunc(pending, func(r anchor.Result) bool { return r.Kind == unruled }) {
		return command
	}
	if len(pending) > 1 {
		return command + " --all"
	}
	return command + " " + show(anchor.Quoted(pending[0].Path))
}

// network is what a command to type needs where it is not mainnet.
func (t Text) network() string {
	if t.Regtest {
		return " --network regtest"
	}
	return ""
}

// unruled is the kind of a document that no rule of the configuration names; a
// rule may name files, too, which then are configured as well.
const unruled = "file"
