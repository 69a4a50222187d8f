package anchor

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// A parcel is what is put into a directory or an archive, whole or not at all. In
// it nothing depends on when, where and by whom it is written.
type parcel struct {
	kind    string   // what it is of: its hidden name, until it is complete, begins with that
	names   []string // slash-separated, sorted, of at most one directory
	top     string   // of an archive: the directory that all lies in, with its slash
	when    time.Time
	content func(ctx context.Context, name string, w io.Writer) error
	pack    packing
}

// A packing is the kind of archive that a parcel may be.
type packing struct {
	suffixes []string // of its names
	fold     bool     // in letters of any size
	write    func(p parcel, ctx context.Context, to io.Writer) error
}

func tarGz() packing { return packing{[]string{".tar.gz", ".tgz"}, false, parcel.tar} }

func zipped() packing { return packing{[]string{".zip"}, true, parcel.zip} }

// is reports whether a name is that of such an archive.
func (k packing) is(out string) bool {
	for _, suffix := range k.suffixes {
		if strings.HasSuffix(out, suffix) || k.fold && strings.HasSuffix(strings.ToLower(out), suffix) {
			return true
		}
	}
	return false
}

// otherArchive are endings of archives, which nobody means as the name of a
// directory.
var otherArchive = regexp.MustCompile(`(?i)\.(tar|tgz|t?[gx]z|t?bz2?|tbz2|t?zst|zip|7z|rar|jar|lz4?|lzma|cpio)$`)

// place refuses places where no such archive, nor a directory, can be put.
func (k packing) place(out string) error {
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
	case !k.is(out) && otherArchive.MatchString(out):
		return refuse("name it FILE"+strings.Join(k.suffixes, " or FILE")+", or a directory",
			"%s is the name of an archive of another kind, and what is written is %s or a directory", out, k.suffixes[0])
	}
	return nil
}

// put writes the parcel beside the place it is wanted at, and there when it is
// complete. What is there already is a Refusal.
func (p parcel) put(ctx context.Context, out string) error {
	out = filepath.Clean(out) // "pub/", too, is the name of a directory to make
	if err := p.pack.place(out); err != nil {
		return err
	}
	write := p.directory
	if p.pack.is(out) {
		write = p.archive
	}
	err := write(ctx, out)
	if errors.Is(err, fs.ErrExist) {
		return refuse("name another place, or remove it", "%s was made meanwhile by somebody else", out)
	}
	return err
}

func (p parcel) hidden() string { return "." + p.kind + "-*" }

func (p parcel) directory(ctx context.Context, out string) (err error) {
	temp, err := os.MkdirTemp(filepath.Dir(out), p.hidden())
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
	temp, err := os.CreateTemp(filepath.Dir(out), p.hidden())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(temp.Name())) }()
	err = p.pack.write(p, ctx, temp)
	if err := errors.Join(err, temp.Chmod(0o644), temp.Sync(), temp.Close(), ctx.Err()); err != nil {
		return err
	}
	return os.Link(temp.Name(), out) // which never replaces
}

func (p parcel) zip(ctx context.Context, to io.Writer) error {
	w := zip.NewWriter(to)
	for _, name := range p.names {
		h := &zip.FileHeader{Name: p.top + name, Method: zip.Deflate, Modified: p.when.UTC()}
		h.SetMode(0o644)
		file, err := w.CreateHeader(h)
		if err == nil {
			err = p.content(ctx, name, file)
		}
		if err != nil {
			return fmt.Errorf("archive %s: %w", name, err)
		}
	}
	return w.Close()
}

// tar holds one file at a time in memory, as its size comes first.
func (p parcel) tar(ctx context.Context, to io.Writer) error {
	z, err := gzip.NewWriterLevel(to, gzip.BestCompression)
	if err != nil {
		return err
	}
	w := tar.NewWriter(z)
	var data bytes.Buffer
	for _, name := range p.names {
		data.Reset()
		err := p.content(ctx, name, &data)
		if err == nil {
			err = w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: p.top + name, Size: int64(data.Len()), Mode: 0o644, ModTime: p.when, Format: tar.FormatUSTAR})
		}
		if err == nil {
			_, err = data.WriteTo(w)
		}
		if err != nil {
			return fmt.Errorf("archive %s: %w", name, err)
		}
	}
	return errors.Join(w.Close(), z.Close())
}
