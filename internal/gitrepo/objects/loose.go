package objects

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	// maxLooseHead bounds "<kind> <size>\0", in bytes; it is git's.
	maxLooseHead = 32

	// wholeLoose is up to which size in bytes a file is read at once.
	wholeLoose = 1 << 20
)

// loose is an open loose object.
type loose struct {
	f    *os.File
	raw  []byte // the whole file, when it is small
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
		return nil, named(path, errors.Join(asCorrupt(err), f.Close()))
	}
	return o, nil
}

// open reads the head.
func (o *loose) open(d *decoder) error {
	info, err := o.f.Stat()
	if err != nil {
		return err
	}
	start := make([]byte, min(info.Size(), wholeLoose))
	if _, err := o.f.ReadAt(start, 0); err != nil {
		return err
	}
	if int64(len(start)) == info.Size() {
		o.raw = start
	}
	var buf [maxLooseHead]byte
	n, err := d.peek(buf[:], start)
	end := bytes.IndexByte(buf[:n], 0)
	if end < 0 {
		return errors.Join(corrupt("a loose object without its kind and size"), err)
	}
	var ok bool
	if o.kind, o.size, ok = parseLooseHead(string(buf[:end])); !ok {
		return corrupt("a loose object begins %q", buf[:end])
	}
	if o.head = end + 1; o.size/maxRatio > info.Size() {
		return corrupt("a loose object of %d bytes in a file of %d", o.size, info.Size())
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
	kind := kindOf(word)
	return kind, size, kind != 0
}

// reader gives the object's bytes and fails unless it ends as it should, with
// the file.
func (o *loose) reader(d *decoder) (io.Reader, error) {
	var z io.Reader
	var left func() bool
	if o.raw != nil {
		z = newInflateReader(d, o.raw)
		left = func() bool { return zlibHead+d.pos < len(o.raw) }
	} else {
		in := bufio.NewReaderSize(io.NewSectionReader(o.f, 0, 1<<62), window)
		var err error
		if z, err = zlib.NewReader(in); err != nil {
			return nil, asCorrupt(err)
		}
		left = func() bool {
			_, err := in.ReadByte()
			return err != io.EOF
		}
	}
	if _, err := io.CopyN(io.Discard, z, int64(o.head)); err != nil {
		return nil, asCorrupt(err)
	}
	return &exactReader{r: z, left: o.size, size: o.size, more: left}, nil
}

// bytes reads the object, which the caller found small enough.
func (o *loose) bytes(d *decoder) ([]byte, error) {
	data, err := o.read(d)
	if err != nil {
		return nil, named(o.f.Name(), asCorrupt(err))
	}
	return data, nil
}

func (o *loose) read(d *decoder) ([]byte, error) {
	if o.raw == nil {
		r, err := o.reader(d)
		if err != nil {
			return nil, err
		}
		return readExactly(r, o.size)
	}
	out := buffer(o.head + int(o.size))
	n, err := d.inflate(out, o.raw)
	if err == nil && n < len(o.raw) {
		err = fmt.Errorf("%w: %w", ErrCorrupt, errMore)
	}
	return out[o.head:], err
}

// readExactly reads what an exactReader gives.
func readExactly(r io.Reader, size int64) ([]byte, error) {
	data := buffer(int(size))
	if _, err := io.ReadFull(r, data); err != nil {
		return nil, err
	}
	var more [1]byte
	if _, err := r.Read(more[:]); err != io.EOF {
		return nil, err
	}
	return data, nil
}

func (o *loose) close() error { return o.f.Close() }
