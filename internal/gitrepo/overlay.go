package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// overlay stores the trees of a commit that has everything base has, and in
// its place these files, and returns the top's id. Only directories on the way
// to a file are read.
func (r *Repo) overlay(ctx context.Context, base string, files map[string]treeEntry) (string, error) {
	dirs := map[string]map[string]treeEntry{} // changed entries by directory
	put := func(path string, e treeEntry) string {
		dir, name := "", path
		if i := strings.LastIndexByte(path, '/'); i >= 0 {
			dir, name = path[:i], path[i+1:]
		}
		if dirs[dir] == nil {
			dirs[dir] = map[string]treeEntry{}
		}
		e.name = name
		dirs[dir][name] = e
		return dir
	}
	depth := 0
	for path, e := range files {
		dir := put(path, e)
		depth = max(depth, strings.Count(slashed(dir), "/"))
	}
	for ; ; depth-- {
		var level []string
		for _, dir := range slices.Sorted(maps.Keys(dirs)) {
			if strings.Count(slashed(dir), "/") == depth {
				level = append(level, dir)
			}
		}
		ids, err := r.makeTrees(ctx, base, level, dirs)
		if err != nil {
			return "", err
		}
		if depth == 0 {
			return ids[0], nil
		}
		for i, dir := range level {
			put(dir, treeEntry{mode: modeDir, id: ids[i]})
		}
	}
}

// makeTrees stores the trees of directories that lie equally deep.
func (r *Repo) makeTrees(ctx context.Context, base string, level []string, dirs map[string]map[string]treeEntry) ([]string, error) {
	var lines strings.Builder
	for i, dir := range level {
		entries, err := r.directory(ctx, base, dir)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			lines.WriteByte(0) // ends a tree
		}
		for _, e := range entries {
			if changed, ok := dirs[dir][e.name]; ok {
				if (e.mode&modeKind == modeDir) != (changed.mode&modeKind == modeDir) {
					return nil, fmt.Errorf("%q: %w is there in HEAD, or a file on the way", slashed(dir)+e.name, ErrDirectory)
				}
				continue
			}
			lines.WriteString(e.line())
		}
		for _, name := range slices.Sorted(maps.Keys(dirs[dir])) {
			lines.WriteString(dirs[dir][name].line())
		}
	}
	// --missing: a partial clone need not have what it only names.
	out, err := r.git.change(ctx, []byte(lines.String()), "mktree", "-z", "--missing", "--batch")
	if err != nil {
		return nil, err
	}
	ids := strings.Fields(string(out))
	if len(ids) < len(level) {
		return nil, fmt.Errorf("git mktree: %d answers to %d trees", len(ids), len(level))
	}
	return ids, nil
}

// directory reads one directory of base; one that is not there is empty.
func (r *Repo) directory(ctx context.Context, base, dir string) ([]treeEntry, error) {
	if dir == "" {
		return r.tree(ctx, base)
	}
	e, err := r.find(ctx, base, dir)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("%q: %w", dir, err)
	case e.mode&modeKind != modeDir:
		return nil, fmt.Errorf("%q: %w: a file in HEAD", dir, ErrNotFound)
	}
	return r.tree(ctx, e.id)
}

// line is the entry as git mktree -z reads it.
func (e treeEntry) line() string {
	kind := "blob"
	switch e.mode & modeKind {
	case modeDir:
		kind = "tree"
	case modeModule:
		kind = "commit"
	}
	return fmt.Sprintf("%06o %s %s\t%s\x00", e.mode, kind, e.id, e.name)
}
