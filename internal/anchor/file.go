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
	s.judgeLoose(ctx, []loose{{&r, p, now}}, o)
	return r
}

// A loose proof stands in no file of the work tree.
type loose struct {
	result *Result
	proof  *ots.Proof
	digest []byte // of the bytes that it is judged for, under its file hash
}

// judgeLoose judges proofs. What calendars answer is judged, and not written.
func (s *Session) judgeLoose(ctx context.Context, list []loose, o VerifyOptions) {
	open := func(l loose) bool {
		return !o.NoUpgrade && bytes.Equal(l.digest, l.proof.Digest) && !hasBlock(l.proof)
	}
	comp := s.completer(false)
	for _, l := range list {
		if open(l) {
			comp.note(comp.questions(ctx, l.proof))
		}
	}
	comp.ask(ctx)
	each(ctx, len(list), func(i int) {
		r, p := list[i].result, list[i].proof
		var g growth
		if open(list[i]) {
			g = comp.grow(ctx, p)
			r.Notes = append(r.Notes, g.notes...)
			if g.proof != nil {
				p, r.Action = g.proof, Grew
			}
		}
		r.tally(p)
		r.Outcome = s.Judge.Proof(ctx, p, list[i].digest)
		r.explainPending(p, g)
	})
}
