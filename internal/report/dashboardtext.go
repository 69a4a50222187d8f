package report

import (
	"fmt"
	"strings"

	"github.com/openllmo/git-anchor/internal/anchor"
)

// Report says what a dashboard counts, and where it is.
func (t Text) Report(run anchor.Run, dir string, wrote, removed int) {
	heads := counts(Summary{Run: run}, "failed", "changed", "refused", "disputed", "unchecked", "pending", "confirmed", "not anchored")
	if len(heads) == 0 {
		heads = []string{"nothing is anchored"}
	}
	fmt.Fprintln(t.Out, t.mark(strings.Join(heads, ", ")))
	line := fmt.Sprintf("wrote %s to %s", count(wrote, "file"), show(dir))
	if removed > 0 {
		line += fmt.Sprintf(", removed %d of an earlier run", removed)
	}
	t.say("%s", line)
	t.say("  (open %s/index.html)", show(strings.TrimRight(dir, "/")))
}

type reportJSON struct {
	Dir     string `json:"dir"`
	Files   int    `json:"files"`
	Removed int    `json:"removed,omitempty"` // files of an earlier run
}

// FillReport puts into the record what report wrote.
func (rec *Record) FillReport(dir string, files, removed int) {
	rec.Report = &reportJSON{dir, files, removed}
}
