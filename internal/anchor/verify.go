package anchor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// VerifyOptions say what may be asked while judging.
type VerifyOptions struct {
	NoUpgrade bool // do not ask calendars for proofs that have no Bitcoin claim
	NoSearch  bool // do not look for the version that was stamped, where the document is another now
}

// A holding is a document on its way through verify. Its proof is read again
// when it is judged: memory must not grow with the number of proofs.
type holding struct {
	doc    document
	blob   *gitrepo.Blob
	absent bool // there is no proof, or none but among those of earlier versions
	judge  bool // the proof is for these bytes, and its claims are left to judge
	hash   ots.Tag
	digest []byte // of the document under hash

	lost    error  // why there is no document, where there is no proof either
	stamped []byte // what the proof is for, where the document has other bytes, or none

	deleted    bool    // the document is in the work tree, and its proof in the commit alone
	unreadable bool    // what is there in place of a proof is none
	read       *stored // the proof, between examine and judgeOne where that follows at once
	titled     bool    // what a LIP says of itself was looked for
}

// Verify judges documents of a commit. A proof that has no Bitcoin claim yet
// is first asked for at its calendars; what they answer is judged, and written
// only when HEAD is verified inside a work tree.
func (s *Session) Verify(ctx context.Context, sel Selection, o VerifyOptions) (Run, error) {
	c, docs, run, err := s.begin(ctx, sel)
	if err != nil {
		return run, err
	}
	results, err := s.verifyDocuments(ctx, c, docs, sel.Rev != "", o)
	run.Results = append(run.Results, results...)
	return run, err
}

// verifyDocuments is Verify for documents of a commit that are known; byRev says
// that a revision was named, so that the index and the work tree have no say.
func (s *Session) verifyDocuments(ctx context.Context, c gitrepo.Commit, docs []document, byRev bool, o VerifyOptions) ([]Result, error) {
	v := &verification{s: s, commit: c, byRev: byRev, noSearch: o.NoSearch}
	if !o.NoUpgrade {
		v.comp = s.completer(false)
	}
	states, err := v.states(ctx, docs)
	if err != nil {
		return nil, err
	}
	if err := v.examine(ctx, docs, states); err != nil {
		return nil, err
	}
	if err := v.noteDeleted(ctx); err != nil {
		return nil, err
	}
	if err := v.explainUnreadable(ctx); err != nil {
		return nil, err
	}
	if err := v.explainAbsent(ctx); err != nil {
		return nil, err
	}
	if err := v.findVersions(ctx); err != nil {
		return nil, err
	}
	if v.comp != nil {
		v.comp.ask(ctx)
	}
	if err := ctx.Err(); err != nil {
		return nil, err // nothing is written of what only some calendars could answer
	}
	v.judge(ctx)
	return uncovered(v.results), ctx.Err()
}

// uncovered leaves out what nobody named and a record of evidence covers.
func uncovered(results []Result) []Result {
	return slices.DeleteFunc(results, func(r Result) bool { return r.covered })
}

// A verification is one run of Verify.
type verification struct {
	s        *Session
	commit   gitrepo.Commit
	byRev    bool
	noSearch bool
	headings bool       // Result.Heading is wanted
	comp     *completer // nil: calendars are not asked
	held     []holding
	results  []Result
}

// atOnce says that nothing has to be asked or looked for between examining a
// document and judging it.
func (v *verification) atOnce() bool { return v.comp == nil && v.noSearch }

// states compares the documents with the work tree, where that matters.
func (v *verification) states(ctx context.Context, docs []document) (map[string]gitrepo.State, error) {
	if v.byRev || v.s.Repo.Top() == "" {
		return nil, nil
	}
	paths := make([]string, len(docs))
	for i, d := range docs {
		paths[i] = d.path
	}
	return v.s.Repo.States(ctx, paths)
}

// examine finds each document and its proof, and says Changed, Missing or
// unreadable where that is so already. It asks no calendar, and no source for a
// header unless documents are judged at once; then several are under way.
func (v *verification) examine(ctx context.Context, docs []document, states map[string]gitrepo.State) error {
	v.held, v.results = make([]holding, len(docs)), make([]Result, len(docs))
	one := func(i int) {
		h, r := &v.held[i], &v.results[i]
		h.doc, *r = docs[i], docs[i].result()
		v.examineOne(ctx, h, r, states[h.doc.path])
		v.title(ctx, h, r)
		if v.atOnce() && h.judge {
			v.judgeOne(ctx, h, r)
			h.judge = false
		}
		h.read = nil
	}
	if v.atOnce() {
		each(ctx, len(docs), one)
		return ctx.Err()
	}
	for i := range docs {
		if err := ctx.Err(); err != nil {
			return err
		}
		one(i)
	}
	return nil
}

