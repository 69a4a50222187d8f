package anchor

import (
	"context"
	"errors"
	"time"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/gitrepo"
)

// An Advance makes a commit on tip that has the files in place of its own, and
// moves the branch to it. It returns the commit's id, or tip's when nothing
// differs; the error wraps gitrepo.ErrMoved when the branch is not at tip.
type Advance func(ctx context.Context, tip gitrepo.Commit, files []gitrepo.NewFile, message string) (string, error)

// Delivery says where a plan goes and how.
type Delivery struct {
	Branch   string // that moves, without refs/heads/
	Identity gitrepo.Identity
	SignOff  bool                        // end the message with the Signed-off-by of Identity
	Message  func(paths []string) string // nil: one that names what was done
	Network  *bitcoin.Network            // whose headers are merged; nil: headers are left alone
	Advance  Advance                     // of Publish; PublishBranch pushes by itself

	// Jitter says how long to wait before another try, 1 to 5; nil: some
	// seconds, at random.
	Jitter func(try int) time.Duration
}

// Published is what became of a plan.
type Published struct {
	Commit   string    // id of the commit that was made, "" if none was
	Paths    []string  // that it changes
	Dropped  []Dropped // what was left out
	Attempts int       // 1 to 6
	Due      bool      // PublishBranch: the branch differs from its base, so that a pull request is due
}

// Dropped is a path of a plan that was not committed.
type Dropped struct{ Path, Reason string }

// Publish commits a plan on what the branch is at, and tries again where
// somebody else moved it meanwhile. Extra files join a commit of proofs; alone
// they are none.
func Publish(ctx context.Context, tip *gitrepo.Tip, plan Plan, extra Extra, d Delivery) (Published, error) {
	return Published{}, errors.ErrUnsupported
}

// PushTo returns an Advance that pushes to a branch of tip's server.
func PushTo(tip *gitrepo.Tip, branch string, id gitrepo.Identity) Advance {
	return func(ctx context.Context, parent gitrepo.Commit, files []gitrepo.NewFile, message string) (string, error) {
		id, err := tip.Plant(ctx, parent, files, id, message)
		if err != nil || id == parent.ID {
			return id, err
		}
		return id, tip.Push(ctx, branch, id, parent.ID)
	}
}

// PublishBranch keeps d.Branch one commit ahead of base: the plan, and the
// proofs that the branch has already. It is not touched where it says so
// already, and where nothing differs from base.
func PublishBranch(ctx context.Context, tip *gitrepo.Tip, base string, plan Plan, extra Extra, d Delivery) (Published, error) {
	return Published{}, errors.ErrUnsupported
}
