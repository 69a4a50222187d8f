package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/anchor"
)

// Month writes what a month says. Nothing is judged but its form.
func (t Text) Month(m anchor.ShownMonth) {
	fmt.Fprintf(t.Out, "%s  %s\n", m.Period, show(m.Path))
	line := func(format string, args ...any) { fmt.Fprintf(t.Out, "  "+format+"\n", args...) }
	line("timestamp  %s", m.Timestamp.Format(time.RFC3339))
	line("hash       %s", m.Hash())
	line("previous   %s", m.Previous)
	line("multisig   %d of %d signatures", m.Multisig.Required, m.Multisig.Total)
	line("%s", count(len(m.Maintainers), "maintainer"))
	for _, p := range m.Maintainers {
		line("  %d %s   %s   %s   since %s", p.ID, show(p.Name), p.Status, show(p.Npub), day(p.AddedAt))
	}
	line("%s", count(len(m.Servers), "server"))
	for _, p := range m.Servers {
		line("  %s   %s   of %s, %s   since %s", show(p.ID), p.Status, show(p.Operator.Name), show(p.Operator.Jurisdiction), day(p.AddedAt))
	}
	line("%s", count(len(m.AuditLogs), "audit log"))
	for _, id := range slices.Sorted(maps.Keys(m.AuditLogs)) {
		log := m.AuditLogs[id]
		line("  %s   %d entries, merkle root %s", show(id), log.Count, log.Root)
	}
	t.say("  (this is what the file says, and nothing was judged: whether it was anchored, and in its time, says git anchor registry verify)")
}

// MonthsLog writes the timeline, a line a month, newest first.
func (t Text) MonthsLog(run anchor.Run, log []anchor.MonthLogged) {
	if len(log) == 0 {
		fmt.Fprintln(t.Out, t.mark("no months here"))
		return
	}
	const columns = "%-7s  %-20s  %-11s  %-28s  %-11s  %s"
	if !t.Quiet {
		fmt.Fprintln(t.Out, t.mark(fmt.Sprintf(columns, "month", "made", "proof", "block", "changes", "commit")))
	}
	for i, l := range log {
		row := rowOf(run.Results[i])
		when := "not valid"
		if l.Err == nil {
			when = l.Timestamp.Format(time.RFC3339)
		}
		line := fmt.Sprintf(columns, l.Period, when, row.sign+" "+row.word, anchored(run.Results[i]), changesBrief(l, i == len(log)-1), broughtBy(l))
		if l.CaughtUp() {
			line += "  (caught up)"
		}
		fmt.Fprintln(t.Out, t.paintWord(row.word, t.mark(strings.TrimRight(line, " "))))
		if l.Err != nil {
			t.say("    %s", showStep(l.Err.Error()))
		}
	}
}

// anchored is the block and date of a proof, as far as they are known.
func anchored(r anchor.Result) string {
	if o := r.Outcome; len(o.Stamped) > 0 && o.ClaimDate.IsZero() {
		if h, ok := earliest(o); ok {
			return fmt.Sprintf("claims block %d", h)
		}
		return ""
	} else if !o.ClaimDate.IsZero() {
		return fmt.Sprintf("block %d, %s", o.Height, day(o.ClaimDate))
	}
	return rowOf(r).more
}

// changesBrief counts what changed in a month.
func changesBrief(l anchor.MonthLogged, first bool) string {
	switch {
	case l.Changes == nil && first && l.Err == nil:
		return "first month"
	case l.Changes == nil:
		return "-"
	}
	n := map[string]int{}
	for _, row := range changeRows(*l.Changes) {
		n[row.sign()]++
	}
	return fmt.Sprintf("+%d -%d ~%d", n["+"], n["-"], n["~"]+n["!"])
}

func broughtBy(l anchor.MonthLogged) string {
	if l.Brought.ID == "" {
		return ""
	}
	return fmt.Sprintf("%.10s %s", l.Brought.ID, day(l.Brought.When))
}

// A shownJSON is a month as its file has it.
type shownJSON struct {
	Month   string          `json:"month"`
	Path    string          `json:"path"`
	Hash    string          `json:"hash"`
	InForce string          `json:"in_force_on,omitempty"` // the date that was asked about
	Content json.RawMessage `json:"content"`               // the file
}

// FillMonth puts a month into the record; at is the date that was asked about,
// zero for none.
func (rec *Record) FillMonth(m anchor.ShownMonth, at time.Time) {
	row := &shownJSON{Month: m.Period.String(), Path: m.Path, Hash: m.Hash(), Content: m.Raw}
	if !at.IsZero() {
		row.InForce = day(at)
	}
	rec.Registry = &registryJSON{Shown: row}
}

type loggedJSON struct {
	Month     string      `json:"month"`
	Path      string      `json:"path"`
	Hash      string      `json:"hash,omitempty"`
	Timestamp string      `json:"timestamp,omitempty"`
	CaughtUp  bool        `json:"caught_up,omitempty"` // made after the month was over
	Changes   []changeRow `json:"changes,omitempty"`   // since the month before
	Commit    string      `json:"commit,omitempty"`    // that brought these bytes
	Error     string      `json:"error,omitempty"`
}

// FillLog puts the timeline into the record.
func (rec *Record) FillLog(log []anchor.MonthLogged) {
	rec.Registry = &registryJSON{}
	for _, l := range log {
		row := loggedJSON{Month: l.Period.String(), Path: l.Path, Hash: l.Hash, CaughtUp: l.CaughtUp(), Commit: l.Brought.ID}
		if l.Changes != nil {
			row.Changes = changeRows(*l.Changes)
		}
		if !l.Timestamp.IsZero() {
			row.Timestamp = l.Timestamp.Format(time.RFC3339)
		}
		if l.Err != nil {
			row.Error = l.Err.Error()
		}
		rec.Registry.Log = append(rec.Registry.Log, row)
	}
}
