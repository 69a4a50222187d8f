package anchor

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// explainAbsent decides, for documents without a proof, whether one is due:
// the document was named, or its history had one that is not kept as that of an
// earlier version.
func (v *verification) explainAbsent(ctx context.Context) error {
	var paths []string
	for _, h := range v.held {
		if h.absent {
			paths = append(paths, h.doc.proof)
		}
	}
	if len(paths) == 0 {
		return nil
	}
	history, err := v.s.Repo.HistoryOf(ctx, paths)
	incomplete := errors.Is(err, gitrepo.ErrMissingObject)
	var some gitrepo.PathErrors
	if err != nil && !incomplete && !errors.As(err, &some) {
		return err
	}
	alone := &orphans{s: v.s, commit: v.commit}
	for i, h := range v.held {
		if !h.absent {
			continue
		}
		r := &v.results[i]
		if some[r.Proof] != nil {
			r.Err = some[r.Proof]
		} else if err := v.explainOne(ctx, h, r, history[r.Proof], alone); err != nil {
			r.unread(err)
		}
		if incomplete && !r.covered {
			r.Notes = append(r.Notes, "history is missing here, and may have held a proof of any document that has none now: git fetch --unshallow")
			incomplete = false // said once
		}
	}
	return nil
}

func (v *verification) explainOne(ctx context.Context, h holding, r *Result, past []gitrepo.Version, alone *orphans) error {
	var digest []byte
	var err error
	if len(past) > 0 && h.blob != nil {
		if digest, err = h.blob.Digest(ctx, sha256.New()); err != nil {
			return err
		}
	}
	l, _, err := v.s.loss(ctx, v.commit, h.doc, digest, past, nil)
	switch {
	case err != nil:
		return err
	case l != nil && l.kept != "":
		r.Outcome = verify.Outcome{Status: verify.Missing, Reason: "the proof of these bytes is " + l.kept + ", as that of an earlier version"}
		r.Hint = v.s.gitMove(l.kept, r.Proof)
		return nil
	case l != nil && h.lost != nil:
		return v.explainGone(ctx, r, l.Version)
	case l != nil:
		r.Outcome = verify.Outcome{Status: verify.Missing, Reason: fmt.Sprintf("the proof was deleted; commit %s held it", short(l.Commit))}
		r.Hint = v.s.restore(l.Version, r.Proof)
		return nil
	case h.lost != nil:
		r.blame(h.lost)
		return nil
	}
	if found, err := v.explainOrphan(ctx, h, r, alone); found || err != nil {
		return err
	}
	switch {
	case h.doc.named && h.blob != nil:
		v.s.missing(ctx, v.commit, h.doc, r)
		if at := v.s.coveredBy(ctx, v.commit, h.doc); at != "" {
			r.Outcome.Reason, r.Hint = "it has no proof of its own: the anchor of "+at+" covers it", "git anchor evidence verify "+idOf(at)
		}
		r.NotYet = v.s.waits(ctx, v.commit, h.doc)
	default:
		r.Unknown = true
		r.covered = v.s.coveredBy(ctx, v.commit, h.doc) != ""
	}
	switch {
	case len(past) > 0 && h.blob != nil:
		r.Notes = append(r.Notes, "its proof was superseded; git anchor "+v.s.here(r.Path)+" anchors the present version")
	case len(past) > 0:
		r.Notes = append(r.Notes, "its proof was superseded")
	}
	return nil
}

// explainOrphan says of a document that was renamed without its proof where that
// is; found is false where there is none.
func (v *verification) explainOrphan(ctx context.Context, h holding, r *Result, alone *orphans) (found bool, err error) {
	if h.blob == nil || v.byRev {
		return false, nil
	}
	left, others, err := alone.of(ctx, h.blob)
	if err != nil {
		return false, err
	}
	if len(left) == 0 {
		if len(others) > 0 {
			r.Notes = append(r.Notes, stranger(others[0]))
		}
		return false, nil
	}
	r.Outcome = verify.Outcome{Status: verify.Missing, Reason: "the proof of these bytes is " + left[0].proof + ", whose document is gone" + besides(left)}
	r.Hint = v.s.moveAlong(left[0], h.doc)
	return true, nil
}

