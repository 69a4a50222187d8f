package gitrepo

import (
	"context"
	"errors"
)

// MergeBase finds the best common ancestor of two commits. It returns
// ErrNoCommit when they share no history, ErrMissingObject where history is
// cut off so that nothing can be said.
func (r *Repo) MergeBase(ctx context.Context, a, b Commit) (Commit, error) {
	return Commit{}, errors.ErrUnsupported
}

// DefaultBranch finds what the remote's default branch was at the last fetch:
// refs/remotes/origin/HEAD, else origin/main or origin/master. The name is as
// "origin/main". ErrNoCommit: none of them is there.
func (r *Repo) DefaultBranch(ctx context.Context) (Commit, string, error) {
	return Commit{}, "", errors.ErrUnsupported
}

// LastChange finds the newest commit among those that to has and from has not
// that changed path. It returns ErrNoCommit when there is none,
// ErrMissingObject where history is cut off.
func (r *Repo) LastChange(ctx context.Context, from, to Commit, path string) (Commit, error) {
	return Commit{}, errors.ErrUnsupported
}
