package gitrepo

import (
	"context"
	"errors"
)

// Conditions of a server that a caller may match with errors.Is.
var (
	ErrMoved        = errors.New("the branch is not where it was")
	ErrUnauthorized = errors.New("the server refuses the token")
)

// Rejected is a push that the server declined by a rule of its own.
type Rejected struct {
	Words string // what it said, one line each, unprintable escaped; at most 4 KiB
}

func (e *Rejected) Error() string { return "the server declined the push: " + e.Words }

// Push sets a branch of the server to commit if it still is at old ("": not
// there). It returns ErrMoved when it is elsewhere, a *Rejected with the
// server's words when a rule declines it, ErrUnauthorized when the token may
// not write.
func (t *Tip) Push(ctx context.Context, branch, commit, old string) error {
	return errors.ErrUnsupported
}
