package anchor

import (
	"context"
	"errors"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/verify"
)

// surroundings are what git knows of documents and of where their proofs go, all
// by path.
type surroundings struct {
	states     map[string]gitrepo.State
	attributes map[string]error
	ignored    map[string]error // only where a commit is to come
	history    map[string][]gitrepo.Version
	historyErr error // why history cannot be seen to its end
	alone      *orphans
}

func (s *Session) surroundings(ctx context.Context, docs []document, o StampOptions) (surroundings, error) {
	paths := make([]string, 0, 2*len(docs))
	proofs := make([]string, 0, len(docs))
	for _, d := range docs {
		paths = append(paths, d.path, d.proof)
		proofs = append(proofs, d.proof)
	}
	var g surroundings
	var err error
	if g.states, err = s.Repo.States(ctx, paths); err != nil {
		return g, err
	}
	if g.attributes, err = s.Repo.ProofAttributesOf(ctx, proofs); err != nil {
		return g, err
	}
	if o.Commit || o.Collect {
		if g.ignored, err = s.Repo.Ignored(ctx, proofs); err != nil {
			return g, err
		}
	}
	g.history, g.historyErr = s.Repo.HistoryOf(ctx, proofs)
	var some gitrepo.PathErrors
	if err := g.historyErr; err != nil && !errors.Is(err, gitrepo.ErrMissingObject) && !errors.As(err, &some) {
		return g, err
	}
	return g, nil
}

// place refuses a proof that git would not take, or would change.
func (g surroundings) place(proof string) error {
	if bad := errors.Join(g.states[proof].Err, g.ignored[proof]); bad != nil {
		return refuse("", "%s: %v", proof, bad)
	}
	if bad := g.attributes[proof]; bad != nil {
		return refuse("add the line *.ots binary to .gitattributes", "%v", bad)
	}
	return nil
}

// pastErr is why the former proofs of a path are not all known.
func (g surroundings) pastErr(proof string) error {
	var some gitrepo.PathErrors
	if errors.As(g.historyErr, &some) {
		return some[proof]
	}
	return g.historyErr
}

// admitAll fills the results of docs, and returns what is to be stamped for those
// that were accepted, in order. With a commit to come, proofs that git would not take
// are refused before anybody is asked.
func (s *Session) admitAll(ctx context.Context, c gitrepo.Commit, docs []document, run *Run, o StampOptions) ([][]byte, error) {
	around, err := s.surroundings(ctx, docs, o)
	if err != nil {
		return nil, err
	}
	around.alone = &orphans{s: s, commit: c}
	byPath := map[string]document{}
	for _, d := range docs {
		byPath[d.path] = d
	}
	var digests [][]byte
	for i := range run.Results {
		r := &run.Results[i]
		if r.Refusal != nil {
			continue
		}
		digest, err := s.admitOne(ctx, c, byPath[r.Path], around, r, o.Supersede)
		if err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			r.Outcome = verify.Outcome{}
			r.blame(err)
			continue
		}
		digests = append(digests, digest)
	}
	return digests, nil
}

func (s *Session) admitOne(ctx context.Context, c gitrepo.Commit, d document, around surroundings, r *Result, supersede bool) ([]byte, error) {
	blob, digest, err := s.admit(ctx, c, d, around.states[d.path])
	if err != nil {
		return nil, err
	}
	if err := around.place(d.proof); err != nil {
		return nil, err
	}
	r.Outcome.Digest = digest
	if err := s.unanchored(ctx, c, d, r, around.states[d.proof], around.history[d.proof], around.pastErr(d.proof), supersede); err != nil {
		return nil, err
	}
	if err := s.unmoved(ctx, around.alone, d, blob, r); err != nil {
		return nil, err
	}
	if err := s.acceptText(ctx, d, blob); err != nil {
		return nil, err
	}
	if err := s.acceptMonth(ctx, c, d); err != nil {
		return nil, err
	}
	if err := s.acceptEvidence(ctx, c, d); err != nil {
		return nil, err
	}
	r.Blob = blob.ID
	return s.lead(ctx, d, blob, digest, r)
}
