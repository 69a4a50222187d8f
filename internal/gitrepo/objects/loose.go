package objects

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	// maxLooseHead bounds "<kind> <size>\0", in bytes; it is git's.
	maxLooseHead = 32
)

// loose is an open loose object.
type loose struct {
	f    *os.File
	file int64 // bytes of the file
	kind Kind
	size int64
	head int // bytes of the stream before the object's
}

func loosePath(dir string, id ID) string {
	name := id.String()
	return filepath.Join(dir, name[:2], name[2:])
}

// openLoose opens an object's file; errGone when there is none.
func openLoose(path string, d *decoder) (_ *loose, err error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	o := &loose{f: f}
	if err := o.open(d); err != nil {
		return nil, named(path, errors.Join(err, f.Close()))
	}
	return o, nil
}

// open reads the head.
func (o *loose) open(d *decoder) error {
	info, err := o.f.Stat()
	if err != nil {
		return err
	}
	o.file = info.Size()
	var buf [maxLooseHead]byte
	n := 0
	z, err := d.open(d.section(o.f, 0, o.file))
	if err == nil {
		n, err = peek(z, buf[:])
	}
	end := bytes.IndexByte(buf[:n], 0)
	if end < 0 {
		return errors.Join(corrupt("a loose object without its kind and size"), err)
	}
	var ok bool
	if o.kind, o.size, ok = parseLooseHead(string(buf[:end])); !ok {
		return corrupt("a loose object begins %q", buf[:end])
	}
	if o.head = end + 1; o.size/maxRatio > o.file {
		return corrupt("a loose object of %d bytes in a file of %d", o.size, o.file)
	}
	return nil
}

// parseLooseHead reads "<kind> <size>".
func parseLooseHead(head string) (Kind, int64, bool) {
	word, digits, _ := strings.Cut(head, " ")
	size, err := strconv.ParseInt(digits, 10, 62)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != digits {
		return 0, 0, false
	}
	kind := KindOf(word)
	return kind, size, kind != 0
}

// reader gives the object's bytes and fails unless it ends as it should, with
// the file.
func (o *loose) reader(d *decoder) (*exactReader, error) {
	in := d.section(o.f, 0, o.file)
	z, err := d.open(in)
	if err != nil {
		return nil, err
	}
	if _, err := io.CopyN(io.Discard, z, int64(o.head)); err != nil {
		return nil, asCorrupt(err)
	}
	return &exactReader{r: z, left: o.size, size: o.size, rest: in, goOn: d.goOn}, nil
}

// bytes reads the object, which the caller found small enough.
func (o *loose) bytes(d *decoder) ([]byte, error) {
	r, err := o.reader(d)
	if err != nil {
		return nil, named(o.f.Name(), err)
	}
	data := make([]byte, o.size)
	return data, named(o.f.Name(), readExactly(r, data))
}

func (o *loose) close() error { return o.f.Close() }
