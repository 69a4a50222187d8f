package gitrepo

import (
	"context"
	"errors"
	"time"
)

// Commit is a commit as its object says.
type Commit struct {
	ID      string
	Tree    string
	Parents []string
	Subject string    // first line of the message, raw bytes
	Author  string    // "Name <mail>", raw bytes
	When    time.Time // committer's time, UTC
}

// Resolve finds the commit that rev names.
func (r *Repo) Resolve(ctx context.Context, rev string) (Commit, error) {
	return Commit{}, errors.ErrUnsupported
}
