package anchor

import (
	"context"
	"slices"

	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/lip"
	"github.com/openllmo/git-anchor/internal/ots"
)

// A Heading is what a LIP's front matter says of it, as it stands there; fields
// that cannot be read are "".
type Heading struct{ Title, Status string }

// OverviewOptions say what Overview is about.
type OverviewOptions struct {
	Rev      string // "" is HEAD
	Versions bool   // look for the bytes of earlier versions, in likely places
}

// overviewPart is how many documents are judged before they are handed on.
const overviewPart = 500

// Overview is Status of all that is anchored, whatever the configuration:
// documents, proofs of earlier versions, manifests of directories and, last, git
// objects. Of records of evidence it reads what they say, and compares their files.
// It hands them to take some at a time and keeps none of them; at least
// one part, with the commit, comes even where nothing is anchored. Documents
// without a proof, and with Versions proofs of earlier versions, come behind the
// others. Where take fails, so does Overview.
func (s *Session) Overview(ctx context.Context, o OverviewOptions, take func(Run) error) error {
	c, docs, run, err := s.begin(ctx, Selection{All: true, Rev: o.Rev})
	if err != nil {
		return err
	}
	if err := take(Run{Commit: c, Results: run.Results}); err != nil {
		return err
	}
	reading := recordReading{s: s, commit: c, byRev: o.Rev != ""}
	tell := func(results []Result) error {
		if err := reading.tell(ctx, results); err != nil {
			return err
		}
		return take(Run{Commit: c, Results: results})
	}
	v := &verification{s: s, commit: c, byRev: o.Rev != "", noSearch: true, headings: true}
	states, err := v.states(ctx, docs)
	if err != nil {
		return err
	}
	var later verification // what needs the whole history, walked once
	for part := range slices.Chunk(docs, overviewPart) {
		if err := v.examine(ctx, part, states); err != nil {
			return err
		}
		results := v.results[:0]
		for i, h := range v.held {
			if h.absent || o.Versions && h.doc.earlier && h.stamped != nil {
				later.held, later.results = append(later.held, h), append(later.results, v.results[i])
			} else {
				results = append(results, v.results[i])
			}
		}
		if err := tell(results); err != nil {
			return err
		}
	}
	v.held, v.results = later.held, later.results
	if err := v.explainAbsent(ctx); err != nil {
		return err
	}
	if o.Versions {
		if err := v.likelyVersions(ctx); err != nil {
			return err
		}
	}
	for part := range slices.Chunk(uncovered(v.results), overviewPart) {
		if err := tell(part); err != nil {
			return err
		}
	}
	objects, err := s.VerifyObjects(ctx, nil, VerifyOptions{NoUpgrade: true})
	if err != nil {
		return err
	}
	return take(Run{Commit: c, Results: objects.Results})
}

// likelyVersions finds versions that were stamped where the history of their
// documents leads, which takes the same everywhere, and judges their proofs for
// them. Where none is found, nothing is said: it was not looked for everywhere.
func (v *verification) likelyVersions(ctx context.Context) error {
	found, at := v.wanted()
	if len(found) == 0 {
		return nil
	}
	if _, err := v.s.search(ctx, v.commit, found, FindOptions{Likely: true}); ctx.Err() != nil || err != nil {
		return ctx.Err() // without them, what is judged are the proofs' claims
	}
	for n, i := range at {
		if found[n].Blob != "" {
			v.takeVersion(ctx, i, &found[n])
			v.held[i].judge = true
		}
	}
	v.judge(ctx)
	return ctx.Err()
}

// title reads what a LIP says of itself, unless its bytes were read already.
func (v *verification) title(ctx context.Context, h *holding, r *Result) {
	if v.titles(h) && !h.titled {
		_, _ = v.digest(ctx, h, r, ots.SHA256) // what is in its way, the result says
	}
}

// titles says that a document may have a title.
func (v *verification) titles(h *holding) bool {
	return v.headings && h.blob != nil && h.doc.kind == config.KindLIP && h.blob.Size <= maxTitled
}

// digest hashes a document, and reads its title on the way.
func (v *verification) digest(ctx context.Context, h *holding, r *Result, tag ots.Tag) ([]byte, error) {
	if !v.titles(h) {
		return h.blob.Digest(ctx, tag.NewHash())
	}
	raw, err := h.blob.Bytes(ctx)
	if err != nil {
		return nil, err
	}
	r.Heading.Title, r.Heading.Status = lip.Heading(raw)
	h.titled = true
	sum := tag.NewHash()
	sum.Write(raw)
	return sum.Sum(nil), nil
}
