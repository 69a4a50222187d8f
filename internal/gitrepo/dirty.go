package gitrepo

import (
	"bufio"
	"context"
	"fmt"
	"slices"
	"strings"
)

// Dirty lists, in order and each once, the paths that git status names: files
// in which HEAD, index and work tree differ, and files that are not tracked and
// not ignored. A repository within this one that is no submodule is named by its
// directory; submodules are left out, so that no git looks into one. It returns
// ErrTooLarge when the names have more than 64 MiB.
//
// The work tree is compared by git, which runs the clean filters that are
// configured.
func (r *Repo) Dirty(ctx context.Context) ([]string, error) {
	if r.top == "" {
		return nil, fmt.Errorf("git status: %w", ErrNoWorkTree)
	}
	var paths []string
	err := r.git.stream(ctx, nil, func(out *bufio.Reader) error {
		var err error
		paths, err = readStatus(out, maxOutput)
		return err
	}, "status", "--porcelain=v2", "-z", "--untracked-files=all", "--no-renames", "--ignore-submodules=all")
	if err != nil {
		return nil, err
	}
	slices.Sort(paths)
	return slices.Compact(paths), nil
}

// readStatus reads the paths out of git status's second format (git-status(1),
// "Porcelain Format Version 2"), of which at most max bytes.
func readStatus(out *bufio.Reader, max int) ([]string, error) {
	var paths []string
	err := records(out, func(record string) error {
		if max -= len(record) + 1; max < 0 {
			return fmt.Errorf("%w: more changed files than can be gone through", ErrTooLarge)
		}
		kind, _, _ := strings.Cut(record, " ")
		fields, known := map[string]int{"1": 8, "u": 10, "?": 1, "#": 0}[kind]
		if fields == 0 && known {
			return nil // a header: what is stashed, for example
		}
		f := strings.SplitN(record, " ", fields+1)
		if !known || len(f) <= fields {
			return fmt.Errorf("git status answered %q", record)
		}
		path := strings.TrimSuffix(f[fields], "/")
		if path == "" {
			return fmt.Errorf("git status answered %q", record)
		}
		paths = append(paths, path)
		return nil
	})
	return paths, err
}
