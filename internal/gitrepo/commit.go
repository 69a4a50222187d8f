package gitrepo

import (
	"context"
	"errors"
)

// Commit commits exactly the given files of the work tree.
func (r *Repo) Commit(ctx context.Context, paths []string, message string) (string, error) {
	return "", errors.ErrUnsupported
}
