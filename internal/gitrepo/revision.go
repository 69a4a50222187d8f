package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing/object"
)

// maxRevision bounds a revision, in bytes.
const maxRevision = 4096

// Commit is a commit as its object says.
type Commit struct {
	ID      string
	Tree    string
	Parents []string
	Subject string    // first line of the message, raw bytes
	Author  string    // "Name <mail>", raw bytes
	When    time.Time // committer's time, UTC
}

// Resolve finds the commit that rev names; where git is installed, in all of
// git's syntax. It returns ErrUnborn for HEAD before the first commit,
// ErrNoCommit for what names no commit, with ErrMissingObject where history is
// cut off or an object is lost.
func (r *Repo) Resolve(ctx context.Context, rev string) (Commit, error) {
	c, err := r.resolve(ctx, rev)
	if err != nil {
		return Commit{}, fmt.Errorf("revision %q: %w", rev, err)
	}
	return c, nil
}

func (r *Repo) resolve(ctx context.Context, rev string) (Commit, error) {
	if rev == "" || len(rev) > maxRevision || strings.ContainsAny(rev, "\n\r\x00") {
		return Commit{}, ErrNoCommit
	}
	if r.git.path == "" {
		return r.resolveAlone(ctx, rev)
	}
	h, err := r.objects.lookup(ctx, rev)
	if err == nil && h.kind != "commit" {
		kind := h.kind
		h, err = r.objects.lookup(ctx, h.id+"^{commit}")
		if errors.Is(err, errMissing) {
			return Commit{}, fmt.Errorf("%w: it names a %s", ErrNoCommit, kind)
		}
	}
	var failed *gitError
	if errors.As(err, &failed) && strings.Contains(rev, "@{") {
		// git ends with a message about the reflog
		return Commit{}, fmt.Errorf("%w: %w", ErrNoCommit, err)
	}
	if errors.Is(err, errMissing) {
		return Commit{}, r.noCommit(ctx, rev)
	}
	if err != nil {
		return Commit{}, err
	}
	return r.commit(ctx, h.id)
}

// noCommit tells why git found nothing.
func (r *Repo) noCommit(ctx context.Context, rev string) error {
	if rev == "HEAD" || rev == "@" {
		return r.noHead(ctx)
	}
	if IsID(strings.ToLower(rev)) {
		return fmt.Errorf("%w: the commit is %w", ErrNoCommit, ErrMissingObject)
	}
	shallow, err := r.Shallow()
	if err != nil {
		return err
	}
	if shallow {
		return fmt.Errorf("%w: in this shallow clone history is cut off, it may be %w; to fetch the rest: git fetch --unshallow", ErrNoCommit, ErrMissingObject)
	}
	return ErrNoCommit
}

// noHead tells an unborn HEAD from one whose commit is lost.
func (r *Repo) noHead(ctx context.Context) error {
	_, err := r.git.output(ctx, nil, "rev-parse", "--verify", "--quiet", "HEAD")
	switch exitCode(err) {
	case 0:
		return fmt.Errorf("its commit is %w", ErrMissingObject)
	case 1:
		return ErrUnborn
	}
	return err
}

// commit reads the commit with that id.
func (r *Repo) commit(ctx context.Context, id string) (Commit, error) {
	b, err := r.objects.bytes(ctx, id, "commit")
	if err != nil {
		return Commit{}, err
	}
	c, err := parseCommit(b)
	if err != nil {
		return Commit{}, fmt.Errorf("commit %s: %w", id, err)
	}
	c.ID = id
	return c, nil
}

// parseCommit reads the headers "tree", "parent"… in their fixed order, the
// two names and the first line of the message. Other headers are passed over.
func parseCommit(b []byte) (Commit, error) {
	var c Commit
	head, message, _ := bytes.Cut(b, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	var ok bool
	if c.Tree, ok = strings.CutPrefix(lines[0], "tree "); !ok || !IsID(c.Tree) {
		return c, fmt.Errorf("%w: it names no tree", ErrCorrupt)
	}
	lines = lines[1:]
	for len(lines) > 0 && strings.HasPrefix(lines[0], "parent ") {
		parent := strings.TrimPrefix(lines[0], "parent ")
		if !IsID(parent) {
			return c, fmt.Errorf("%w: a parent is %q", ErrCorrupt, parent)
		}
		c.Parents = append(c.Parents, parent)
		lines = lines[1:]
	}
	for _, line := range lines {
		if author, ok := strings.CutPrefix(line, "author "); ok && c.Author == "" {
			s := signature(author)
			c.Author = s.Name + " <" + s.Email + ">"
		}
		if committer, ok := strings.CutPrefix(line, "committer "); ok && c.When.IsZero() {
			c.When = signature(committer).When.UTC()
		}
	}
	c.Subject, _, _ = strings.Cut(strings.TrimLeft(string(message), "\n"), "\n")
	return c, nil
}

func signature(line string) object.Signature {
	var s object.Signature
	s.Decode([]byte(line))
	return s
}
