package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Subtree lists all that lies below a directory of c: files, symbolic links and
// submodules, by path from the top. It returns ErrNotFound where there is no
// such directory, ErrBadPath for a path that no directory can have, ErrBadTree
// for one that git would not check out, PathErrors where directories lie too
// deep: nothing is left out.
func (r *Repo) Subtree(ctx context.Context, c Commit, dir string) ([]Entry, error) {
	found, err := r.subtree(ctx, c, dir)
	if err != nil {
		return nil, fmt.Errorf("list %q at %s: %w", dir, c.ID, err)
	}
	return found, nil
}

func (r *Repo) subtree(ctx context.Context, c Commit, dir string) ([]Entry, error) {
	e, err := r.find(ctx, c.Tree, dir)
	if err == nil && e.mode&modeKind != modeDir {
		err = fmt.Errorf("%w: it is no directory there", ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	l := lister{repo: r, want: func(string) bool { return true }, modules: true, left: maxTreeEntries, deep: PathErrors{}}
	if err := l.list(ctx, e.id, slashed(dir), strings.Count(slashed(dir), "/")); err != nil {
		return nil, err
	}
	return l.found, l.deep.orNil()
}

// BlobOf is Blob for an entry that was listed. That of a symbolic link is its
// target.
func (r *Repo) BlobOf(ctx context.Context, e Entry) (*Blob, error) {
	err := regular(e.Mode)
	if errors.Is(err, ErrSymlink) {
		err = nil
	}
	var b *Blob
	if err == nil {
		b, err = r.blobAt(ctx, e.Path, e.ID)
	}
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", e.Path, err)
	}
	return b, nil
}
