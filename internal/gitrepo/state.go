package gitrepo

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"runtime"
	"sync"
)

// State compares HEAD, index and work tree for one path. Its zero value is a
// path that is nowhere.
type State struct {
	// Blob ids; empty: absent. Disk is what git would store: clean filters
	// and line endings applied. In conflict, Index is empty.
	Head, Index, Disk string

	Staged      bool // the index differs from HEAD
	Edited      bool // the work tree differs from the index by git's own comparison (deleted, too)
	Untracked   bool // on disk, not in the index
	Unmerged    bool // a conflict is in the index
	DiskSymlink bool // a symbolic link is at the path or on the way to it
	DiskOther   bool // a directory, device or the like is at the path
	Hidden      bool // skip-worktree or assume-unchanged: git does not compare the disk, so Edited is false

	Err error // why this path could not be compared; nothing else counts then
}

// Clean reports that HEAD, index and work tree agree, or git would say so.
func (s State) Clean() bool {
	return s.Err == nil && !s.Staged && !s.Edited && !s.Untracked && !s.Unmerged
}

// State is git's own comparison for one path; no directory is scanned. In a
// bare repository it returns ErrNoWorkTree.
func (r *Repo) State(ctx context.Context, path string) (State, error) {
	m, err := r.States(ctx, []string{path})
	if err == nil && m[path].Err != nil {
		err = fmt.Errorf("compare with HEAD and index: %q: %w", path, m[path].Err)
	}
	return m[path], err
}

// States is State for many paths with one git process each for the index and
// for filters. The map has every path; what is wrong with one of them alone is
// in its Err.
func (r *Repo) States(ctx context.Context, paths []string) (map[string]State, error) {
	states, err := r.states(ctx, paths)
	if err != nil {
		return nil, fmt.Errorf("compare with HEAD and index: %w", err)
	}
	return states, nil
}

func (r *Repo) states(ctx context.Context, paths []string) (states map[string]State, err error) {
	if r.top == "" {
		return nil, ErrNoWorkTree
	}
	bad := PathErrors{}
	var good []string
	for _, path := range paths {
		if err := checkPath(path); err != nil {
			bad[path] = err
			continue
		}
		good = append(good, path)
	}
	head, err := r.headEntries(ctx, good, bad)
	if err != nil {
		return nil, err
	}
	index, err := r.index(ctx, good)
	if err != nil {
		return nil, err
	}
	if states, err = r.compare(ctx, good, head, index, bad); err != nil {
		return nil, err
	}
	for path, s := range states {
		s.judge(head[path].mode&modeKind, index[path].mode&modeKind)
		states[path] = s
	}
	for path, err := range bad {
		states[path] = State{Err: err}
	}
	return states, nil
}

// compare looks at the disk, at several files at once.
func (r *Repo) compare(ctx context.Context, paths []string, head map[string]treeEntry, index map[string]indexEntry, bad PathErrors) (map[string]State, error) {
	states := make(map[string]State, len(paths))
	found, wrong := make([]State, len(paths)), make([]error, len(paths))
	workers := runtime.GOMAXPROCS(0)
	ends := make([]error, workers)
	var wg sync.WaitGroup
	for w := range workers { // neighbours lie in the same directory
		wg.Go(func() {
			last := lastDir{repo: r}
			for i := w * len(paths) / workers; i < (w+1)*len(paths)/workers; i++ {
				found[i], wrong[i] = last.compare(paths[i], head[paths[i]], index[paths[i]])
			}
			ends[w] = last.close()
		})
	}
	wg.Wait()
	if err := errors.Join(ends...); err != nil {
		return nil, err
	}
	var odd []string // their raw bytes are neither HEAD's nor the index's
	for i, path := range paths {
		if wrong[i] != nil {
			bad[path] = wrong[i]
			continue
		}
		s := found[i]
		if s.Disk != "" && s.Disk != s.Index && s.Disk != s.Head && !s.Hidden && !s.DiskSymlink {
			odd = append(odd, path)
		}
		states[path] = s
	}
	ids, err := r.cleaned(ctx, odd, bad)
	if err != nil {
		return nil, err
	}
	for path, id := range ids {
		s := states[path]
		s.Disk = id
		states[path] = s
	}
	return states, nil
}

// judge sets what follows from the ids and the kinds of the entries.
func (s *State) judge(head, index uint32) {
	tracked := s.Index != "" || s.Unmerged
	onDisk := s.Disk != "" || s.DiskSymlink || s.DiskOther
	s.Staged = s.Head != s.Index || head != index
	s.Untracked = onDisk && !tracked
	retyped := s.DiskOther || s.DiskSymlink != (index == modeLink)
	s.Edited = tracked && !s.Hidden && (s.Disk != s.Index || retyped)
}

// headEntries finds the paths at HEAD; none before the first commit.
func (r *Repo) headEntries(ctx context.Context, paths []string, bad PathErrors) (map[string]treeEntry, error) {
	entries := map[string]treeEntry{}
	c, err := r.Resolve(ctx, "HEAD")
	if errors.Is(err, ErrUnborn) {
		return entries, nil
	}
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		e, err := r.find(ctx, c.Tree, path)
		switch {
		case errors.Is(err, ErrNotFound), errors.Is(err, ErrSymlink), errors.Is(err, ErrSubmodule):
			continue // something else is on the way, the path itself is not there
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			bad[path] = fmt.Errorf("at %s: %w", c.ID, err)
			continue
		}
		if e.mode&modeKind != modeDir {
			entries[path] = e
		}
	}
	return entries, nil
}

// compare looks at one path.
func (l *lastDir) compare(path string, head treeEntry, index indexEntry) (State, error) {
	s := State{Head: head.id, Index: index.id, Unmerged: index.unmerged, Hidden: index.hidden}
	var err error
	s.Disk, err = l.rawID(path)
	switch {
	case errors.Is(err, ErrSymlink):
		s.DiskSymlink = true
	case errors.Is(err, ErrDirectory), errors.Is(err, ErrNotRegular):
		s.DiskOther = true
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return s, err
	}
	return s, nil
}

// rawID hashes a file of the work tree as it is. For a symbolic link at the
// path it gives its target's id and ErrSymlink.
func (l *lastDir) rawID(path string) (string, error) {
	dir, base, err := l.open(path)
	if err != nil {
		return "", err
	}
	f, err := openIn(dir, base)
	if errors.Is(err, ErrSymlink) {
		target, linkErr := dir.Readlink(base)
		if linkErr != nil {
			return "", linkErr
		}
		target = filepath.ToSlash(target)
		sum := l.repo.objects.idHash("blob", int64(len(target)))
		sum.Write([]byte(target))
		return hex.EncodeToString(sum.Sum(nil)), ErrSymlink
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	sum := l.repo.objects.idHash("blob", info.Size())
	n, err := io.Copy(sum, f)
	if err == nil && n != info.Size() {
		err = ErrChanged
	}
	return hex.EncodeToString(sum.Sum(nil)), err
}
