package report

import (
	"fmt"
	"strings"
)

// Report says what a dashboard that was written counts, and where it is.
func (t Text) Report(d *Dashboard, dir string, wrote, removed int) {
	var heads []string
	for _, word := range []string{"failed", "changed", "refused", "disputed", "unchecked", "pending", "confirmed", "not anchored"} {
		if n := d.words[word]; n > 0 {
			heads = append(heads, fmt.Sprintf("%d %s", n, word))
		}
	}
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
	if len(d.items) > 0 && !d.linked {
		t.say("  (links to nothing beside it: --certificates and --documents add certificates, documents and proofs)")
	}
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
