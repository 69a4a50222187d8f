package gitrepo

import (
	"context"
	"errors"
)

// Identity is who a commit is by, and how it is signed.
type Identity struct {
	Name    string `json:"name,omitempty"`
	Email   string `json:"email,omitempty"`
	Sign    bool   `json:"sign,omitempty"`
	Format  string `json:"format,omitempty"`  // openpgp (also ""), ssh, x509
	Key     string `json:"key,omitempty"`     // user.signingKey; empty: the signing program chooses
	Program string `json:"program,omitempty"` // what signs; empty: git's own choice
}

// Identity reads it from the git configuration, as git commit would: what is
// not configured is empty.
func (r *Repo) Identity(ctx context.Context) (Identity, error) {
	return Identity{}, errors.ErrUnsupported
}
