package anchor

import (
	"bytes"
	"context"

	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// VerifyProof judges a proof outside any repository, for the bytes whose
// digest under a file hash is given by digest. Calendars are asked as Verify
// does, and nothing is ever written. The session needs no Repo.
func (s *Session) VerifyProof(ctx context.Context, name string, proof []byte, digest func(ots.Tag) ([]byte, error), o VerifyOptions) Result {
	r := Result{Path: name, Kind: "file"}
	p, err := ots.Parse(proof)
	if err != nil {
		r.Outcome = verify.Unreadable(err)
		return r
	}
	now, err := digest(p.Hash)
	if err != nil {
		r.Err = err
		return r
	}
	var g growth
	if bytes.Equal(now, p.Digest) && !hasBlock(p) && !o.NoUpgrade {
		comp := s.completer(false)
		comp.note(comp.questions(ctx, p))
		comp.ask(ctx)
		g = comp.grow(ctx, p)
		r.Notes = g.notes
		if g.proof != nil {
			p, r.Action = g.proof, Grew
		}
	}
	r.tally(p)
	r.Outcome = s.Judge.Proof(ctx, p, now)
	r.explainPending(p, g)
	return r
}
