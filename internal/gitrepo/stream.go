package gitrepo

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"
)

// Stream writes the committed regular file at path to w, whatever its size, and
// is refused as Blob is. What w got counts only once Stream returned no error:
// the bytes are hashed to their id along the way.
func (r *Repo) Stream(ctx context.Context, c Commit, path string, w io.Writer) error {
	e, err := r.find(ctx, c.Tree, path)
	if err == nil {
		err = regular(e.mode)
	}
	if err == nil {
		err = r.objects.read(ctx, e.id, "blob", math.MaxInt64, w)
	}
	if err != nil {
		return fmt.Errorf("read %q at %s: %w", path, c.ID, err)
	}
	return nil
}

// StoreBlob writes a blob that no filter changes, and returns its id.
func (r *Repo) StoreBlob(ctx context.Context, data []byte) (string, error) {
	id, err := r.storeBlob(ctx, data)
	if err != nil {
		return "", fmt.Errorf("store a blob: %w", err)
	}
	return id, nil
}

// Kept refuses data that git would not store as it is for a file at path, which
// need not be there: line endings, or a filter of the person's. The error wraps
// ErrAttributes then. Git runs the filters that are configured.
func (r *Repo) Kept(ctx context.Context, path string, data []byte) error {
	if err := checkPath(path); err != nil {
		return fmt.Errorf("%q: %w", path, err)
	}
	want, err := r.BlobID(data)
	if err != nil {
		return err
	}
	out, err := r.git.output(ctx, data, "hash-object", "--stdin", "--path="+path)
	if err != nil {
		return fmt.Errorf("%q: %w", path, err)
	}
	if strings.TrimSpace(string(out)) != want {
		return fmt.Errorf("%q: %w", path, ErrAttributes)
	}
	return nil
}
