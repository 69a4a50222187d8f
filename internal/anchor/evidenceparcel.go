package anchor

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// zipSuffix is what the name of an archive of evidence ends in, in letters of any size.
const zipSuffix = ".zip"

// A parcel is what is put into a directory or a zip file, whole or not at all. In it
// nothing depends on when, where and by whom it is written.
type parcel struct {
	names   []string // slash-separated, sorted
	top     string   // of an archive: the directory that all lies in, with its slash
	when    time.Time
	content func(ctx context.Context, name string, w io.Writer) error
}

// put writes the parcel beside the place it is wanted at, and there when it is
// complete. What is there already is a Refusal.
func (p parcel) put(ctx context.Context, out string) error {
	out = filepath.Clean(out)
	if _, err := os.Lstat(out); err == nil {
		return refuse("name another place, or remove it", "%s is there already", out)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	write := p.directory
	if strings.EqualFold(filepath.Ext(out), zipSuffix) {
		write = p.archive
	}
	err := write(ctx, out)
	if errors.Is(err, fs.ErrExist) {
		return refuse("name another place, or remove it", "%s was made meanwhile by somebody else", out)
	}
	return err
}

func (p parcel) directory(ctx context.Context, out string) (err error) {
	temp, err := os.MkdirTemp(filepath.Dir(out), ".evidence-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(temp))
		}
	}()
	if err := os.Chmod(temp, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(temp)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	for _, name := range p.names {
		if dir := path.Dir(name); dir != "." {
			if err := root.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
				return err
			}
		}
		f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return err
		}
		if err := errors.Join(p.content(ctx, name, f), f.Sync(), f.Close()); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	// A directory can be put over an empty one only, which loses nothing.
	return os.Rename(temp, out)
}

func (p parcel) archive(ctx context.Context, out string) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(out), ".evidence-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(temp.Name())) }()
	w := zip.NewWriter(temp)
	err = p.zip(ctx, w)
	if err := errors.Join(err, w.Close(), temp.Chmod(0o644), temp.Sync(), temp.Close(), ctx.Err()); err != nil {
		return err
	}
	return os.Link(temp.Name(), out) // which never replaces
}

func (p parcel) zip(ctx context.Context, w *zip.Writer) error {
	for _, name := range p.names {
		h := &zip.FileHeader{Name: p.top + name, Method: zip.Deflate, Modified: p.when.UTC()}
		h.SetMode(0o644)
		to, err := w.CreateHeader(h)
		if err == nil {
			err = p.content(ctx, name, to)
		}
		if err != nil {
			return fmt.Errorf("archive %s: %w", name, err)
		}
	}
	return nil
}
