package report

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/registry"
)

// A changeRow is one thing that changed between two months.
type changeRow struct {
	What    string          `json:"what"`   // maintainer, server, audit log, multisig or other
	Change  string          `json:"change"` // joined, left, changed, added, removed or rewritten
	ID      string          `json:"id,omitempty"`
	Name    string          `json:"name,omitempty"`
	Pointer string          `json:"pointer,omitempty"` // within the party or the log, else from the top of the file
	Old     json.RawMessage `json:"old,omitempty"`
	New     json.RawMessage `json:"new,omitempty"`
}

// changeRows are what changed, in the order of a month's members.
func changeRows(c registry.Changes) []changeRow {
	rows := append(rosterRows("maintainer", c.Maintainers), rosterRows("server", c.Servers)...)
	for _, l := range c.Logs {
		rows = append(rows, logRow(l))
	}
	for _, ch := range c.Multisig {
		rows = append(rows, changeRow{What: "multisig"}.of(ch))
	}
	for _, ch := range c.Other {
		rows = append(rows, changeRow{What: "other"}.of(ch))
	}
	return rows
}

func rosterRows(what string, r registry.Roster) []changeRow {
	var rows []changeRow
	for _, p := range r.Joined {
		rows = append(rows, changeRow{What: what, Change: "joined", ID: p.ID, Name: p.Name})
	}
	for _, p := range r.Left {
		rows = append(rows, changeRow{What: what, Change: "left", ID: p.ID, Name: p.Name})
	}
	for _, p := range r.Changed {
		for _, ch := range p.Fields {
			row := changeRow{What: what, ID: p.ID, Name: p.Name}.of(ch)
			row.Change = "changed"
			rows = append(rows, row)
		}
	}
	return rows
}

// logRow says of a log how many entries it has; what else changed follows.
func logRow(l registry.LogChange) changeRow {
	row := changeRow{What: "audit log", Change: "changed", ID: l.ServerID, Pointer: "/entries_count"}
	if l.Old != (registry.Summary{}) {
		row.Old = strconv.AppendUint(nil, l.Old.Count, 10)
	}
	if l.New != (registry.Summary{}) {
		row.New = strconv.AppendUint(nil, l.New.Count, 10)
	}
	switch {
	case row.Old == nil:
		row.Change = "added"
	case row.New == nil:
		row.Change = "removed"
	case l.Rewritten:
		row.Change = "rewritten"
	}
	return row
}

func (row changeRow) of(c registry.Change) changeRow {
	row.Change, row.Pointer = "changed", c.Pointer
	if c.Old != "" {
		row.Old = json.RawMessage(c.Old)
	} else {
		row.Change = "added"
	}
	if c.New != "" {
		row.New = json.RawMessage(c.New)
	} else {
		row.Change = "removed"
	}
	return row
}

func (row changeRow) sign() string {
	switch row.Change {
	case "joined", "added":
		return "+"
	case "left", "removed":
		return "-"
	case "rewritten":
		return "!"
	}
	return "~"
}

// text is the row for a person, without its first two columns; exact has JSON
// pointers and values as the files have them.
func (row changeRow) text(exact bool) string {
	who := row.ID
	if row.Name != "" {
		who += " " + row.Name
	}
	of, value := called(row.Pointer, row.What == "multisig"), plainly
	if exact {
		of, value = row.Pointer, func(v json.RawMessage) string { return string(v) }
	}
	if of != "" {
		of += ": "
	}
	switch {
	case row.Old != nil && row.New != nil:
		of += value(row.Old) + " → " + value(row.New)
	case row.New != nil:
		of += value(row.New)
	case row.Old != nil:
		of += value(row.Old) + " is gone"
	}
	if row.Change == "rewritten" {
		of += ", rewritten and not only appended to"
	}
	if who == "" || of == "" {
		return who + of
	}
	return who + ", " + of
}

// called is a pointer as people name what it points to.
func called(pointer string, inner bool) string {
	var words []string
	for _, token := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		words = append(words, strings.NewReplacer("~1", "/", "~0", "~", "_", " ").Replace(token))
	}
	if inner {
		words = words[1:] // the row says it
	}
	return strings.Join(words, ", ")
}

// plainly is a value without the quotes of a string, where it cannot be taken for
// another value.
func plainly(v json.RawMessage) string {
	var text string
	var other any
	if json.Unmarshal(v, &text) != nil || text == "" || strings.TrimSpace(text) != text || json.Unmarshal([]byte(text), &other) == nil {
		return string(v)
	}
	return text
}

// MonthsDiff writes what changed from a month to another.
func (t Text) MonthsDiff(a, b anchor.ShownMonth, c registry.Changes) {
	fmt.Fprintf(t.Out, "%s → %s\n", a.Period, b.Period)
	rows := changeRows(c)
	if len(rows) == 0 {
		fmt.Fprintln(t.Out, "  nothing changed but the timestamp and the link")
	}
	for _, row := range rows {
		line := fmt.Sprintf("  %s %-10s %s", row.sign(), row.What, show(row.text(t.Verbose)))
		switch row.sign() {
		case "+":
			line = t.green(line)
		case "-", "!":
			line = t.red(line)
		}
		fmt.Fprintln(t.Out, line)
	}
}

// MonthsDiff writes the same as Markdown.
func (m Markdown) MonthsDiff(a, b anchor.ShownMonth, c registry.Changes) []byte {
	w := &sheet{Markdown: m}
	fmt.Fprintf(w, "## Registry: %s → %s\n\n", a.Period, b.Period)
	var rows []string
	for _, row := range changeRows(c) {
		rows = append(rows, fmt.Sprintf("| %s | %s | %s |\n", row.Change, row.What, quiet(row.text(false))))
	}
	if len(rows) == 0 {
		fmt.Fprint(w, "Nothing changed but the timestamp and the link.\n")
		return w.Bytes()
	}
	w.table("| | What | Change |\n|---|---|---|\n", rows)
	return w.Bytes()
}

type diffJSON struct {
	From    string      `json:"from"`
	To      string      `json:"to"`
	Changes []changeRow `json:"changes"`
}

// FillDiff puts what changed between two months into the record.
func (rec *Record) FillDiff(a, b anchor.ShownMonth, c registry.Changes) {
	rows := changeRows(c)
	if rows == nil {
		rows = []changeRow{}
	}
	rec.Registry = &registryJSON{Diff: &diffJSON{a.Period.String(), b.Period.String(), rows}}
}
