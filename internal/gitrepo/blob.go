package gitrepo

import (
	"bytes"
	"context"
	"fmt"
	"hash"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// maxPointer is the size of a Git LFS pointer at most, in bytes (git-lfs's
// specification).
const maxPointer = 1024

// Blob is one committed file.
type Blob struct {
	ID   string // object id, hex
	Path string // from the top, slash-separated, raw bytes
	Size int64  // bytes

	repo  *Repo
	small []byte // the whole blob when it could be a Git LFS pointer
}

// Blob finds the committed regular file at path. What is something else is
// refused by name: ErrNotFound, ErrSymlink (also on the way), ErrSubmodule,
// ErrDirectory, ErrNotRegular; ErrTooLarge comes before a byte is read,
// ErrMissingObject where a clone is partial.
func (r *Repo) Blob(ctx context.Context, c Commit, path string) (*Blob, error) {
	b, err := r.blob(ctx, c, path)
	if err != nil {
		return nil, fmt.Errorf("read %q at %s: %w", path, c.ID, err)
	}
	return b, nil
}

func (r *Repo) blob(ctx context.Context, c Commit, path string) (*Blob, error) {
	e, err := r.find(ctx, c.Tree, path)
	if err != nil {
		return nil, err
	}
	if err := regular(e.mode); err != nil {
		return nil, err
	}
	return r.blobAt(ctx, path, e.id)
}

// blobAt is blob once its id is known.
func (r *Repo) blobAt(ctx context.Context, path, id string) (*Blob, error) {
	h, err := r.objects.header(ctx, id)
	if err != nil {
		return nil, err
	}
	if h.size > r.maxBlob {
		return nil, fmt.Errorf("%w: %d bytes, %d allowed", ErrTooLarge, h.size, r.maxBlob)
	}
	b := &Blob{ID: id, Path: path, Size: h.size, repo: r}
	if b.Size <= maxPointer {
		b.small, err = b.Bytes(ctx)
	}
	return b, err
}

// regular names what is not a file. Git itself makes only the three modes.
func regular(mode uint32) error {
	switch mode & modeKind {
	case modeLink:
		return ErrSymlink
	case modeModule:
		return ErrSubmodule
	case modeDir:
		return ErrDirectory
	}
	switch mode {
	case 0o100644, 0o100755, 0o100664:
		return nil
	}
	return fmt.Errorf("%w: its mode is %o", ErrNotRegular, mode)
}

// Bytes reads the whole blob, hashed again to its id. The caller owns the
// slice.
func (b *Blob) Bytes(ctx context.Context) ([]byte, error) {
	if b.small != nil {
		return bytes.Clone(b.small), nil
	}
	data, err := b.repo.objects.bytes(ctx, b.ID, "blob", b.repo.maxBlob)
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", b.Path, err)
	}
	return data, nil
}

// Digest streams the blob through h, which must be fresh, and returns its sum;
// the blob is hashed again to its id, and held in memory only where it is small
// or stored as a delta.
func (b *Blob) Digest(ctx context.Context, h hash.Hash) ([]byte, error) {
	if b.small != nil {
		h.Write(b.small)
		return h.Sum(nil), nil
	}
	if err := b.repo.objects.read(ctx, b.ID, "blob", b.repo.maxBlob, h); err != nil {
		return nil, fmt.Errorf("read %q: %w", b.Path, err)
	}
	return h.Sum(nil), nil
}

// BlobID is the id that data would have as a blob of this repository.
func (r *Repo) BlobID(data []byte) (string, error) {
	h := r.objects.idHash("blob", int64(len(data)))
	h.Write(data)
	return sumID(h)
}

// LFS reports whether the blob is a Git LFS pointer: its bytes are not the
// document's.
func (b *Blob) LFS() bool {
	return bytes.HasPrefix(b.small, []byte("version https://git-lfs.github.com/spec/")) ||
		bytes.HasPrefix(b.small, []byte("version https://hawser.github.com/spec/")) // its first name
}

// notFound says what is missing and, where another entry differs only in case
// or in how its letters are composed, which one it is.
func notFound(entries []treeEntry, names []string, i int) error {
	want := norm.NFC.String(names[i])
	for _, e := range entries {
		if strings.EqualFold(norm.NFC.String(e.name), want) {
			near := strings.Join(append(append([]string{}, names[:i]...), e.name), "/")
			return fmt.Errorf("%w; there is %+q", ErrNotFound, near)
		}
	}
	return ErrNotFound
}
