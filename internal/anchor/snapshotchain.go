package anchor

import (
	"context"
	"errors"
	"fmt"
	"path"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/registry"
)

// judge refuses a chain that is broken, or not as it is committed.
func (w *snapshotting) judge(ctx context.Context) error {
	paths := make([]string, len(w.files))
	for i, f := range w.files {
		paths[i] = f.path
	}
	states, err := w.s.Repo.States(ctx, paths)
	if err != nil {
		return err
	}
	months := make([]*registry.Month, len(w.files))
	for i, f := range w.files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := w.s.untouched(f, states[f.path]); err != nil {
			return w.about(f.path, err)
		}
		_, m, err := w.s.readMonth(ctx, w.run.Commit, f)
		if err != nil {
			return w.about(f.path, w.s.badMonth(f, err))
		}
		w.learn(m, i == len(w.files)-1)
		months[i] = m.Bare()
	}
	if faults := registry.CheckChain(months); len(faults) > 0 {
		f := faults[0]
		at := path.Join(w.s.Config.OTS.RegistryPath, f.Period.File())
		return w.about(at, refuse("git anchor registry verify  # lists all that is wrong", "the chain is broken: %s%s", f.Text, hashes(f)))
	}
	if n := len(months); n > 0 {
		w.last = months[n-1]
		return nil
	}
	return w.begin(ctx)
}

// begin refuses to begin a chain where history has one: who holds its proofs would
// see two.
func (w *snapshotting) begin(ctx context.Context) error {
	was := &RegistryVerified{}
	if err := w.s.emptied(ctx, w.run.Commit, was); err != nil {
		return err
	}
	for _, n := range was.Notes {
		w.note(n)
	}
	for _, text := range was.Findings {
		return w.about(w.s.Config.OTS.RegistryPath, refuse(was.Hint, "a chain is not begun twice: %s", text))
	}
	return nil
}

// learn keeps what a month says of the logs that are sources, and of all logs if
// it is the newest.
func (w *snapshotting) learn(m *registry.Month, newest bool) {
	if w.logs == nil {
		w.logs = map[string]summedUp{}
	}
	for _, l := range w.s.Config.Registry.AuditLogs {
		if sum, ok := m.AuditLogs[l.Server]; ok {
			w.logs[l.Server] = summedUp{sum, m.Period}
		}
	}
	if newest {
		for server, sum := range m.AuditLogs {
			w.logs[server] = summedUp{sum, m.Period}
		}
	}
}

// hashes are the two that a broken link is about.
func hashes(f registry.ChainFault) string {
	if f.Want == "" || f.Want == f.Have {
		return ""
	}
	return fmt.Sprintf(" (it names %s, not %s)", f.Have, f.Want)
}

// untouched refuses a month that is not what HEAD holds; one that HEAD lacks
// must not differ from the index.
func (s *Session) untouched(f monthFile, st gitrepo.State) error {
	if f.disk {
		st.Staged, st.Untracked = false, false
	}
	if st.Err != nil {
		return refuse("", "it cannot be compared with the commit: %v", st.Err)
	}
	return s.clean(f.path, st)
}

// badMonth is why a file of the chain cannot be read.
func (s *Session) badMonth(f monthFile, err error) error {
	var faults registry.Faults
	switch bad := errors.As(err, &faults); {
	case bad && f.disk:
		return refuse("rm "+s.here(f.path)+"  # if nobody needs it", "it is not committed, and it is no registry: %v", err)
	case bad:
		return refuse("git anchor registry verify  # lists all that is wrong", "%v", err)
	}
	return refusable(err)
}
