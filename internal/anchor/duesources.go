package anchor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/openllmo/git-anchor/internal/registry"
)

// fromSources refuses to complete a month that is there without a proof, and is
// not what the sources say but for its timestamp: it may be anybody's. Where their
// command may not run that is not found out, and noted. Of the newest month the
// audit logs may have grown since.
func (w *snapshotting) fromSources(ctx context.Context, f monthFile, m *registry.Month) error {
	from := w.s.Config.Registry
	switch {
	case !from.Named():
		return nil
	case from.Command != "" && (w.o.Forbidden != nil || !w.o.AllowCommand):
		w.note(f.path + " was not compared with its source, a command that may not run here")
		return nil
	}
	err := w.read(ctx)
	var made *registry.Month
	if err == nil {
		if _, made, err = registry.Write(m.Period, m.Timestamp, m.Previous, *w.content); err != nil {
			err = w.badContent(err)
		}
	}
	var bad *Refusal
	switch {
	case errors.As(err, &bad):
		refused := refuse(bad.Hint, "%s is there without a proof, and cannot be compared with the sources: %s", f.path, bad.Text)
		refused.Findings = bad.Findings
		return refused
	case err != nil:
		return err
	}
	changes := registry.Diff(m, made)
	if from.Command == "" && f == w.files[len(w.files)-1] {
		// Of files it is known that they begin with the entries that it sums up.
		changes.Logs = slices.DeleteFunc(changes.Logs, func(c registry.LogChange) bool { return c.Old.Count > 0 && c.New.Count > c.Old.Count })
	}
	if changes.Empty() {
		return nil
	}
	return refuse(w.asItIs(f), "%s is there without a proof, and is not what the sources say", f.path)
}

// asItIs is what to type to anchor a month nevertheless.
func (w *snapshotting) asItIs(f monthFile) string {
	at := w.s.here(f.path)
	if f.disk {
		return fmt.Sprintf("git add %[1]s && git commit -- %[1]s && git anchor %[1]s  # anchors it as it is; or rm %[1]s, and it is made anew", at)
	}
	return fmt.Sprintf("git anchor %s  # anchors it as it is, if it is right", at)
}
