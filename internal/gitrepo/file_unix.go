//go:build unix

package gitrepo

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// closeBeforeRename: an open file can be renamed and removed here.
const closeBeforeRename = false

// lockFile takes the file's lock, which ends with the process.
func lockFile(f *os.File) error {
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
}

// noLocks reports that this file system has no locks: what is there counts as
// a living writer's.
func noLocks(err error) bool {
	return errors.Is(err, unix.ENOLCK) || errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL)
}

// impossibleName reports that no file can have that name here.
func impossibleName(err error) bool { return errors.Is(err, unix.ENAMETOOLONG) }

// syncDir makes a new name in the directory last.
func syncDir(dir *os.Root) error {
	f, err := dir.Open(".")
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) {
		err = nil // this file system has no such thing
	}
	return errors.Join(err, f.Close())
}
