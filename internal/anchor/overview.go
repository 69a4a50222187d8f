package anchor

import (
	"context"

	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/lip"
)

// A Heading is what a LIP's front matter says of it; fields that cannot be read
// are "".
type Heading struct{ Title, Status string }

// Overview is Status of all that is anchored, whatever the configuration, at
// HEAD or rev: documents, proofs of earlier versions, manifests of directories
// and, behind them, git objects. headings holds, by path, what LIPs say of
// themselves.
func (s *Session) Overview(ctx context.Context, rev string) (run Run, headings map[string]Heading, err error) {
	if run, err = s.Status(ctx, Selection{All: true, Rev: rev}); err != nil {
		return run, nil, err
	}
	if headings, err = s.headings(ctx, run); err != nil {
		return run, nil, err
	}
	objects, err := s.VerifyObjects(ctx, nil, VerifyOptions{NoUpgrade: true})
	run.Results = append(run.Results, objects.Results...)
	return run, headings, err
}

func (s *Session) headings(ctx context.Context, run Run) (map[string]Heading, error) {
	found := make([]Heading, len(run.Results))
	each(ctx, len(run.Results), func(i int) {
		r := run.Results[i]
		if r.Kind != config.KindLIP || r.Superseded {
			return
		}
		blob, err := s.Repo.Blob(ctx, run.Commit, r.Path)
		if err != nil || blob.Size > maxTitled {
			return // what is in its way, the result says
		}
		if raw, err := blob.Bytes(ctx); err == nil {
			document, _ := lip.Parse(raw)
			found[i] = Heading{document.Title, document.Status}
		}
	})
	headings := map[string]Heading{}
	for i, r := range run.Results {
		if found[i] != (Heading{}) {
			headings[r.Path] = found[i]
		}
	}
	return headings, ctx.Err()
}

// DossierOf is Dossier for a result of Overview. Nothing but Result and Commit
// is filled of what has no document's bytes at the commit or no proof: git
// objects, proofs of earlier versions, what was refused. Where embed asks for
// the document's bytes and there are more than limit, they are left out.
func (s *Session) DossierOf(ctx context.Context, run Run, r Result, rev string, embed bool, limit int64) (Dossier, error) {
	d := Dossier{Result: r, Commit: run.Commit}
	if r.Superseded || r.Object != "" || r.Refusal != nil || r.Err != nil || r.Outcome.Digest == nil {
		return d, nil
	}
	if err := s.fill(ctx, &d, rev, embed, limit); err != nil || d.Result.Refusal == nil {
		return d, err
	}
	d.Result = r
	return d, s.fill(ctx, &d, rev, false, limit)
}
