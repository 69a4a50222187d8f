package anchor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/gitrepo"
)

// maxWalks is how often the merges between two commits are looked through for one log.
const maxWalks = 200

// follow adds the merges since the last commit that touched the proof which kept
// another one than that left, until it is the blob that the commit has, or had before.
// Other branches go on beside it: what they have is no news.
func (t *tracing) follow(ctx context.Context, commit, blob string, itself bool) error {
	for t.from != "" && t.last != blob {
		if t.walks++; t.walks > maxWalks {
			return fmt.Errorf("read history: %w: its proof went other ways in more than %d merges", gitrepo.ErrTooLarge, maxWalks)
		}
		merges, err := t.s.Repo.Merges(ctx, t.from, commit)
		if err != nil {
			return err
		}
		if !itself {
			merges = slices.DeleteFunc(merges, func(id string) bool { return id == commit })
		}
		if kept, err := t.kept(ctx, merges); err != nil || !kept {
			return err
		}
	}
	return nil
}

// kept adds the first of the merges that has another proof than the last.
func (t *tracing) kept(ctx context.Context, merges []string) (bool, error) {
	for _, id := range merges {
		c, err := t.s.Repo.Resolve(ctx, id)
		if err != nil {
			return false, err
		}
		has, err := t.at(ctx, c)
		if err != nil {
			return false, err
		}
		if has == t.last {
			continue
		}
		o, err := t.s.Repo.Object(ctx, id)
		if err != nil {
			return false, err
		}
		p, err := t.read(ctx, has)
		if err != nil {
			return false, err
		}
		who := signedBy(o.Data)
		e := evidence.Entry{Kind: evidence.KindMerge, Commit: id, At: who.committed, By: who.committer, Claim: "the merge left no proof"}
		if p != nil {
			e.Claim = "the merge kept the proof with " + t.claims(p.Claims())
		}
		t.entries = append(t.entries, e)
		t.last, t.from = has, id
		return true, nil
	}
	return false, nil
}

// at is the blob of the proof at a commit, "" where there is no such file.
func (t *tracing) at(ctx context.Context, c gitrepo.Commit) (string, error) {
	blob, err := t.s.Repo.Blob(ctx, c, t.proof)
	switch {
	case err == nil:
		return blob.ID, nil
	case errors.Is(err, gitrepo.ErrMissingObject):
		return "", err
	}
	return "", nil
}
