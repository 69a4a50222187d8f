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
	if r.git.path == "" {
		return r.resolveAlone(ctx, rev)
	}
	id, err := r.objectID(ctx, rev)
	if err != nil {
		return Commit{}, err
	}
	return r.peel(ctx, id)
}

// objectID finds what rev names, which may be a tag. Git is asked for syntax
// that we do not read, and why there is nothing.
func (r *Repo) objectID(ctx context.Context, rev string) (string, error) {
	if rev == "" || len(rev) > maxRevision || strings.ContainsAny(rev, "\n\r\x00") {
		return "", ErrNoCommit
	}
	id, err := r.refID(rev)
	if err == nil || r.git.path == "" {
		return id, err
	}
	line, err := r.git.output(ctx, []byte(rev+"\n"), "cat-file", "--batch-check")
	if err == nil {
		id, err = parseHeader(strings.TrimSuffix(string(line), "\n"))
	}
	var failed *gitError
	switch {
	case errors.As(err, &failed) && strings.Contains(rev, "@{"):
		// git ends with a message about the reflog
		return "", fmt.Errorf("%w: %w", ErrNoCommit, err)
	case errors.Is(err, errMissing):
		return "", r.noCommit(ctx, rev)
	}
	return id, err
}

var errMissing = errors.New("missing")

// parseHeader reads "<id> <kind> <size>", "<name> missing" or "<name>
// ambiguous".
func parseHeader(line string) (id string, err error) {
	switch {
	case strings.HasSuffix(line, " missing"):
		return "", errMissing
	case strings.HasSuffix(line, " ambiguous"):
		return "", fmt.Errorf("%w: more than one object begins so", ErrNoCommit)
	}
	if f := strings.Split(line, " "); len(f) == 3 && IsID(f[0]) {
		return f[0], nil
	}
	return "", fmt.Errorf("git cat-file: answered %q", line)
}

// noCommit tells why git found nothing.
func (r *Repo) noCommit(ctx context.Context, rev string) error {
	if rev == "HEAD" || rev == "@" {
		return r.noHead(ctx)
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

// peel goes through tags to the commit.
func (r *Repo) peel(ctx context.Context, id string) (Commit, error) {
	for range maxTreeDepth {
		h, err := r.objects.header(ctx, id)
		if errors.Is(err, ErrMissingObject) {
			return Commit{}, fmt.Errorf("%w: %w", ErrNoCommit, err)
		}
		if err != nil {
			return Commit{}, err
		}
		if h.kind == "commit" {
			return r.commit(ctx, id)
		}
		if h.kind != "tag" {
			return Commit{}, fmt.Errorf("%w: it names a %s", ErrNoCommit, h.kind)
		}
		b, err := r.objects.bytes(ctx, id, "tag", maxMeta)
		if err != nil {
			return Commit{}, err
		}
		line, _, _ := strings.Cut(string(b), "\n")
		target, ok := strings.CutPrefix(line, "object ")
		if !ok || !IsID(target) {
			return Commit{}, fmt.Errorf("tag %s: %w: it names no object", id, ErrCorrupt)
		}
		id = target
	}
	return Commit{}, fmt.Errorf("%w: tags of tags without end", ErrNoCommit)
}

// commit reads the commit with that id.
func (r *Repo) commit(ctx context.Context, id string) (Commit, error) {
	b, err := r.objects.bytes(ctx, id, "commit", maxMeta)
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
