package anchor

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/printable"
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
	Config   string                      // path of the branch's configuration; "": config.File
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

// maxTries is how often a plan is planted on a branch that others move.
const maxTries = 6

// Publish commits a plan on what the branch is at, and tries again where
// somebody else moved it meanwhile. Extra files join a commit of proofs; alone
// they are none.
func Publish(ctx context.Context, tip *gitrepo.Tip, plan Plan, extra Extra, d Delivery) (Published, error) {
	return d.persist(ctx, func() (Published, error) {
		c, err := tip.Fetch(ctx, d.Branch)
		if err != nil {
			return Published{}, err
		}
		p, err := newPlanting(ctx, tip.Repo(), c, d.Config, d.Network)
		if err != nil {
			return Published{}, err
		}
		if err := p.plan(ctx, plan); err != nil {
			return Published{}, err
		}
		if err := p.join(ctx, extra); err != nil {
			return Published{}, err
		}
		files, paths := p.list()
		out := Published{Dropped: p.dropped}
		if len(files) == 0 {
			return out, nil
		}
		id, err := d.Advance(ctx, c, files, d.message(p, paths))
		if err == nil && id != c.ID {
			out.Commit, out.Paths = id, paths
		}
		return out, err
	})
}

// PushTo returns an Advance that pushes to a branch of tip's server.
func PushTo(tip *gitrepo.Tip, branch string, id gitrepo.Identity) Advance {
	return func(ctx context.Context, parent gitrepo.Commit, files []gitrepo.NewFile, message string) (string, error) {
		commit, err := tip.Plant(ctx, parent, files, id, message)
		if err != nil || commit == parent.ID {
			return commit, err
		}
		return commit, tip.Push(ctx, branch, commit, parent.ID)
	}
}

// persist tries until nobody is in the way.
func (d Delivery) persist(ctx context.Context, try func() (Published, error)) (Published, error) {
	for n := 1; ; n++ {
		out, err := try()
		out.Attempts = n
		if !errors.Is(err, gitrepo.ErrMoved) {
			return out, err
		}
		if n == maxTries {
			return out, fmt.Errorf("others moved the branch %s while a commit was made on it, %d times: %w", printable.Text(d.Branch, 200), n, err)
		}
		if err := d.pause(ctx, n); err != nil {
			return out, err
		}
	}
}

// pause waits before another try: runs that met once would meet again.
func (d Delivery) pause(ctx context.Context, try int) error {
	wait := d.Jitter
	if wait == nil {
		wait = func(try int) time.Duration { return rand.N(time.Duration(try) * time.Second) }
	}
	timer := time.NewTimer(wait(try))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// message is the commit's, in full.
func (d Delivery) message(p *planting, paths []string) string {
	text := p.message()
	if d.Message != nil {
		text = d.Message(paths)
	}
	text = strings.TrimRight(text, "\n") + "\n"
	if d.SignOff {
		text = signedOff(text, d.Identity)
	}
	return text
}

// signedOff ends a message with the trailer that says who hands the change in.
// Neither name nor mail can begin another line of it, or end the name early.
func signedOff(message string, id gitrepo.Identity) string {
	clean := func(s string) string {
		s = strings.Map(func(r rune) rune {
			if r == '<' || r == '>' || unicode.IsControl(r) {
				return -1
			}
			return r
		}, s)
		return printable.Text(strings.TrimSpace(s), 200)
	}
	trailer := fmt.Sprintf("Signed-off-by: %s <%s>\n", clean(id.Name), clean(id.Email))
	if strings.HasSuffix(message, "\n"+trailer) {
		return message
	}
	paragraphs := strings.Split(strings.TrimRight(message, "\n"), "\n\n")
	if n := len(paragraphs); n == 1 || !trailers.MatchString(paragraphs[n-1]) {
		message += "\n"
	}
	return message + trailer
}

// trailers is a last paragraph of a message that another trailer belongs to.
var trailers = regexp.MustCompile(`^([A-Za-z0-9-]+: .*(\n|$))+$`)
