package report

import (
	"fmt"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/verify"
)

type checkJSON struct {
	Base     string       `json:"base"`
	Head     string       `json:"head"`
	Files    int          `json:"files"` // that the change touches
	Findings []breachJSON `json:"findings"`
	Notices  []breachJSON `json:"notices"`
	More     int          `json:"more,omitempty"` // that are not listed
}

type breachJSON struct {
	Path      string `json:"path"`
	PathBytes string `json:"path_base64,omitempty"` // where the path is not UTF-8
	Rule      string `json:"rule"`
	Line      int    `json:"line,omitempty"`
	Text      string `json:"text"`
	Hint      string `json:"hint,omitempty"`
	Status    string `json:"status,omitempty"`
}

// FillCheck puts what a check found into the record.
func (rec *Record) FillCheck(c anchor.Checked) {
	rec.Check = &checkJSON{c.Base.ID, c.Head.ID, c.Files, breaches(c.Findings), breaches(c.Notices), c.More}
}

func breaches(list []anchor.Breach) []breachJSON {
	rows := []breachJSON{}
	for _, b := range list {
		row := breachJSON{Path: b.Path, PathBytes: pathBytes(b.Path), Rule: string(b.Rule), Line: b.Line, Text: b.Text, Hint: b.Hint}
		if b.Status != verify.Unjudged {
			row.Status = b.Status.String()
		}
		rows = append(rows, row)
	}
	return rows
}

// Check writes a line for each rule that a change breaks, then what a reviewer
// should know.
func (t Text) Check(c anchor.Checked) {
	for _, b := range c.Findings {
		place := show(b.Path)
		if b.Line > 0 {
			place += fmt.Sprintf(":%d", b.Line)
		}
		line := fmt.Sprintf("%s: %s.", breachWord(b), show(b.Text)+" ("+string(b.Rule)+")")
		fmt.Fprintf(t.Out, "%s: %s\n", place, t.paint(b.Status, t.mark(line)))
		if b.Hint != "" && len(c.Findings) > 1 { // of a single one, the error has it
			t.say("    hint: %s", show(b.Hint))
		}
	}
	if len(c.Findings) == 0 {
		fmt.Fprintln(t.Out, t.green(t.mark(fmt.Sprintf("OK: no anchor is weakened: %s between %.12s and %.12s.", changed(c.Files), c.Base.ID, c.Head.ID))))
	}
	if c.More > 0 {
		t.say("… and %d more", c.More)
	}
	for _, b := range c.Notices {
		t.Note("%s: %s", show(b.Path), b.Text)
	}
}

func changed(files int) string {
	if files == 0 {
		return "nothing changed"
	}
	return count(files, "file") + " changed"
}

// breachWord begins the line of a breach.
func breachWord(b anchor.Breach) string {
	switch b.Status {
	case verify.Undecided:
		return "Undecided"
	case verify.Disputed:
		return "Disputed"
	}
	return "Violation"
}
