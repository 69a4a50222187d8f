package anchor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/printable"
	"github.com/openllmo/git-anchor/internal/registry"
)

// log sums up an audit log, which may be larger than memory. It must begin with
// the entries that the newest month which knows it summed up.
func (w *snapshotting) log(ctx context.Context, l config.AuditLog) (registry.Summary, error) {
	r, to := io.Pipe()
	streamed := make(chan error, 1)
	go func() {
		err := w.s.Repo.Stream(ctx, w.run.Commit, l.Path, to)
		to.CloseWithError(err)
		streamed <- err
	}()
	before, known := w.logs[l.Server]
	held := map[string]registry.Summary{}
	if known {
		held[l.Server] = before.Summary
	}
	c, err := registry.CompareLog(r, held)
	r.Close() // what is left of the log nobody reads
	if bad := <-streamed; bad != nil && !errors.Is(bad, io.ErrClosedPipe) {
		err = bad
	}
	sum := registry.Summary{Count: c.Log.Count, First: c.Log.First, Last: c.Log.Last, Root: c.Log.RawRoot}
	refused := func(hint, format string, args ...any) error {
		return refuse(hint, "%s, %s: %s", auditLogs, l.Path, fmt.Sprintf(format, args...))
	}
	changed := "git log -p -- " + w.s.here(l.Path)
	var fault *registry.LogFault
	switch {
	case errors.As(err, &fault):
		return sum, refused("bring its entries back; what changed: "+changed, "%v", err)
	case err != nil:
		return sum, err
	case c.Log.ServerID != l.Server:
		return sum, refused("name it by its server_id under ["+auditLogs+"]", "it is the log of %q, and the configuration names it for %q", c.Log.ServerID, l.Server)
	case len(c.Faults) > 0:
		return sum, refused(newLog+"; what changed: "+changed, "it no longer begins with the entries that %s sums up: %s", before.in, c.Faults[0])
	}
	return sum, nil
}

// newLog is the way on for a log that was rewritten: a log begun anew is another
// one to those that hold the months.
const newLog = "bring its entries back, or give a log that begins anew a server_id of its own"

// follows refuses a month whose summary of a log cannot be that of the log which
// earlier months sum up, and notes the logs that it says nothing of any more. What
// a command prints is judged by no more than this.
func (w *snapshotting) follows(m *registry.Month) error {
	for _, server := range slices.Sorted(maps.Keys(w.logs)) {
		was, shown := w.logs[server], printable.Text(server, config.MaxServerID)
		is, ok := m.AuditLogs[server]
		switch {
		case !ok:
			w.note(fmt.Sprintf("%s sums up the audit log of %s, and the sources have none of it any more", was.in, shown))
		case is.Rewrites(was.Summary):
			return refuse(newLog,
				"the audit log of %s was rewritten: it has %d entries from %s to %s, and %s has %d from %s to %s",
				shown, is.Count, is.First, is.Last, was.in, was.Count, was.First, was.Last)
		}
	}
	return nil
}

// note adds a note on the sources, once.
func (w *snapshotting) note(text string) {
	if !slices.Contains(w.notes, text) {
		w.notes = append(w.notes, text)
	}
}
