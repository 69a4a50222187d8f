package gitrepo

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// ReadFile reads a regular file of the work tree, never through a symbolic
// link (ErrSymlink). It returns fs.ErrNotExist when there is none, ErrTooLarge
// when it has more than max bytes, ErrDirectory and ErrNotRegular by name.
func (r *Repo) ReadFile(path string, max int64) ([]byte, error) {
	f, err := r.openFile(path)
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", path, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, max+1))
	if err == nil && int64(len(b)) > max {
		err = fmt.Errorf("%w: more than %d bytes", ErrTooLarge, max)
	}
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", path, err)
	}
	return b, nil
}

// lastDir keeps the directory opened last: files asked one after the other
// mostly lie in one.
type lastDir struct {
	repo   *Repo
	prefix string // of the paths in it
	dir    *os.Root
}

// open gives the directory of path and the path's last name. The directory
// stays the lastDir's.
func (l *lastDir) open(path string) (*os.Root, string, error) {
	prefix, base := "", path
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		prefix, base = path[:i+1], path[i+1:]
	}
	if l.dir != nil && l.prefix == prefix {
		return l.dir, base, checkPath(path)
	}
	if err := l.close(); err != nil {
		return nil, "", err
	}
	dir, base, err := l.repo.openDir(path)
	if err != nil {
		return nil, "", err
	}
	l.prefix, l.dir = prefix, dir
	return dir, base, nil
}

func (l *lastDir) close() error {
	dir := l.dir
	l.dir = nil
	if dir == nil {
		return nil
	}
	return dir.Close()
}

// openDir opens the directory of path, component by component, none of which
// may be a symbolic link.
func (r *Repo) openDir(path string) (*os.Root, string, error) {
	return r.walkTo(path, false)
}

// walkTo is openDir, and with make it makes the directories that are missing.
func (r *Repo) walkTo(path string, make bool) (*os.Root, string, error) {
	if r.top == "" {
		return nil, "", ErrNoWorkTree
	}
	if err := checkPath(path); err != nil {
		return nil, "", err
	}
	dir, err := os.OpenRoot(r.top)
	if err != nil {
		return nil, "", err
	}
	for {
		name, rest, more := strings.Cut(path, "/")
		if !more {
			return dir, name, nil
		}
		next, err := enter(dir, name)
		if make && errors.Is(err, fs.ErrNotExist) {
			if err = makeDir(dir, name); err == nil {
				next, err = enter(dir, name)
			}
		}
		if err := errors.Join(err, dir.Close()); err != nil {
			return nil, "", err
		}
		dir, path = next, rest
	}
}

// enter opens a subdirectory and makes sure that it is the one looked at: a
// link put there in between is not followed.
func enter(dir *os.Root, name string) (*os.Root, error) {
	info, err := lstat(dir, name)
	if err != nil {
		return nil, err
	}
	if info.Mode()&os.ModeSymlink != 0 {
		return nil, fmt.Errorf("%q is %w", name, ErrSymlink)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%q is not a directory: %w", name, fs.ErrNotExist)
	}
	sub, err := dir.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	opened, err := sub.Stat(".")
	if err == nil && !os.SameFile(info, opened) {
		err = fmt.Errorf("%q: %w", name, ErrChanged)
	}
	if err != nil {
		return nil, errors.Join(err, sub.Close())
	}
	return sub, nil
}

// makeDir makes a subdirectory that lasts; another writer may be quicker.
func makeDir(dir *os.Root, name string) error {
	if err := dir.Mkdir(name, 0o755); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil
		}
		return err
	}
	return syncDir(dir)
}

// lstat takes a name that this file system cannot hold, which a commit can,
// for one that is not there.
func lstat(dir *os.Root, name string) (os.FileInfo, error) {
	info, err := dir.Lstat(name)
	if err != nil && impossibleName(err) {
		return nil, fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	return info, err
}

// openFile opens a regular file of the work tree.
func (r *Repo) openFile(path string) (*os.File, error) {
	dir, base, err := r.openDir(path)
	if err != nil {
		return nil, err
	}
	f, err := openIn(dir, base)
	return f, errors.Join(err, dir.Close())
}

func openIn(dir *os.Root, base string) (*os.File, error) {
	info, err := lstat(dir, base)
	if err != nil {
		return nil, err
	}
	switch {
	case info.Mode()&os.ModeSymlink != 0:
		return nil, ErrSymlink
	case info.IsDir():
		return nil, ErrDirectory
	case !info.Mode().IsRegular():
		return nil, ErrNotRegular // opening a pipe would wait for ever
	}
	f, err := dir.Open(base)
	if err != nil {
		return nil, err
	}
	if !sameFile(dir, base, f) {
		return nil, errors.Join(ErrChanged, f.Close())
	}
	return f, nil
}

// sameFile reports whether name still is the open file and no link to it.
func sameFile(dir *os.Root, name string, f *os.File) bool {
	byName, err := dir.Lstat(name)
	if err != nil {
		return false
	}
	byHandle, err := f.Stat()
	return err == nil && os.SameFile(byName, byHandle)
}
