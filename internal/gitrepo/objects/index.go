package objects

import (
	"bytes"
	"encoding/binary"
	"sort"
)

const (
	indexMagic = "\xfftOc"
	fanoutSize = 256 * 4

	// maxPackObjects bounds the objects of one pack: the format counts them in
	// 32 bits, we in 31.
	maxPackObjects = 1<<31 - 1
)

// index is a pack's index. It only says where an object may be: no checksum
// of it is looked at, what is found there is hashed.
type index struct {
	file   *file
	idLen  int64
	v1     bool
	fanout [256]uint32 // objects whose first byte is at most that
	count  int64

	ids    int64 // where the tables are in the file; of v1: the only one
	small  int64
	large  int64
	larges int64 // entries of large
}

// parseIndex checks that all tables are where they must be.
func parseIndex(f *file, idLen int) (*index, error) {
	x := &index{file: f, idLen: int64(idLen)}
	head, err := f.view(0, min(8+fanoutSize, f.size), nil)
	if err != nil {
		return nil, err
	}
	start := int64(0)
	if bytes.HasPrefix(head, []byte(indexMagic)) {
		start = 8
		if len(head) < 8 || binary.BigEndian.Uint32(head[4:]) != 2 {
			return nil, corrupt("a pack index of an unknown version")
		}
	}
	x.v1 = start == 0
	if int64(len(head)) < start+fanoutSize {
		return nil, corrupt("a pack index ends early")
	}
	for i := range x.fanout {
		x.fanout[i] = binary.BigEndian.Uint32(head[start+4*int64(i):])
		if i > 0 && x.fanout[i] < x.fanout[i-1] {
			return nil, corrupt("a pack index counts down")
		}
	}
	x.count = int64(x.fanout[255])
	if x.count > maxPackObjects {
		return nil, corrupt("a pack index of %d objects", x.count)
	}
	x.ids = start + fanoutSize
	tail := f.size - 2*x.idLen // two checksums
	if x.v1 {
		if tail != x.ids+x.count*(4+x.idLen) {
			return nil, corrupt("a pack index of %d objects has %d bytes", x.count, f.size)
		}
		return x, nil
	}
	x.small = x.ids + x.count*(x.idLen+4)
	x.large = x.small + x.count*4
	x.larges = (tail - x.large) / 8
	if tail < x.large || (tail-x.large)%8 != 0 || x.larges > x.count {
		return nil, corrupt("a pack index of %d objects has %d bytes", x.count, f.size)
	}
	return x, nil
}

// id is the pos-th of the sorted ids. buf has room for one.
func (x *index) id(pos int64, buf []byte) ([]byte, error) {
	if x.v1 {
		return x.file.view(x.ids+pos*(4+x.idLen)+4, x.idLen, buf)
	}
	return x.file.view(x.ids+pos*x.idLen, x.idLen, buf)
}

// offset is where in the pack the pos-th object is said to be.
func (x *index) offset(pos int64) (int64, error) {
	var buf [8]byte
	if x.v1 {
		b, err := x.file.view(x.ids+pos*(4+x.idLen), 4, buf[:])
		if err != nil {
			return 0, err
		}
		return int64(binary.BigEndian.Uint32(b)), nil
	}
	b, err := x.file.view(x.small+pos*4, 4, buf[:])
	if err != nil {
		return 0, err
	}
	v := binary.BigEndian.Uint32(b)
	if v < 1<<31 {
		return int64(v), nil
	}
	if at := int64(v &^ (1 << 31)); at < x.larges {
		if b, err = x.file.view(x.large+at*8, 8, buf[:]); err != nil {
			return 0, err
		}
		if off := binary.BigEndian.Uint64(b); off < 1<<63 {
			return int64(off), nil
		}
	}
	return 0, corrupt("an offset beyond those of the pack index")
}

// bucket is the range of positions whose ids begin with that byte.
func (x *index) bucket(first byte) (lo, hi int64) {
	if first > 0 {
		lo = int64(x.fanout[first-1])
	}
	return lo, int64(x.fanout[first])
}

// search gives the position of the first id that is not before prefix.
func (x *index) search(prefix []byte) (int64, error) {
	lo, hi := x.bucket(prefix[0])
	var buf [SHA256]byte
	var failed error
	n := sort.Search(int(hi-lo), func(i int) bool {
		id, err := x.id(lo+int64(i), buf[:])
		if err != nil {
			failed = err
			return true
		}
		return bytes.Compare(id, prefix) >= 0
	})
	return lo + int64(n), failed
}

// find gives the offset of an object.
func (x *index) find(id ID) (off int64, ok bool, err error) {
	pos, err := x.search(id.bytes())
	if err != nil || pos >= x.count {
		return 0, false, err
	}
	var buf [SHA256]byte
	got, err := x.id(pos, buf[:])
	if err != nil || !bytes.Equal(got, id.bytes()) {
		return 0, false, err
	}
	off, err = x.offset(pos)
	return off, err == nil, err
}

// packSum is the checksum of the pack that the index is for.
func (x *index) packSum() ([]byte, error) {
	return x.file.view(x.file.size-2*x.idLen, x.idLen, nil)
}
