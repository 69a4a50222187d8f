package gitrepo

import (
	"context"
	"errors"
	"hash"
)

// Blob is one committed file.
type Blob struct {
	ID   string // object id, hex
	Path string // from the top, slash-separated, raw bytes
	Size int64  // bytes
}

// Blob finds the committed regular file at path.
func (r *Repo) Blob(ctx context.Context, c Commit, path string) (*Blob, error) {
	return nil, errors.ErrUnsupported
}

// Bytes reads the whole blob.
func (b *Blob) Bytes(ctx context.Context) ([]byte, error) { return nil, errors.ErrUnsupported }

// Digest streams the blob through h.
func (b *Blob) Digest(ctx context.Context, h hash.Hash) ([]byte, error) {
	return nil, errors.ErrUnsupported
}

// LFS reports whether the blob is a Git LFS pointer.
func (b *Blob) LFS() bool { return false }
