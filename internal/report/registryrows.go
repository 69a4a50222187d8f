package report

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/verify"
)

// stepNames are the six steps of a month, in their order.
var stepNames = [anchor.Steps]string{"proof", "structure", "calendars", "block", "hash and link", "date"}

// A monthRow is one month of a chain as the table has it.
type monthRow struct {
	state anchor.StepState
	month string
	cells [anchor.Steps]string // sign and word of each step
}

func signOf(s anchor.StepState) string {
	switch s {
	case anchor.StepOK:
		return "✔"
	case anchor.StepWaits:
		return "…"
	case anchor.StepOpen:
		return "?"
	case anchor.StepSkipped:
		return "–"
	}
	return "✘"
}

// wordOf is the state of a month in a word. JSON has it for a step, too: confirmed
// is then one that holds.
func wordOf(s anchor.StepState) string {
	switch s {
	case anchor.StepOK:
		return "confirmed"
	case anchor.StepWaits:
		return "pending"
	case anchor.StepOpen:
		return "unchecked"
	case anchor.StepSkipped:
		return "skipped"
	}
	return "failed"
}

func monthRows(run anchor.Run, v *anchor.RegistryVerified) []monthRow {
	rows := make([]monthRow, 0, len(v.Months))
	for i, m := range v.Months {
		row := monthRow{state: m.State(), month: m.Period.String()}
		for n, step := range m.Steps {
			word := wordOf(step.State)
			switch step.State {
			case anchor.StepOK:
				word = holds(n, run.Results[i])
			case anchor.StepFailed:
				if word = step.Word; word == "" {
					word = fails(n, run.Results[i])
				}
			case anchor.StepSkipped:
				word = ""
			}
			row.cells[n] = strings.TrimSpace(signOf(step.State) + " " + word)
		}
		rows = append(rows, row)
	}
	return rows
}

// holds is what to say of a step that holds.
func holds(step int, r anchor.Result) string {
	switch step {
	case anchor.StepProof:
		return "loads"
	case anchor.StepStructure:
		return "valid"
	case anchor.StepCalendars:
		return "known"
	case anchor.StepBlock:
		return fmt.Sprintf("%d %s", r.Outcome.Height, r.Outcome.Rung)
	case anchor.StepDate:
		return day(r.Outcome.ClaimDate)
	}
	return "equal"
}

// fails is what to say of a step that does not.
func fails(step int, r anchor.Result) string {
	switch step {
	case anchor.StepProof:
		if r.Outcome.Status == verify.Missing {
			return "missing"
		}
		return "unreadable"
	case anchor.StepStructure:
		return "invalid"
	case anchor.StepCalendars:
		return "unknown"
	case anchor.StepBlock:
		return "not there"
	case anchor.StepDate:
		return day(r.Outcome.ClaimDate)
	}
	return "differs"
}

// widths are those of the columns, in runes.
func (row monthRow) widths(rows []monthRow) (w [anchor.Steps]int) {
	for _, r := range append(rows, row) {
		for n, cell := range r.cells {
			w[n] = max(w[n], utf8.RuneCountInString(cell))
		}
	}
	return w
}

func (row monthRow) line(sign string, width [anchor.Steps]int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  %s %-7s", sign, row.month)
	for n, cell := range row.cells {
		fmt.Fprintf(&b, "   %-*s", width[n], cell)
	}
	return strings.TrimRight(b.String(), " ")
}
