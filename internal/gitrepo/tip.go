package gitrepo

import (
	"context"
	"errors"
)

// Remote is the one server a Tip speaks with.
type Remote struct {
	URL   string // https, or http to a loopback address; no user, no query
	Token string // sent as the password of x-access-token; empty: none
}

// NewFile is a file a commit shall have.
type NewFile struct {
	Path string
	Data []byte
}

// Tip is a temporary bare repository, with a configuration that is ours alone,
// in which a commit is built on what a server has now. Close removes it.
type Tip struct{ repo *Repo }

// OpenTip makes a temporary repository for remote. r, which may be nil, lends
// its objects so that less is fetched, unless it is a partial clone; nothing
// is ever written to it and none of its configuration is used.
func OpenTip(ctx context.Context, r *Repo, remote Remote, getenv func(string) string) (*Tip, error) {
	return nil, errors.ErrUnsupported
}

// Repo reads what was fetched. It is closed with the Tip.
func (t *Tip) Repo() *Repo { return t.repo }

// Close removes the repository.
func (t *Tip) Close() error { return errors.ErrUnsupported }

// Fetch gets the commit that a branch of the server ("main", without
// refs/heads/) is at now. It returns ErrNoCommit when the server has no such
// branch, ErrUnauthorized when it does not let us read.
func (t *Tip) Fetch(ctx context.Context, branch string) (Commit, error) {
	return Commit{}, errors.ErrUnsupported
}

// Plant makes a commit on parent that has these files in place of its own and
// everything else as it is, and returns its id, or parent's when nothing
// differs. New files get the mode 100644, others keep theirs. It returns
// ErrSymlink, ErrSubmodule, ErrDirectory or ErrNotRegular for what it would
// have to replace. The message is taken as it is.
func (t *Tip) Plant(ctx context.Context, parent Commit, files []NewFile, id Identity, message string) (string, error) {
	return "", errors.ErrUnsupported
}
