package anchor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/treeanchor"
)

// stampTree asks the calendars, then writes the manifest and its proof. One that
// was killed in between leaves a manifest that can be stamped like any document.
func (s *Session) stampTree(ctx context.Context, m *treeanchor.Manifest, run *Run, o StampOptions) error {
	r := &run.Results[0]
	_, message := m.Stem()
	proofs, answers, err := s.submit(ctx, [][]byte{message}, run, o)
	if err != nil {
		return err
	}
	raw := m.Bytes()
	err = s.Repo.WriteFile(r.Path, raw, r.old)
	switch {
	case errors.Is(err, gitrepo.ErrExists), errors.Is(err, gitrepo.ErrChanged):
		r.Refusal = refuse("git anchor tree --verify "+s.here(r.Path), "another run anchored it at the same time: %s is there now", r.Path)
		return nil
	case err != nil:
		r.Err = err
		return nil
	}
	written := s.plant(ctx, run, []int{0}, proofs, answers, o.Min)
	if len(written) == 0 {
		return s.takeBack(r, raw)
	}
	written = append(written, r.Path)
	if o.Commit || o.Collect {
		run.Written = written
	}
	if o.Commit {
		run.Made, err = s.Repo.Commit(ctx, written, subject("Anchor", []string{r.Path}))
	}
	return err
}

// takeBack undoes the writing of a manifest that got no proof.
func (s *Session) takeBack(r *Result, raw []byte) error {
	if r.old != nil {
		return s.Repo.WriteFile(r.Path, r.old, raw)
	}
	if err := s.Repo.RemoveFile(r.Path, raw); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// lead has a tree anchor's proof begin as its manifest says, so that the proofs
// of single files can be derived from it: a document of that name that is one is
// stamped by its stem. It returns the message to be stamped.
func (s *Session) lead(ctx context.Context, d document, blob *gitrepo.Blob, digest []byte, r *Result) ([]byte, error) {
	if !strings.HasSuffix(d.path, treeSuffix) {
		return digest, nil
	}
	if blob.Size > treeanchor.MaxManifest {
		return digest, nil
	}
	raw, err := blob.Bytes(ctx)
	if err != nil || !treeanchor.Is(raw) {
		return digest, err
	}
	m, err := treeanchor.Parse(raw)
	if err != nil {
		return nil, refuse("", "it begins as a tree anchor, and is none: %v", err)
	}
	stem, message := m.Stem()
	if !bytes.Equal(stem.Digest, digest) {
		return nil, fmt.Errorf("the manifest %s has two digests: %w", d.path, gitrepo.ErrCorrupt)
	}
	r.stem = stem
	return message, nil
}

// stemmed puts a stem before a proof of the message it ends in.
func (r *Result) stemmed(p *ots.Proof) (*ots.Proof, error) {
	if r.stem == nil {
		return p, nil
	}
	whole := r.stem.Clone()
	n, err := whole.Extend(p.Tree)
	if err == nil && n == 0 {
		err = fmt.Errorf("the proof does not begin where the tree anchor ends: %w", ots.ErrMalformed)
	}
	return whole, err
}
