package gitrepo

import (
	"context"
	"errors"
)

// State compares HEAD, index and work tree for one path.
type State struct {
	Head, Index, Disk string // blob ids; empty: absent. Disk is what git would store, clean filters applied

	Staged      bool // the index differs from HEAD
	Edited      bool // the work tree differs from the index by git's own comparison (deleted, too)
	Untracked   bool // on disk, not in the index
	Unmerged    bool // a conflict is in the index
	DiskSymlink bool // a symbolic link is at the path or on the way to it
	DiskOther   bool // a directory, device or the like is at the path
	Hidden      bool // skip-worktree or assume-unchanged: git does not look at the disk, nor do we
}

// State is git's own comparison for one path; no tree is scanned.
func (r *Repo) State(ctx context.Context, path string) (State, error) {
	m, err := r.States(ctx, []string{path})
	return m[path], err
}

// States is State for many paths at once.
func (r *Repo) States(ctx context.Context, paths []string) (map[string]State, error) {
	return nil, errors.ErrUnsupported
}
