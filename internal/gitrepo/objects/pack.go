package objects

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
	"sync/atomic"
)

const (
	packHead = 12

	// maxEntryHead bounds an entry's kind, size and base, in bytes.
	maxEntryHead = 10 + SHA256
)

// pack is one pack with its index, each opened when first needed.
type pack struct {
	path   string // of the index
	idLen  int
	mapped bool
	stamp  stamp

	x    atomic.Pointer[index]
	data atomic.Pointer[packData]

	mu  sync.Mutex // held while opening
	err error      // it is no good
}

// packData is the pack without its index.
type packData struct {
	*file
	end int64 // where the pack's checksum begins
}

// index opens the index.
func (p *pack) index() (*index, error) {
	if x := p.x.Load(); x != nil {
		return x, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if x := p.x.Load(); x != nil || p.err != nil {
		return x, p.err
	}
	f, err := openFile(p.path, p.mapped)
	if err == nil {
		var x *index
		if x, err = parseIndex(f, p.idLen); err == nil {
			p.x.Store(x)
			return x, nil
		}
		err = errors.Join(err, f.close())
	}
	p.err = named(p.path, err)
	return nil, p.err
}

// open opens the pack itself and makes sure that the index is for it.
func (p *pack) open() (*packData, error) {
	if data := p.data.Load(); data != nil {
		return data, nil
	}
	x, err := p.index()
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if data := p.data.Load(); data != nil || p.err != nil {
		return data, p.err
	}
	path := strings.TrimSuffix(p.path, indexSuffix) + packSuffix
	f, err := openFile(path, p.mapped)
	if err == nil {
		if err = p.check(f, x); err == nil {
			data := &packData{f, f.size - int64(p.idLen)}
			p.data.Store(data)
			return data, nil
		}
		err = errors.Join(err, f.close())
	}
	p.err = named(path, err)
	return nil, p.err
}

// named says which file an error is about.
func named(path string, err error) error {
	var withPath *fs.PathError
	if err == nil || errors.As(err, &withPath) {
		return err
	}
	return fmt.Errorf("%s: %w", path, err)
}

func (p *pack) check(f *file, x *index) error {
	if f.size < packHead+int64(p.idLen) {
		return corrupt("a pack of %d bytes", f.size)
	}
	head, err := f.view(0, packHead, nil)
	if err != nil {
		return err
	}
	version := binary.BigEndian.Uint32(head[4:])
	if string(head[:4]) != "PACK" || version != 2 && version != 3 {
		return corrupt("not a pack of version 2 or 3")
	}
	sum, err := f.view(f.size-int64(p.idLen), int64(p.idLen), nil)
	if err != nil {
		return err
	}
	want, err := x.packSum()
	if err != nil {
		return err
	}
	if !bytes.Equal(sum, want) || int64(binary.BigEndian.Uint32(head[8:])) != x.count {
		// A repack replaces a pack of the same objects under the same name.
		return fmt.Errorf("%w: %w: the index is for another pack", ErrCorrupt, errGone)
	}
	return nil
}

// failed tells why it could not be opened, nil when it could or was not tried.
func (p *pack) failed() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

func (p *pack) close() error {
	var errs []error
	if x := p.x.Load(); x != nil {
		errs = append(errs, x.file.close())
	}
	if data := p.data.Load(); data != nil {
		errs = append(errs, data.close())
	}
	return errors.Join(errs...)
}

// entry is what stands before an object's zlib stream.
type entry struct {
	kind Kind  // or ofsDelta, refDelta
	size int64 // of what the stream holds
	data int64 // offset of the stream
	base int64 // offset of an ofsDelta's base
	id   ID    // of a refDelta's base
}

func (e *entry) isDelta() bool { return e.kind == ofsDelta || e.kind == refDelta }

// entry reads the one at off.
func (p *pack) entry(off int64) (entry, error) {
	f, err := p.open()
	if err != nil {
		return entry{}, err
	}
	if off < packHead || off >= f.end {
		return entry{}, corrupt("%s: offset %d of %d", p.path, off, f.end)
	}
	var buf [maxEntryHead]byte
	b, err := f.view(off, min(maxEntryHead, f.end-off), buf[:])
	if err != nil {
		return entry{}, err
	}
	e, n, ok := parseEntry(b, off, p.idLen)
	if !ok {
		return entry{}, corrupt("%s: no entry at offset %d", p.path, off)
	}
	e.data = off + int64(n)
	if room := f.end - e.data; e.size/maxRatio > room {
		return entry{}, corrupt("%s: at offset %d, %d bytes announced and %d bytes of pack left", p.path, off, e.size, room)
	}
	return e, nil
}

// parseEntry reads the entry at the beginning of b, which is at off.
func parseEntry(b []byte, off int64, idLen int) (e entry, n int, ok bool) {
	if len(b) == 0 {
		return e, 0, false
	}
	c := b[0]
	e.kind, e.size, n = Kind(c>>4&7), int64(c&15), 1
	for shift := uint(4); c >= 0x80; shift += 7 {
		if n >= len(b) || shift > 56 {
			return e, 0, false
		}
		c = b[n]
		n++
		e.size |= int64(c&0x7f) << shift
	}
	switch e.kind {
	case Commit, Tree, Blob, Tag:
		return e, n, true
	case ofsDelta:
		back, used, ok := parseBack(b[n:])
		e.base = off - back
		return e, n + used, ok && back > 0 && e.base >= packHead
	case refDelta:
		if len(b)-n < idLen {
			return e, 0, false
		}
		e.id = rawID(b[n : n+idLen])
		return e, n + idLen, true
	}
	return e, 0, false
}

// parseBack reads the distance to an ofsDelta's base, seven bits a byte,
// highest first, each continuation adding one.
func parseBack(b []byte) (back int64, n int, ok bool) {
	for n < len(b) && back < 1<<55 {
		c := b[n]
		n++
		back = back<<7 | int64(c&0x7f)
		if c < 0x80 {
			return back, n, true
		}
		back++
	}
	return 0, 0, false
}

// inflate gives what the entry's stream holds.
func (p *pack) inflate(d *decoder, e *entry, out []byte) error {
	r, err := p.stream(d, e)
	if err == nil {
		err = readExactly(r, out)
	}
	if err != nil {
		return fmt.Errorf("%s: at offset %d: %w", p.path, e.data, err)
	}
	return nil
}

// stream gives the same piece by piece.
func (p *pack) stream(d *decoder, e *entry) (*exactReader, error) {
	f, err := p.open()
	if err != nil {
		return nil, err
	}
	var z io.Reader
	if f.mem != nil {
		z, err = d.open(d.memory(f.mem[e.data:f.end]))
	} else {
		z, err = d.open(d.section(f.f, e.data, f.end-e.data))
	}
	return &exactReader{r: z, left: e.size, size: e.size, goOn: d.goOn}, err
}

// resultSize is how long the result of a delta is.
func (p *pack) resultSize(d *decoder, e *entry) (int64, error) {
	r, err := p.stream(d, e)
	var head [maxDeltaHead]byte
	n := 0
	if err == nil {
		n, err = peek(r, head[:])
	}
	_, size, _, sizeErr := deltaSizes(head[:n])
	if sizeErr != nil {
		return 0, fmt.Errorf("%s: at offset %d: %w", p.path, e.data, errors.Join(sizeErr, err))
	}
	return size, nil
}
