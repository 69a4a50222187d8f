package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// lockName is the file in the git directory that keeps two runs of this
// program from committing at once. The lock itself ends with its process.
const lockName = "git-anchor.lock"

// commitWait is how long a commit waits for those of other runs.
const commitWait = time.Minute

// lock waits until no other run of this program commits in this work tree.
func (r *Repo) lock(ctx context.Context) (unlock func() error, err error) {
	dir, err := os.OpenRoot(r.gitDir)
	if err != nil {
		return nil, err
	}
	f, err := tryTemp(dir, lockName)
	for deadline := time.Now().Add(commitWait); f == nil && err == nil; f, err = tryTemp(dir, lockName) {
		if time.Now().After(deadline) {
			err = fmt.Errorf("%w: another git-anchor commits; if none does, remove %s in %s", ErrBusy, lockName, r.gitDir)
		} else {
			err = pause(ctx)
		}
		if err != nil {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	return func() error {
		// Removed before it is let go, where that can be done: a waiting
		// run must not lose its own.
		if closeBeforeRename {
			return errors.Join(f.Close(), dir.Remove(lockName), dir.Close())
		}
		return errors.Join(dir.Remove(lockName), f.Close(), dir.Close())
	}, nil
}

// patiently repeats what fails on a lock that git itself holds.
func (r *Repo) patiently(ctx context.Context, do func() error) error {
	for deadline := time.Now().Add(r.patience); ; {
		err := do()
		if !onLock(err) {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%w: %w", ErrBusy, err)
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
}

// onLock: git's words for index.lock, HEAD.lock and a ref that moved.
func onLock(err error) bool {
	var e *gitError
	return errors.As(err, &e) && (strings.Contains(e.stderr, ".lock': File exists") || strings.Contains(e.stderr, "cannot lock ref"))
}

// pause waits a little, or until the context ends.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(lockPoll):
		return nil
	}
}
