package gitrepo

import (
	"errors"
	"fmt"
)

// RemoveFile removes a regular file of the work tree if it still holds old
// (ErrChanged), never through a symbolic link (ErrSymlink). It returns
// fs.ErrNotExist when there is none. It waits for a write to the same file
// (ErrBusy in the end). Directories stay. What a killed run left beside it is
// removed, also when the file is gone.
func (r *Repo) RemoveFile(path string, old []byte) error {
	if err := r.removeFile(path, old); err != nil {
		return fmt.Errorf("remove %q: %w", path, err)
	}
	return nil
}

func (r *Repo) removeFile(path string, old []byte) (err error) {
	dir, base, err := r.openDir(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	temp := tempName(base)
	if _, err := lstat(dir, base); err != nil {
		return errors.Join(err, removeDead(dir, temp))
	}
	f, err := createTemp(dir, temp)
	if err != nil {
		return err
	}
	// As in lock: removed before it is let go, where that can be done.
	defer func() {
		if closeBeforeRename {
			err = errors.Join(err, f.Close(), dir.Remove(temp))
			return
		}
		err = errors.Join(err, dir.Remove(temp), f.Close())
	}()
	if old == nil {
		old = []byte{} // an empty file's, not none's
	}
	if err := checkOld(dir, base, f, old); err != nil {
		return err
	}
	if err := dir.Remove(base); err != nil {
		return err
	}
	return syncDir(dir)
}
