package gitrepo

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

const (
	maxTreeDepth   = 256      // directories within directories
	maxTreeEntries = 10 << 20 // entries one listing goes through: a small pack can say far more
	maxTreesHeld   = 200_000  // entries of trees kept for the next look-up
	maxDeepNamed   = 16       // directories named that lie too deep
)

// File modes as trees write them; the low bits vary in old repositories.
const (
	modeKind    = 0o170000
	modeDir     = 0o040000
	modeRegular = 0o100000
	modeLink    = 0o120000
	modeModule  = 0o160000
)

// treeEntry is one entry of one tree.
type treeEntry struct {
	name string
	mode uint32
	id   string
}

// parseTree reads a raw tree: "<octal mode> <name>\0<id>" again and again. It
// refuses what git would not check out or a file system could take for
// something else: bad names, unknown kinds, entries doubled or out of order.
func parseTree(b []byte, idLen int) ([]treeEntry, error) {
	var entries []treeEntry
	for len(b) > 0 {
		space, nul := bytes.IndexByte(b, ' '), bytes.IndexByte(b, 0)
		if space < 0 || nul < space || len(b)-nul-1 < idLen {
			return nil, fmt.Errorf("%w: it ends early", ErrBadTree)
		}
		e := treeEntry{name: string(b[space+1 : nul]), id: hex.EncodeToString(b[nul+1 : nul+1+idLen])}
		var ok bool
		if e.mode, ok = parseMode(b[:space]); !ok {
			return nil, fmt.Errorf("%w: entry %q has the mode %q", ErrBadTree, e.name, b[:space])
		}
		if err := checkName(e.name); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrBadTree, err)
		}
		if strings.Contains(e.name, "/") {
			return nil, fmt.Errorf("%w: entry %q has a slash", ErrBadTree, e.name)
		}
		if n := len(entries); n > 0 && compareEntries(entries[n-1], e) >= 0 {
			return nil, fmt.Errorf("%w: entry %q is doubled or out of order", ErrBadTree, e.name)
		}
		entries = append(entries, e)
		b = b[nul+1+idLen:]
	}
	for _, e := range entries {
		// The order lets a file and a directory of one name pass.
		if e.mode&modeKind != modeDir {
			continue
		}
		if _, ok := searchEntries(entries, treeEntry{name: e.name}); ok {
			return nil, fmt.Errorf("%w: entry %q is doubled", ErrBadTree, e.name)
		}
	}
	return entries, nil
}

func parseMode(b []byte) (mode uint32, ok bool) {
	if len(b) == 0 || len(b) > 7 {
		return 0, false
	}
	for _, c := range b {
		if c < '0' || c > '7' {
			return 0, false
		}
		mode = mode<<3 | uint32(c-'0')
	}
	switch mode & modeKind {
	case modeDir, modeRegular, modeLink, modeModule:
		return mode, true
	}
	return 0, false
}

// compareEntries is git's order: a directory sorts as if its name ended in a
// slash.
func compareEntries(a, b treeEntry) int {
	n := min(len(a.name), len(b.name))
	if c := strings.Compare(a.name[:n], b.name[:n]); c != 0 {
		return c
	}
	return cmp.Compare(a.at(n), b.at(n))
}

func (e treeEntry) at(i int) int {
	switch {
	case i < len(e.name):
		return int(e.name[i])
	case e.mode&modeKind == modeDir:
		return '/'
	}
	return 0
}

func searchEntries(entries []treeEntry, e treeEntry) (treeEntry, bool) {
	i, ok := slices.BinarySearchFunc(entries, e, compareEntries)
	if !ok {
		return treeEntry{}, false
	}
	return entries[i], true
}

// child finds name in one tree, whatever its kind.
func child(entries []treeEntry, name string) (treeEntry, bool) {
	if e, ok := searchEntries(entries, treeEntry{name: name}); ok {
		return e, true
	}
	return searchEntries(entries, treeEntry{name: name, mode: modeDir})
}

// tree reads one tree. The last ones are kept: a thousand documents lie in a
// few directories.
func (r *Repo) tree(ctx context.Context, id string) ([]treeEntry, error) {
	r.mu.Lock()
	entries, ok := r.trees[id]
	r.mu.Unlock()
	if ok {
		return entries, nil
	}
	if empty, err := sumID(r.objects.idHash("tree", 0)); err != nil || id == empty {
		return nil, err // git need not have stored it
	}
	b, err := r.objects.bytes(ctx, id, "tree")
	if err != nil {
		return nil, err
	}
	if entries, err = parseTree(b, r.objects.idLen()); err != nil {
		return nil, fmt.Errorf("tree %s: %w", id, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held += len(entries) + 1; r.held > maxTreesHeld {
		clear(r.trees)
		r.held = len(entries) + 1
	}
	r.trees[id] = entries
	return entries, nil
}

// find walks from a tree to path. It returns ErrNotFound, or ErrSymlink and
// ErrSubmodule when one is in the way; the last entry may be of any kind.
func (r *Repo) find(ctx context.Context, tree, path string) (treeEntry, error) {
	if err := checkPath(path); err != nil {
		return treeEntry{}, err
	}
	names := strings.Split(path, "/")
	for i, name := range names {
		entries, err := r.tree(ctx, tree)
		if err != nil {
			return treeEntry{}, err
		}
		e, ok := child(entries, name)
		if !ok {
			return e, notFound(entries, names, i)
		}
		if i == len(names)-1 {
			return e, nil
		}
		switch e.mode & modeKind {
		case modeLink:
			return e, fmt.Errorf("%q is %w", strings.Join(names[:i+1], "/"), ErrSymlink)
		case modeModule:
			return e, fmt.Errorf("%q is %w", strings.Join(names[:i+1], "/"), ErrSubmodule)
		case modeRegular:
			return e, fmt.Errorf("%w: %q is a file", ErrNotFound, strings.Join(names[:i+1], "/"))
		}
		tree = e.id
	}
	return treeEntry{}, ErrNotFound
}

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
	repo  *Repo
	want  func(string) bool
	found []Entry
	left  int // entries that may still be gone through
	deep  PathErrors
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
		switch e.mode & modeKind {
		case modeDir:
			if err := l.list(ctx, e.id, path+"/", depth+1); err != nil {
				return err
			}
		case modeRegular, modeLink:
			if l.want(path) {
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
