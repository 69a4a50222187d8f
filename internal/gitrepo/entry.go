package gitrepo

import (
	"context"
	"errors"
	"fmt"
)

// Entry finds what a commit holds at path: a file, a symbolic link or a
// submodule. It returns ErrNotFound where there is nothing, or a directory, or
// where something else than a directory is on the way.
func (r *Repo) Entry(ctx context.Context, c Commit, path string) (Entry, error) {
	e, err := r.find(ctx, c.Tree, path)
	switch {
	case errors.Is(err, ErrSymlink), errors.Is(err, ErrSubmodule):
		return Entry{}, fmt.Errorf("%q at %s: %w: %w", path, c.ID, ErrNotFound, err)
	case err != nil:
		return Entry{}, fmt.Errorf("%q at %s: %w", path, c.ID, err)
	case e.mode&modeKind == modeDir:
		return Entry{}, fmt.Errorf("%q at %s: %w: %w", path, c.ID, ErrNotFound, ErrDirectory)
	}
	return Entry{Path: path, Mode: e.mode, ID: e.id}, nil
}
