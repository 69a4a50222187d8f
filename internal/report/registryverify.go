package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/printable"
)

// longestStep is how much of what a step found is shown, in runes: it may name
// several hashes.
const longestStep = 2000

func showStep(s string) string { return printable.Text(s, longestStep) }

// RegistryVerified writes the verdict on a chain of registries: a line that sums
// up, a row a month with its six steps, and then what is wrong.
func (t Text) RegistryVerified(run anchor.Run, v *anchor.RegistryVerified) {
	fmt.Fprintln(t.Out, t.mark(chainHeading(v)))
	rows := monthRows(run, v)
	if len(rows) > 0 {
		fmt.Fprintln(t.Out)
	}
	head := monthRow{month: "month", cells: stepNames}
	width := head.widths(rows)
	for i, row := range append([]monthRow{head}, rows...) {
		switch sign := signOf(row.state); {
		case len(rows) == 0:
		case i == 0:
			fmt.Fprintln(t.Out, t.mark(row.line(" ", width)))
		default:
			fmt.Fprintln(t.Out, t.paintStep(row.state, t.mark(row.line(sign, width))))
		}
	}
	for _, f := range v.Findings {
		fmt.Fprintln(t.Out, t.red(t.mark("✘ "+showStep(f))))
	}
	if t.Quiet {
		return
	}
	if len(v.Months) > 0 {
		t.say("  (each month was due on day %d, by the configuration of the commit)", v.Day)
	}
	for i, m := range v.Months {
		t.month(run.Results[i], m)
	}
	for _, n := range v.Notes {
		t.say("note: %s", showStep(n))
	}
	if len(v.Months) > 0 && v.Holds() {
		t.say("\n  (it does not show that no other version was anchored: keep %s, and give it to --expect-head)", v.Head)
	}
}

// chainHeading counts the months in each state.
func chainHeading(v *anchor.RegistryVerified) string {
	if len(v.Months) == 0 {
		return "no months here"
	}
	n := map[anchor.StepState]int{}
	for _, m := range v.Months {
		n[m.State()]++
	}
	var parts []string
	for _, s := range []anchor.StepState{anchor.StepOK, anchor.StepWaits, anchor.StepFailed, anchor.StepOpen} {
		if n[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[s], wordOf(s)))
		}
	}
	first, last := v.Months[0].Period, v.Months[len(v.Months)-1].Period
	return fmt.Sprintf("%s, %s to %s: %s", count(len(v.Months), "month"), first, last, strings.Join(parts, ", "))
}

func (t Text) paintStep(s anchor.StepState, line string) string {
	switch s {
	case anchor.StepOK:
		return t.green(line)
	case anchor.StepWaits, anchor.StepOpen:
		return t.yellow(line)
	}
	return t.red(line)
}

// month writes what a reader should know of one month beside its row.
func (t Text) month(r anchor.Result, m anchor.MonthVerified) {
	var lines []string
	for n, step := range m.Steps {
		failed := step.State == anchor.StepFailed || step.State == anchor.StepOpen || step.State == anchor.StepWaits
		if step.Text != "" && (failed || t.Verbose) {
			lines = append(lines, fmt.Sprintf("%s %d %s: %s", signOf(step.State), n+1, stepNames[n], showStep(step.Text)))
		}
	}
	if r.Version != nil {
		lines = append(lines, t.mark(versionLine(r)))
	}
	for _, text := range append(append([]string{}, r.Outcome.Findings...), r.Notes...) {
		lines = append(lines, "note: "+show(text))
	}
	if r.Hint != "" {
		lines = append(lines, "hint: "+show(r.Hint))
	}
	if len(lines) == 0 {
		return
	}
	t.say("%s %s:", m.Period, show(m.Path))
	for _, l := range lines {
		t.say("    %s", l)
	}
}

// RegistryVerified writes the same as Markdown.
func (m Markdown) RegistryVerified(run anchor.Run, v *anchor.RegistryVerified) []byte {
	w := &sheet{Markdown: m}
	fmt.Fprintf(w, "## %s\n\n", w.mark(chainHeading(v)))
	w.banner()
	var rows []string
	for _, row := range monthRows(run, v) {
		rows = append(rows, fmt.Sprintf("| %s | %s | %s |\n", signOf(row.state), row.month, strings.Join(row.cells[:], " | ")))
	}
	if len(rows) > 0 {
		w.table("| | Month | "+strings.Join(stepNames[:], " | ")+" |\n|---|---|"+strings.Repeat("---|", anchor.Steps)+"\n", rows)
	}
	if len(v.Months) > 0 {
		fmt.Fprintf(w, "Each month was due on day %d, by the configuration of the commit.\n\n", v.Day)
	}
	for _, f := range v.Faults() {
		if w.Len() > maxSummary-tailRoom {
			fmt.Fprint(w, "- more failures are left out here; the command itself names them\n")
			break
		}
		fmt.Fprintf(w, "- ✘ %s\n", plain(showStep(f)))
	}
	for _, n := range v.Notes {
		if w.Len() > maxSummary-tailRoom {
			break
		}
		fmt.Fprintf(w, "- note: %s\n", quiet(showStep(n)))
	}
	if v.Head != "" && v.Holds() {
		fmt.Fprintf(w, "\nThe newest month is `%s`: keep it, and give it to `--expect-head`. An anchor does not show that no other version was anchored.\n", v.Head)
	}
	return w.Bytes()
}

// A registryJSON is what the commands about registries say.
type registryJSON struct {
	Head     string       `json:"head,omitempty"`               // hash of the newest month
	Day      int          `json:"monthly_anchor_day,omitempty"` // by the configuration of the commit that was judged
	Months   []monthJSON  `json:"months,omitempty"`
	Findings []string     `json:"findings,omitempty"`
	Notes    []string     `json:"notes,omitempty"`
	Shown    *shownJSON   `json:"shown,omitempty"`
	Diff     *diffJSON    `json:"diff,omitempty"`
	Log      []loggedJSON `json:"log,omitempty"` // newest first, as the documents
	Bundle   *bundleJSON  `json:"bundle,omitempty"`
}

type monthJSON struct {
	Month     string     `json:"month"`
	Path      string     `json:"path"`
	Hash      string     `json:"hash,omitempty"`
	Timestamp string     `json:"timestamp,omitempty"`
	State     string     `json:"state"`
	CaughtUp  bool       `json:"caught_up,omitempty"` // made after the month was over
	Steps     []stepJSON `json:"steps"`
}

type stepJSON struct {
	Step  int    `json:"step"`
	Name  string `json:"name"`
	State string `json:"state"`
	Text  string `json:"text,omitempty"`
}

// FillRegistry puts the verdict on a chain of registries into the record.
func (rec *Record) FillRegistry(v *anchor.RegistryVerified) {
	row := &registryJSON{Head: v.Head, Day: v.Day, Findings: v.Findings, Notes: v.Notes}
	for _, m := range v.Months {
		month := monthJSON{Month: m.Period.String(), Path: m.Path, Hash: m.Hash, State: wordOf(m.State()), CaughtUp: m.CaughtUp()}
		if !m.Timestamp.IsZero() {
			month.Timestamp = m.Timestamp.Format(time.RFC3339)
		}
		for n, step := range m.Steps {
			state := wordOf(step.State)
			if step.State == anchor.StepOK {
				state = "ok"
			}
			month.Steps = append(month.Steps, stepJSON{n + 1, stepNames[n], state, step.Text})
		}
		row.Months = append(row.Months, month)
	}
	rec.Registry = row
}