// proof reads the proof that a document is judged by.
func (v *verification) proof(ctx context.Context, h *holding) stored {
	switch {
	case h.read != nil:
		return *h.read
	case v.byRev:
		h.read = new(v.s.loadFor(ctx, v.commit, h.doc.proof, h.blob))
	default:
		h.read = new(v.s.load(ctx, v.commit, h.doc.proof))
	}
	st := *h.read
	if !v.atOnce() {
		h.read = nil // proofs of all documents would be too much to hold
	}
	return st
}

func (v *verification) examineOne(ctx context.Context, h *holding, r *Result, st gitrepo.State) {
	if h.doc.earlier {
		v.examineEarlier(ctx, h, r)
		return
	}
	var err error
	h.blob, err = v.s.Repo.Blob(ctx, v.commit, h.doc.path)
	gone := errors.Is(err, gitrepo.ErrNotFound)
	switch {
	case errors.Is(err, gitrepo.ErrMissingObject):
		r.unread(err)
		return
	case err != nil && !gone:
		r.blame(refusable(err))
		return
	}
	proof := v.proof(ctx, h)
	switch {
	case proof.err != nil:
		r.unreadable(proof.err)
		return
	case !v.byRev && v.s.moved(ctx, v.commit, h.doc, proof):
		if h.absent = true; !gone {
			r.Blob = h.blob.ID
		}
		return
	case proof.raw == nil && gone && v.byRev:
		r.blame(v.s.explainMissing(h.doc.path, st, err))
		return
	case proof.raw == nil && gone:
		h.absent, h.lost = true, v.s.explainMissing(h.doc.path, st, err)
		return // explainAbsent finds out whether there ever was one
	case proof.raw == nil:
		h.absent, r.Blob = true, h.blob.ID
		return // explainAbsent finds out whether one is due
	}
	p, err := ots.Parse(proof.raw)
	if err != nil {
		h.unreadable, r.Outcome = true, verify.Unreadable(err)
		return
	}
	if proof.from != "" {
		r.Proof = proof.from
	}
	v.s.compareRecorded(r, p, proof)
	h.deleted = st.Disk != "" && !proof.disk && !v.byRev
	r.tally(p)
	if gone {
		h.hash, h.stamped = p.Hash, bytes.Clone(p.Digest)
		r.Outcome = verify.NotStamped(p, nil, "the document is not in the commit any more")
		r.Hint = "git log --stat -- " + v.s.spec(h.doc.path) + "  # shows where it went; git anchor find says where its bytes are"
		return
	}
	r.Blob = h.blob.ID
	v.match(ctx, h, r, st, p)
}

// match finds out whether a document's bytes are those that its proof is for;
// then its claims are left to judge.
func (v *verification) match(ctx context.Context, h *holding, r *Result, st gitrepo.State, p *ots.Proof) {
	digest, err := v.digest(ctx, h, r, p.Hash)
	if err != nil {
		r.unread(err)
		return
	}
	if !bytes.Equal(digest, p.Digest) {
		h.hash, h.stamped = p.Hash, bytes.Clone(p.Digest)
		r.Outcome = verify.NotStamped(p, digest, "not the bytes that were stamped")
		r.Hint = "git log -p -- " + v.s.spec(h.doc.path) + "  # shows what changed; if it has to, git anchor supersede keeps the earlier proof"
		if v.s.isMonth(h.doc) {
			r.Hint = v.s.monthBack(h.doc.path, "")
		}
		return
	}
	if st.Err != nil {
		r.Err = fmt.Errorf("compare the work tree with the commit: %w", st.Err)
		return
	}
	if what := difference(st); what != "" && !v.byRev {
		r.Outcome = verify.NotStamped(p, digest, "the commit holds the bytes that were stamped, and the work tree does not: "+what)
		r.Hint = "git diff HEAD -- " + v.s.spec(h.doc.path) + "  # shows it; git restore drops it"
		return
	}
	h.judge, h.digest, h.hash = true, digest, p.Hash
	if v.comp != nil && !hasBlock(p) {
		v.comp.note(v.comp.questions(ctx, p))
	}
}
