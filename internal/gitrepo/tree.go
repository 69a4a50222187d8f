package gitrepo

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// maxTreesHeld is how many entries of trees are kept for the next look-up.
const maxTreesHeld = 200_000

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
	b, err := r.objects.bytes(ctx, id, "tree", maxMeta)
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
