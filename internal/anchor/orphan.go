package anchor

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
)

// maxOrphans is how many proofs without documents are opened to find the one of
// a document that was renamed without it.
const maxOrphans = 1000

// orphans are the proofs of a commit whose documents it does not hold, by what
// they are for. They are looked for once, when a document is first asked about.
// Proofs of earlier versions are none: they need no document.
type orphans struct {
	s      *Session
	commit gitrepo.Commit
	looked bool
	proofs map[wanted]orphan
	tags   []ots.Tag // file hashes of the proofs
}

// An orphan is one of them.
type orphan struct {
	proof, document string
	disk            bool // it is in the work tree, or there is none
}

// of finds the orphan that is for the bytes of a blob.
func (o *orphans) of(ctx context.Context, blob *gitrepo.Blob) (orphan, bool, error) {
	if !o.looked {
		if err := o.look(ctx); err != nil {
			return orphan{}, false, err
		}
		o.looked = true
	}
	for _, tag := range o.tags {
		digest, err := blob.Digest(ctx, tag.NewHash())
		if err != nil {
			return orphan{}, false, err
		}
		if found, ok := o.proofs[wanted{tag, string(digest)}]; ok {
			return found, true, nil
		}
	}
	return orphan{}, false, nil
}

// look reads the names of the commit's files, and the proofs that stand alone.
func (o *orphans) look(ctx context.Context) error {
	alone := map[string]string{} // proofs by their documents
	if err := o.names(ctx, func(path string) {
		if doc, ok := o.s.Config.DocumentPath(path); ok && proofNamed(path) && !isEarlier(path) {
			alone[doc] = path
		}
	}); err != nil || len(alone) == 0 {
		return err
	}
	if err := o.names(ctx, func(path string) { delete(alone, path) }); err != nil {
		return err
	}
	var list []orphan
	for doc, proof := range alone {
		list = append(list, orphan{proof: proof, document: doc})
	}
	slices.SortFunc(list, func(a, b orphan) int { return strings.Compare(a.proof, b.proof) })
	o.proofs = map[wanted]orphan{}
	for _, f := range list[:min(len(list), maxOrphans)] {
		if err := ctx.Err(); err != nil {
			return err
		}
		st := o.s.load(ctx, o.commit, f.proof)
		p, err := ots.Parse(st.raw)
		if err != nil {
			continue
		}
		f.disk = st.disk || o.s.Repo.Top() == ""
		key := wanted{p.Hash, string(p.Digest)}
		if _, known := o.proofs[key]; !known {
			o.proofs[key] = f
		}
		if !slices.Contains(o.tags, p.Hash) {
			o.tags = append(o.tags, p.Hash)
		}
	}
	return nil
}

// names hands out the paths of the commit's files, but for what lies too deep.
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
	move := "git mv " + s.here(f.proof) + " " + s.here(d.proof)
	if s.isMonth(d) && s.isMonth(s.document(f.document, false)) {
		move = "git mv " + s.here(d.path) + " " + s.here(f.document)
	}
	if !f.disk {
		move = "git checkout HEAD -- " + s.here(f.proof) + " && " + move
	}
	return move
}

// unmoved refuses a document whose bytes a proof without a document is for: it
// was renamed, and its proof was not.
func (s *Session) unmoved(ctx context.Context, alone *orphans, d document, blob *gitrepo.Blob, supersedes bool) error {
	f, ok, err := alone.of(ctx, blob)
	if err != nil || !ok {
		return err
	}
	hint := s.moveAlong(f, d)
	if supersedes {
		hint = "git anchor supersede " + s.here(d.path) + " && " + hint
	}
	return refuse(hint, "already anchored, as %s: %s is the proof of these bytes, and did not move with them", f.document, f.proof)
}
