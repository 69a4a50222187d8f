package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
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
	t.say("  (this is what the file says; git anchor registry verify judges its proof and its place in the chain)")
}

// MonthsLog writes the timeline, a line a month, newest first.
func (t Text) MonthsLog(run anchor.Run, log []anchor.MonthLogged) {
	if len(log) == 0 {
		fmt.Fprintln(t.Out, t.mark("no months here"))
		return
	}
	for i, l := range log {
		row := rowOf(run.Results[i])
		when := "no registry         "
		if l.Err == nil {
			when = l.Timestamp.Format(time.RFC3339)
		}
		line := fmt.Sprintf("%s  %s  %s %-9s  %-28s  %s%s", l.Period, when, row.sign, row.word, anchored(run.Results[i]), changesBrief(l), broughtBy(l))
		fmt.Fprintln(t.Out, t.paintWord(row.word, t.mark(line)))
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
func changesBrief(l anchor.MonthLogged) string {
	if l.Changes == nil {
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
	return fmt.Sprintf("  %.10s %s", l.Brought.ID, day(l.Brought.When))
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
	Changes   []changeRow `json:"changes,omitempty"` // since the month before
	Commit    string      `json:"commit,omitempty"`  // that brought these bytes
	Error     string      `json:"error,omitempty"`
}

// FillLog puts the timeline into the record.
func (rec *Record) FillLog(log []anchor.MonthLogged) {
	rec.Registry = &registryJSON{}
	for _, l := range log {
		row := loggedJSON{Month: l.Period.String(), Path: l.Path, Hash: l.Hash, Commit: l.Brought.ID}
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
