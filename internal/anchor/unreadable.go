package anchor

import (
	"context"
	"crypto/sha256"
	"errors"

	"github.com/openllmo/git-anchor/internal/gitrepo"
)

// maxUnreadable is how many proofs that cannot be read are looked for in history.
const maxUnreadable = 16

// explainUnreadable names, for documents whose proof cannot be read, the commit
// that held one for their bytes which can. Where none is found, nothing is said.
func (v *verification) explainUnreadable(ctx context.Context) error {
	var at []int
	var paths []string
	for i, h := range v.held {
		if h.unreadable && h.blob != nil && len(at) < maxUnreadable {
			at, paths = append(at, i), append(paths, h.doc.proof)
		}
	}
	if len(at) == 0 {
		return nil
	}
	history, err := v.s.Repo.HistoryOf(ctx, paths)
	var some gitrepo.PathErrors
	if err != nil && !errors.Is(err, gitrepo.ErrMissingObject) && !errors.As(err, &some) {
		return err
	}
	for _, i := range at {
		h, r := v.held[i], &v.results[i]
		digest, err := h.blob.Digest(ctx, sha256.New())
		if err != nil {
			r.unread(err)
			continue
		}
		last, err := v.readable(ctx, h.doc.proof, digest, history[h.doc.proof])
		if err != nil {
			return err
		}
		if last != nil {
			r.Hint = v.s.restore(*last, h.doc.proof)
			r.Notes = append(r.Notes, "commit "+short(last.Commit)+" held a proof of these bytes that can be read")
		}
	}
	return nil
}

// readable is the newest version of a proof that is one, for a digest.
func (v *verification) readable(ctx context.Context, path string, digest []byte, past []gitrepo.Version) (*gitrepo.Version, error) {
	for i := range past[:min(len(past), maxPast)] {
		p, err := v.s.former(ctx, past[i], path)
		if err != nil {
			return nil, err
		}
		if isFor(p, digest) {
			return &past[i], nil
		}
	}
	return nil, nil
}
