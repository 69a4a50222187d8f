package anchor

import (
	"context"
	"errors"

	"github.com/openllmo/git-anchor/internal/gitrepo"
)

// Adopt takes the proofs that our own branch has, and that HEAD lacks or has
// with fewer claims, into the work tree, where their documents are HEAD's: what
// waits in a pull request must not be stamped again. It returns the paths that
// it wrote. Without such a branch there are none.
func (s *Session) Adopt(ctx context.Context, tip *gitrepo.Tip, branch string) ([]string, error) {
	return nil, errors.ErrUnsupported
}
