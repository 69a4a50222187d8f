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
// its place these files, and returns the top's id. The zero entry takes a path
// out; a directory that gets empty goes with it. Only directories on the way to
// a file are read.
func (r *Repo) overlay(ctx context.Context, base string, files map[string]treeEntry) (string, error) {
	dirs := map[string]map[string]treeEntry{} // changed entries by directory
	put := func(path string, e treeEntry) (dir string, err error) {
		name := path
		if i := strings.LastIndexByte(path, '/'); i >= 0 {
			dir, name = path[:i], path[i+1:]
		}
		if dirs[dir] == nil {
			dirs[dir] = map[string]treeEntry{}
		}
		if _, twice := dirs[dir][name]; twice {
			return dir, fmt.Errorf("%q: %w: a file and a directory at once", path, ErrBadPath)
		}
		e.name = name
		dirs[dir][name] = e
		return dir, nil
	}
	depth := 0
	for path, e := range files {
		dir, err := put(path, e)
		if err != nil {
			return "", err
		}
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
			return ids[""], nil
		}
		for _, dir := range level {
			e := treeEntry{mode: modeDir, id: ids[dir]}
			if e.id == "" {
				e = treeEntry{}
			}
			if _, err := put(dir, e); err != nil {
				return "", err
			}
		}
	}
}

// makeTrees stores the trees of directories that lie equally deep. Below the
// top, an empty one has no id.
func (r *Repo) makeTrees(ctx context.Context, base string, level []string, dirs map[string]map[string]treeEntry) (map[string]string, error) {
	var lines strings.Builder
	var stored []string
	ids := map[string]string{}
	for _, dir := range level {
		tree, err := r.makeTree(ctx, base, dir, dirs[dir])
		if err != nil {
			return nil, err
		}
		switch {
		case tree != "":
			if len(stored) > 0 {
				lines.WriteByte(0) // ends a tree
			}
			lines.WriteString(tree)
			stored = append(stored, dir)
		case dir == "":
			id, err := r.git.change(ctx, []byte{}, "hash-object", "-w", "-t", "tree", "--stdin")
			ids[dir] = strings.TrimSpace(string(id))
			return ids, err
		}
	}
	if len(stored) == 0 {
		return ids, nil
	}
	// --missing: a partial clone need not have what it only names.
	out, err := r.git.change(ctx, []byte(lines.String()), "mktree", "-z", "--missing", "--batch")
	if err != nil {
		return nil, err
	}
	answers := strings.Fields(string(out))
	if len(answers) < len(stored) {
		return nil, fmt.Errorf("git mktree: %d answers to %d trees", len(answers), len(stored))
	}
	for i, dir := range stored {
		ids[dir] = answers[i]
	}
	return ids, nil
}

// makeTree gives the entries of one directory as git mktree reads them.
func (r *Repo) makeTree(ctx context.Context, base, dir string, changed map[string]treeEntry) (string, error) {
	entries, err := r.directory(ctx, base, dir)
	if err != nil {
		return "", err
	}
	var lines strings.Builder
	for _, e := range entries {
		c, ok := changed[e.name]
		if !ok {
			lines.WriteString(e.line())
		} else if c.id != "" && (e.mode&modeKind == modeDir) != (c.mode&modeKind == modeDir) {
			return "", fmt.Errorf("%q: %w is there in the commit, or a file on the way", slashed(dir)+e.name, ErrDirectory)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(changed)) {
		if c := changed[name]; c.id != "" {
			lines.WriteString(c.line())
		}
	}
	return lines.String(), nil
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
		return nil, fmt.Errorf("%q: %w: a file in the commit", dir, ErrNotFound)
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
