package objects

import (
	"compress/flate"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/adler32"
	"io"
	"sync"
)

const (
	zlibHead, zlibTail = 2, 4

	// maxRatio: DEFLATE makes at most 258 bytes of two bits.
	maxRatio = 1032

	window    = 32 << 10  // how far back a match may refer
	streamBuf = 256 << 10 // decoded at a time when streaming
)

var errMore = errors.New("something follows the object")

// decoders are used again: one has 35 KB of tables.
type decoders struct{ pool sync.Pool }

func (p *decoders) get() *decoder {
	if d, ok := p.pool.Get().(*decoder); ok {
		return d
	}
	return new(decoder)
}

func (p *decoders) put(d *decoder) {
	d.in = nil
	p.pool.Put(d)
}

// buffer has size bytes, and slack more for the decoder.
func buffer(size int) []byte { return make([]byte, size, size+slack) }

// begin reads the stream's two first bytes (RFC 1950).
func (d *decoder) begin(in []byte) error {
	if len(in) < zlibHead {
		return errShort
	}
	const deflate, dictionary = 8, 1 << 5
	head := binary.BigEndian.Uint16(in)
	if head>>8&15 != deflate || head>>12 > 7 || head&dictionary != 0 || head%31 != 0 {
		return errStream
	}
	d.reset(in[zlibHead:])
	return nil
}

// end reads the checksum that ends it.
func (d *decoder) end(sum uint32) error {
	if len(d.in)-d.pos < zlibTail {
		return errShort
	}
	if binary.BigEndian.Uint32(d.in[d.pos:]) != sum {
		return errStream
	}
	d.pos += zlibTail
	return nil
}

// inflate fills out from the zlib stream at the beginning of in, which must
// have exactly as many bytes, and tells how long it is.
func (d *decoder) inflate(out, in []byte) (int, error) {
	if err := d.begin(in); err != nil {
		return 0, err
	}
	size := len(out)
	at, done, err := d.decode(out[:cap(out)], 0, size)
	switch {
	case err != nil:
		return 0, err
	case at > size || !done && at == size:
		return 0, corrupt("more bytes than the %d announced", size)
	case at < size:
		return 0, corrupt("%d bytes, not the %d announced", at, size)
	}
	if err := d.end(adler32.Checksum(out)); err != nil {
		return 0, err
	}
	return zlibHead + d.pos, nil
}

// peek inflates the first bytes of the stream, at most len(out).
func (d *decoder) peek(out, in []byte) (int, error) {
	if err := d.begin(in); err != nil {
		return 0, err
	}
	at, _, err := d.decode(out, 0, len(out))
	return min(at, len(out)), err
}

// inflateReader gives a zlib stream that lies in memory piece by piece.
type inflateReader struct {
	d    *decoder
	sum  uint32
	buf  []byte
	r, w int // read and written of buf
	err  error
}

func newInflateReader(d *decoder, in []byte) *inflateReader {
	return &inflateReader{d: d, sum: 1, buf: make([]byte, window+streamBuf+slack), err: d.begin(in)}
}

// Read gives io.EOF only when the stream has ended as it should.
func (z *inflateReader) Read(p []byte) (int, error) {
	for z.r == z.w && z.err == nil {
		z.fill()
	}
	if z.r == z.w {
		return 0, z.err
	}
	n := copy(p, z.buf[z.r:z.w])
	z.r += n
	return n, nil
}

func (z *inflateReader) fill() {
	defer onFault(&z.err)
	if keep := z.w - window; keep > 0 {
		z.w = copy(z.buf, z.buf[keep:z.w])
		z.r = z.w
	}
	at, done, err := z.d.decode(z.buf, z.w, len(z.buf)-slack)
	z.sum = update(z.sum, z.buf[z.w:at])
	z.w = at
	switch {
	case err != nil:
		z.err = err
	case done:
		if z.err = z.d.end(z.sum); z.err == nil {
			z.err = io.EOF
		}
	}
}

// update goes on with an Adler-32 (RFC 1950): that of two parts follows from
// those of each.
func update(sum uint32, p []byte) uint32 {
	const mod = 65521
	next := adler32.Checksum(p)
	a1, b1, a2, b2 := sum&0xffff, sum>>16, next&0xffff, next>>16
	a := (a1 + a2 + mod - 1) % mod
	b := uint32((uint64(b1) + uint64(b2) + uint64(len(p)%mod)*uint64(a1+mod-1)) % mod)
	return b<<16 | a
}

// exactReader fails unless r has exactly left bytes more, and nothing is left
// behind it.
type exactReader struct {
	r    io.Reader
	left int64
	size int64
	more func() bool
}

func (e *exactReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if e.left == 0 {
		var more [1]byte
		n, err := io.ReadFull(e.r, more[:])
		switch {
		case n > 0:
			return 0, corrupt("more bytes than the %d announced", e.size)
		case err == io.EOF && e.more != nil && e.more():
			return 0, fmt.Errorf("%w: %w", ErrCorrupt, errMore)
		}
		return 0, asCorrupt(err)
	}
	n, err := e.r.Read(p[:min(int64(len(p)), e.left)])
	e.left -= int64(n)
	if err == io.EOF && e.left > 0 {
		err = corrupt("%d bytes, not the %d announced", e.size-e.left, e.size)
	} else if err == io.EOF {
		err = nil // the next call sees it again
	}
	return n, asCorrupt(err)
}

// asCorrupt names the errors of zlib streams, ours and the library's.
func asCorrupt(err error) error {
	var damaged flate.CorruptInputError
	switch {
	case err == errStream, err == errShort, errors.As(err, &damaged):
	case err == zlib.ErrHeader, err == zlib.ErrChecksum, err == zlib.ErrDictionary, err == io.ErrUnexpectedEOF:
	default:
		return err
	}
	return fmt.Errorf("%w: %w", ErrCorrupt, err)
}
