package bitcoin

import (
	"crypto/sha256"
	"encoding/binary"
)

// TransactionID returns the id of a transaction in its serialisation without
// witnesses, the form that merkle trees commit to; ok is false when the bytes
// are not exactly one such transaction with at least one input and output.
func TransactionID(raw []byte) (id Hash, ok bool) {
	r := txReader{rest: raw}
	r.skip(4) // version
	inputs := r.count(minInput)
	for range inputs {
		r.skip(32 + 4) // outpoint: transaction id, index
		r.script()
		r.skip(4) // sequence
	}
	outputs := r.count(minOutput)
	for range outputs {
		r.skip(8) // value
		r.script()
	}
	r.skip(4) // lock time
	if r.short || len(r.rest) != 0 || inputs == 0 || outputs == 0 {
		return Hash{}, false
	}
	first := sha256.Sum256(raw)
	return sha256.Sum256(first[:]), true
}

// Sizes in bytes of the smallest input and output, which bound how many of
// them the bytes at hand can hold.
const (
	minInput  = 32 + 4 + 1 + 4
	minOutput = 8 + 1
)

type txReader struct {
	rest  []byte
	short bool
}

func (r *txReader) skip(n uint64) {
	if uint64(len(r.rest)) < n {
		r.short, r.rest = true, nil
		return
	}
	r.rest = r.rest[n:]
}

func (r *txReader) script() { r.skip(r.compactSize()) }

// count reads how many items of at least size bytes follow.
func (r *txReader) count(size uint64) uint64 {
	n := r.compactSize()
	if n > uint64(len(r.rest))/size {
		r.short = true
		return 0
	}
	return n
}

// compactSize reads Bitcoin's variable length integer: one byte, or 2, 4 or 8
// little-endian bytes after fd, fe or ff.
func (r *txReader) compactSize() uint64 {
	if len(r.rest) == 0 {
		r.short = true
		return 0
	}
	first := r.rest[0]
	width := uint64(1)
	switch first {
	case 0xfd:
		width = 3
	case 0xfe:
		width = 5
	case 0xff:
		width = 9
	}
	if uint64(len(r.rest)) < width {
		r.short = true
		return 0
	}
	var buf [8]byte
	copy(buf[:], r.rest[1:width])
	if width == 1 {
		buf[0] = first
	}
	r.rest = r.rest[width:]
	return binary.LittleEndian.Uint64(buf[:])
}
