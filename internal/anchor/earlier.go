package anchor

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
)

// base is what a document's proof and those of its earlier versions begin with.
func (d document) base() string {
	if base, ok := Superseded(d.proof); ok && d.earlier {
		return base
	}
	return strings.TrimSuffix(d.proof, ".ots")
}

// earlier is the document that a proof of an earlier version stands for; ok is
// false for other paths.
func (s *Session) earlier(proof string) (d document, ok bool) {
	base, ok := Superseded(proof)
	if !ok {
		return document{}, false
	}
	doc, ok := s.Config.DocumentPath(base + ".ots")
	if !ok {
		return document{}, false
	}
	d = s.document(doc, false)
	d.proof, d.earlier = proof, true
	return d, true
}

// Name is what a line about a result begins with: the document's path, or the
// proof's where it is that of an earlier version.
func (r Result) Name() string {
	if r.Superseded && r.Proof != "" {
		return r.Proof
	}
	return r.Path
}

// isEarlier accepts the names of proofs of earlier versions.
func isEarlier(name string) bool {
	_, ok := Superseded(name)
	return ok
}

// earlierIn lists the proofs of earlier versions that lie directly in a
// directory of the work tree and, given a commit, in that.
func (s *Session) earlierIn(ctx context.Context, c *gitrepo.Commit, dir string) ([]document, error) {
	if dir == "." {
		dir = ""
	}
	names, err := s.Repo.DiskNames(dir, isEarlier)
	if c != nil && nothingThere(err) {
		var recorded []string
		recorded, err = s.Repo.Names(ctx, *c, dir, isEarlier)
		names = append(names, recorded...)
	}
	if !nothingThere(err) {
		return nil, err
	}
	slices.Sort(names)
	var docs []document
	for _, name := range slices.Compact(names) {
		if d, ok := s.earlier(path.Join(dir, name)); ok {
			docs = append(docs, d)
		}
	}
	return docs, nil
}

// nothingThere reports that there was no error, or none but that there is no
// such directory: what stands in its way is judged with the document.
func nothingThere(err error) bool {
	for _, kind := range []error{
		fs.ErrNotExist, gitrepo.ErrNoWorkTree, gitrepo.ErrNotFound, gitrepo.ErrSymlink, gitrepo.ErrSubmodule, gitrepo.ErrBadPath,
	} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return err == nil
}

// withEarlier puts behind each document that was named the proofs of its
// earlier versions, and leaves out those of which nothing else is left.
func (s *Session) withEarlier(ctx context.Context, c gitrepo.Commit, docs []document, run *Run) []document {
	listed := map[string][]document{}
	seen := map[string]bool{}
	var all []document
	add := func(d document) {
		if !seen[d.proof] {
			seen[d.proof] = true
			all = append(all, d)
		}
	}
	for _, d := range docs {
		if d.earlier || !d.named {
			add(d)
			continue
		}
		dir := path.Dir(d.proof)
		beside, done := listed[dir]
		if !done {
			var err error
			if beside, err = s.earlierIn(ctx, &c, dir); err != nil {
				run.Results = append(run.Results, Result{Path: dir, Kind: config.KindFile, Err: err})
			}
			listed[dir] = beside
		}
		beside = slices.DeleteFunc(slices.Clone(beside), func(e document) bool { return e.path != d.path })
		if len(beside) == 0 || !s.onlyEarlier(ctx, c, d) {
			add(d)
		}
		for _, e := range beside {
			add(e)
		}
	}
	return all
}

// onlyEarlier says that a document is gone, and its own proof with it.
func (s *Session) onlyEarlier(ctx context.Context, c gitrepo.Commit, d document) bool {
	if _, err := s.Repo.Blob(ctx, c, d.path); !errors.Is(err, gitrepo.ErrNotFound) {
		return false
	}
	st := s.load(ctx, c, d.proof)
	return st.err == nil && (st.raw == nil || s.moved(ctx, c, d, st))
}

// moved says that a proof is not in the work tree any more because it was
// superseded, which is not committed yet.
func (s *Session) moved(ctx context.Context, c gitrepo.Commit, d document, st stored) bool {
	if st.disk || st.raw == nil || s.Repo.Top() == "" || d.earlier {
		return false
	}
	p, err := ots.Parse(st.raw)
	if err != nil {
		return false
	}
	_, ok := s.keptAs(ctx, c, d, p)
	return ok
}

// A keeping is a proof of an earlier version that holds all of another proof.
type keeping struct {
	path      string
	committed bool // as the commit has it, too
}

// keptAs finds the proof of an earlier version that holds all that p does, in
// the work tree or else in the commit.
func (s *Session) keptAs(ctx context.Context, c gitrepo.Commit, d document, p *ots.Proof) (keeping, bool) {
	for _, at := range []string{SupersededPath(d.base(), p), d.base() + draftSuffix} {
		st := s.load(ctx, c, at)
		k := keeping{path: at, committed: holds(st.recorded, p)}
		if k.committed || st.err == nil && holds(st.raw, p) {
			return k, true
		}
	}
	return keeping{}, false
}

// holds says that raw is a proof of the same digest as p with all its claims.
func holds(raw []byte, p *ots.Proof) bool {
	k, err := ots.Parse(raw)
	return err == nil && twins(k, p) && len(k.Missing(p)) == 0
}
