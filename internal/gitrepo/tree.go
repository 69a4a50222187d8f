package gitrepo

import (
	"context"
	"errors"
)

// Entry is one file of a commit's tree.
type Entry struct {
	Path string // from the top, slash-separated, raw bytes
	Mode uint32 // git's file mode, for example 0o100644
	ID   string // blob id, hex
}

// Symlink reports whether the entry is a symbolic link.
func (e Entry) Symlink() bool { return e.Mode&0o170000 == 0o120000 }

// Files lists the files and symbolic links of c that want accepts, in path order.
func (r *Repo) Files(ctx context.Context, c Commit, want func(path string) bool) ([]Entry, error) {
	return r.FilesUnder(ctx, c, []string{""}, want)
}

// FilesUnder is Files for the given directories alone; "" is the top.
func (r *Repo) FilesUnder(ctx context.Context, c Commit, dirs []string, want func(path string) bool) ([]Entry, error) {
	return nil, errors.ErrUnsupported
}
