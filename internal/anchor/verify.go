package anchor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// VerifyOptions say what may be asked while judging.
type VerifyOptions struct {
	NoUpgrade bool // do not ask calendars for proofs that have no Bitcoin claim
}

// Verify judges documents of a commit. A proof that has no Bitcoin claim yet
// is first asked for at its calendars; what they answer is judged, and written
// only when HEAD is verified inside a work tree.
func (s *Session) Verify(ctx context.Context, sel Selection, o VerifyOptions) (Run, error) {
	c, docs, run, err := s.begin(ctx, sel)
	if err != nil {
		return run, err
	}
	held, results, err := s.examine(ctx, c, docs, sel.Rev != "")
	if err != nil {
		return run, err
	}
	if !o.NoUpgrade {
		s.bringUpToDate(ctx, held, results, sel.Rev == "" && s.Repo.Top() != "")
	}
	s.judge(ctx, held, results)
	run.Results = append(run.Results, results...)
	return run, ctx.Err()
}

// examine does what needs no network: it finds each document and its proof,
// and says Changed, Missing or unreadable where that is so already. Only
// holdings with a proof are left to be judged.
func (s *Session) examine(ctx context.Context, c gitrepo.Commit, docs []document, byRev bool) ([]holding, []Result, error) {
	states := map[string]gitrepo.State{}
	if !byRev && s.Repo.Top() != "" {
		paths := make([]string, len(docs))
		for i, d := range docs {
			paths[i] = d.path
		}
		var err error
		if states, err = s.Repo.States(ctx, paths); err != nil {
			return nil, nil, err
		}
	}
	held := make([]holding, len(docs))
	results := make([]Result, len(docs))
	for i, d := range docs {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		results[i] = d.result()
		held[i] = holding{doc: d}
		s.examineOne(ctx, c, &held[i], &results[i], states[d.path], byRev)
	}
	return held, results, s.explainAbsent(ctx, held, results)
}

func (s *Session) examineOne(ctx context.Context, c gitrepo.Commit, h *holding, r *Result, st gitrepo.State, byRev bool) {
	blob, err := s.Repo.Blob(ctx, c, h.doc.path)
	gone := errors.Is(err, gitrepo.ErrNotFound)
	if err != nil && !gone {
		r.Refusal = refuse("", "%v", err)
		return
	}
	if byRev {
		h.stored = s.loadFor(ctx, c, h.doc.proof, blob)
	} else {
		h.stored = s.load(ctx, c, h.doc.proof)
	}
	switch {
	case h.stored.err != nil:
		r.Outcome = verify.Unreadable(h.stored.err)
		return
	case h.stored.raw == nil && gone:
		r.blame(explainMissing(h.doc.path, st, err))
		return
	case h.stored.raw == nil:
		r.Blob = blob.ID
		return // explainAbsent finds out whether one is due
	}
	p, err := ots.Parse(h.stored.raw)
	if err != nil {
		r.Outcome = verify.Unreadable(err)
		return
	}
	s.compareRecorded(r, p, h.stored)
	r.tally(p)
	if gone {
		r.Outcome = verify.NotStamped(p, nil, "the document is not in the commit any more")
		return
	}
	r.Blob = blob.ID
	digest, err := blob.Digest(ctx, p.Hash.NewHash())
	if err != nil {
		r.Err = err
		return
	}
	if !bytes.Equal(digest, p.Digest) {
		r.Outcome = verify.NotStamped(p, digest, "not the bytes that were stamped")
		return
	}
	if what, hint := difference(h.doc.path, st); what != "" && !byRev {
		r.Outcome = verify.NotStamped(p, digest, "the commit holds the bytes that were stamped, and the work tree does not: "+what)
		r.Notes = append(r.Notes, hint)
		return
	}
	r.Outcome.Digest = digest
	h.proof = p
}

// compareRecorded names the claims that HEAD's proof has and the work tree's
// lacks: somebody replaced it with a weaker one.
func (s *Session) compareRecorded(r *Result, p *ots.Proof, st stored) {
	if !st.disk || st.recorded == nil || bytes.Equal(st.raw, st.recorded) {
		return
	}
	recorded, err := ots.Parse(st.recorded)
	switch {
	case err != nil:
	case recorded.Hash != p.Hash || !bytes.Equal(recorded.Digest, p.Digest):
		r.Notes = append(r.Notes, "the proof in the work tree is for another digest than the one in HEAD")
	default:
		if n := len(p.Missing(recorded)); n > 0 {
			r.Notes = append(r.Notes, fmt.Sprintf("the proof in the work tree lacks %d claims that HEAD's holds: git restore %s", n, quoted(r.Proof)))
		}
	}
}

