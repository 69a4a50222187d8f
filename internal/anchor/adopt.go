package anchor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
)

// Adopt takes the proofs that our own branch has, and that HEAD lacks or has
// with fewer claims, into the work tree, where their documents are HEAD's: what
// waits in a pull request must not be stamped again. So it does with months of the
// registry that HEAD lacks. What HEAD had once and
// lacks now was deleted, and stays so. It returns the paths that it wrote.
// Without such a branch there are none.
func (s *Session) Adopt(ctx context.Context, tip *gitrepo.Tip, branch string) ([]string, error) {
	head, err := s.Repo.Resolve(ctx, "HEAD")
	if err != nil {
		return nil, err
	}
	ours, err := tip.Fetch(ctx, branch)
	if errors.Is(err, gitrepo.ErrNoCommit) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	a := adoption{s: s, head: head, repo: tip.Repo(), ours: ours, fresh: map[string]*gitrepo.Blob{}}
	files, err := a.files(ctx)
	if err != nil {
		return nil, fmt.Errorf("take up the proofs of %q: %w", branch, err)
	}
	var paths []string
	for i, err := range s.Repo.WriteFiles(files) {
		if err != nil {
			return paths, fmt.Errorf("take up the proofs of %q: %w", branch, err)
		}
		paths = append(paths, files[i].Path)
	}
	return paths, nil
}

// An adoption is one run of Adopt.
type adoption struct {
	s    *Session
	head gitrepo.Commit
	repo *gitrepo.Repo // that has our branch
	ours gitrepo.Commit

	fresh map[string]*gitrepo.Blob // months that HEAD lacks, by path
}

// files lists what is to be written.
func (a adoption) files(ctx context.Context) ([]gitrepo.File, error) {
	have, err := proofIDs(ctx, a.s.Repo, a.head)
	if err != nil {
		return nil, err
	}
	theirs, err := proofIDs(ctx, a.repo, a.ours)
	if err != nil {
		return nil, err
	}
	files, err := a.months(ctx)
	if err != nil {
		return nil, err
	}
	var fresh []string
	for path, id := range theirs {
		if have[path] == id {
			continue
		}
		f, err := a.file(ctx, path)
		if err != nil && !isRefusal(err) {
			return nil, err
		}
		if err != nil || f == nil {
			continue
		}
		if files = append(files, *f); f.Old == nil {
			fresh = append(fresh, path)
		}
	}
	past, err := a.s.Repo.HistoryOf(ctx, fresh)
	var some gitrepo.PathErrors
	if err != nil && !errors.Is(err, gitrepo.ErrMissingObject) && !errors.As(err, &some) {
		return nil, err
	}
	files = slices.DeleteFunc(files, func(f gitrepo.File) bool { return f.Old == nil && len(past[f.Path]) > 0 })
	slices.SortFunc(files, func(f, g gitrepo.File) int { return bytes.Compare([]byte(f.Path), []byte(g.Path)) })
	return files, nil
}

// proofIDs lists the proofs of a commit that are regular files, with their
// blobs' ids.
func proofIDs(ctx context.Context, repo *gitrepo.Repo, c gitrepo.Commit) (map[string]string, error) {
	entries, err := repo.Files(ctx, c, proofNamed)
	var some gitrepo.PathErrors
	if err != nil && !errors.As(err, &some) {
		return nil, err
	}
	ids := make(map[string]string, len(entries))
	for _, e := range entries {
		if e.Regular() {
			ids[e.Path] = e.ID
		}
	}
	return ids, nil
}

// file is what the work tree should hold at a path, nil where it holds it
// already; a refusal where our branch's proof does not belong there.
func (a adoption) file(ctx context.Context, path string) (*gitrepo.File, error) {
	_, earlier := Superseded(path)
	var doc *gitrepo.Blob
	if !earlier {
		var err error
		if doc, err = a.document(ctx, path); err != nil {
			return nil, err
		}
	}
	theirs, err := a.proof(ctx, path)
	if err != nil {
		return nil, err
	}
	st := a.s.load(ctx, a.head, path)
	switch {
	case st.err != nil || st.raw != nil && !st.disk:
		return nil, refuse("", "the one in the work tree cannot be read, or is gone")
	case st.raw != nil:
		return a.merged(path, st.raw, theirs)
	case earlier:
		return nil, refuse("", "it is of an earlier version, and came from the base")
	}
	digest, err := doc.Digest(ctx, theirs.Hash.NewHash())
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(digest, theirs.Digest) {
		return nil, refuse("", "it is not for the bytes of its document")
	}
	raw, err := readBack(theirs)
	if err != nil {
		return nil, refuse("", "%v", err)
	}
	return &gitrepo.File{Path: path, Data: raw}, nil
}

// document is a proof's document, if HEAD has the one that our branch has.
func (a adoption) document(ctx context.Context, proof string) (*gitrepo.Blob, error) {
	path, ok := a.s.Config.DocumentPath(proof)
	if !ok {
		return nil, refuse("", "it has no document")
	}
	if month := a.fresh[path]; month != nil {
		return month, nil
	}
	var ids [2]string
	var doc *gitrepo.Blob
	for i, from := range []struct {
		repo *gitrepo.Repo
		c    gitrepo.Commit
	}{{a.repo, a.ours}, {a.s.Repo, a.head}} {
		blob, err := from.repo.Blob(ctx, from.c, path)
		if errors.Is(err, gitrepo.ErrNotFound) {
			return nil, refuse("", "it has no document")
		}
		if err != nil {
			return nil, refusable(err)
		}
		doc, ids[i] = blob, blob.ID
	}
	if ids[0] != ids[1] {
		return nil, refuse("", "its document changed meanwhile")
	}
	return doc, nil
}

// proof reads a proof of our branch.
func (a adoption) proof(ctx context.Context, path string) (*ots.Proof, error) {
	blob, err := a.repo.Blob(ctx, a.ours, path)
	if err != nil {
		return nil, refusable(err)
	}
	if blob.Size > ots.MaxProof {
		return nil, refuse("", "it has %d bytes", blob.Size)
	}
	raw, err := blob.Bytes(ctx)
	if err != nil {
		return nil, err
	}
	p, err := ots.Parse(raw)
	if err != nil {
		return nil, refuse("", "it cannot be read: %v", err)
	}
	return p, nil
}

// merged adds what our branch's proof claims to the work tree's.
func (a adoption) merged(path string, disk []byte, theirs *ots.Proof) (*gitrepo.File, error) {
	p, err := ots.Parse(disk)
	if err != nil {
		return nil, refuse("", "the one in the work tree cannot be read: %v", err)
	}
	if twins(p, theirs) && len(p.Missing(theirs)) == 0 {
		return nil, nil
	}
	if err := p.Merge(theirs); err != nil {
		return nil, refuse("", "%v", err)
	}
	raw, err := readBack(p)
	if err != nil {
		return nil, refuse("", "%v", err)
	}
	return &gitrepo.File{Path: path, Data: raw, Old: disk}, nil
}
