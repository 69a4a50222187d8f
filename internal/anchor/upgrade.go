package anchor

import (
	"context"
	"errors"
	"fmt"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// UpgradeOptions say how far an upgrade goes.
type UpgradeOptions struct {
	Unchecked bool // write Bitcoin claims whose header could not be had
	DryRun    bool // ask, but write nothing
	Commit    bool // commit exactly the proofs that grew
}

// writeAttempts is how often a proof that another run changed meanwhile is
// read and grown again.
const writeAttempts = 3

// A holding is a proof on its way through upgrade or verify.
type holding struct {
	doc    document
	stored stored
	proof  *ots.Proof // nil when it cannot be read
}

// Upgrade asks the calendars for what became of pending claims, and writes
// the proofs that grew. Each distinct commitment is asked for once; nothing a
// proof holds is ever dropped, and proofs that did not grow are not touched.
func (s *Session) Upgrade(ctx context.Context, sel Selection, o UpgradeOptions) (Run, error) {
	if s.Repo.Top() == "" {
		return Run{}, fmt.Errorf("upgrade proofs: %w", gitrepo.ErrNoWorkTree)
	}
	c, docs, run, err := s.begin(ctx, sel)
	if err != nil {
		return run, err
	}
	var held []holding
	var proofs []*ots.Proof
	for _, d := range docs {
		r := d.result()
		h := holding{doc: d, stored: s.load(ctx, c, d.proof)}
		switch {
		case h.stored.err != nil:
			r.Outcome = verify.Unreadable(h.stored.err)
		case h.stored.raw == nil:
			if !d.named {
				continue
			}
			r.Outcome = verify.Outcome{Status: verify.Missing, Reason: "there is no proof " + d.proof}
		case !h.stored.disk:
			r.Refusal = refuse("git restore "+quoted(d.proof), "%s is in HEAD and not in the work tree; nothing was written", d.proof)
		default:
			p, err := ots.Parse(h.stored.raw)
			if err != nil {
				r.Outcome = verify.Unreadable(err)
				break
			}
			h.proof = p
			proofs = append(proofs, p)
		}
		held = append(held, h)
		run.Results = append(run.Results, r)
	}
	first := len(run.Results) - len(held)
	comp := &completer{s: s, unchecked: o.Unchecked, answers: map[question]*answer{}}
	comp.ask(ctx, proofs)
	var written []string
	for i := range held {
		if err := ctx.Err(); err != nil {
			return run, err
		}
		r := &run.Results[first+i]
		if held[i].proof != nil && s.upgrade(ctx, comp, &held[i], r, o.DryRun) {
			written = append(written, r.Proof)
		}
	}
	if o.Commit && len(written) > 0 {
		run.Made, err = s.Repo.Commit(ctx, written, subject("Upgrade", written))
	}
	return run, err
}

// begin resolves the revision and lists the documents; refused operands are
// results already.
func (s *Session) begin(ctx context.Context, sel Selection) (gitrepo.Commit, []document, Run, error) {
	rev := sel.Rev
	if rev == "" {
		rev = "HEAD"
	}
	c, err := s.Repo.Resolve(ctx, rev)
	if err != nil {
		return c, nil, Run{}, err
	}
	docs, refused, err := s.choose(ctx, c, sel)
	return c, docs, Run{Commit: c, Results: refused}, err
}

// upgrade grows one proof and writes it; it reports whether it did.
func (s *Session) upgrade(ctx context.Context, comp *completer, h *holding, r *Result, dry bool) bool {
	for range writeAttempts {
		g := comp.grow(ctx, h.proof)
		p := h.proof
		if g.proof != nil {
			p = g.proof
		}
		r.Notes = g.notes
		r.tally(p)
		r.Outcome = s.Judge.Claims(ctx, p)
		silent(r, g)
		switch {
		case g.proof == nil:
			return false
		case dry:
			r.Action = Would
			return false
		}
		raw, err := readBack(g.proof)
		if err == nil {
			err = s.Repo.WriteFile(r.Proof, raw, h.stored.raw)
		}
		if err == nil {
			r.Action = Upgraded
			return true
		}
		if !errors.Is(err, gitrepo.ErrChanged) || !s.reread(h) {
			r.Err = fmt.Errorf("write %s: %w", r.Proof, err)
			return false
		}
	}
	r.Err = fmt.Errorf("write %s: %w", r.Proof, gitrepo.ErrChanged)
	return false
}

// silent turns Pending into Undecided where no calendar could be heard, or
// where what one sent could not be checked: nothing is known then.
func silent(r *Result, g growth) {
	if r.Outcome.Status != verify.Pending || g.asked == 0 {
		return
	}
	switch {
	case g.lost > 0 && g.proof == nil:
		r.Outcome.Status, r.Outcome.Reason = verify.Undecided, "a calendar answered, and no block header could be had to check it"
	case g.heard == 0:
		r.Outcome.Status, r.Outcome.Reason = verify.Undecided, "no calendar could be reached"
	}
}

// reread takes up a proof that another run wrote in the meantime.
func (s *Session) reread(h *holding) bool {
	raw, err := s.Repo.ReadFile(h.doc.proof, ots.MaxProof)
	if err != nil {
		return false
	}
	p, err := ots.Parse(raw)
	if err != nil {
		return false
	}
	h.stored.raw, h.proof = raw, p
	return true
}
