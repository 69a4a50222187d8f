package gitrepo

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// maxSteps bounds ~n without git: each step reads a commit.
const maxSteps = 1_000_000

// resolveAlone is resolve where git is not installed: full ids, refs, ~n, ^n.
func (r *Repo) resolveAlone(ctx context.Context, rev string) (Commit, error) {
	base, steps := rev, ""
	if i := strings.IndexAny(rev, "~^"); i >= 0 {
		base, steps = rev[:i], rev[i:]
	}
	if base == "@" {
		base = "HEAD"
	}
	id, err := r.refID(base)
	if err != nil {
		return Commit{}, err
	}
	c, err := r.peel(ctx, id)
	for err == nil && steps != "" {
		kind := steps[0]
		digits := strings.IndexAny(steps[1:]+"~", "~^")
		n := 1
		if digits > 0 {
			if n, err = strconv.Atoi(steps[1 : 1+digits]); err != nil || n < 0 || n > maxSteps {
				return Commit{}, fmt.Errorf("%w: of git's syntax only ids, refs, ~n and ^n are read alone: %w", ErrNoCommit, ErrNoGit)
			}
		}
		steps = steps[1+digits:]
		c, err = r.step(ctx, c, kind, n)
	}
	return c, err
}

// step goes from a commit to its n-th first parent (~) or n-th parent (^).
func (r *Repo) step(ctx context.Context, c Commit, kind byte, n int) (Commit, error) {
	if kind == '^' && n > 0 {
		if n > len(c.Parents) {
			return c, fmt.Errorf("%w: %s has %d parents", ErrNoCommit, c.ID, len(c.Parents))
		}
		return r.commit(ctx, c.Parents[n-1])
	}
	for ; kind == '~' && n > 0; n-- {
		if len(c.Parents) == 0 {
			return c, fmt.Errorf("%w: %s has no parent", ErrNoCommit, c.ID)
		}
		var err error
		if c, err = r.commit(ctx, c.Parents[0]); err != nil {
			return c, err
		}
	}
	return c, nil
}