// loadFor finds the proof for a document at another revision: the work
// tree's, HEAD's or that revision's, the first that is for its bytes.
func (s *Session) loadFor(ctx context.Context, c gitrepo.Commit, path string, blob *gitrepo.Blob) stored {
	first := s.load(ctx, c, path)
	candidates := []stored{first}
	if first.disk && first.recorded != nil {
		candidates = append(candidates, stored{raw: first.recorded})
	}
	if head, err := s.Repo.Resolve(ctx, "HEAD"); err == nil && head.ID != c.ID {
		if b, err := s.Repo.Blob(ctx, head, path); err == nil && b.Size <= ots.MaxProof {
			if raw, err := b.Bytes(ctx); err == nil {
				candidates = append(candidates, stored{raw: raw})
			}
		}
	}
	for _, st := range candidates {
		p, err := ots.Parse(st.raw)
		if err != nil || blob == nil {
			continue
		}
		if digest, err := blob.Digest(ctx, p.Hash.NewHash()); err == nil && bytes.Equal(digest, p.Digest) {
			return st
		}
	}
	return first
}

// explainAbsent decides, for documents without a proof, whether one is due:
// the document was named, or its history had one.
func (s *Session) explainAbsent(ctx context.Context, held []holding, results []Result) error {
	var paths []string
	for i := range held {
		if held[i].absent(results[i]) {
			paths = append(paths, held[i].doc.proof)
		}
	}
	if len(paths) == 0 {
		return nil
	}
	history, err := s.Repo.HistoryOf(ctx, paths)
	incomplete := errors.Is(err, gitrepo.ErrMissingObject)
	if err != nil && !incomplete {
		return err
	}
	for i := range held {
		if !held[i].absent(results[i]) {
			continue
		}
		r := &results[i]
		past := history[r.Proof]
		switch {
		case len(past) > 0:
			r.Outcome = verify.Outcome{Status: verify.Missing, Reason: fmt.Sprintf("the proof was deleted; commit %s held it", short(past[0]))}
			r.Notes = append(r.Notes, restore(past[0], r.Proof))
		case held[i].doc.named:
			r.Outcome = verify.Outcome{Status: verify.Missing, Reason: "there is no proof " + r.Proof}
		default:
			r.Unknown = true
		}
		if incomplete {
			r.Notes = append(r.Notes, "history is missing here, and may have held a proof: git fetch --unshallow")
		}
	}
	return nil
}

// absent says that a holding has no proof and nothing was decided about it.
func (h holding) absent(r Result) bool {
	return h.proof == nil && h.stored.raw == nil && h.stored.err == nil && r.Refusal == nil && r.Err == nil && r.Outcome.Status == verify.Unjudged
}

// bringUpToDate asks the calendars about proofs that have no Bitcoin claim.
func (s *Session) bringUpToDate(ctx context.Context, held []holding, results []Result, write bool) {
	var waiting []*ots.Proof
	for _, h := range held {
		if h.proof != nil && !hasBlock(h.proof) {
			waiting = append(waiting, h.proof)
		}
	}
	comp := &completer{s: s, answers: map[question]*answer{}}
	comp.ask(ctx, waiting)
	for i := range held {
		h, r := &held[i], &results[i]
		if h.proof == nil || hasBlock(h.proof) {
			continue
		}
		g := comp.grow(ctx, h.proof)
		r.Notes = append(r.Notes, g.notes...)
		if g.proof == nil {
			continue
		}
		h.proof, r.Action = g.proof, Grew
		if !write || !h.stored.disk {
			continue
		}
		raw, err := readBack(g.proof)
		if err == nil {
			err = s.Repo.WriteFile(r.Proof, raw, h.stored.raw)
		}
		if err != nil {
			r.Notes = append(r.Notes, fmt.Sprintf("the proof grew and could not be written: %v", err))
			continue
		}
		r.Action = Upgraded
		r.Notes = append(r.Notes, fmt.Sprintf("the proof grew: commit %s", quoted(r.Proof)))
	}
}

func hasBlock(p *ots.Proof) bool {
	for _, c := range p.Claims() {
		if c.Attestation.Kind() == ots.KindBitcoin {
			return true
		}
	}
	return false
}

// judge fills in the outcomes of all proofs, several documents at once.
func (s *Session) judge(ctx context.Context, held []holding, results []Result) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, parallel)
	for i := range held {
		if held[i].proof == nil {
			continue
		}
		wg.Add(1)
		slots <- struct{}{}
		go func() {
			defer func() { <-slots; wg.Done() }()
			r := &results[i]
			r.Outcome = s.Judge.Proof(ctx, held[i].proof, r.Outcome.Digest)
			r.tally(held[i].proof)
		}()
	}
	wg.Wait()
}
