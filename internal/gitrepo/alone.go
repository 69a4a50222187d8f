package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/storage/filesystem"
	"github.com/go-git/go-git/v5/storage/filesystem/dotgit"
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

// refID finds an id by the rules of gitrevisions(7).
func (r *Repo) refID(name string) (string, error) {
	if id := strings.ToLower(name); IsID(id) {
		return id, nil
	}
	layout := dotgit.NewRepositoryFilesystem(osfs.New(r.gitDir), osfs.New(r.commonDir))
	refs := filesystem.NewStorage(layout, nil)
	for _, rule := range append([]string{"%s"}, plumbing.RefRevParseRules...) {
		full := plumbing.ReferenceName(fmt.Sprintf(rule, name))
		if rule == "%s" && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") != "" && !strings.HasPrefix(name, "refs/") {
			continue // a file of the git directory that is no ref
		}
		if full.Validate() != nil && name != "HEAD" {
			continue
		}
		ref, err := storer.ResolveReference(refs, full)
		if err == nil {
			return ref.Hash().String(), nil
		}
		if !errors.Is(err, plumbing.ErrReferenceNotFound) {
			return "", err
		}
		if name == "HEAD" {
			return "", ErrUnborn
		}
	}
	return "", fmt.Errorf("%w: abbreviated ids and the rest of git's syntax are not read alone: %w", ErrNoCommit, ErrNoGit)
}

// peel goes through tags to the commit.
func (r *Repo) peel(ctx context.Context, id string) (Commit, error) {
	for range maxTreeDepth {
		h, err := r.objects.lookup(ctx, id)
		if errors.Is(err, errMissing) {
			return Commit{}, fmt.Errorf("%w: %s is %w", ErrNoCommit, id, ErrMissingObject)
		}
		if err != nil {
			return Commit{}, err
		}
		if h.kind == "commit" {
			return r.commit(ctx, id)
		}
		if h.kind != "tag" {
			return Commit{}, fmt.Errorf("%w: it names a %s", ErrNoCommit, h.kind)
		}
		b, err := r.objects.bytes(ctx, id, "tag")
		if err != nil {
			return Commit{}, err
		}
		line, _, _ := strings.Cut(string(b), "\n")
		target, ok := strings.CutPrefix(line, "object ")
		if !ok || !IsID(target) {
			return Commit{}, fmt.Errorf("tag %s: %w: it names no object", id, ErrCorrupt)
		}
		id = target
	}
	return Commit{}, fmt.Errorf("%w: tags of tags without end", ErrNoCommit)
}
