package objects

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"sync"
)

const (
	// maxRatio: DEFLATE makes at most 258 bytes of two bits.
	maxRatio = 1032

	// readAhead is how much is read of a file at once where it is not mapped.
	readAhead = 16 << 10
)

var errMore = errors.New("something follows the object")

// decoder inflates one zlib stream after the other; it has 45 KB of tables and
// window.
type decoder struct {
	mem  bytes.Reader
	file *bufio.Reader // nil until needed
	z    io.ReadCloser // zlib's, nil until needed
	goOn func() error  // asked before every delta and every piece of a stream
}

// decoders are used again.
type decoders struct{ pool sync.Pool }

func (p *decoders) get(goOn func() error) *decoder {
	d, ok := p.pool.Get().(*decoder)
	if !ok {
		d = new(decoder)
	}
	d.goOn = goOn
	return d
}

func (p *decoders) put(d *decoder) {
	d.mem.Reset(nil)
	d.goOn = nil
	if d.file != nil {
		d.file.Reset(nil)
	}
	p.pool.Put(d)
}

// section is a part of a file to be inflated.
func (d *decoder) section(r io.ReaderAt, off, n int64) flate.Reader {
	part := io.NewSectionReader(r, off, n)
	if d.file == nil {
		d.file = bufio.NewReaderSize(part, readAhead)
	} else {
		d.file.Reset(part)
	}
	return d.file
}

// memory is one that lies in memory.
func (d *decoder) memory(b []byte) flate.Reader {
	d.mem.Reset(b)
	return &d.mem
}

// open begins with the zlib stream at the beginning of in, of which no more is
// read than the stream. Its reader, the same each time, gives io.EOF only when
// the stream has ended as it should.
func (d *decoder) open(in flate.Reader) (io.Reader, error) {
	if d.z != nil {
		return d.z, asCorrupt(d.z.(zlib.Resetter).Reset(in, nil))
	}
	z, err := zlib.NewReader(in)
	if err != nil {
		return nil, asCorrupt(err)
	}
	d.z = z
	return z, nil
}

// peek gives the first bytes of a stream, as many as there are of len(out).
func peek(z io.Reader, out []byte) (int, error) {
	n, err := io.ReadFull(z, out)
	return n, asCorrupt(err)
}

// exactReader fails unless r has exactly left bytes more, and nothing is left
// behind it.
type exactReader struct {
	r    io.Reader
	left int64
	size int64
	rest io.ByteReader // what follows the stream, where nothing may; or nil
	goOn func() error
}

func (e *exactReader) Read(p []byte) (n int, err error) {
	defer onFault(&err)
	if len(p) == 0 {
		return 0, nil
	}
	if e.left == 0 {
		return 0, e.end()
	}
	if err := e.goOn(); err != nil {
		return 0, err
	}
	n, err = e.r.Read(p[:min(int64(len(p)), e.left)])
	e.left -= int64(n)
	if err == io.EOF && e.left > 0 {
		err = corrupt("%d bytes, not the %d announced", e.size-e.left, e.size)
	} else if err == io.EOF {
		err = nil // the next call sees it again
	}
	return n, asCorrupt(err)
}

// end gives io.EOF where that is true.
func (e *exactReader) end() error {
	var more [1]byte
	n, err := io.ReadFull(e.r, more[:])
	if n > 0 {
		return corrupt("more bytes than the %d announced", e.size)
	}
	if err == io.EOF && e.rest != nil {
		if _, restErr := e.rest.ReadByte(); restErr != io.EOF {
			return fmt.Errorf("%w: %w", ErrCorrupt, errMore)
		}
	}
	return asCorrupt(err)
}

// readExactly fills out, which is as long as what the reader gives.
func readExactly(r *exactReader, out []byte) error {
	if _, err := io.ReadFull(r, out); err != nil {
		return err
	}
	if err := r.end(); err != io.EOF {
		return err
	}
	return nil
}

// asCorrupt names the errors of zlib streams.
func asCorrupt(err error) error {
	var damaged flate.CorruptInputError
	switch {
	case errors.As(err, &damaged):
	case err == zlib.ErrHeader, err == zlib.ErrChecksum, err == zlib.ErrDictionary, err == io.ErrUnexpectedEOF:
	default:
		return err
	}
	return fmt.Errorf("%w: %w", ErrCorrupt, err)
}
