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

// Upgrade asks the calendars for what became of pending claims, and writes
// the proofs that grew. Each distinct commitment is asked for once; nothing a
// proof holds is ever dropped, and proofs that did not grow are not touched.
// Proofs are read twice, one at a time, so that memory does not grow with
// their number.
func (s *Session) Upgrade(ctx context.Context, sel Selection, o UpgradeOptions) (Run, error) {
	if s.Repo.Top() == "" {
		return Run{}, fmt.Errorf("upgrade proofs: %w", gitrepo.ErrNoWorkTree)
	}
	c, docs, run, err := s.begin(ctx, sel)
	if err != nil {
		return run, err
	}
	comp := s.completer(o.Unchecked)
	for _, d := range docs {
		if err := ctx.Err(); err != nil {
			return run, err
		}
		var r Result
		if p, _ := s.growing(ctx, c, d, &r); p != nil {
			comp.note(ctx, p)
		}
	}
	comp.ask(ctx)
	var written []string
	for _, d := range docs {
		if err := ctx.Err(); err != nil {
			return run, err
		}
		r := d.result()
		s.upgrade(ctx, c, comp, d, &r, o.DryRun)
		if r.Unknown {
			continue
		}
		run.Results = append(run.Results, r)
		if r.Action == Upgraded {
			written = append(written, r.Proof)
		}
	}
	if o.Commit && len(written) > 0 {
		run.Made, err = s.Repo.Commit(ctx, written, subject("Upgrade", written))
	}
	return run, err
}

// growing reads the proof of a document that is to be upgraded: its value, and
// the bytes on disk. Where there is none it says so in the result.
func (s *Session) growing(ctx context.Context, c gitrepo.Commit, d document, r *Result) (*ots.Proof, []byte) {
	st := s.load(ctx, c, d.proof)
	switch {
	case st.err != nil:
		r.Outcome = verify.Unreadable(st.err)
	case st.raw == nil && !d.named:
		r.Unknown = true
	case st.raw == nil:
		r.Outcome = verify.Outcome{Status: verify.Missing, Reason: "there is no proof " + d.proof}
	case !st.disk:
		r.Refusal = refuse("git restore "+quoted(d.proof), "%s is in HEAD and not in the work tree; nothing was written", d.proof)
	default:
		p, err := ots.Parse(st.raw)
		if err == nil {
			return p, st.raw
		}
		r.Outcome = verify.Unreadable(err)
	}
	return nil, nil
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

// upgrade grows one proof and writes it.
func (s *Session) upgrade(ctx context.Context, c gitrepo.Commit, comp *completer, d document, r *Result, dry bool) {
	for range writeAttempts {
		r.Err = nil // the other run's write is no failure of this one
		p, old := s.growing(ctx, c, d, r)
		if p == nil {
			return
		}
		g := comp.grow(ctx, p)
		if g.proof != nil {
			p = g.proof
		}
		r.Notes = g.notes
		r.tally(p)
		r.Outcome = s.Judge.Claims(ctx, p)
		r.settle(g, hasBlock(p))
		switch {
		case g.proof == nil:
			return
		case dry:
			r.Action = Would
			return
		}
		raw, err := readBack(p)
		if err == nil {
			err = s.Repo.WriteFile(r.Proof, raw, old)
		}
		if err == nil {
			r.Action = Upgraded
			return
		}
		r.Err = fmt.Errorf("write %s: %w", r.Proof, err)
		if !errors.Is(err, gitrepo.ErrChanged) {
			return
		}
	}
}

// settle says what an upgrade leaves unknown. A proof that waits for no
// calendar is complete, whether or not a header can be had now; one that waits
// is Undecided where no calendar could be heard, or where what one sent could
// not be checked.
func (r *Result) settle(g growth, block bool) {
	switch {
	case g.asked == 0 && block && r.Outcome.Status == verify.Undecided:
		r.Action = Complete
	case g.asked == 0 || r.Outcome.Status != verify.Pending:
	case g.lost > 0 && g.proof == nil:
		r.Outcome.Status, r.Outcome.Reason = verify.Undecided, "a calendar answered, and no block header could be had to check it"
	case g.heard == 0:
		r.Outcome.Status, r.Outcome.Reason = verify.Undecided, "no calendar could be reached"
	}
}
