package gitrepo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// historyBatch is how many paths one walk is asked for: its cost is its
// commits' number times theirs.
const historyBatch = 32

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

// HistoryOf is History for many paths in few walks; paths without any version
// are not in the map. When only some paths cannot be asked about, the error
// wraps PathErrors and the map is right for all others.
func (r *Repo) HistoryOf(ctx context.Context, paths []string) (map[string][]Version, error) {
	versions, err := r.historyOf(ctx, paths)
	if err != nil {
		err = fmt.Errorf("read history: %w", err)
	}
	return versions, err
}

func (r *Repo) historyOf(ctx context.Context, paths []string) (map[string][]Version, error) {
	w := walk{versions: map[string][]Version{}, wanted: map[string]bool{}}
	if len(paths) == 0 {
		return w.versions, nil
	}
	bad := PathErrors{}
	var good []string
	for _, p := range paths {
		if err := checkPath(p); err != nil {
			bad[p] = err
		} else if !w.wanted[p] {
			w.wanted[p] = true
			good = append(good, p)
		}
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
	for batch := range slices.Chunk(good, historyBatch) {
		if err := r.walkHistory(ctx, &w, head.ID, batch); err != nil {
			return nil, err
		}
	}
	return w.versions, bad.orNil()
}

// walkHistory goes through history once for a batch of paths.
func (r *Repo) walkHistory(ctx context.Context, w *walk, head string, paths []string) error {
	specs := pathspecs(paths)
	return r.diffs(ctx, append([]string{"--full-history", head}, specs...), append([]string{"-c"}, specs...), w.read)
}

// diffs has git list commits and compare each with its parents, in the raw
// format that readRaw reads.
func (r *Repo) diffs(ctx context.Context, which, how []string, read func(*bufio.Reader) error) error {
	commits, err := r.git.command(ctx, false, append([]string{"rev-list"}, which...)...)
	if err != nil {
		return err
	}
	diffs, err := r.git.command(ctx, false, append([]string{"diff-tree", "--stdin", "-r", "--root", "--raw", "-z",
		"--no-abbrev", "--no-renames", "--ignore-submodules=none"}, how...)...)
	if err != nil {
		return err
	}
	commits.Env, diffs.Env = append(commits.Env, magicPathspecs), append(diffs.Env, magicPathspecs)
	var words tail
	commits.Stderr = &words
	list, err := commits.StdoutPipe()
	if err != nil {
		return err
	}
	diffs.Stdin = list
	if err := commits.Start(); err != nil {
		return err
	}
	runErr := run(ctx, diffs, "diff-tree", nil, read)
	if runErr != nil {
		// rev-list must not wait for a reader that has gone
		_, _ = io.Copy(io.Discard, list)
	}
	return errors.Join(exitError("rev-list", &words, commits.Wait()), runErr)
}

// pathspecs names the paths, none of them as a directory: one that was a
// directory once could hold a tree that is read for ever.
func pathspecs(paths []string) []string {
	specs := []string{"--"}
	for _, p := range paths {
		specs = append(specs, ":(literal)"+p, ":(exclude,literal)"+p+"/")
	}
	return specs
}

// walk collects versions out of diff-tree's answer.
type walk struct {
	wanted   map[string]bool
	versions map[string][]Version
}

func (w *walk) read(r *bufio.Reader) error { return readRaw(r, w.add) }

// readRaw takes "<commit>" lines and ":<modes> <ids> <status>\0<path>\0" records,
// parents first (git-diff-tree(1), "diff format for merges"), without renames.
func readRaw(r *bufio.Reader, each func(commit, raw, path string)) error {
	commit, raw := "", ""
	return records(r, func(record string) error {
		if raw != "" {
			each(commit, raw, record)
			raw = ""
			return nil
		}
		// The commit's line ends in a line feed or in a NUL, by git's version.
		for !strings.HasPrefix(record, ":") {
			line, rest, more := strings.Cut(record, "\n")
			if line != "" {
				id, _, _ := strings.Cut(line, " ")
				if !IsID(id) {
					return fmt.Errorf("diff-tree answered %q", line)
				}
				commit = id
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

func (w *walk) add(commit, raw, path string) {
	// A merge has as many colons as parents, and is there only when it has
	// what none of them had.
	f := strings.Fields(raw)
	parents := len(raw) - len(strings.TrimLeft(raw, ":"))
	if len(f) != 2*parents+3 || !w.wanted[path] || !strings.HasPrefix(f[parents], "100") {
		return // another path, a deletion, or not a regular file
	}
	w.versions[path] = append(w.versions[path], Version{commit, f[2*parents+1]})
}
