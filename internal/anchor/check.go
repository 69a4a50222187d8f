package anchor

import (
	"context"
	"errors"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/verify"
)

// ErrNoBase means that the state a change is compared with cannot be had.
var ErrNoBase = errors.New("the base of the change is not known")

// A PullRequest is what GitHub's event says of a change.
type PullRequest struct {
	BaseSHA, HeadSHA string // full object ids, hex
	MergeGroup       bool   // a merge queue's, whose head is what is checked out
}

// CheckOptions say which change is judged.
type CheckOptions struct {
	Base, Head string       // revisions; "" is what Event or the clone say, and HEAD
	Event      *PullRequest // nil outside of GitHub's events on changes
	ConfigPath string       // of the configuration in the base's tree; "": config.File
}

// A Breach is a rule that a change breaks, or something a reviewer should know.
type Breach struct {
	Path   string        // from the top, raw bytes
	Rule   verify.Rule
	Line   int           // from 1, in the file at the head; 0: the file as a whole
	Text   string        // what is true
	Hint   string        // one thing to type or change, "" if there is none
	Status verify.Status // Failed: the rule is broken; Undecided, Disputed: it could not be found out
}

// Checked is what Check found.
type Checked struct {
	Base, Head gitrepo.Commit
	Findings   []Breach // by path
	Notices    []Breach // what breaks no rule, by path
	Files      int      // that the change touches
}

// Check judges a change by the rules for anchored documents.
func (s *Session) Check(ctx context.Context, o CheckOptions) (Checked, error) {
	return Checked{}, ErrNoBase
}
