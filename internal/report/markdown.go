package report

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/verify"
)

// maxSummary is how many bytes a Markdown summary has at the most: GitHub shows
// nothing of one that is larger than 1 MiB.
const maxSummary = 1 << 20

// tailRoom is what is kept free of rows, for what must come after them.
const tailRoom = 8 << 10

// A Markdown writes the summary of a run as GitHub-flavoured Markdown. Nothing
// that is not ours makes a link, a cell, a mention or a tag of its own.
type Markdown struct {
	Regtest bool
	Blob    string    // what the address of a file at a commit begins with, as "https://github.com/owner/name/blob/"; "": no links
	Now     time.Time // what ages are counted by
}

// A Summary is what is summed up.
type Summary struct {
	Run     anchor.Run      // a row a document
	Checked *anchor.Checked // of a change; nil where none was judged
	Notes   []string        // about the run as a whole
}

// A sheet is a summary being written.
type sheet struct {
	Markdown
	bytes.Buffer
}

// Summary writes a heading with counts, the problems, then what is healthy,
// folded away. It has at most maxSummary bytes: rows that do not fit are counted.
func (m Markdown) Summary(s Summary) []byte {
	w := &sheet{Markdown: m}
	problems, healthy := w.rows(s)
	fmt.Fprintf(w, "## %s\n\n", w.mark("git-anchor: "+heading(s)))
	w.banner()
	for _, n := range s.Notes {
		fmt.Fprintf(w, "Note: %s\n\n", prose(n))
	}
	if len(problems) > 0 {
		w.table("| | Document | What | What to do |\n|---|---|---|---|\n", problems)
	}
	if len(healthy) > 0 {
		fmt.Fprintf(w, "<details><summary>%s</summary>\n\n", w.mark(strings.Join(counts(s, "confirmed", "pending", "not anchored"), ", ")))
		w.table("| | Document | Block | Existed by | Checked against |\n|---|---|---|---|---|\n", healthy)
		fmt.Fprint(w, "</details>\n\n")
	}
	if n := s.Run.Others; n > 0 {
		fmt.Fprintf(w, "%s of other files, which no rule of the configuration names, stand beside these.\n\n", count(n, "proof"))
	}
	if len(s.Run.Results) > 0 && !m.Regtest {
		fmt.Fprint(w, "Check it yourself: `git anchor verify PATH` in a clone, or another program: `ots verify PATH.ots`.\n\n")
	}
	return w.Bytes()
}

// Published says what was committed, and what was left out.
func (m Markdown) Published(commit string, p anchor.Published) []byte {
	w := &sheet{Markdown: m}
	switch {
	case commit == "" && len(p.Dropped) == 0:
		return nil
	case commit == "":
		fmt.Fprintf(w, "### %s\n\n", w.mark("Nothing was committed"))
	default:
		fmt.Fprintf(w, "### %s\n\n", w.mark(fmt.Sprintf("Committed %s as `%s`", count(len(p.Paths), "file"), commit)))
	}
	w.banner()
	var rows []string
	for _, d := range p.Dropped {
		rows = append(rows, fmt.Sprintf("| %s | %s |\n", w.link("", d.Path), prose(d.Reason)))
	}
	if len(rows) > 0 {
		w.table("| Left out | Why |\n|---|---|\n", rows)
	}
	if commit != "" && len(p.Paths) > 0 {
		rows = nil
		for _, path := range p.Paths {
			rows = append(rows, fmt.Sprintf("| %s |\n", w.link(commit, path)))
		}
		w.table("| Committed |\n|---|\n", rows)
	}
	return w.Bytes()
}

func (w *sheet) banner() {
	if w.Regtest {
		fmt.Fprint(w, "> **regtest, proves nothing:** these proofs lead to a local chain for rehearsals, not to Bitcoin.\n\n")
	}
}

// mark says on every part of a regtest summary what it is worth.
func (m Markdown) mark(text string) string {
	if m.Regtest {
		return "regtest, proves nothing: " + text
	}
	return text
}

