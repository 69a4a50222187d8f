package anchor

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// isArchive reports whether a name is that of an archive as it is written here.
func isArchive(out string) bool {
	return strings.HasSuffix(out, ".tar.gz") || strings.HasSuffix(out, ".tgz")
}

// otherArchive are endings of archives of other kinds, which nobody means as the
// name of a directory.
var otherArchive = regexp.MustCompile(`(?i)\.(tar|tgz|t?[gx]z|t?bz2?|tbz2|t?zst|zip|7z|rar|jar|lz4?|lzma|cpio)$`)

// place refuses places where a bundle cannot be put.
func place(out string) error {
	dir := filepath.Dir(out)
	_, err := os.Lstat(out)
	if err == nil {
		return refuse("name another place, or remove it", "%s is there already", out)
	}
	switch info, above := os.Stat(dir); {
	case errors.Is(above, fs.ErrNotExist):
		return refuse("mkdir -p "+Quoted(dir), "there is no directory %s to put it in", dir)
	case above == nil && !info.IsDir():
		return refuse("name another place", "%s is no directory to put it in", dir)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	case !isArchive(out) && otherArchive.MatchString(out):
		return refuse("name it FILE.tar.gz or FILE.tgz, or a directory", "%s is the name of an archive of another kind, and what is written is .tar.gz or a directory", out)
	}
	return nil
}

// put writes the bundle whole or not at all: beside the place it is wanted at,
// and there when it is complete.
func (b *bundling) put(ctx context.Context, out string, list []bundleFile) error {
	out = filepath.Clean(out) // "pub/", too, is the name of a directory to make
	if err := place(out); err != nil {
		return err
	}
	var err error
	if isArchive(out) {
		err = b.putArchive(ctx, out, list)
	} else {
		err = b.putDirectory(ctx, out, list)
	}
	if errors.Is(err, fs.ErrExist) {
		return refuse("name another place, or remove it", "%s was made meanwhile by somebody else", out)
	}
	return err
}

func (b *bundling) putDirectory(ctx context.Context, out string, list []bundleFile) (err error) {
	temp, err := os.MkdirTemp(filepath.Dir(out), ".registry-*")
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
	for _, dir := range []string{"registries", "proofs"} {
		if err := root.Mkdir(dir, 0o755); err != nil {
			return err
		}
	}
	for _, f := range list {
		data, err := f.read(ctx)
		if err != nil {
			return err
		}
		if err := putFile(root, f.name, data); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	// A directory can be put over an empty one only, which loses nothing.
	return os.Rename(temp, out)
}

func putFile(root *os.Root, name string, data []byte) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

func (b *bundling) putArchive(ctx context.Context, out string, list []bundleFile) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(out), ".registry-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(temp.Name())) }()
	err = b.archive(ctx, temp, list)
	if err := errors.Join(err, temp.Chmod(0o644), temp.Sync(), temp.Close(), ctx.Err()); err != nil {
		return err
	}
	return os.Link(temp.Name(), out) // which never replaces
}

// archive writes a tar archive in which nothing depends on when, where and by
// whom it is made.
func (b *bundling) archive(ctx context.Context, to io.Writer, list []bundleFile) error {
	zip, err := gzip.NewWriterLevel(to, gzip.BestCompression)
	if err != nil {
		return err
	}
	w := tar.NewWriter(zip)
	top := "registry-" + b.files[len(b.files)-1].period.String() + "/"
	for _, f := range list {
		data, err := f.read(ctx)
		if err != nil {
			return err
		}
		h := &tar.Header{Typeflag: tar.TypeReg, Name: top + f.name, Size: int64(len(data)), Mode: 0o644, ModTime: b.commit.When, Format: tar.FormatUSTAR}
		if err := w.WriteHeader(h); err != nil {
			return fmt.Errorf("archive %s: %w", f.name, err)
		}
		if _, err := w.Write(data); err != nil {
			return fmt.Errorf("archive %s: %w", f.name, err)
		}
	}
	return errors.Join(w.Close(), zip.Close())
}
