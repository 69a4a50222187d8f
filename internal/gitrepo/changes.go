package gitrepo

import (
	"context"
	"errors"
)

// Change is one path in which two commits differ.
type Change struct {
	Path     string
	Old, New Entry // the zero Entry (ID "") where there is none
}

// Regular reports whether the entry is a regular file.
func (e Entry) Regular() bool { return e.Mode&modeKind == modeRegular }

// Submodule reports whether the entry is a submodule.
func (e Entry) Submodule() bool { return e.Mode&modeKind == modeModule }

// Changes lists, in path order, the files, symbolic links and submodules in
// which b differs from a. Only directories that differ are read. Renames are
// not looked for. It returns ErrBadTree and ErrTooLarge by name.
func (r *Repo) Changes(ctx context.Context, a, b Commit) ([]Change, error) {
	return nil, errors.ErrUnsupported
}