// table writes rows as far as there is room.
func (w *sheet) table(head string, rows []string) {
	fmt.Fprint(w, head)
	for i, row := range rows {
		if w.Len()+len(row) > maxSummary-tailRoom {
			fmt.Fprintf(w, "\n%s more %s left out here; the log has them.\n", count(len(rows)-i, "row"), areOrIs(len(rows)-i))
			break
		}
		fmt.Fprint(w, row)
	}
	fmt.Fprintln(w)
}

func areOrIs(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// heading counts what there is.
func heading(s Summary) string {
	list := counts(s, "broken", "changed", "failed", "disputed", "refused", "unchecked", "pending", "confirmed", "not anchored")
	switch {
	case len(list) > 0:
		return strings.Join(list, ", ")
	case s.Checked != nil:
		return "no rule is broken"
	}
	return "no documents"
}

// counts says how many documents are in each of the states, in their order;
// "broken" counts the rules that a change breaks.
func counts(s Summary, words ...string) []string {
	n := map[string]int{}
	for _, r := range s.Run.Results {
		n[rowOf(r).word]++
	}
	var list []string
	for _, word := range words {
		switch {
		case word == "broken":
			if s.Checked != nil && len(s.Checked.Findings) > 0 {
				list = append(list, count(len(s.Checked.Findings), "broken rule"))
			}
		case n[word] > 0:
			list = append(list, fmt.Sprintf("%d %s", n[word], word))
		}
	}
	return list
}

// rows writes a row for everything, problems apart from what is healthy.
func (w *sheet) rows(s Summary) (problems, healthy []string) {
	if s.Checked != nil {
		for _, b := range s.Checked.Findings {
			problems = append(problems, w.breach("✘", b, *s.Checked))
		}
		for _, b := range s.Checked.Notices {
			problems = append(problems, w.breach("ℹ", b, *s.Checked))
		}
	}
	for _, severe := range []bool{true, false} {
		for _, r := range s.Run.Results {
			row := rowOf(r)
			switch {
			case slices.Contains([]string{"confirmed", "pending", "not anchored"}, row.word):
				if severe {
					healthy = append(healthy, w.healthy(s.Run.Commit.ID, r, row))
				}
			case severe == (row.word != "unchecked"):
				problems = append(problems, fmt.Sprintf("| %s | %s | %s | %s |\n",
					row.sign, w.link(s.Run.Commit.ID, r.Name()), prose(strings.TrimSuffix(row.word+": "+row.more, ": ")), prose(advice(r))))
			}
		}
	}
	return problems, healthy
}

func advice(r anchor.Result) string {
	if r.Refusal != nil {
		return r.Refusal.Hint
	}
	return r.Hint
}

// breach is the row of a rule that a change breaks. What the head does not have
// any more is linked at the base.
func (w *sheet) breach(sign string, b anchor.Breach, c anchor.Checked) string {
	at := c.Head.ID
	if b.Gone {
		at = c.Base.ID
	}
	where := w.link(at, b.Path)
	if b.Line > 0 {
		where += fmt.Sprintf(" line %d", b.Line)
	}
	return fmt.Sprintf("| %s | %s | %s | %s |\n", sign, where, prose(string(b.Rule)+": "+b.Text), prose(b.Hint))
}

func (w *sheet) healthy(commit string, r anchor.Result, row row) string {
	block, against := row.word, ""
	switch o := r.Outcome; {
	case row.block != "":
		block, against = row.block, strings.Join(slices.Concat([]string{o.Rung.String()}, o.Findings), "; ")
	case o.Status == verify.Pending && o.Confirmations > 0:
		against = fmt.Sprintf("%d of 6 confirmations", o.Confirmations)
	case o.Status == verify.Pending:
		against = calendars(r, w.Now)
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s |\n", strings.TrimSpace(row.sign), w.link(commit, r.Name()), w.mark(block), row.date, prose(against))
}

// Stopped says why a run could not go on.
func Stopped(text, hint string) string {
	page := "## git-anchor: could not go on\n\nError: " + prose(text) + "\n\n"
	if hint != "" {
		page += "What to do: " + prose(hint) + "\n\n"
	}
	return page
}
