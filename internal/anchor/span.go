package anchor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/openllmo/git-anchor/internal/gitrepo"
)

// A PullRequest is what GitHub's event says of a change.
type PullRequest struct {
	BaseSHA, HeadSHA string // full object ids, hex
	MergeSHA         string // GITHUB_SHA: GitHub's own merge of the two, or of the head and a newer base
	MergeGroup       bool   // a merge queue's, whose head is what is checked out
}

// ErrNoBase is what every *NoBase is.
var ErrNoBase = errors.New("the base of the change cannot be had")

// NoBase says why a change cannot be compared with anything. Nothing is known
// about it then, so that this is no reason to let it pass.
type NoBase struct {
	Text string
	Hint string // the line to add, or the thing to type
}

func (e *NoBase) Error() string { return e.Text }

// Unwrap returns ErrNoBase.
func (e *NoBase) Unwrap() error { return ErrNoBase }

// A span is a change: what head brings since each of forks, to be judged against
// base, which is the only fork or came after them.
type span struct {
	base  gitrepo.Commit
	forks []gitrepo.Commit
	head  gitrepo.Commit
}

// direct is a change whose head has base for an ancestor that is known.
func direct(base, head gitrepo.Commit) span { return span{base, []gitrepo.Commit{base}, head} }

const (
	deeper  = "in the workflow, give actions/checkout the line fetch-depth: 0"
	mergeIn = "in the workflow, give actions/checkout the line fetch-depth: 2, and no ref: of its own"
)

// Base finds what a change is compared with: the commit whose configuration
// counts. Of the session only the repository is used. The error is a *NoBase
// where it cannot be had.
func (s *Session) Base(ctx context.Context, o CheckOptions) (gitrepo.Commit, error) {
	between, err := s.span(ctx, o)
	return between.base, err
}

func (s *Session) span(ctx context.Context, o CheckOptions) (span, error) {
	rev := o.Head
	if rev == "" {
		rev = "HEAD"
	}
	head, err := s.Repo.Resolve(ctx, rev)
	if err != nil {
		return span{}, err
	}
	switch {
	case o.Base != "":
		base, err := s.Repo.Resolve(ctx, o.Base)
		if errors.Is(err, gitrepo.ErrNoCommit) {
			return span{}, &NoBase{err.Error(), "git fetch  # or name another base: --base REV"}
		}
		if err != nil {
			return span{}, err
		}
		return s.from(ctx, base, head, "name another base: --base REV")
	case o.Event != nil:
		return s.pulled(ctx, *o.Event, head)
	}
	base, name, err := s.Repo.DefaultBranch(ctx)
	if errors.Is(err, gitrepo.ErrNoCommit) {
		return span{}, &NoBase{"nothing tells what to compare with: there is no remote branch origin/HEAD, origin/main or origin/master", "git anchor check --base REV  # or once: git remote set-head origin --auto"}
	}
	if err != nil {
		return span{}, err
	}
	return s.from(ctx, base, head, "what is compared with is "+name+"; name another base: --base REV")
}

// from finds where head left base.
func (s *Session) from(ctx context.Context, base, head gitrepo.Commit, hint string) (span, error) {
	if base.ID == head.ID || slices.Contains(head.Parents, base.ID) {
		return direct(base, head), nil // no history is needed to see it
	}
	forks, err := s.Repo.MergeBases(ctx, base, head)
	switch {
	case errors.Is(err, gitrepo.ErrMissingObject):
		return span{}, &NoBase{err.Error(), "git fetch --unshallow"}
	case errors.Is(err, gitrepo.ErrNoCommit):
		return span{}, &NoBase{fmt.Sprintf("%s and %s share no history", briefly(base), briefly(head)), hint}
	}
	return span{base, forks, head}, err
}

// pulled finds the base of a pull request. Where HEAD is GitHub's merge, of
// which the author of the head made nothing but the second parent, it is the
// first parent: the base branch as it was then. Otherwise it is the commit that
// the event names, which must be here. What merge is checked out decides
// nothing by itself: authors can push merges, too.
func (s *Session) pulled(ctx context.Context, pr PullRequest, head gitrepo.Commit) (span, error) {
	merged := !pr.MergeGroup && len(head.Parents) == 2 && head.Parents[1] == pr.HeadSHA
	if merged && (head.ID == pr.MergeSHA || head.Parents[0] == pr.BaseSHA) {
		base, err := s.Repo.Resolve(ctx, head.Parents[0])
		if errors.Is(err, gitrepo.ErrMissingObject) {
			return span{}, &NoBase{"the base of the merge that is checked out is not in this clone", mergeIn}
		}
		if err != nil {
			return span{}, err
		}
		return direct(base, head), nil
	}
	base, err := s.Repo.Resolve(ctx, pr.BaseSHA)
	if errors.Is(err, gitrepo.ErrNoCommit) {
		hint := mergeIn
		if pr.MergeGroup {
			hint = deeper
		}
		return span{}, &NoBase{fmt.Sprintf("the base of the change, %.12s, is not in this clone", pr.BaseSHA), hint}
	}
	if err != nil {
		return span{}, err
	}
	between, err := s.from(ctx, base, head, deeper)
	var missing *NoBase
	if errors.As(err, &missing) {
		missing.Hint = deeper
	}
	return between, err
}
