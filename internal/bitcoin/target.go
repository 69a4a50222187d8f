package bitcoin

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math/big"
	"math/bits"
)

// A target is the number that a block's hash may not exceed: 256 bits, least
// significant word first.
type target [4]uint64

// expand decodes compact difficulty bits: the top byte counts the bytes of the
// number, the low 23 bits are its first three bytes, and bit 23 is a sign. Core
// decodes negative, zero and too large values as well and refuses them later;
// a header that states one is no block.
func expand(compact uint32) (target, error) {
	const sign = 0x00800000
	size, mantissa := int(compact>>24), compact&(sign-1)
	if size < 3 {
		mantissa >>= 8 * (3 - size)
		size = 3
	}
	shift := 8 * (size - 3)
	switch {
	case mantissa == 0:
		return target{}, fmt.Errorf("difficulty %08x is zero", compact)
	case compact&sign != 0:
		return target{}, fmt.Errorf("difficulty %08x is negative", compact)
	case shift+bits.Len32(mantissa) > 256:
		return target{}, fmt.Errorf("difficulty %08x is past 256 bits", compact)
	}
	var t target
	word, in := shift/64, shift%64
	t[word] = uint64(mantissa) << in
	if high := uint64(mantissa) >> (64 - in); high != 0 {
		t[word+1] = high
	}
	return t, nil
}

// cmp compares as [cmp.Compare] does.
func (t target) cmp(u target) int {
	for i := len(t) - 1; i > 0; i-- {
		if t[i] != u[i] {
			return cmp.Compare(t[i], u[i])
		}
	}
	return cmp.Compare(t[0], u[0])
}

// quarter returns t / 4, rounded down.
func (t target) quarter() target {
	for i := range t {
		t[i] >>= 2
		if i+1 < len(t) {
			t[i] |= t[i+1] << 62
		}
	}
	return t
}

// number reads the hash as the number that is compared with a target.
func (h Hash) number() target {
	var t target
	for i := range t {
		t[i] = binary.LittleEndian.Uint64(h[8*i:])
	}
	return t
}

// integer returns t as a big integer, for the few sums that need one.
func (t target) integer() *big.Int {
	var raw [32]byte
	for i, word := range t {
		binary.BigEndian.PutUint64(raw[len(raw)-8*(i+1):], word)
	}
	return new(big.Int).SetBytes(raw[:])
}

// compact encodes a positive number as difficulty bits, cutting it to the first
// bytes that fit: one less where the top bit would read as a sign.
func compact(n *big.Int) uint32 {
	size := (n.BitLen() + 7) / 8
	if n.BitLen()%8 == 0 {
		size++
	}
	mantissa := new(big.Int)
	if size >= 3 {
		mantissa.Rsh(n, uint(8*(size-3)))
	} else {
		mantissa.Lsh(n, uint(8*(3-size)))
	}
	return uint32(size)<<24 | uint32(mantissa.Uint64())
}
