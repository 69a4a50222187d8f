package gitrepo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
)

// namesAtOnce is how many names of a directory are read from the disk together.
const namesAtOnce = 1024

// Names lists the files and symbolic links that lie directly in a directory of
// c ("" is the top) and whose names want accepts, in order. It returns
// ErrNotFound where there is no such directory.
func (r *Repo) Names(ctx context.Context, c Commit, dir string, want func(name string) bool) ([]string, error) {
	tree := c.Tree
	if dir != "" {
		e, err := r.find(ctx, c.Tree, dir)
		if err == nil && e.mode&modeKind != modeDir {
			err = ErrNotFound
		}
		if err != nil {
			return nil, fmt.Errorf("list %q at %s: %w", dir, c.ID, err)
		}
		tree = e.id
	}
	entries, err := r.tree(ctx, tree)
	if err != nil {
		return nil, fmt.Errorf("list %q at %s: %w", dir, c.ID, err)
	}
	var names []string
	for _, e := range entries {
		if kind := e.mode & modeKind; (kind == modeRegular || kind == modeLink) && want(e.name) {
			names = append(names, e.name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// DiskNames is Names for everything that lies in a directory of the work tree,
// never through a symbolic link (ErrSymlink). It returns fs.ErrNotExist where
// there is no such directory, and ErrNoWorkTree in a bare repository.
func (r *Repo) DiskNames(dir string, want func(name string) bool) ([]string, error) {
	names, err := r.diskNames(dir, want)
	if err != nil {
		return nil, fmt.Errorf("list %q: %w", dir, err)
	}
	slices.Sort(names)
	return names, nil
}

func (r *Repo) diskNames(dir string, want func(name string) bool) (names []string, err error) {
	root, _, err := r.openDir(slashed(dir) + "name")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	f, err := root.Open(".")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for left := maxTreeEntries; ; {
		found, err := f.Readdirnames(namesAtOnce)
		if left -= len(found); left < 0 {
			return nil, fmt.Errorf("%w: more than %d entries", ErrTooLarge, maxTreeEntries)
		}
		for _, name := range found {
			if want(name) {
				names = append(names, name)
			}
		}
		if errors.Is(err, io.EOF) {
			return names, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// WorkFiles hands out the paths of the files that git tracks, or would add: the
// index has them, or they are in the work tree and nothing ignores them. A path
// may come twice.
func (r *Repo) WorkFiles(ctx context.Context, each func(path string)) error {
	if r.top == "" {
		return fmt.Errorf("list the work tree: %w", ErrNoWorkTree)
	}
	err := r.workFiles(ctx, each)
	if err != nil {
		return fmt.Errorf("list the work tree: %w", err)
	}
	return nil
}

func (r *Repo) workFiles(ctx context.Context, each func(path string)) error {
	cmd, err := r.git.command(ctx, false, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--full-name", "--", ":(top)")
	if err != nil {
		return err
	}
	cmd.Env = append(cmd.Env, magicPathspecs)
	left := maxTreeEntries
	return run(ctx, cmd, "ls-files", nil, func(out *bufio.Reader) error {
		return records(out, func(path string) error {
			if left--; left < 0 {
				return fmt.Errorf("%w: more than %d files", ErrTooLarge, maxTreeEntries)
			}
			if checkPath(path) == nil { // a repository within ends in a slash
				each(path)
			}
			return nil
		})
	})
}
