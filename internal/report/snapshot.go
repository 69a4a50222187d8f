package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/verify"
)

// Snapshot writes what became of months of the registry that were to be made.
func (t Text) Snapshot(run anchor.Run, needed int) {
	rest := run
	rest.Results = nil
	for _, r := range run.Results {
		if r.Action != anchor.Would {
			rest.Results = append(rest.Results, r)
			continue
		}
		what := "would write " + show(r.Path)
		if r.Snapshot.There {
			what = "would anchor " + show(r.Path)
		}
		fmt.Fprintf(t.Out, "%s\n", t.mark(what+", "+r.Snapshot.Hash))
		t.made(r)
		for _, n := range r.Notes {
			t.say("    note: %s", show(n))
		}
	}
	t.Stamp(rest, needed)
	for _, r := range rest.Results {
		if r.Action == anchor.Wrote && !r.Snapshot.There {
			t.say("wrote %s   (%s)", show(r.Path), r.Snapshot.Hash)
			t.made(r)
		}
	}
}

// made says what a month holds, and what it links to.
func (t Text) made(r anchor.Result) {
	m := r.Snapshot
	t.say("    %s, %s, %s, of %s", count(m.Maintainers, "maintainer"), count(m.Servers, "server"), count(m.Logs, "audit log"), m.Timestamp.UTC().Format(time.RFC3339))
	t.say("    previous %s", m.Previous)
}

// Due writes what became of the months that were due.
func (t Text) Due(due anchor.DueRun, needed int) {
	if len(due.Results) == 0 {
		fmt.Fprintf(t.Out, "%s\n", t.mark(fmt.Sprintf("nothing is due: the next is %s, on %s", due.Next, day(due.On))))
		return
	}
	t.Snapshot(due.Run, needed)
}

// AfterSnapshot says what to do once months were made.
func (t Text) AfterSnapshot(run anchor.Run, committed bool) {
	var files []string
	var pending []anchor.Result
	for _, r := range run.Results {
		if r.Action == anchor.Wrote && r.Outcome.Status == verify.Pending {
			files, pending = append(files, r.Path, r.Proof), append(pending, r)
		}
	}
	if len(pending) == 0 {
		return
	}
	later := "\"" + t.completing(pending) + "\" later"
	if committed {
		t.say("  (%s completes it)", later)
		return
	}
	quoted := make([]string, len(files))
	for i, f := range files {
		quoted[i] = anchor.Quoted(f)
	}
	t.say("  (%s; then %s)", show("git add "+strings.Join(quoted, " ")+" && git commit"), later)
}

// monthMade is a month of the registry that was made, or would be.
type monthMade struct {
	Period      string `json:"period"`
	Size        int    `json:"size"`
	Hash        string `json:"hash"`
	Previous    string `json:"previous"`
	Timestamp   string `json:"timestamp"`
	Maintainers int    `json:"maintainers"`
	Servers     int    `json:"servers"`
	Logs        int    `json:"audit_logs"`
	There       bool   `json:"there,omitempty"`  // the file was there already, without its proof
	Missed      bool   `json:"missed,omitempty"` // made after its month
}

func monthMadeRow(m *anchor.Snapshot) *monthMade {
	if m == nil {
		return nil
	}
	return &monthMade{m.Period.String(), m.Bytes, m.Hash, m.Previous, m.Timestamp.UTC().Format(time.RFC3339), m.Maintainers, m.Servers, m.Logs, m.There, m.Missed}
}

// dueJSON is what registry due says of the months as a whole.
type dueJSON struct {
	Missed []string `json:"missed"`
	Next   string   `json:"next,omitempty"`
	On     string   `json:"next_due,omitempty"`
}

// FillDue puts a run of registry due into the record.
func (rec *Record) FillDue(due anchor.DueRun) {
	rec.Fill(due.Run)
	rec.Due = &dueJSON{Missed: []string{}}
	if !due.On.IsZero() {
		rec.Due.Next, rec.Due.On = due.Next.String(), day(due.On)
	}
	for _, p := range due.Missed {
		rec.Due.Missed = append(rec.Due.Missed, p.String())
	}
}
