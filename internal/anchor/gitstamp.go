package anchor

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// A Revision is an operand that means a commit or a tag, and no file.
type Revision struct {
	Name string // as it was typed
	ID   string // full
	Kind string // "commit" or "tag"; "object" where it is not in this clone
}

// Revisions tells the operands that mean a commit or tag from the others. What
// is a path at HEAD or on disk, or the path of what has a proof there, and what a
// rule of the configuration names, is never a revision: nobody must be able to
// put a tag in the place of a document.
func (s *Session) Revisions(ctx context.Context, operands []string) (revs []Revision, others []string, err error) {
	head, err := s.Repo.Resolve(ctx, "HEAD")
	if err != nil && !errors.Is(err, gitrepo.ErrUnborn) {
		return nil, nil, err
	}
	for _, op := range operands {
		if s.isPath(ctx, head, op) {
			others = append(others, op)
			continue
		}
		o, err := s.Repo.Object(ctx, op)
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		switch {
		case (err == nil || errors.Is(err, gitrepo.ErrTooLarge)) && (o.Kind == "commit" || o.Kind == "tag"):
			revs = append(revs, Revision{op, o.ID, o.Kind})
		case errors.Is(err, gitrepo.ErrMissingObject) && gitrepo.IsID(op):
			revs = append(revs, Revision{op, op, "object"})
		default:
			others = append(others, op)
		}
	}
	return revs, others, nil
}

// isPath says that there is a file or directory of that name, or a proof of it,
// in a commit (not in the zero one), in its history or on disk. A full id and
// refs/… name an object where there is none; so does any name that never was a
// path, as far as history is here.
func (s *Session) isPath(ctx context.Context, c gitrepo.Commit, op string) bool {
	path, err := s.operand(op)
	if err != nil {
		_, err := os.Lstat(op)
		return err == nil
	}
	if _, ruled := s.Config.Match(path); ruled || path == "" {
		return true
	}
	for _, p := range []string{path, s.Config.ProofPath(path)} {
		if c.ID != "" {
			_, err := s.Repo.Blob(ctx, c, p)
			if !errors.Is(err, gitrepo.ErrNotFound) && !errors.Is(err, gitrepo.ErrBadPath) {
				return true
			}
		}
		if s.Repo.Top() == "" {
			continue
		}
		if _, err := os.Lstat(filepath.Join(s.Repo.Top(), filepath.FromSlash(p))); err == nil {
			return true
		}
	}
	// A tag or branch must not answer for a document that is gone.
	if gitrepo.IsID(op) || strings.HasPrefix(op, "refs/") || c.ID == "" {
		return false
	}
	past, err := s.Repo.HistoryOf(ctx, []string{path, s.Config.ProofPath(path)})
	return err != nil || len(past) > 0
}

// Timestamp reads the OpenTimestamps signature of a commit or tag. The error
// wraps ots.ErrNoGitTimestamp where there is none, or is ParseGitTimestamp's.
func (s *Session) Timestamp(ctx context.Context, rev Revision) (*ots.GitTimestamp, error) {
	o, err := s.Repo.Object(ctx, rev.ID)
	if err != nil {
		return nil, err
	}
	if o.Kind == "tag" {
		return ots.ParseGitTimestamp(ots.GitTag, o.Data)
	}
	return ots.ParseGitTimestamp(ots.GitCommit, o.Data)
}

// VerifyTimestamps judges the OpenTimestamps signatures of commits and tags, for
// what they sign. One without a Bitcoin claim is first asked for at its
// calendars; nothing is written, since an object cannot change.
func (s *Session) VerifyTimestamps(ctx context.Context, revs []Revision, o VerifyOptions) ([]Result, error) {
	results := make([]Result, len(revs))
	var list []loose
	for i, rev := range revs {
		r := &results[i]
		r.Path, r.Kind, r.Object = rev.Name, rev.Kind, rev.ID
		g, err := s.Timestamp(ctx, rev)
		var p *ots.Proof
		if err == nil {
			p, err = g.Proof()
		}
		switch {
		case ctx.Err() != nil:
			return results, ctx.Err()
		case errors.Is(err, ots.ErrNoGitTimestamp):
			s.withoutTimestamp(ctx, r)
		case errors.Is(err, gitrepo.ErrMissingObject):
			s.lacking(r, err)
		case errors.Is(err, gitrepo.ErrCorrupt), errors.Is(err, gitrepo.ErrTooLarge):
			r.unread(err)
		case err != nil:
			r.Outcome = verify.Unreadable(err)
		default:
			r.Notes = rev.Covered(g)
			sum := sha256.Sum256(g.Payload)
			list = append(list, loose{r, p, sum[:]})
		}
	}
	s.judgeLoose(ctx, list, o)
	for i := range results {
		if r := &results[i]; r.Outcome.Status == verify.Pending {
			r.Hint = "the same again, some hours after it was made: what the calendars answer then is not written, an object cannot change"
		}
	}
	return results, ctx.Err()
}

// withoutTimestamp says that an object carries no timestamp, and whether it is
// anchored by a note.
func (s *Session) withoutTimestamp(ctx context.Context, r *Result) {
	r.Outcome = verify.Outcome{Status: verify.Missing, Reason: "the " + r.Kind + " carries no OpenTimestamps timestamp"}
	r.Hint = "git anchor object " + Quoted(r.Path) + "  # anchors it as it is"
	if notes, err := s.Repo.Notes(ctx, NotesRef); err == nil {
		if text, err := notes.On(ctx, r.Object); err == nil && text != nil {
			r.Hint = "git anchor object --verify " + Quoted(r.Path) + "  # judges the proof in " + NotesRef
		}
	}
}

// Covered says, in sentences without a full stop, what a timestamp found in a
// revision is about and what not.
func (rev Revision) Covered(g *ots.GitTimestamp) []string {
	lines := []string{fmt.Sprintf("the timestamp in this %s covers what is signed and the signature", rev.Kind)}
	if g.PGP {
		lines = append(lines, fmt.Sprintf("the PGP signature is not judged: git verify-%s %s does", rev.Kind, rev.ID))
	} else {
		lines = append(lines, "the signature is no PGP signature in armour, and is not judged")
	}
	if n := len(g.Uncovered); n > 0 {
		lines = append(lines, bytesNotCovered(n, "after the timestamp"))
	}
	if n := len(g.Trailing); n > 0 {
		lines = append(lines, bytesNotCovered(n, "at the end of its armour"))
	}
	return append(lines, about(rev.Kind, rev.ID))
}

func bytesNotCovered(n int, where string) string {
	if n == 1 {
		return "1 byte " + where + " is not covered"
	}
	return fmt.Sprintf("%d bytes %s are not covered", n, where)
}

// about names an object, and says how what it names follows from its bytes.
func about(kind, id string) string {
	what := kind + " " + id
	switch {
	case len(id) != 2*sha1Size || kind == "blob":
		return what
	case kind == "tag":
		return what + ": what it tags, and its files, are bound by SHA-1 only"
	}
	return what + ": its files are bound by SHA-1 only"
}

// sha1Size is how long the ids of most repositories are, in bytes; others have
// SHA-256.
const sha1Size = 20
