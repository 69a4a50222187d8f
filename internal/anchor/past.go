package anchor

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
)

// unanchored refuses a document that has, or ever had, a proof: a new one
// would claim a later date and hide the earlier claim. Proofs that are kept as
// those of earlier versions stand in nobody's way; with supersede, one that is
// for other bytes is about to become one.
func (s *Session) unanchored(ctx context.Context, c gitrepo.Commit, d document, r *Result, st gitrepo.State, past []gitrepo.Version, pastErr error, supersede bool) error {
	digest := r.Outcome.Digest
	have := s.load(ctx, c, d.proof)
	moved := have.err == nil && s.moved(ctx, c, d, have)
	switch {
	case have.err != nil:
		return refuse("", "a proof is already there and cannot be read: %s: %v", d.proof, have.err)
	case moved:
	case have.raw != nil && supersede && !stampedFor(have.raw, digest):
		if s.isMonth(d) {
			return s.alreadyAnchored(ctx, d, digest, have)
		}
		m, err := s.planMove(ctx, c, d, st, r)
		if err == nil {
			err = s.outdated(ctx, c, d, gitrepo.State{}, m.proof)
		}
		if err != nil {
			return err
		}
		r.move = m
	case have.raw != nil && !have.disk && s.Repo.Top() != "":
		return refuse("git restore "+s.spec(d.proof), "already anchored: HEAD holds %s, and the work tree lacks it", d.proof)
	case have.raw != nil:
		return s.alreadyAnchored(ctx, d, digest, have)
	}
	if r.move == nil && st.Index != "" && !(moved && st.Index == st.Head) {
		return refuse("git restore "+s.spec(d.proof), "already anchored: the index holds %s", d.proof)
	}
	return s.anchoredBefore(ctx, c, d, r, past, pastErr)
}

// stampedFor says that raw is a proof for the given SHA-256.
func stampedFor(raw, digest []byte) bool {
	p, err := ots.Parse(raw)
	return err == nil && isFor(p, digest)
}

// isFor says that a proof is for the given SHA-256; nil is for none.
func isFor(p *ots.Proof, digest []byte) bool {
	return p != nil && p.Hash == ots.SHA256 && bytes.Equal(p.Digest, digest)
}

func (s *Session) alreadyAnchored(ctx context.Context, d document, digest []byte, have stored) error {
	p, err := ots.Parse(have.raw)
	switch {
	case err != nil:
		return refuse("git anchor verify "+s.here(d.path), "a proof is already there, and it cannot be read: %s: %v", d.proof, err)
	case !isFor(p, digest) && s.isMonth(d):
		return s.keepMonth(ctx, d, p)
	case !isFor(p, digest):
		return refuse("git anchor --supersede "+s.here(d.path)+"  # keeps the earlier proof beside the new one",
			"already anchored, for other bytes: %s stands for an earlier version of this document, and its claim must not be lost", d.proof)
	}
	if have.recorded == nil {
		return refuse("git add "+s.spec(d.proof)+" && git commit -- "+s.spec(d.proof), "already anchored by %s, which is not committed yet", d.proof)
	}
	return refuse("git anchor verify "+s.here(d.path), "already anchored by %s; a new proof would only claim a later date", d.proof)
}

// maxPast is how many different former proofs of a path are opened; with more,
// what they claim counts as lost.
const maxPast = 256

// anchoredBefore refuses a document by its former proofs alone.
func (s *Session) anchoredBefore(ctx context.Context, c gitrepo.Commit, d document, r *Result, past []gitrepo.Version, pastErr error) error {
	switch {
	case errors.Is(pastErr, gitrepo.ErrMissingObject):
		return refuse("git fetch --unshallow", "whether %s was anchored before cannot be seen: %v", d.path, pastErr)
	case pastErr != nil:
		return refuse("", "whether %s was anchored before cannot be seen: %v", d.path, pastErr)
	}
	l, along, err := s.loss(ctx, c, d, r.Outcome.Digest, past, r.move)
	switch {
	case errors.Is(err, gitrepo.ErrMissingObject):
		return refuse("", "whether %s was anchored before cannot be seen: %v", d.path, err)
	case err != nil:
		return err
	case l == nil:
		r.along = along
		return nil
	case l.kept != "":
		return refuse(s.gitMove(l.kept, d.proof), "anchored before: %s is the proof of these bytes, which the document has again", l.kept)
	}
	back, both := s.bothBack(ctx, c, l.Version, d)
	switch {
	case both:
		return deleted(back, "made and anchored before: commit %s held it and its proof, which were deleted since", short(l.Commit))
	case l.same:
		return deleted(back, "anchored before: commit %s held the proof of these bytes, and it was deleted since", short(l.Commit))
	}
	return deleted(back, "anchored before: commit %s held a proof of an earlier version of this document, and its claim must not be lost", short(l.Commit))
}

// A loss is a former proof that keeps a document from being anchored anew.
type loss struct {
	gitrepo.Version
	same bool   // it is for the document's bytes
	kept string // where it is kept all the same, as the proof of an earlier version
}

// loss finds a former proof that is not kept as that of an earlier version, or
// that is for the document's bytes, which it looks for first; digest is their
// SHA-256. Along are those that it found kept and not committed.
func (s *Session) loss(ctx context.Context, c gitrepo.Commit, d document, digest []byte, past []gitrepo.Version, m *move) (l *loss, along []string, err error) {
	seen := map[string]bool{}
	for _, v := range past {
		if seen[v.Blob] {
			continue
		}
		seen[v.Blob] = true
		var p *ots.Proof
		if len(seen) <= maxPast {
			if p, err = s.former(ctx, v, d.proof); err != nil {
				return nil, nil, err
			}
		}
		var k keeping
		kept := p != nil && m != nil && twins(m.proof, p) && len(m.proof.Missing(p)) == 0
		if p != nil && !kept {
			k, kept = s.keptAs(ctx, c, d, p)
		}
		if isFor(p, digest) {
			return &loss{v, true, k.path}, nil, nil
		}
		if !kept && l == nil {
			l = &loss{Version: v}
		}
		if k.path != "" && !k.committed && !slices.Contains(along, k.path) {
			along = append(along, k.path)
		}
	}
	return l, along, nil
}

// former reads a proof out of history, nil if it is none.
func (s *Session) former(ctx context.Context, v gitrepo.Version, path string) (*ots.Proof, error) {
	c, err := s.Repo.Resolve(ctx, v.Commit)
	if err != nil {
		return nil, err
	}
	blob, err := s.Repo.Blob(ctx, c, path)
	switch {
	case err != nil && !errors.Is(err, gitrepo.ErrNotFound) && !isRefusal(refusable(err)):
		return nil, err
	case err != nil || blob.Size > ots.MaxProof:
		return nil, nil // a symlink, or no proof at all: it still stands in the way
	}
	raw, err := blob.Bytes(ctx)
	if err != nil {
		return nil, err
	}
	p, err := ots.Parse(raw)
	if err != nil {
		return nil, nil
	}
	return p, nil
}

// short is an object's id as far as it is shown.
func short(id string) string { return id[:min(len(id), 12)] }

func (s *Session) restore(v gitrepo.Version, path string) string {
	return "git checkout " + short(v.Commit) + " -- " + s.spec(path)
}
