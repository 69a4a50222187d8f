package report

import (
	"fmt"
	"strings"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/verify"
)

// StatusTable is what Status says, as a Markdown table for a file of the
// repository: it says nothing that changes by itself, as ages do.
func (m Markdown) StatusTable(run anchor.Run) string {
	var b strings.Builder
	if m.Regtest {
		b.WriteString("regtest, proves nothing\n\n")
	}
	b.WriteString("| | Document | State | Block | Existed by |\n|---|---|---|---|---|\n")
	for _, r := range run.Results {
		row := rowOf(r)
		word, block := row.word, row.block
		if row.claimed != "" && r.Outcome.Status == verify.Undecided {
			block = "claims " + row.claimed
		}
		if r.Superseded {
			word = "superseded, " + word
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", strings.TrimSpace(row.sign), code(r.Name()), word, block, row.date)
	}
	if len(run.Results) == 0 {
		b.WriteString("| | none | | | |\n")
	}
	return b.String()
}

type tableJSON struct {
	Path  string `json:"path"`
	Wrote bool   `json:"wrote"` // it changed
}

// FillTable puts into the record that the table in a file was looked after; ""
// stands for none.
func (rec *Record) FillTable(path string, wrote bool) {
	if path != "" {
		rec.Table = &tableJSON{path, wrote}
	}
}
