package anchor

import (
	"context"
	"errors"
	"fmt"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// judge decides about what examine left, several documents at once.
func (v *verification) judge(ctx context.Context) {
	each(ctx, len(v.held), func(i int) {
		switch h, r := &v.held[i], &v.results[i]; {
		case h.judge:
			v.judgeOne(ctx, h, r)
		case r.Version != nil:
			v.judgeVersion(ctx, h, r)
		}
		v.held[i].read = nil
	})
}

func (v *verification) judgeOne(ctx context.Context, h *holding, r *Result) {
	proof := v.proof(ctx, h)
	if proof.err != nil {
		r.unreadable(proof.err)
		return
	}
	p, err := ots.Parse(proof.raw)
	if err != nil {
		r.Outcome = verify.Unreadable(err)
		return
	}
	if p.Hash != h.hash {
		r.Outcome = verify.Outcome{Status: verify.Undecided, Reason: "the proof was replaced while it was read: verify again"}
		return
	}
	var g growth
	if v.comp != nil && !hasBlock(p) {
		g = v.comp.grow(ctx, p)
		p = v.complete(r, p, g, proof)
	}
	switch {
	case h.doc.earlier && r.Version != nil:
		r.Outcome = v.s.Judge.Proof(ctx, p, h.stamped)
	case h.doc.earlier:
		r.Outcome = v.s.Judge.Claims(ctx, p)
	default:
		r.Outcome = v.s.Judge.Proof(ctx, p, h.digest)
	}
	r.tally(p)
	r.explainPending(p, g)
	v.s.noteTree(ctx, h, r)
}

// explainPending says why no block holds a proof yet.
func (r *Result) explainPending(p *ots.Proof, g growth) {
	if r.Outcome.Status == verify.Pending && !hasBlock(p) {
		r.Outcome.Reason += "; " + g.promise()
		r.unheld = g.refuted()
	}
}

// complete takes over what the calendars answered, and writes it where HEAD is
// verified in a work tree.
func (v *verification) complete(r *Result, p *ots.Proof, g growth, proof stored) *ots.Proof {
	r.Notes = append(r.Notes, g.notes...)
	if g.proof == nil {
		return p
	}
	r.Action = Grew
	if v.byRev || !proof.disk || weaker(proof, p) {
		return g.proof
	}
	if err := v.s.Repo.WriteFile(r.Proof, g.raw, proof.raw); err != nil {
		r.Notes = append(r.Notes, fmt.Sprintf("the proof grew and could not be written: %v", err))
		return g.proof
	}
	r.Action = Upgraded
	r.Notes = append(r.Notes, "the proof grew: commit "+v.s.here(r.Proof))
	return g.proof
}

// unread records why a document could not be read: of what is not here, or past
// a limit, nothing can be told, and the run goes on.
func (r *Result) unread(err error) {
	switch {
	case errors.Is(err, gitrepo.ErrMissingObject):
		r.Outcome, r.Hint = verify.Outcome{Status: verify.Undecided, Reason: err.Error()}, "git fetch"
	case errors.Is(err, gitrepo.ErrTooLarge):
		r.Outcome = verify.Outcome{Status: verify.Undecided, Reason: err.Error()}
	default:
		r.Err = err
	}
}

// unreadable records why a proof could not be read: one that is not here, or past
// a limit in how git stores it, may be as good as any.
func (r *Result) unreadable(err error) {
	if errors.Is(err, gitrepo.ErrMissingObject) || errors.Is(err, gitrepo.ErrTooLarge) {
		r.unread(err)
		return
	}
	r.Outcome = verify.Unreadable(err)
}

func hasBlock(p *ots.Proof) bool {
	for _, c := range p.Claims() {
		if c.Attestation.Kind() == ots.KindBitcoin {
			return true
		}
	}
	return false
}
