package objects

import (
	"bytes"
	"context"
	"io"
	"math"
	"path/filepath"
)

const (
	// maxChain bounds deltas upon deltas. git makes at most 4095; a circle of
	// refDeltas ends here too.
	maxChain = 4096

	// maxBase bounds what is held in memory to build an object of: an object
	// that is a delta, and those it builds on, in bytes. git by default stores
	// nothing larger than that as a delta (core.bigFileThreshold).
	maxBase = 512 << 20

	// streamAbove is the size from which Read does not hold an object that is
	// stored whole, in bytes.
	streamAbove = 8 << 20
)

// Header tells an object's kind and size. No more is inflated than the sizes
// at a delta's beginning; nothing is verified. Errors: ErrMissing, ErrCorrupt,
// the context's.
func (s *Store) Header(ctx context.Context, id ID) (kind Kind, size int64, err error) {
	err = s.use(func() error {
		d := s.decoders.get(ctx.Err)
		defer s.decoders.put(d)
		return s.each(d, id, func(at spot, o *loose, d *decoder) error {
			if o != nil {
				kind, size = o.kind, o.size
				return nil
			}
			kind, size, err = s.packedHeader(at, d)
			return err
		})
	})
	return kind, size, err
}

// Bytes gives an object, whose bytes have been hashed to its id, as the
// caller's own. Errors: ErrMissing, ErrCorrupt, and ErrTooLarge when it has
// more than limit bytes, which is found before they are inflated, or when the
// deltas it is made of make too many; the context's.
func (s *Store) Bytes(ctx context.Context, id ID, limit int64) (kind Kind, data []byte, err error) {
	err = s.use(func() error {
		d := s.decoders.get(ctx.Err)
		defer s.decoders.put(d)
		return s.each(d, id, func(at spot, o *loose, d *decoder) error {
			kind, data, err = s.load(id, at, o, limit, d)
			return err
		})
	})
	if err != nil {
		return kind, nil, err
	}
	s.stats.objects.Add(1)
	if s.cache.keeps(len(data)) {
		data = bytes.Clone(data)
	}
	return kind, data, nil
}

// Read writes an object to w. Errors are those of Bytes and of w. A large
// object that is stored whole is hashed while it is written: when Read fails,
// what w has got must not be used.
func (s *Store) Read(ctx context.Context, id ID, limit int64, w io.Writer) (kind Kind, err error) {
	err = s.use(func() error {
		d := s.decoders.get(ctx.Err)
		defer s.decoders.put(d)
		return s.each(d, id, func(at spot, o *loose, d *decoder) error {
			kind, err = s.readCopy(id, at, o, limit, w, d)
			return err
		})
	})
	if err == nil {
		s.stats.objects.Add(1)
	}
	return kind, err
}

// load gives one copy of an object, verified; the bytes may be the cache's.
func (s *Store) load(id ID, at spot, o *loose, limit int64, d *decoder) (kind Kind, data []byte, err error) {
	if o == nil {
		kind, data, err = s.unpack(at, limit, d)
	} else {
		kind, data, err = s.loadLoose(o, limit, d)
	}
	if err == nil {
		err = s.verify(id, kind, data)
	}
	return kind, data, err
}

func (s *Store) loadLoose(o *loose, limit int64, d *decoder) (Kind, []byte, error) {
	if o.size > limit || !fits(o.size) {
		return o.kind, nil, tooLarge(o.size, limit)
	}
	data, err := o.bytes(d)
	s.stats.count(len(data))
	return o.kind, data, err
}

// readCopy writes one copy of an object.
func (s *Store) readCopy(id ID, at spot, o *loose, limit int64, w io.Writer, d *decoder) (Kind, error) {
	whole := entry{}
	if o != nil {
		whole.kind, whole.size = o.kind, o.size
	} else if e, err := at.p.entry(at.off); err != nil {
		return 0, err
	} else if !e.isDelta() {
		whole = e
	}
	if whole.size > limit {
		return whole.kind, tooLarge(whole.size, limit)
	}
	if whole.size > streamAbove {
		return whole.kind, s.stream(id, at, o, w, d)
	}
	kind, data, err := s.load(id, at, o, limit, d)
	if err != nil {
		return kind, err
	}
	if _, err := w.Write(data); err != nil {
		return kind, writeError{err}
	}
	return kind, nil
}

// stream writes an object that is stored whole.
func (s *Store) stream(id ID, at spot, o *loose, w io.Writer, d *decoder) error {
	kind, size, r, err := s.reader(at, o, d)
	if err != nil {
		return err
	}
	h := NewHash(s.idLen, kind, size)
	n, err := io.CopyBuffer(writerOnly{io.MultiWriter(h, w)}, readerOnly{r}, make([]byte, 64<<10))
	s.stats.count(int(n))
	s.stats.hashed.Add(n)
	if err == nil {
		err = checkHash(h, id)
	}
	if err != nil {
		return writeError{err}
	}
	return nil
}

// These hide methods that would let a copy go around the buffer.
type (
	readerOnly struct{ io.Reader }
	writerOnly struct{ io.Writer }
)

// reader gives the bytes of an object that is stored whole.
func (s *Store) reader(at spot, o *loose, d *decoder) (Kind, int64, io.Reader, error) {
	if o != nil {
		r, err := o.reader(d)
		return o.kind, o.size, r, err
	}
	e, err := at.p.entry(at.off)
	if err != nil {
		return 0, 0, nil, err
	}
	r, err := at.p.stream(d, &e)
	return e.kind, e.size, r, err
}

// packedHeader follows a delta to what it builds on for the kind.
func (s *Store) packedHeader(at spot, d *decoder) (kind Kind, size int64, err error) {
	size = -1
	for range maxChain + 1 {
		if err := d.goOn(); err != nil {
			return 0, 0, err
		}
		e, err := at.p.entry(at.off)
		if err != nil {
			return 0, 0, err
		}
		switch {
		case size >= 0:
		case e.isDelta():
			if size, err = at.p.resultSize(d, &e); err != nil {
				return 0, 0, err
			}
			s.stats.count(maxDeltaHead)
		default:
			size = e.size
		}
		if !e.isDelta() {
			return e.kind, size, nil
		}
		next, o, err := s.base(at, &e, d)
		if err != nil {
			return 0, 0, err
		}
		if o != nil {
			return o.kind, size, o.close()
		}
		at = next
	}
	return 0, 0, errChain(at)
}

func errChain(at spot) error {
	return corrupt("%s: offset %d is more than %d deltas deep", filepath.Base(at.p.path), at.off, maxChain)
}

// fits reports whether one slice can have so many bytes.
func fits(size int64) bool { return size <= math.MaxInt }
