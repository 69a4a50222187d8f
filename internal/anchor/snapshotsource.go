package anchor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/registry"
)

// commandTimeout is how long a command may take that nobody gave a time.
const commandTimeout = time.Minute

// read reads what a month says from its sources, once.
func (w *snapshotting) read(ctx context.Context) (err error) {
	if w.content != nil {
		return nil
	}
	from := w.s.Config.Registry
	var c registry.Content
	switch {
	case !from.Named():
		return refuse("name maintainers, servers and multisig under [registry] in "+config.File+", or a command",
			"the configuration does not say what the registry is made from")
	case from.Command != "":
		c, err = w.fromCommand(ctx, from.Command)
	default:
		c, err = w.fromFiles(ctx, from)
	}
	if err == nil {
		w.content = &c
	}
	return err
}

// fromCommand takes what the repository's own command prints.
func (w *snapshotting) fromCommand(ctx context.Context, line string) (registry.Content, error) {
	switch {
	case w.o.Forbidden != nil:
		return registry.Content{}, w.o.Forbidden
	case !w.o.AllowCommand:
		return registry.Content{}, refuse("git config anchor.allowCommands true", "the registry is made by a command of the repository, which runs only where you allow that: %s", line)
	}
	timeout := w.o.CommandTimeout
	if timeout == 0 {
		timeout = commandTimeout
	}
	raw, err := w.s.Repo.Output(ctx, gitrepo.Command{Line: line, Max: registry.MaxFile, Timeout: timeout, Environ: w.o.Environ})
	var failed *gitrepo.CommandError
	if errors.As(err, &failed) {
		return registry.Content{}, refuse("", "the command of the registry failed: %v", failed)
	}
	if err != nil {
		return registry.Content{}, err
	}
	c, err := registry.ReadContent(raw)
	if err != nil {
		return c, refuse("", "the command of the registry did not print one: %v", err)
	}
	return c, nil
}

// fromFiles takes what files of HEAD say.
func (w *snapshotting) fromFiles(ctx context.Context, from config.Registry) (registry.Content, error) {
	if err := w.differing(ctx, from); err != nil {
		return registry.Content{}, err
	}
	members, files := map[string]registry.Value{}, map[string][]byte{}
	for _, source := range []struct{ key, path, member string }{
		{"maintainers", from.Maintainers, "maintainers"}, {"servers", from.Servers, "authorized_servers"}, {"multisig", from.Multisig, "multisig_config"},
	} {
		var err error
		if files[source.path] == nil {
			files[source.path], err = w.source(ctx, source.path)
		}
		var v registry.Value
		if err == nil {
			v, err = registry.ReadSource(source.path, files[source.path], source.member)
		}
		if err != nil {
			return registry.Content{}, sourceError("registry."+source.key, source.path, err)
		}
		members[source.member] = v
	}
	logs := map[string]registry.Summary{}
	for _, l := range from.AuditLogs {
		sum, err := w.log(ctx, l)
		if err != nil {
			return registry.Content{}, sourceError("registry.audit_logs", l.Path, err)
		}
		logs[l.Server] = sum
	}
	members["audit_logs"] = registry.AuditLogs(logs)
	return registry.NewContent(members), nil
}

// sourceError is the refusal where a source is no good, and the error itself
// where reading it failed.
func sourceError(key, path string, err error) error {
	hint := ""
	switch {
	case errors.Is(err, gitrepo.ErrNotFound):
		hint = "commit it: sources are read from HEAD, not from the work tree"
	case errors.Is(err, gitrepo.ErrMissingObject), errors.Is(err, gitrepo.ErrCorrupt), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s, %s: %w", key, path, err)
	}
	return refuse(hint, "%s, %s: %v", key, path, err)
}

// source is a file of HEAD.
func (w *snapshotting) source(ctx context.Context, path string) ([]byte, error) {
	blob, err := w.s.Repo.Blob(ctx, w.run.Commit, path)
	if err != nil {
		return nil, err
	}
	if blob.Size > registry.MaxFile {
		return nil, fmt.Errorf("%w: %d bytes, %d allowed", gitrepo.ErrTooLarge, blob.Size, registry.MaxFile)
	}
	if blob.LFS() {
		return nil, errors.New("it is a Git LFS pointer: git holds some 130 bytes of text, not the file")
	}
	return blob.Bytes(ctx)
}

// log summarises an audit log, which may be larger than memory.
func (w *snapshotting) log(ctx context.Context, l config.AuditLog) (registry.Summary, error) {
	r, to := io.Pipe()
	streamed := make(chan error, 1)
	go func() {
		err := w.s.Repo.Stream(ctx, w.run.Commit, l.Path, to)
		to.CloseWithError(err)
		streamed <- err
	}()
	sum, err := registry.ReadLog(r)
	r.Close() // what is left of the log nobody reads
	if bad := <-streamed; bad != nil && !errors.Is(bad, io.ErrClosedPipe) {
		err = bad
	}
	if err == nil && sum.ServerID != l.Server {
		err = fmt.Errorf("it is the log of %q, and the configuration names it for %q", sum.ServerID, l.Server)
	}
	return registry.Summary{Count: sum.Count, First: sum.First, Last: sum.Last, Root: sum.RawRoot}, err
}

// differing notes the sources whose working copy is not what HEAD holds.
func (w *snapshotting) differing(ctx context.Context, from config.Registry) error {
	paths := []string{from.Maintainers, from.Servers, from.Multisig}
	for _, l := range from.AuditLogs {
		paths = append(paths, l.Path)
	}
	states, err := w.s.Repo.States(ctx, paths)
	if err != nil {
		return err
	}
	for i, p := range paths {
		if what := difference(states[p]); what != "" && states[p].Head != "" && !slices.Contains(paths[:i], p) {
			w.notes = append(w.notes, fmt.Sprintf("%s differs from the commit, whose bytes were read: %s", p, what))
		}
	}
	return nil
}
