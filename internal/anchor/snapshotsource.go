package anchor

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/lip"
	"github.com/openllmo/git-anchor/internal/printable"
	"github.com/openllmo/git-anchor/internal/registry"
)

// CommandTimeout is how long a command may take that nobody gave a time.
const CommandTimeout = time.Minute

// read reads what a month says from its sources, once.
func (w *snapshotting) read(ctx context.Context) (err error) {
	if w.content != nil {
		return nil
	}
	from := w.s.Config.Registry
	var c registry.Content
	switch {
	case !from.Named():
		return refuse("name maintainers, multisig and servers under [registry] in "+config.File+", or a command",
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
		timeout = CommandTimeout
	}
	raw, err := w.s.Repo.Output(ctx, gitrepo.Command{Line: line, Max: registry.MaxFile, Timeout: timeout, Environ: w.o.Environ})
	var failed *gitrepo.CommandError
	if errors.As(err, &failed) {
		return registry.Content{}, refuse("mend it, or what it reads: "+line, "the command of the registry failed: %v", failed)
	}
	if err != nil {
		return registry.Content{}, err
	}
	c, err := registry.ReadContent(raw)
	if err != nil {
		return c, w.faulty(line, "the command of the registry did not print one", err)
	}
	return c, nil
}

// fromFiles takes what files of HEAD say.
func (w *snapshotting) fromFiles(ctx context.Context, from config.Registry) (registry.Content, error) {
	if err := w.differing(ctx, from); err != nil {
		return registry.Content{}, err
	}
	members, files := map[string]registry.Value{}, map[string][]byte{}
	for _, source := range sources(from) {
		if source.path == "" {
			continue
		}
		var err error
		if files[source.path] == nil {
			files[source.path], err = w.source(ctx, source.path)
		}
		var v registry.Value
		if err == nil {
			v, err = registry.ReadSource(source.path, files[source.path], source.member)
		}
		if err != nil {
			return registry.Content{}, w.sourceError("registry."+source.key, source.path, err)
		}
		members[source.member] = v
	}
	logs := map[string]registry.Summary{}
	for _, l := range from.AuditLogs {
		sum, err := w.log(ctx, l)
		if err != nil {
			return registry.Content{}, w.sourceError(auditLogs, l.Path, err)
		}
		logs[l.Server] = sum
	}
	members["audit_logs"] = registry.AuditLogs(logs)
	return registry.NewContent(members), nil
}

// A memberSource is the file that a member of a month is read from.
type memberSource struct{ key, path, member string }

// sources are the files that the configuration names, "" for one that it leaves out.
func sources(from config.Registry) []memberSource {
	return []memberSource{
		{"maintainers", from.Maintainers, "maintainers"}, {"servers", from.Servers, "authorized_servers"}, {"multisig", from.Multisig, "multisig_config"},
	}
}

// auditLogs is the table of the configuration that names them.
const auditLogs = "registry.audit_logs"

// sourceError is the refusal where a source is no good, and the error itself
// where reading it failed.
func (w *snapshotting) sourceError(key, path string, err error) error {
	hint := w.mended(path)
	var refused *Refusal
	var faults registry.Faults
	switch {
	case errors.As(err, &refused):
		return refused
	case errors.As(err, &faults):
		return w.faulty(path, key+", "+path, err)
	case errors.Is(err, registry.ErrEmptyList) && path == w.s.Config.Registry.Servers:
		hint += "; without servers, leave registry.servers out"
	case errors.Is(err, gitrepo.ErrNotFound):
		hint = "commit it: sources are read from HEAD, not from the work tree"
	case errors.Is(err, gitrepo.ErrMissingObject), errors.Is(err, gitrepo.ErrCorrupt), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s, %s: %w", key, path, err)
	}
	return refuse(hint, "%s, %s: %v", key, path, err)
}

// mended is what to do about a source that is no good.
func (w *snapshotting) mended(at string) string {
	switch {
	case w.s.Config.Registry.Command != "":
		return "mend it, or what it reads: " + at
	case at == "":
		return ""
	}
	return "mend it, then git commit -- " + w.s.here(at)
}

// faulty is the refusal of a source, with all that was found wrong with it.
func (w *snapshotting) faulty(at, about string, err error) *Refusal {
	r := refuse(w.mended(at), "%s: %v", about, err)
	var faults registry.Faults
	if errors.As(err, &faults) {
		for _, f := range faults {
			r.Findings = append(r.Findings, lip.Finding{Text: f.String()})
		}
	}
	return r
}

// badContent is the refusal of a month that the sources make, which says of each
// fault where it comes from.
func (w *snapshotting) badContent(err error) error {
	var faults registry.Faults
	if !errors.As(err, &faults) {
		return refuse("", "what the sources say is no registry: %v", err)
	}
	named := make([]lip.Finding, len(faults))
	var at string // that the first is in
	for i, f := range faults {
		source, text := w.origin(f)
		if named[i].Text = text; i == 0 {
			at = source
		}
	}
	more := ""
	if n := len(named) - 1; n > 0 {
		more = fmt.Sprintf(" (and %d more)", n)
	}
	r := refuse(w.mended(at), "what the sources say is no registry: %s%s", named[0].Text, more)
	r.Findings = named
	return r
}

// origin is the file, or the command, that a fault comes from, and the fault with
// its place in there.
func (w *snapshotting) origin(f registry.Fault) (from, text string) {
	member, rest, _ := strings.Cut(strings.TrimPrefix(f.Pointer, "/"), "/")
	for _, source := range sources(w.s.Config.Registry) {
		if source.member == member && source.path != "" {
			return source.path, source.path + ": " + printable.Text(inSource(member, rest), maxPlace) + ": " + f.Text
		}
	}
	return w.s.Config.Registry.Command, f.String()
}

const maxPlace = 160 // runes of a place that are shown

// inSource names the place of a fault as one counts in a source: lists from 1.
func inSource(member, rest string) string {
	index, rest, _ := strings.Cut(rest, "/")
	n, err := strconv.Atoi(index)
	if err != nil {
		return path.Join(member, index, rest)
	}
	place := fmt.Sprintf("number %d of %s", n+1, member)
	if rest != "" {
		place += ", " + rest
	}
	return place
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

// differing notes the sources whose working copy is not what HEAD holds.
func (w *snapshotting) differing(ctx context.Context, from config.Registry) error {
	var paths []string
	for _, source := range sources(from) {
		if source.path != "" {
			paths = append(paths, source.path)
		}
	}
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
