package gitrepo

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// closeBeforeRename: an open file can be neither renamed nor removed here.
const closeBeforeRename = true

// lockFile takes the file's lock, which ends with the process.
func lockFile(f *os.File) error {
	flags := uint32(windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY)
	return windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, new(windows.Overlapped))
}

// noLocks reports that this file system has no locks: what is there counts as
// a living writer's.
func noLocks(err error) bool {
	return errors.Is(err, windows.ERROR_NOT_SUPPORTED) || errors.Is(err, windows.ERROR_INVALID_FUNCTION)
}

// impossibleName reports that no file can have that name here.
func impossibleName(err error) bool {
	return errors.Is(err, windows.ERROR_FILENAME_EXCED_RANGE) || errors.Is(err, windows.ERROR_INVALID_NAME)
}

// syncDir: NTFS keeps its directories in a journal; there is no call for it.
func syncDir(*os.Root) error { return nil }
