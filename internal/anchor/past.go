package anchor

import (
	"bytes"
	"context"
	"errors"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
)

// unanchored refuses a document that has, or ever had, a proof: a new one
// would claim a later date and hide the earlier claim.
func (s *Session) unanchored(ctx context.Context, c gitrepo.Commit, d document, digest []byte, st gitrepo.State, past []gitrepo.Version, pastErr error) error {
	switch have := s.load(ctx, c, d.proof); {
	case have.err != nil:
		return refuse("", "a proof is already there and cannot be read: %s: %v", d.proof, have.err)
	case have.raw != nil && !have.disk && s.Repo.Top() != "":
		return refuse("git restore "+s.here(d.proof), "already anchored: HEAD holds %s, and the work tree lacks it", d.proof)
	case have.raw != nil:
		return s.alreadyAnchored(d, digest, have)
	case st.Index != "":
		return refuse("git restore "+s.here(d.proof), "already anchored: the index holds %s", d.proof)
	case errors.Is(pastErr, gitrepo.ErrMissingObject):
		return refuse("git fetch --unshallow", "whether %s was anchored before cannot be seen: %v", d.path, pastErr)
	case pastErr != nil:
		return refuse("", "whether %s was anchored before cannot be seen: %v", d.path, pastErr)
	case len(past) > 0:
		return s.anchoredBefore(ctx, d, digest, past)
	}
	return nil
}

func (s *Session) alreadyAnchored(d document, digest []byte, have stored) error {
	p, err := ots.Parse(have.raw)
	switch {
	case err != nil:
		return refuse("git anchor verify "+s.here(d.path), "a proof is already there, and it cannot be read: %s: %v", d.proof, err)
	case p.Hash != ots.SHA256 || !bytes.Equal(p.Digest, digest):
		return refuse("git anchor verify "+s.here(d.path), "already anchored, for other bytes: %s stands for an earlier version of this document, and its claim must not be lost", d.proof)
	}
	if have.recorded == nil {
		return refuse("git add "+s.here(d.proof)+" && git commit -- "+s.here(d.proof), "already anchored by %s, which is not committed yet", d.proof)
	}
	return refuse("git anchor verify "+s.here(d.path), "already anchored by %s; a new proof would only claim a later date", d.proof)
}

// maxPast is how many former proofs of a path are opened to find the one that
// stands for today's bytes; any former proof is a refusal.
const maxPast = 64

func (s *Session) anchoredBefore(ctx context.Context, d document, digest []byte, past []gitrepo.Version) error {
	for _, v := range past[:min(len(past), maxPast)] {
		p, err := s.former(ctx, v, d.proof)
		if err != nil {
			return err
		}
		if p != nil && p.Hash == ots.SHA256 && bytes.Equal(p.Digest, digest) {
			return deleted(s.restore(v, d.proof), "anchored before: commit %s held the proof of these bytes, and it was deleted since", short(v))
		}
	}
	v := past[0]
	return deleted(s.restore(v, d.proof), "anchored before: commit %s held a proof of an earlier version of this document, and its claim must not be lost", short(v))
}

// former reads a proof out of history, nil if it is none.
func (s *Session) former(ctx context.Context, v gitrepo.Version, path string) (*ots.Proof, error) {
	c, err := s.Repo.Resolve(ctx, v.Commit)
	if err != nil {
		return nil, err
	}
	blob, err := s.Repo.Blob(ctx, c, path)
	if err != nil || blob.Size > ots.MaxProof {
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

func short(v gitrepo.Version) string { return v.Commit[:min(len(v.Commit), 12)] }

func (s *Session) restore(v gitrepo.Version, path string) string {
	return "git checkout " + short(v) + " -- " + s.here(path)
}
