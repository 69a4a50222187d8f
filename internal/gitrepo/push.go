package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/openllmo/git-anchor/internal/printable"
)

// ErrMoved: somebody else was quicker. Fetch it, build on it, try again.
var ErrMoved = errors.New("the branch is not where it was")

// Rejected is a push that the server declined by a rule of its own.
type Rejected struct {
	Words string // the server's, unprintable escaped; lines of some 4 KiB at most
}

func (e *Rejected) Error() string { return "the server declines it: " + oneLine(e.Words) }

// Push sets a branch of the server to commit if it still is at old ("": not
// there). It returns ErrMoved when it is elsewhere, a *Rejected when a rule of
// the server declines it, ErrUnauthorized when the token may not write.
func (t *Tip) Push(ctx context.Context, branch, commit, old string) error {
	if err := t.push(ctx, branch, commit, old); err != nil {
		return fmt.Errorf("push to %q of %s: %w", branch, t.remote.URL, err)
	}
	return nil
}

func (t *Tip) push(ctx context.Context, branch, commit, old string) error {
	ref, err := branchRef(branch)
	if err != nil {
		return err
	}
	if !IsID(commit) || old != "" && !IsID(old) {
		return fmt.Errorf("%w: from %q to %q", ErrNoCommit, old, commit)
	}
	out, said, err := t.exchange(ctx, "push", "--porcelain", "--no-verify", "--force-with-lease="+ref+":"+old, "--", t.remote.URL, commit+":"+ref)
	if err == nil || ctx.Err() != nil || errors.Is(err, ErrUnauthorized) {
		return err
	}
	reason := refusal(out)
	if strings.Contains(reason, "stale info") { // git itself saw that it is elsewhere
		return fmt.Errorf("%w: it is no longer at %q", ErrMoved, old)
	}
	// Words differ by server, and an answer can be lost on its way.
	now, askErr := t.at(ctx, ref)
	switch {
	case askErr != nil:
		return fmt.Errorf("%w; whether the branch moved could not be asked", err)
	case now == commit:
		return nil
	case now != old:
		return fmt.Errorf("%w: it is at %q, not at %q", ErrMoved, now, old)
	case strings.Contains(reason, "failed to update ref"), strings.Contains(reason, "cannot lock ref"), strings.Contains(reason, "failed to lock"),
		strings.Contains(reason, "incorrect old value"):
		return fmt.Errorf("%w: another push is under way: %s", ErrMoved, reason)
	case reason != "":
		if said == "" {
			said = reason
		}
		return &Rejected{said}
	}
	return err
}

// refusal finds why the server refused, in git push --porcelain's
// "!\t<from>:<to>\t[remote rejected] (<why>)".
func refusal(out string) string {
	for line := range strings.Lines(out) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 3)
		if len(f) == 3 && f[0] == "!" {
			return printable.Text(f[2], maxStderr/4)
		}
	}
	return ""
}

// at asks the server where a ref is; "": not there.
func (t *Tip) at(ctx context.Context, ref string) (string, error) {
	out, _, err := t.exchange(ctx, "ls-remote", "--", t.remote.URL, ref)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(out) {
		// A longer name that ends so is listed, too.
		if id, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t"); ok && name == ref && IsID(id) {
			return id, nil
		}
	}
	return "", nil
}
