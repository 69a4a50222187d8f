package report

import (
	"fmt"

	"github.com/openllmo/git-anchor/internal/anchor"
)

// Bundle says what was written to be published, or why nothing was.
func (t Text) Bundle(run anchor.Run, v *anchor.RegistryVerified, b *anchor.RegistryBundle) {
	if b == nil {
		t.RegistryVerified(run, v)
		t.say("nothing was written")
		return
	}
	fmt.Fprintln(t.Out, t.mark(fmt.Sprintf("wrote %s: %s, %s", show(b.Out), chainHeading(v), count(b.Files, "file"))))
	t.say("  head %s", b.Head)
	if b.Pending > 0 {
		t.say("note: the proofs of %s are pending and show nothing yet: git anchor upgrade%s --commit, some hours after stamping", count(b.Pending, "month"), t.network())
	}
	if b.Above > 0 {
		t.say("note: blocks of %s lie above the table in this program, so that no headers are kept for them", count(b.Above, "month"))
	}
}

type bundleJSON struct {
	Out     string `json:"out"`
	Files   int    `json:"files"`
	Pending int    `json:"pending"`     // months that no block holds yet
	Above   int    `json:"above_table"` // months without headers, as their block lies above the table
}

// FillBundle puts a bundle into the record, nil for none, and the verdict on what
// it holds.
func (rec *Record) FillBundle(v *anchor.RegistryVerified, b *anchor.RegistryBundle) {
	rec.FillRegistry(v)
	if b != nil {
		rec.Registry.Bundle = &bundleJSON{b.Out, b.Files, b.Pending, b.Above}
	}
}
