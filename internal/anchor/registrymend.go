package anchor

import (
	"bytes"
	"context"
	"errors"
	"path"
	"slices"

	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/registry"
)

// A month of a chain is named by the month after it, so that nothing can take its
// place. What is wrong in it is set right in the next month.
const monthStays = "a month of the registry is never superseded: a correction goes into the next month"

// isMonth reports whether a document is a month of the registry.
func (s *Session) isMonth(d document) bool {
	_, ok := monthAt(s.Config, d.path)
	return ok && d.kind == config.KindRegistry
}

// monthBack is what to type where a month has other bytes than those that its
// proof is for; "" is a commit that is not known.
func (s *Session) monthBack(at, commit string) string {
	if commit == "" {
		return "git log -- " + s.spec(at) + "  # shows the commits that held it; " + monthStays
	}
	return "git checkout " + short(commit) + " -- " + s.spec(at) + "  # " + monthStays
}

// keepMonth refuses to supersede the proof of a month.
func (s *Session) keepMonth(ctx context.Context, d document, p *ots.Proof) error {
	held, err := s.heldFor(ctx, d.path, p)
	if err != nil {
		return err
	}
	return refuse(s.monthBack(d.path, held), "%s", monthStays)
}

// notOfMonth is keepMonth with the proof that there is, or without.
func (s *Session) notOfMonth(ctx context.Context, c gitrepo.Commit, d document) error {
	if p, err := ots.Parse(s.load(ctx, c, d.proof).raw); err == nil {
		return s.keepMonth(ctx, d, p)
	}
	return refuse("", "%s", monthStays)
}

// heldFor is the newest commit that brought the bytes which a proof is for to a
// path, "" where there is none in HEAD's history, or none can be had.
func (s *Session) heldFor(ctx context.Context, at string, p *ots.Proof) (string, error) {
	past, err := s.Repo.History(ctx, at)
	if err != nil {
		return "", ctx.Err()
	}
	for _, v := range past[:min(len(past), maxPast)] {
		c, err := s.Repo.Resolve(ctx, v.Commit)
		if err != nil {
			return "", err
		}
		blob, err := s.Repo.Blob(ctx, c, at)
		if err != nil {
			continue
		}
		if digest, err := blob.Digest(ctx, p.Hash.NewHash()); err == nil && bytes.Equal(digest, p.Digest) {
			return v.Commit, nil
		}
	}
	return "", ctx.Err()
}

// bothBack is what brings a deleted proof back, and with it its document, for
// which both is true, where the commit lacks that and the former one has it.
func (s *Session) bothBack(ctx context.Context, c gitrepo.Commit, last gitrepo.Version, d document) (back string, both bool) {
	back = s.restore(last, d.proof)
	if _, err := s.Repo.Entry(ctx, c, d.path); !errors.Is(err, gitrepo.ErrNotFound) {
		return back, false
	}
	former, err := s.Repo.Resolve(ctx, last.Commit)
	if err != nil {
		return back, false
	}
	if e, err := s.Repo.Entry(ctx, former, d.path); err != nil || !e.Regular() {
		return back, false
	}
	return s.restore(last, d.path) + " " + s.spec(d.proof), true
}

// maxSought is how many missing months are looked for in history.
const maxSought = 12

// mend finds one thing to type about a chain with a gap: months that history
// holds, or that are there under another name.
func (s *Session) mend(ctx context.Context, c gitrepo.Commit, v *RegistryVerified) error {
	var sought []document
	var paths []string
	for _, p := range v.lacks() {
		d := s.document(path.Join(s.Config.OTS.RegistryPath, p.File()), true)
		if at, ok := v.misnamed[p]; ok {
			v.Hint = s.renamed(ctx, c, at, d)
			return nil
		}
		sought, paths = append(sought, d), append(paths, d.path, d.proof)
	}
	if len(sought) == 0 {
		return nil
	}
	history, err := s.Repo.HistoryOf(ctx, paths)
	if err != nil {
		return ctx.Err() // a hint that cannot be had
	}
	for _, d := range sought {
		proofs, months := history[d.proof], history[d.path]
		_, kept := s.Repo.Entry(ctx, c, d.proof)
		switch {
		case len(months) == 0:
			continue
		case kept == nil || len(proofs) == 0:
			v.Hint = s.restore(months[0], d.path)
		default:
			v.Hint, _ = s.bothBack(ctx, c, proofs[0], d)
		}
		return nil
	}
	return nil
}

// renamed is the command that gives a month, and its proof where that went along,
// the name back that it says itself.
func (s *Session) renamed(ctx context.Context, c gitrepo.Commit, at string, d document) string {
	hint := "git mv " + s.here(at) + " " + s.here(d.path)
	proof := s.Config.ProofPath(at)
	_, own := s.Repo.Entry(ctx, c, d.proof)
	_, along := s.Repo.Entry(ctx, c, proof)
	if errors.Is(own, gitrepo.ErrNotFound) && along == nil {
		hint += " && git mv " + s.here(proof) + " " + s.here(d.proof)
	}
	return hint
}

// lacks are the first months that the chain lacks: before it, in between, and
// those whose proofs are left.
func (v *RegistryVerified) lacks() []registry.Period {
	list := slices.Clone(v.stray)
	for i, m := range v.Months {
		p := m.Period
		if i == 0 && m.earlier {
			list = append(list, p.Prev())
		}
		if i == 0 {
			continue
		}
		for q := v.Months[i-1].Period.Next(); q.Before(p) && len(list) < maxSought; q = q.Next() {
			list = append(list, q)
		}
	}
	return list[:min(len(list), maxSought)]
}
