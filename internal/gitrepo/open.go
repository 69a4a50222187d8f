package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// maxBlob is what Options.MaxBlob is by default, in bytes.
const maxBlob = 256 << 20

// Options say where and how a repository is opened.
type Options struct {
	Dir     string              // start here; empty: the working directory
	Getenv  func(string) string // nil: os.Getenv
	MaxBlob int64               // bytes of one document at most; 0: 256 MiB
	Cache   int                 // bytes kept of objects that others build on; 0: 32 MiB
}

// Repo is an opened repository. Concurrent use is fine. Close ends it.
type Repo struct {
	place
	maxBlob int64
	git     *gitCommand
	objects *objectReader

	patience time.Duration // for another process's locks on the repository

	mu    sync.Mutex
	trees map[string][]treeEntry // last trees read, by id
	held  int                    // entries in trees
}

// Open finds the repository git itself would use from o.Dir, upwards, or by
// GIT_DIR and GIT_WORK_TREE. It returns ErrNotRepository, ErrDubiousOwner,
// ErrUnsafeBare or ErrUnsupported (format, extension, work tree elsewhere) by
// name.
func Open(ctx context.Context, o Options) (*Repo, error) {
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	dir, err := physical(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("open repository: %w", err)
	}
	git := newGit(o.Getenv, dir)
	d := &discovery{getenv: o.Getenv, person: func(key string) ([]string, error) { return git.personValues(ctx, key) }}
	p, err := d.discover(dir)
	if err != nil {
		return nil, err
	}
	git.settle(p)
	r := &Repo{place: p, maxBlob: o.MaxBlob, git: git, patience: lockWait, trees: map[string][]treeEntry{}}
	if r.maxBlob == 0 {
		r.maxBlob = maxBlob
	}
	if git.path == "" && (p.format.sha256 || p.format.reftable) {
		return nil, fmt.Errorf("open repository %s: %w: refs of repositories with SHA-256 ids or reftable are read by git alone: %w", p.gitDir, ErrUnsupported, ErrNoGit)
	}
	r.objects = &objectReader{dirs: objectDirs(p, o.Getenv), sha256: p.format.sha256, cache: o.Cache}
	return r, nil
}

// Top is the absolute path of the work tree, empty in a bare repository.
func (r *Repo) Top() string { return r.top }

// GitDir is the absolute path of this work tree's git directory.
func (r *Repo) GitDir() string { return r.gitDir }

// Bare reports whether there is no work tree.
func (r *Repo) Bare() bool { return r.top == "" }

// Shallow reports whether history is cut off here.
func (r *Repo) Shallow() (bool, error) {
	info, err := os.Stat(filepath.Join(r.commonDir, "shallow"))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read shallow: %w", err)
	}
	return info.Size() > 0, nil
}

// Close closes the object store.
func (r *Repo) Close() error {
	return r.objects.close()
}
