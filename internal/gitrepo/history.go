package gitrepo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// Version is one content a path had.
type Version struct {
	Commit string // the commit that brought it
	Blob   string
}

// History lists every blob that path ever had as a regular file in HEAD's
// history, merged side branches included, newest first; one that came twice is
// there twice. In a shallow clone it returns ErrMissingObject: what is not
// there cannot be said never to have been.
func (r *Repo) History(ctx context.Context, path string) ([]Version, error) {
	m, err := r.HistoryOf(ctx, []string{path})
	return m[path], err
}

// HistoryOf is History for many paths in one walk; paths without any version
// are not in the map.
func (r *Repo) HistoryOf(ctx context.Context, paths []string) (map[string][]Version, error) {
	versions, err := r.historyOf(ctx, paths)
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	return versions, nil
}

func (r *Repo) historyOf(ctx context.Context, paths []string) (map[string][]Version, error) {
	w := walk{versions: map[string][]Version{}, wanted: map[string]bool{}}
	if len(paths) == 0 {
		return w.versions, nil
	}
	for _, p := range paths {
		if err := checkPath(p); err != nil {
			return nil, fmt.Errorf("%q: %w", p, err)
		}
		w.wanted[p] = true
	}
	shallow, err := r.Shallow()
	if err != nil {
		return nil, err
	}
	if shallow {
		return nil, fmt.Errorf("earlier commits are %w (it is shallow); to fetch them: git fetch --unshallow", ErrMissingObject)
	}
	head, err := r.Resolve(ctx, "HEAD")
	if errors.Is(err, ErrUnborn) {
		return w.versions, nil
	}
	if err != nil {
		return nil, err
	}
	specs := pathspecs(paths)
	commits, err := r.git.command(ctx, false, append([]string{"rev-list", "--full-history", head.ID, "--"}, specs...)...)
	if err != nil {
		return nil, err
	}
	diffs, err := r.git.command(ctx, false, append([]string{"diff-tree", "--stdin", "-r", "-c", "--root", "--raw", "-z",
		"--no-abbrev", "--no-renames", "--ignore-submodules=none", "--"}, specs...)...)
	if err != nil {
		return nil, err
	}
	var words tail
	commits.Stderr = &words
	list, err := commits.StdoutPipe()
	if err != nil {
		return nil, err
	}
	diffs.Stdin = list
	if err := commits.Start(); err != nil {
		return nil, err
	}
	runErr := run(ctx, diffs, "diff-tree", nil, w.read)
	if runErr != nil {
		// rev-list must not wait for a reader that has gone
		_, _ = io.Copy(io.Discard, list)
	}
	return w.versions, errors.Join(exitError("rev-list", &words, commits.Wait()), runErr)
}

// pathspecs gives the paths, or when they are many, few directories that hold
// them all; none: everything.
func pathspecs(paths []string) []string {
	specs := map[string]bool{}
	for _, p := range paths {
		specs[p] = true
	}
	for len(specs) > maxPathspecs {
		deepest := 0
		for p := range specs {
			deepest = max(deepest, strings.Count(p, "/"))
		}
		up := map[string]bool{}
		for p := range specs {
			if strings.Count(p, "/") == deepest {
				p = path.Dir(p)
			}
			up[p] = true
		}
		if up["."] {
			return nil
		}
		specs = up
	}
	list := make([]string, 0, len(specs))
	for p := range specs {
		list = append(list, p)
	}
	return list
}

// walk collects versions out of diff-tree's answer.
type walk struct {
	wanted   map[string]bool
	versions map[string][]Version
	commit   string
}

// read takes "<commit>" lines and ":<modes> <ids> <status>\0<path>\0" records,
// parents first (git-diff-tree(1), "diff format for merges").
func (w *walk) read(r *bufio.Reader) error {
	raw := ""
	return records(r, func(record string) error {
		if raw != "" {
			w.add(raw, record)
			raw = ""
			return nil
		}
		// The commit's line ends in a line feed or in a NUL, by git's version.
		for !strings.HasPrefix(record, ":") {
			line, rest, more := strings.Cut(record, "\n")
			if line != "" {
				id, _, _ := strings.Cut(line, " ")
				if !isID(id) {
					return fmt.Errorf("diff-tree answered %q", line)
				}
				w.commit = id
			}
			if !more {
				return nil
			}
			record = rest
		}
		raw = record
		return nil
	})
}

func (w *walk) add(raw, path string) {
	// A merge has as many colons as parents, and is there only when it has
	// what none of them had.
	f := strings.Fields(raw)
	parents := len(raw) - len(strings.TrimLeft(raw, ":"))
	if len(f) != 2*parents+3 || !w.wanted[path] || !strings.HasPrefix(f[parents], "100") {
		return // another path, a deletion, or not a regular file
	}
	w.versions[path] = append(w.versions[path], Version{w.commit, f[2*parents+1]})
}
