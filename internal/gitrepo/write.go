package gitrepo

import "errors"

// ReadFile reads a regular file of the work tree, never through a symbolic link.
func (r *Repo) ReadFile(path string, max int64) ([]byte, error) { return nil, errors.ErrUnsupported }

// WriteFile writes a file of the work tree atomically.
func (r *Repo) WriteFile(path string, data, old []byte) error { return errors.ErrUnsupported }
