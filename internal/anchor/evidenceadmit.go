package anchor

import (
	"context"
	"crypto/sha256"
	"errors"
	"io/fs"
	"path"

	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/gitrepo"
)

// intact refuses to say that evidence is there where the record or one of its files is
// not as recorded, at HEAD or in the work tree.
func (a *adding) intact(ctx context.Context) error {
	s, at := a.s, a.run.Results[0].Path
	dir := path.Dir(at)
	head, err := s.Repo.Blob(ctx, a.run.Commit, at)
	committed := err == nil
	if err != nil && !errors.Is(err, gitrepo.ErrNotFound) {
		return refusable(err)
	}
	items := []EvidenceItem{{Recorded: Recorded{ID: a.out.ID, Record: a.out.Record}}}
	if committed {
		id, err := s.Repo.BlobID(a.raw)
		if err != nil {
			return err
		}
		if head.ID != id {
			return refuse("git commit -- "+s.here(at)+"  # or name another one with --id", "HEAD holds another record there")
		}
		st, err := s.Repo.State(ctx, at)
		if err != nil {
			return err
		}
		if what := difference(st); what != "" {
			items[0].Broken = append(items[0].Broken, evidence.RecordFile+": the work tree holds something else: "+what)
		}
	}
	reading := recordReading{s: s, commit: a.run.Commit, loose: map[string]bool{a.out.ID: !committed}}
	if err := reading.files(ctx, items); err != nil {
		return err
	}
	switch item := items[0]; {
	case len(item.Broken) > 0 && committed:
		return refuse("git restore --staged --worktree "+s.here(dir)+"  # git log --stat -- "+s.here(dir)+" shows what was committed", "the record is there, and not as recorded: %s", item.Broken[0])
	case len(item.Broken) > 0:
		return refuse("put the file back: none of it is committed yet", "the record is there, and not as recorded: %s", item.Broken[0])
	case len(item.Unread) > 0:
		return item.Unread[0]
	}
	return nil
}

// admit refuses what git would not keep as it is, before anybody is asked.
func (a *adding) admit(ctx context.Context) error {
	s := a.s
	if !s.Config.OTS.Enabled && !a.o.NoAnchor {
		return refuse("set enabled = true in .git-anchor.toml, or give --no-anchor", "the repository's configuration has [ots] enabled = false")
	}
	paths := []string{a.doc.path}
	for _, f := range a.files {
		paths = append(paths, f.path)
	}
	if a.o.Commit {
		ignored, err := s.Repo.Ignored(ctx, paths)
		if err != nil {
			return err
		}
		for _, p := range paths {
			if ignored[p] != nil {
				return refuse("", "%s: %v", p, ignored[p])
			}
		}
	}
	if err := a.keptAsIs(ctx, a.doc.path, a.raw); err != nil {
		return err
	}
	for _, f := range a.files {
		data, err := f.source.read(ctx, f.File)
		if err == nil {
			err = a.keptAsIs(ctx, f.path, data)
		}
		if err != nil {
			return err
		}
	}
	if a.o.NoAnchor {
		return nil
	}
	around, err := s.surroundings(ctx, []document{a.doc}, a.o.StampOptions)
	if err == nil {
		err = around.place(a.doc.proof)
	}
	if err != nil {
		return err
	}
	r := &a.run.Results[0]
	return s.unanchored(ctx, a.run.Commit, a.doc, r, around.states[a.doc.proof], around.history[a.doc.proof], around.pastErr(a.doc.proof), false)
}

// keptAsIs refuses bytes that git would store as others, or that would take the
// place of a file that is there.
func (a *adding) keptAsIs(ctx context.Context, at string, data []byte) error {
	err := a.s.Repo.Kept(ctx, at, data)
	if errors.Is(err, gitrepo.ErrAttributes) {
		return refuse("add the line "+evidenceDir+"/** -text -filter -ident -working-tree-encoding to .gitattributes", "%v", err)
	}
	if err != nil {
		return err
	}
	disk, err := a.s.Repo.ReadFile(at, evidence.MaxKept)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return refusable(err)
	case sha256.Sum256(disk) != sha256.Sum256(data):
		return refuse("", "%s is there, and holds something else", at)
	}
	return nil
}
