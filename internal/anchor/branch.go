package anchor

import (
	"context"
	"errors"
	"fmt"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
)

// PublishBranch keeps d.Branch one commit ahead of base: it changes what the
// plan says, and the months, proofs and headers that the branch had before,
// merged, as far as their documents are still those of base. The branch is not touched
// where it says so already, and where nothing differs from base. Whatever else
// was on the branch is replaced.
func PublishBranch(ctx context.Context, tip *gitrepo.Tip, base string, plan Plan, extra Extra, d Delivery) (Published, error) {
	if base == d.Branch {
		return Published{}, fmt.Errorf("%q is the base of the pull request and cannot be its branch, too", base)
	}
	return d.persist(ctx, func() (Published, error) {
		c, err := tip.Fetch(ctx, base)
		if err != nil {
			return Published{}, err
		}
		ours, err := tip.Fetch(ctx, d.Branch)
		if err != nil && !errors.Is(err, gitrepo.ErrNoCommit) {
			return Published{}, err
		}
		p, err := newPlanting(ctx, tip.Repo(), c, d.Config, d.Network)
		if err != nil {
			return Published{}, err
		}
		if err := p.plan(ctx, plan); err != nil {
			return Published{}, err
		}
		if err := p.branch(ctx, ours); err != nil {
			return Published{}, err
		}
		if err := p.join(ctx, extra); err != nil {
			return Published{}, err
		}
		return d.replace(ctx, tip, p, ours)
	})
}

// replace puts a commit of what was planted in the place of our branch's.
func (d Delivery) replace(ctx context.Context, tip *gitrepo.Tip, p *planting, ours gitrepo.Commit) (Published, error) {
	out := Published{Dropped: p.dropped}
	files, paths := p.list()
	if len(files) == 0 {
		return out, nil
	}
	id, err := tip.Plant(ctx, p.tip, files, d.Identity, d.message(p, paths))
	if err != nil || id == p.tip.ID {
		return out, err
	}
	made, err := tip.Repo().Resolve(ctx, id)
	if err != nil {
		return out, err
	}
	if out.Due = true; made.Tree == ours.Tree {
		return out, nil
	}
	if err := tip.Push(ctx, d.Branch, id, ours.ID); err != nil {
		return out, err
	}
	out.Commit, out.Paths = id, paths
	return out, nil
}

// branch plants what our branch has beyond the commit; the zero commit has
// nothing.
func (p *planting) branch(ctx context.Context, ours gitrepo.Commit) error {
	if ours.ID == "" {
		return nil
	}
	changes, err := p.repo.Changes(ctx, p.tip, ours)
	if err != nil {
		return err
	}
	if err := p.waiting(ctx, ours, changes); err != nil {
		return err
	}
	for _, ch := range changes {
		if !ch.New.Regular() {
			continue
		}
		var err error
		switch {
		case ch.Path == bitcoin.BundleFile && p.network != nil:
			var raw []byte
			if raw, err = p.had(ctx, ours, ch.Path, bitcoin.MaxBundle); err == nil {
				err = p.headers(ctx, raw)
			}
		case proofNamed(ch.Path):
			err = p.again(ctx, ours, ch)
		}
		if err := p.take(ch.Path, err); err != nil {
			return err
		}
	}
	return nil
}

// had reads a file of our branch.
func (p *planting) had(ctx context.Context, ours gitrepo.Commit, path string, max int64) ([]byte, error) {
	blob, err := p.repo.Blob(ctx, ours, path)
	if err != nil {
		return nil, refusable(err)
	}
	if blob.Size > max {
		return nil, refuse("", "our branch has %d bytes there, more than the %d that are read", blob.Size, max)
	}
	return blob.Bytes(ctx)
}

// again plants a proof that our branch has. One of an earlier version is only
// merged into what is there: it came from the base.
func (p *planting) again(ctx context.Context, ours gitrepo.Commit, ch gitrepo.Change) error {
	raw, err := p.had(ctx, ours, ch.Path, ots.MaxProof)
	if err != nil {
		return err
	}
	q := PlannedProof{Path: ch.Path, Proof: raw}
	if _, earlier := Superseded(ch.Path); earlier {
		_, there, err := p.read(ctx, ch.Path, ots.MaxProof)
		if err == nil && !there {
			err = refuse("", "the base has no such proof of an earlier version")
		}
		if err != nil {
			return err
		}
		return p.proof(ctx, q)
	}
	q.Document, _ = p.layout.DocumentPath(ch.Path)
	blob, err := p.repo.Blob(ctx, ours, q.Document)
	if errors.Is(err, gitrepo.ErrNotFound) {
		return refuse("", "our branch has it without its document")
	}
	if err != nil {
		return refusable(err)
	}
	q.Blob = blob.ID
	return p.proof(ctx, q)
}
