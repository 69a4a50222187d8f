package gitrepo

import (
	"context"
	"errors"
)

// Version is one content a path had.
type Version struct {
	Commit string // the commit that brought it
	Blob   string
}

// History lists every blob path ever had in HEAD's history, newest first.
func (r *Repo) History(ctx context.Context, path string) ([]Version, error) {
	m, err := r.HistoryOf(ctx, []string{path})
	return m[path], err
}

// HistoryOf is History for many paths in one walk.
func (r *Repo) HistoryOf(ctx context.Context, paths []string) (map[string][]Version, error) {
	return nil, errors.ErrUnsupported
}
