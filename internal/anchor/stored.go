package anchor

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
)

// A stored proof is the file on disk if there is one, else the commit's.
type stored struct {
	raw      []byte
	disk     bool   // raw was read from the work tree
	recorded []byte // what the commit holds, nil if nothing
	err      error  // there is a proof that cannot be read: a symlink, too large
	head     error  // why what the commit holds cannot be read
	from     string // another place than was asked for, where it was found
}

// load reads a document's proof; raw is nil when there is none.
func (s *Session) load(ctx context.Context, c gitrepo.Commit, path string) stored {
	var st stored
	blob, err := s.Repo.Blob(ctx, c, path)
	switch {
	case err == nil && blob.Size > ots.MaxProof:
		st.err = fmt.Errorf("the proof has %d bytes, more than the %d that are read: %w", blob.Size, ots.MaxProof, ots.ErrTooLarge)
	case err == nil:
		st.recorded, st.err = blob.Bytes(ctx)
	case !errors.Is(err, gitrepo.ErrNotFound):
		st.err = err
	}
	st.head = st.err
	raw, err := s.Repo.ReadFile(path, ots.MaxProof)
	switch {
	case err == nil:
		st.raw, st.disk, st.err = raw, true, nil
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, gitrepo.ErrNoWorkTree):
		st.raw = st.recorded
	case errors.Is(err, gitrepo.ErrTooLarge):
		st.err = fmt.Errorf("the proof has more than the %d bytes that are read: %w", ots.MaxProof, ots.ErrTooLarge)
	default:
		st.err = err
	}
	return st
}

// loadFor finds the proof for a document at another revision: the work
// tree's, that of an earlier version, HEAD's or that revision's, the first that
// is for its bytes.
func (s *Session) loadFor(ctx context.Context, c gitrepo.Commit, path string, blob *gitrepo.Blob) stored {
	first := s.load(ctx, c, path)
	var candidates []stored
	if first.disk {
		candidates = append(candidates, first)
	}
	head, err := s.Repo.Resolve(ctx, "HEAD")
	if err == nil && blob != nil {
		candidates = append(candidates, s.loadEarlier(ctx, head, path, blob))
	}
	candidates = append(candidates, stored{raw: first.recorded})
	if err == nil && head.ID != c.ID {
		if b, err := s.Repo.Blob(ctx, head, path); err == nil && b.Size <= ots.MaxProof {
			if raw, err := b.Bytes(ctx); err == nil {
				candidates = append(candidates, stored{raw: raw})
			}
		}
	}
	for _, st := range candidates {
		p, err := ots.Parse(st.raw)
		if err != nil || blob == nil {
			continue
		}
		if digest, err := blob.Digest(ctx, p.Hash.NewHash()); err == nil && bytes.Equal(digest, p.Digest) {
			return st
		}
	}
	return first
}

// loadEarlier reads the proof of an earlier version that has these bytes.
func (s *Session) loadEarlier(ctx context.Context, head gitrepo.Commit, path string, blob *gitrepo.Blob) stored {
	digest, err := blob.Digest(ctx, sha256.New())
	if err != nil {
		return stored{}
	}
	at := SupersededPath(strings.TrimSuffix(path, ".ots"), &ots.Proof{Hash: ots.SHA256, Digest: digest})
	return stored{raw: s.load(ctx, head, at).raw, from: at}
}

// compareRecorded names the claims that HEAD's proof has and the work tree's
// lacks, because somebody replaced it with a weaker one, and says where the work
// tree's is not committed yet.
func (s *Session) compareRecorded(r *Result, p *ots.Proof, st stored) {
	if !st.disk || bytes.Equal(st.raw, st.recorded) {
		return
	}
	commit := "git add " + s.spec(r.Proof) + " && git commit -- " + s.spec(r.Proof)
	recorded, err := ots.Parse(st.recorded)
	switch {
	case st.recorded == nil || grownSince(st, p):
		r.Notes = append(r.Notes, "the proof is not committed yet: "+commit)
	case err != nil:
	case !twins(recorded, p):
		r.Notes = append(r.Notes, "the proof in the work tree is for another digest than the one in HEAD")
	default:
		if n := len(p.Missing(recorded)); n > 0 {
			r.Notes = append(r.Notes, fmt.Sprintf("the proof in the work tree lacks claims that HEAD's holds (%d): git restore %s", n, s.here(r.Proof)))
		}
	}
}

// noteDeleted says which proofs were deleted from the work tree: HEAD's are judged.
// What a sparse checkout leaves out is not meant to be there.
func (v *verification) noteDeleted(ctx context.Context) error {
	var paths []string
	for _, h := range v.held {
		if h.deleted {
			paths = append(paths, h.doc.proof)
		}
	}
	if len(paths) == 0 {
		return nil
	}
	out, err := v.s.Repo.Ignored(ctx, paths)
	if err != nil {
		return err
	}
	for i, h := range v.held {
		if h.deleted && out[h.doc.proof] == nil {
			v.results[i].Notes = append(v.results[i].Notes, "the proof is not in the work tree, and the one that is judged is HEAD's: git restore "+v.s.here(h.doc.proof))
		}
	}
	return nil
}

// weaker says that HEAD's proof holds what this one lacks, or stands for other
// bytes: nothing must make the one in the work tree look worth committing.
func weaker(st stored, p *ots.Proof) bool {
	recorded, err := ots.Parse(st.recorded)
	return err == nil && (!twins(recorded, p) || len(p.Missing(recorded)) > 0)
}

// grownSince says that the proof on disk holds all that HEAD's does and more: an
// earlier run wrote it, and was stopped before it could commit it.
func grownSince(st stored, p *ots.Proof) bool {
	recorded, err := ots.Parse(st.recorded)
	return err == nil && !bytes.Equal(st.raw, st.recorded) && !weaker(st, p) && len(recorded.Missing(p)) > 0
}

// recover merges what HEAD's proof holds into the work tree's: a weaker file
// that somebody put there must not take its place. One for other bytes is
// refused.
func (s *Session) recover(d document, st stored, p *ots.Proof, r *Result) error {
	recorded, err := ots.Parse(st.recorded)
	switch {
	case st.head != nil:
		return refuse("", "HEAD's proof cannot be read, so that its claims could be lost: %v", st.head)
	case st.recorded == nil || err != nil:
		return nil
	case !twins(recorded, p):
		return refuse("git restore "+s.spec(d.proof), "the proof in the work tree is for another digest than the one in HEAD, whose claims must not be lost")
	}
	if len(p.Missing(recorded)) > 0 {
		r.Notes = append(r.Notes, "the proof in the work tree lacked claims that HEAD's holds; they were merged into it")
	}
	return p.Merge(recorded)
}