// explainGone says of a document that is gone with its proof where they went, or
// which commit held them.
func (v *verification) explainGone(ctx context.Context, r *Result, last gitrepo.Version) error {
	p, err := v.s.former(ctx, last, r.Proof)
	if err != nil {
		return err
	}
	c, err := v.s.Repo.Resolve(ctx, last.Commit)
	if err != nil {
		return err
	}
	r.Outcome.Status = verify.Missing
	r.Hint = v.s.restore(last, r.Proof)
	was, err := v.s.Repo.Blob(ctx, c, r.Path)
	if err != nil { // nobody knows what it was
		r.Outcome.Reason = fmt.Sprintf("there is no document, and its proof was deleted; commit %s held that", short(last.Commit))
		return nil
	}
	to, whole, err := v.wentTo(ctx, was, p)
	switch {
	case err != nil:
		return err
	case whole:
		r.Outcome, r.Hint = verify.Outcome{}, ""
		r.Refusal = absent("git anchor verify "+v.s.here(to.path), "it is not there any more: the document is %s now", to.path)
	case to.path != "":
		r.Outcome.Reason = fmt.Sprintf("the proof was deleted, and the document is %s now; commit %s held the proof", to.path, short(last.Commit))
		r.Hint += " && " + v.s.gitMove(r.Proof, to.proof)
	default:
		r.Outcome.Reason = fmt.Sprintf("the document and its proof were deleted; commit %s held both", short(last.Commit))
		r.Hint = v.s.restore(last, r.Path) + " " + v.s.spec(r.Proof)
	}
	return nil
}

// wentTo finds the document of HEAD that has the bytes of one which is gone, and
// whose proof holds all that p does, so that it is whole; or else one that has no
// proof. Its path is "" where there is neither.
func (v *verification) wentTo(ctx context.Context, was *gitrepo.Blob, p *ots.Proof) (to document, whole bool, err error) {
	if p == nil || was.Size == 0 {
		return document{}, false, nil
	}
	digest, err := was.Digest(ctx, p.Hash.NewHash())
	if err != nil || !bytes.Equal(digest, p.Digest) {
		return document{}, false, err
	}
	sites, err := v.s.Repo.Locate(ctx, []string{was.ID}, "")
	if err != nil {
		return document{}, false, err
	}
	for _, site := range sites[was.ID] {
		if !site.Now || copied(site.Path, digest) || proofNamed(site.Path) {
			continue
		}
		d := v.s.document(site.Path, false)
		st := v.s.load(ctx, v.commit, d.proof)
		switch {
		case holds(st.raw, p):
			return d, true, nil
		case st.raw == nil && st.err == nil && to.path == "":
			to = d
		}
	}
	return to, false, nil
}

// examineEarlier reads the proof of an earlier version. There is no document
// to compare it with: what is judged are its claims.
func (v *verification) examineEarlier(ctx context.Context, h *holding, r *Result) {
	st := v.s.load(ctx, v.commit, h.doc.proof)
	if st.err != nil {
		r.unreadable(st.err)
		return
	}
	if st.raw == nil {
		r.Refusal = refuse("git anchor status "+v.s.here(r.Path)+"  # lists those there are", "there is no proof %s", r.Proof)
		return
	}
	p, err := ots.Parse(st.raw)
	if err != nil {
		r.Outcome = verify.Unreadable(err)
		return
	}
	v.s.compareRecorded(r, p, st)
	r.tally(p)
	r.Notes = append(r.Notes, notCompared)
	if named := SupersededPath(h.doc.base(), p); named != r.Proof && !strings.HasSuffix(r.Proof, draftSuffix) {
		r.Notes = append(r.Notes, "its name is not that of the digest it is for, which is "+named)
	}
	h.judge, h.hash, h.stamped = true, p.Hash, bytes.Clone(p.Digest)
	if v.comp != nil && !hasBlock(p) {
		v.comp.note(v.comp.questions(ctx, p))
	}
}
