package gitrepo

import "errors"

// RemoveFile removes a regular file of the work tree if it still holds old
// (ErrChanged), never through a symbolic link. It returns fs.ErrNotExist when
// there is none. Directories stay.
func (r *Repo) RemoveFile(path string, old []byte) error {
	return errors.ErrUnsupported
}
