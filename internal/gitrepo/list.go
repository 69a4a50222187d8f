package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

const (
	maxTreeDepth   = 256      // directories within directories
	maxTreeEntries = 10 << 20 // entries one listing goes through: a small pack can say far more
	maxDeepNamed   = 16       // directories named that lie too deep
)

// Entry is one file of a commit's tree.
type Entry struct {
	Path string // from the top, slash-separated, raw bytes
	Mode uint32 // git's file mode, for example 0o100644
	ID   string // blob id, hex
}

// Symlink reports whether the entry is a symbolic link.
func (e Entry) Symlink() bool { return e.Mode&modeKind == modeLink }

// Regular reports whether the entry is a regular file.
func (e Entry) Regular() bool { return e.Mode&modeKind == modeRegular }

// Submodule reports whether the entry is a submodule.
func (e Entry) Submodule() bool { return e.Mode&modeKind == modeModule }

// Files lists the files and symbolic links of c that want accepts, in path
// order; submodules are passed over. A malformed tree is refused by name with
// ErrBadTree. When only directories that lie too deep are left out, the error
// wraps PathErrors, which names them, and the list holds all the rest.
func (r *Repo) Files(ctx context.Context, c Commit, want func(path string) bool) ([]Entry, error) {
	return r.FilesUnder(ctx, c, []string{""}, want)
}

// FilesUnder is Files for the given directories alone ("" is the top, one that
// is not there is empty), so that a large tree is not read for a few of them.
func (r *Repo) FilesUnder(ctx context.Context, c Commit, dirs []string, want func(path string) bool) ([]Entry, error) {
	l := lister{repo: r, want: want, left: maxTreeEntries, deep: PathErrors{}}
	dirs = slices.Clone(dirs)
	slices.SortFunc(dirs, func(a, b string) int { return strings.Compare(slashed(a), slashed(b)) })
	last, begun := "", false
	for _, dir := range dirs {
		if begun && strings.HasPrefix(slashed(dir), slashed(last)) {
			continue
		}
		last, begun = dir, true
		tree := c.Tree
		if dir != "" {
			e, err := r.find(ctx, c.Tree, dir)
			if errors.Is(err, ErrNotFound) || err == nil && e.mode&modeKind != modeDir {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("list %q at %s: %w", dir, c.ID, err)
			}
			tree = e.id
		}
		if err := l.list(ctx, tree, slashed(dir), strings.Count(slashed(dir), "/")); err != nil {
			return nil, fmt.Errorf("list files at %s: %w", c.ID, err)
		}
	}
	if err := l.deep.orNil(); err != nil {
		return l.found, fmt.Errorf("list files at %s: %w", c.ID, err)
	}
	return l.found, nil
}

func slashed(dir string) string {
	if dir == "" {
		return ""
	}
	return dir + "/"
}

type lister struct {
	repo    *Repo
	want    func(string) bool
	modules bool // submodules, too
	found   []Entry
	left    int // entries that may still be gone through
	deep    PathErrors
}

func (l *lister) list(ctx context.Context, tree, prefix string, depth int) error {
	if l.tooDeep(prefix, depth) {
		return nil
	}
	entries, err := l.read(ctx, tree, prefix)
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := prefix + e.name
		switch kind := e.mode & modeKind; kind {
		case modeDir:
			if err := l.list(ctx, e.id, path+"/", depth+1); err != nil {
				return err
			}
		case modeRegular, modeLink, modeModule:
			if (kind != modeModule || l.modules) && l.want(path) {
				l.found = append(l.found, Entry{path, e.mode, e.id})
			}
		}
	}
	return nil
}

// read reads one directory, as long as the listing has not become too large.
func (l *lister) read(ctx context.Context, tree, prefix string) ([]treeEntry, error) {
	if tree == "" {
		return nil, nil
	}
	entries, err := l.repo.tree(ctx, tree)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", prefix, err)
	}
	if l.left -= len(entries); l.left < 0 {
		return nil, fmt.Errorf("%w: more than %d entries", ErrTooLarge, maxTreeEntries)
	}
	return entries, nil
}

// tooDeep keeps what lies too deep out. The first few are named; a bomb has
// too many.
func (l *lister) tooDeep(prefix string, depth int) bool {
	if depth > maxTreeDepth && len(l.deep) < maxDeepNamed {
		l.deep[strings.TrimSuffix(prefix, "/")] = fmt.Errorf("%w: more than %d directories deep", ErrTooLarge, maxTreeDepth)
	}
	return depth > maxTreeDepth
}
