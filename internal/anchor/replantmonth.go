package anchor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash"
	"path"
	"slices"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/registry"
)

// months plants the months of a plan, oldest first, each with its proof or not
// at all. It returns the proofs that are dealt with.
func (p *planting) months(ctx context.Context, plan Plan) (map[string]bool, error) {
	done := map[string]bool{}
	for _, m := range plan.Months {
		i := slices.IndexFunc(plan.Proofs, func(q PlannedProof) bool { return q.Document == m.Path })
		if i < 0 {
			p.dropped = append(p.dropped, Dropped{m.Path, "the plan has no proof of it"})
			continue
		}
		done[plan.Proofs[i].Path] = true
		if _, ok := monthAt(p.layout, m.Path); !ok || p.layout.ProofPath(m.Path) != plan.Proofs[i].Path {
			elsewhere := fmt.Sprintf("the branch's configuration has months in %q and their proofs in %q", p.layout.OTS.RegistryPath, p.layout.OTS.ProofsPath)
			p.dropped = append(p.dropped, Dropped{m.Path, elsewhere}, Dropped{plan.Proofs[i].Path, elsewhere})
			continue
		}
		if err := p.month(ctx, m, plan.Proofs[i]); err != nil {
			return nil, err
		}
	}
	return done, nil
}

// month plants a month and its proof. What is refused of the one is refused of
// the other.
func (p *planting) month(ctx context.Context, m PlannedMonth, q PlannedProof) error {
	fresh, err := p.fits(ctx, m)
	if err == nil {
		if fresh {
			p.set(m.Path, m.Data)
		}
		if err = p.proof(ctx, q); err != nil && fresh {
			delete(p.files, m.Path)
		}
	}
	if isRefusal(err) {
		if err := p.take(m.Path, err); err != nil {
			return err
		}
	}
	return p.take(q.Path, err)
}

// fits says that a month is new to the commit; a refusal where it does not
// follow the months that are there.
func (p *planting) fits(ctx context.Context, m PlannedMonth) (fresh bool, err error) {
	raw, there, err := p.read(ctx, m.Path, registry.MaxFile)
	switch {
	case err != nil:
		return false, err
	case there && bytes.Equal(raw, m.Data):
		return false, nil
	case there:
		return false, refuse("", "the branch has another one there by now")
	}
	period, _ := monthAt(p.layout, m.Path)
	ours, err := registry.Parse(period, m.Data)
	if err != nil {
		return false, refuse("", "%v", err)
	}
	newest, err := p.newest(ctx)
	if err != nil {
		return false, err
	}
	var before *registry.Month
	if newest != (registry.Period{}) {
		at := path.Join(p.layout.OTS.RegistryPath, newest.File())
		if raw, _, err = p.read(ctx, at, registry.MaxFile); err != nil {
			return false, err
		}
		if before, err = registry.Parse(newest, raw); err != nil {
			return false, refuse("", "the month before it, %s, is no registry: %v", newest, err)
		}
	}
	for _, f := range registry.CheckLink(before, ours) {
		return false, refuse("", "it does not follow the branch's months: %s", f.Text)
	}
	return true, nil
}

// newest is the last month that the commit has, or that is planted; the zero
// Period is none.
func (p *planting) newest(ctx context.Context) (registry.Period, error) {
	dir := p.layout.OTS.RegistryPath
	names, err := p.repo.Names(ctx, p.tip, topDir(dir), isMonthFile)
	if err != nil && !errors.Is(err, gitrepo.ErrNotFound) {
		return registry.Period{}, refusable(err)
	}
	var newest registry.Period
	for _, name := range names {
		if m, _ := registry.ParsePeriodFile(name); newest.Before(m) {
			newest = m
		}
	}
	for at := range p.files {
		if m, ok := monthAt(p.layout, at); ok && newest.Before(m) {
			newest = m
		}
	}
	return newest, nil
}

// document is the id of the blob that a path has in the commit to be made.
func (p *planting) document(ctx context.Context, at string) (string, error) {
	if data, ok := p.files[at]; ok {
		return p.repo.BlobID(data)
	}
	blob, err := p.repo.Blob(ctx, p.tip, at)
	if err != nil {
		return "", err
	}
	return blob.ID, nil
}

// digest is that of its bytes.
func (p *planting) digest(ctx context.Context, at string, h hash.Hash) ([]byte, error) {
	if data, ok := p.files[at]; ok {
		h.Write(data)
		return h.Sum(nil), nil
	}
	blob, err := p.repo.Blob(ctx, p.tip, at)
	if err != nil {
		return nil, err
	}
	return blob.Digest(ctx, h)
}

// waiting plants the months that our branch has beyond the commit.
func (p *planting) waiting(ctx context.Context, ours gitrepo.Commit, changes []gitrepo.Change) error {
	for _, ch := range changes {
		if _, ok := monthAt(p.layout, ch.Path); !ok || !ch.New.Regular() {
			continue
		}
		m := PlannedMonth{Path: ch.Path}
		q := PlannedProof{Path: p.layout.ProofPath(ch.Path), Document: ch.Path, Blob: ch.New.ID}
		var err error
		if m.Data, err = p.had(ctx, ours, m.Path, registry.MaxFile); err == nil {
			q.Proof, err = p.had(ctx, ours, q.Path, ots.MaxProof)
		}
		if err != nil {
			if err := p.take(m.Path, err); err != nil {
				return err
			}
			continue
		}
		if err := p.month(ctx, m, q); err != nil {
			return err
		}
	}
	return nil
}
