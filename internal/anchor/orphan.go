package anchor

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
)

// Limits of looking for a proof that was left behind: what lies past them is as
// if it were not there.
const (
	maxOrphans     = 1000    // proofs without documents, by path
	maxOrphanBytes = 8 << 20 // of them that are read, the smallest first
)

// orphans are the proofs of a commit whose documents it does not hold, by the
// SHA-256 that they are for; what the work tree has in their place counts for
// nothing. They are looked for once, when a document is first asked about.
// Proofs of earlier versions are none: they need no document.
type orphans struct {
	s      *Session
	commit gitrepo.Commit
	looked bool
	proofs map[string][]orphan
}

// An orphan is one of them.
type orphan struct {
	proof, document string
	raw             []byte
	p               *ots.Proof // nil where all but its head cannot be read
}

// of finds the orphans for the bytes of a blob: left are those whose documents it
// was once, so that they were renamed without their proofs, those with the
// strongest claims first; anybody can have put the others where they are.
func (o *orphans) of(ctx context.Context, blob *gitrepo.Blob) (left, others []orphan, err error) {
	if err := o.look(ctx); err != nil {
		return nil, nil, fmt.Errorf("look for proofs that were left behind: %w", err)
	}
	if blob.Size == 0 || len(o.proofs) == 0 {
		return nil, nil, nil
	}
	digest, err := blob.Digest(ctx, sha256.New())
	if err != nil {
		return nil, nil, err
	}
	found := o.proofs[string(digest)]
	found = found[:min(len(found), maxAlike)]
	var documents []string
	for _, f := range found {
		documents = append(documents, f.document)
	}
	past, err := o.s.Repo.HistoryOf(ctx, documents)
	var some gitrepo.PathErrors
	if err != nil && !errors.Is(err, gitrepo.ErrMissingObject) && !errors.As(err, &some) {
		return nil, nil, err
	}
	for _, f := range found {
		if !slices.ContainsFunc(past[f.document], func(v gitrepo.Version) bool { return v.Blob == blob.ID }) {
			others = append(others, f)
			continue
		}
		f.p, _ = ots.Parse(f.raw) // one that cannot be read is in the way all the same
		left = append(left, f)
	}
	slices.SortStableFunc(left, func(a, b orphan) int { return cmp.Compare(b.weight(), a.weight()) })
	return left, others, nil
}

// weight orders orphans: one in a block before promises, and one that holds all
// that another does before that.
func (f orphan) weight() int {
	if f.p == nil {
		return -1
	}
	n := len(f.p.Claims())
	if hasBlock(f.p) {
		n += ots.MaxNodes
	}
	return n
}

// look reads the names of the commit's files, and the heads of proofs that stand
// alone.
func (o *orphans) look(ctx context.Context) error {
	if o.looked {
		return nil
	}
	alone, err := o.alone(ctx)
	if err != nil {
		return err
	}
	var blobs []*gitrepo.Blob
	for _, f := range alone[:min(len(alone), maxOrphans)] {
		blob, err := o.s.Repo.Blob(ctx, o.commit, f.proof)
		switch {
		case err == nil:
			blobs = append(blobs, blob)
		case !isRefusal(refusable(err)): // a symlink is no proof
			return err
		}
	}
	slices.SortStableFunc(blobs, func(a, b *gitrepo.Blob) int { return cmp.Compare(a.Size, b.Size) })
	o.proofs = map[string][]orphan{}
	left := int64(maxOrphanBytes)
	for _, blob := range blobs {
		if left -= blob.Size; left < 0 {
			break
		}
		raw, err := blob.Bytes(ctx)
		if err != nil {
			return err
		}
		// Of weak hashes anybody can make two documents for one proof.
		if hash, digest, err := ots.Head(raw); err == nil && hash == ots.SHA256 {
			doc, _ := o.s.Config.DocumentPath(blob.Path)
			o.proofs[string(digest)] = append(o.proofs[string(digest)], orphan{proof: blob.Path, document: doc, raw: raw})
		}
	}
	o.looked = true
	return nil
}

// alone lists the proofs whose documents are not there, by path.
func (o *orphans) alone(ctx context.Context) ([]orphan, error) {
	var list []orphan
	there := map[string]bool{} // documents
	if err := o.names(ctx, func(path string) {
		if doc, ok := o.s.Config.DocumentPath(path); ok && !isEarlier(path) {
			list, there[doc] = append(list, orphan{proof: path, document: doc}), false
		}
	}); err != nil || len(list) == 0 {
		return nil, err
	}
	err := o.names(ctx, func(path string) {
		if _, asked := there[path]; asked {
			there[path] = true
		}
	})
	return slices.DeleteFunc(list, func(f orphan) bool { return there[f.document] }), err
}

// names hands out the paths of the commit's files, but for what lies too deep
// for documents and proofs.
func (o *orphans) names(ctx context.Context, each func(path string)) error {
	_, err := o.s.Repo.Files(ctx, o.commit, func(path string) bool {
		each(path)
		return false
	})
	var some gitrepo.PathErrors
	if errors.As(err, &some) {
		return nil
	}
	return err
}

// moveAlong is the command that puts an orphan beside the document it is for; a
// month, whose name is that in it, goes back to where its proof is.
func (s *Session) moveAlong(f orphan, d document) string {
	move := s.gitMove(f.proof, d.proof)
	if s.isMonth(d) && s.isMonth(s.document(f.document, false)) {
		move = s.gitMove(d.path, f.document)
	}
	raw, err := s.Repo.ReadFile(f.proof, ots.MaxProof)
	if whole := err == nil && (string(raw) == string(f.raw) || f.p != nil && holds(raw, f.p)); !whole && s.Repo.Top() != "" {
		move = "git checkout HEAD -- " + s.spec(f.proof) + " && " + move
	}
	return move
}

// besides names the orphans but the first, which are for the same bytes.
func besides(left []orphan) string {
	const most = 3
	if len(left) < 2 {
		return ""
	}
	var names []string
	for _, f := range left[1:min(len(left), 1+most)] {
		names = append(names, f.proof)
	}
	if more := len(left) - 1 - most; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return " (so is " + strings.Join(names, ", ") + ", which holds fewer claims or the same)"
}

// stranger is what to say of an orphan that may be anybody's.
func stranger(f orphan) string {
	return fmt.Sprintf("%s is a proof of these bytes, too, but history that is here has no %s with them: git anchor info says what it claims", f.proof, f.document)
}

// unmoved refuses a document that was renamed without its proof.
func (s *Session) unmoved(ctx context.Context, alone *orphans, d document, blob *gitrepo.Blob, r *Result) error {
	left, others, err := alone.of(ctx, blob)
	switch {
	case errors.Is(err, gitrepo.ErrMissingObject):
		return refuse("git fetch", "whether %s was anchored under another name cannot be seen: %v", d.path, err)
	case err != nil:
		return err
	case len(left) == 0 && len(others) > 0:
		r.Notes = append(r.Notes, stranger(others[0]))
	}
	if len(left) == 0 {
		return nil
	}
	hint := s.moveAlong(left[0], d)
	if r.move != nil {
		hint = "git anchor supersede " + s.here(d.path) + " && " + hint
	}
	return refuse(hint, "already anchored, as %s: %s is the proof of these bytes%s, and did not move with them", left[0].document, left[0].proof, besides(left))
}
