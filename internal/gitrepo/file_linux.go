package gitrepo

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// renameNoReplace renames within dir unless the new name is taken.
func renameNoReplace(dir *os.Root, from, to string) error {
	f, err := dir.Open(".")
	if err != nil {
		return err
	}
	fd := int(f.Fd())
	return errors.Join(unix.Renameat2(fd, from, fd, to, unix.RENAME_NOREPLACE), f.Close())
}
