package anchor

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// ahead takes up a proof that an earlier run grew, or another one meanwhile, and
// that is not committed yet.
func (u *upgrading) ahead(r *Result) {
	switch {
	case !r.uncommitted:
	case u.o.gathers():
		if u.toCommit(r) {
			r.Action = Ahead
		}
	default:
		r.Notes = append(r.Notes, "the proof is not committed yet: git add "+u.s.spec(r.Proof)+" && git commit -- "+u.s.spec(r.Proof))
	}
}

// toCommit takes a proof among those to be committed, unless it holds what nobody checked.
func (u *upgrading) toCommit(r *Result) bool {
	if !u.o.gathers() {
		return false
	}
	st := u.states[r.Proof]
	if st.Err != nil {
		r.Notes = append(r.Notes, fmt.Sprintf("the proof is not committed: it cannot be compared with the index: %v", st.Err))
		return false
	}
	if st.Staged && st.Edited {
		r.Notes = append(r.Notes, "the proof is not committed: the index holds another version of it, which would be lost (git show :"+u.s.here(r.Proof)+")")
		return false
	}
	if r.doubt != "" && !u.o.Unchecked {
		r.Notes = append(r.Notes, "the proof is not committed: "+r.doubt)
		return false
	}
	u.written = append(u.written, r.Proof)
	return true
}

// doubt says which claim that HEAD's proof does not hold keeps one from being
// committed: a Bitcoin claim that is not Confirmed, a pending one at a calendar
// that may not be asked; "" if there is none.
func (s *Session) doubt(head []byte, p *ots.Proof, o verify.Outcome) string {
	added := p.Claims()
	if recorded, err := ots.Parse(head); err == nil {
		added = recorded.Missing(p)
	}
	for _, c := range added {
		switch c.Attestation.Kind() {
		case ots.KindPending:
			if !s.Calendars.Policy.MayWrite(c.Attestation.URI()) {
				return "it names " + c.Attestation.URI() + ", which is not a calendar that may be asked"
			}
		case ots.KindBitcoin:
			if !slices.ContainsFunc(o.Claims, func(j verify.Claim) bool {
				return j.Status == verify.Confirmed && j.Attestation.Equal(c.Attestation) && bytes.Equal(j.Msg, c.Msg)
			}) {
				return fmt.Sprintf("its claim on block %d is not confirmed", c.Attestation.Height())
			}
		}
	}
	return ""
}

// proofStates says how the proofs in the index and on disk differ from HEAD's.
func (s *Session) proofStates(ctx context.Context, docs []document) (map[string]gitrepo.State, error) {
	paths := make([]string, len(docs))
	for i, d := range docs {
		paths[i] = d.proof
	}
	return s.Repo.States(ctx, paths)
}
