package objects

import (
	"encoding/binary"
	"errors"
)

// slack is how many bytes longer than its contents a buffer should be for the
// fast loop to reach the end: a match has up to 258 and is copied by eights.
const slack = 258 + 8 + 8

var (
	errStream = errors.New("zlib stream is damaged")
	errShort  = errors.New("zlib stream ends early")
)

// decoder inflates a DEFLATE stream (RFC 1951) that lies in memory, about
// twice as fast as compress/flate, which must be ready for input that stops
// anywhere. A decoder may be used again; not by two at once.
type decoder struct {
	in   []byte
	pos  int    // of the next byte of in
	bits uint64 // read and not used, lowest first
	n    uint   // how many

	block  block
	final  bool // the block is the last one
	stored int  // bytes left of a stored block
	length int  // bytes left of a match
	dist   int

	lit, dst     codeTable // of a dynamic block
	fixedLit     codeTable
	fixedDst     codeTable
	fixedIsBuilt bool
}

type block uint8

const (
	between block = iota
	storedBlock
	fixedBlock
	dynamicBlock
)

// reset begins with a new stream.
func (d *decoder) reset(in []byte) {
	d.in, d.pos, d.bits, d.n = in, 0, 0, 0
	d.block, d.final, d.stored, d.length = between, false, 0, 0
}

// decode goes on with the stream: out[:at] is what came before, as far as
// matches may refer to it. It stops at limit ≤ len(out), and returns where it
// got, which is beyond limit if the stream is (and out has room); done tells
// that the stream has ended.
func (d *decoder) decode(out []byte, at, limit int) (_ int, done bool, err error) {
	for {
		switch d.block {
		case between:
			if d.final {
				d.align()
				return at, true, nil
			}
			if err := d.header(); err != nil {
				return at, false, err
			}
		case storedBlock:
			n := min(d.stored, limit-at)
			if n > len(d.in)-d.pos {
				return at, false, errShort
			}
			at += copy(out[at:at+n], d.in[d.pos:])
			d.pos += n
			d.stored -= n
			if d.stored > 0 {
				return at, false, nil
			}
			d.block = between
		default:
			lit, dst := &d.lit, &d.dst
			if d.block == fixedBlock {
				lit, dst = &d.fixedLit, &d.fixedDst
			}
			if d.length == 0 {
				at, err = d.fast(out, at, limit, lit, dst)
			}
			if err == nil && d.block != between {
				at, err = d.careful(out, at, limit, lit, dst)
			}
			if err != nil || d.block != between {
				return at, false, err
			}
			if at > limit {
				return at, false, nil
			}
		}
	}
}

// align gives back the whole bytes that were read and not used.
func (d *decoder) align() {
	d.pos -= int(d.n >> 3)
	d.bits, d.n = 0, 0
}

// need makes at least n ≤ 32 bits ready.
func (d *decoder) need(n uint) bool {
	for d.n < n {
		if d.pos >= len(d.in) {
			return false
		}
		d.bits |= uint64(d.in[d.pos]) << d.n
		d.pos++
		d.n += 8
	}
	return true
}

func (d *decoder) take(n uint) uint {
	v := uint(d.bits & (1<<n - 1))
	d.bits >>= n
	d.n -= n
	return v
}

// header reads the beginning of a block.
func (d *decoder) header() error {
	if !d.need(3) {
		return errShort
	}
	d.final = d.take(1) == 1
	switch d.take(2) {
	case 0:
		d.align()
		if len(d.in)-d.pos < 4 {
			return errShort
		}
		n := binary.LittleEndian.Uint16(d.in[d.pos:])
		if n != ^binary.LittleEndian.Uint16(d.in[d.pos+2:]) {
			return errStream
		}
		d.pos += 4
		d.block, d.stored = storedBlock, int(n)
		return nil
	case 1:
		d.buildFixed()
		d.block = fixedBlock
		return nil
	case 2:
		d.block = dynamicBlock
		return d.dynamic()
	}
	return errStream
}

func (d *decoder) buildFixed() {
	if d.fixedIsBuilt {
		return
	}
	var lens [288 + 32]uint8
	for i := range lens {
		switch {
		case i < 144:
			lens[i] = 8
		case i < 256:
			lens[i] = 9
		case i < 280:
			lens[i] = 7
		case i < 288:
			lens[i] = 8
		default:
			lens[i] = 5
		}
	}
	d.fixedIsBuilt = d.fixedLit.build(lens[:288], literalBits, literalEntry) && d.fixedDst.build(lens[288:], distanceBits, distanceEntry)
}

// dynamic reads the codes of a block (RFC 1951, 3.2.7).
func (d *decoder) dynamic() error {
	if !d.need(14) {
		return errShort
	}
	nlit, ndist, nlen := int(d.take(5))+257, int(d.take(5))+1, int(d.take(4))+4
	if nlit > 286 || ndist > 30 {
		return errStream
	}
	var lens [maxSymbols]uint8
	for _, sym := range []byte{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}[:nlen] {
		if !d.need(3) {
			return errShort
		}
		lens[sym] = uint8(d.take(3))
	}
	const lengthBits = 7
	if !d.lit.build(lens[:19], lengthBits, lengthEntry) {
		return errStream
	}
	clear(lens[:19])
	for i := 0; i < nlit+ndist; {
		d.need(lengthBits + 7) // or as many as there are
		e := d.lit[d.bits&(1<<lengthBits-1)]
		if e&isOther != 0 {
			return errStream
		}
		sym, used := uint8(e>>16), uint(e&0xff)
		repeat, extra, value := 1, uint(0), sym
		switch sym {
		case 16:
			if i == 0 {
				return errStream
			}
			repeat, extra, value = 3, 2, lens[i-1]
		case 17:
			repeat, extra, value = 3, 3, 0
		case 18:
			repeat, extra, value = 11, 7, 0
		}
		if d.n < used+extra {
			return errShort
		}
		d.take(used)
		repeat += int(d.take(extra))
		if repeat > nlit+ndist-i {
			return errStream
		}
		for range repeat {
			lens[i] = value
			i++
		}
	}
	if lens[256] == 0 || !d.lit.build(lens[:nlit], literalBits, literalEntry) ||
		!d.dst.build(lens[nlit:nlit+ndist], distanceBits, distanceEntry) {
		return errStream
	}
	return nil
}

// fast decodes while 16 bytes of input and slack bytes of room are left. It
// may pass limit by a match.
func (d *decoder) fast(out []byte, at, limit int, lit, dst *codeTable) (int, error) {
	in, pos, held, n := d.in, d.pos, d.bits, d.n
	inEnd, outEnd := len(in)-16, min(limit, len(out)-slack)
	var err error
	for pos <= inEnd && at <= outEnd {
		held |= binary.LittleEndian.Uint64(in[pos:]) << (n & 63)
		pos += int((63 - n) >> 3)
		n |= 56
		e := lit[held&(1<<literalBits-1)]
		for i := 0; i < 2 && e&isLiteral != 0; i++ {
			held, n = held>>(e&63), n-uint(e&63)
			out[at] = byte(e >> 16)
			at++
			e = lit[held&(1<<literalBits-1)]
		}
		if e&isFurther != 0 {
			held, n = held>>(e&63), n-uint(e&63)
			e = further(lit, e, held)
		}
		if e&isLiteral != 0 {
			held, n = held>>(e&63), n-uint(e&63)
			out[at] = byte(e >> 16)
			at++
			continue
		}
		if e&isOther != 0 {
			if e&isEnd == 0 {
				err = errStream
				break
			}
			held, n = held>>(e&63), n-uint(e&63)
			d.block = between
			break
		}
		length := int(e>>16) + int(held&(1<<(e&63)-1)>>(e>>8&15))
		held, n = held>>(e&63), n-uint(e&63)
		if n < 28 { // the longest code of a distance, with its number
			held |= binary.LittleEndian.Uint64(in[pos:]) << (n & 63)
			pos += int((63 - n) >> 3)
			n |= 56
		}
		e = dst[held&(1<<distanceBits-1)]
		if e&isFurther != 0 {
			held, n = held>>(e&63), n-uint(e&63)
			e = further(dst, e, held)
		}
		dist := int(e>>16) + int(held&(1<<(e&63)-1)>>(e>>8&15))
		held, n = held>>(e&63), n-uint(e&63)
		from := at - dist
		if from < 0 || e&isOther != 0 {
			err = errStream
			break
		}
		if dist >= 16 && length <= 16 {
			*(*[16]byte)(out[at:]) = *(*[16]byte)(out[from:])
		} else {
			copyMatch(out, at, dist, length)
		}
		at += length
	}
	d.pos, d.bits, d.n = pos, held&(1<<n-1), n
	return at, err
}

// further looks a long code up by its bits after the table's.
func further(t *codeTable, e uint32, held uint64) uint32 {
	return t[(e>>16+uint32(held)&(1<<(e>>8&15)-1))%tableSize]
}

// copyMatch has at least slack bytes of room after at.
func copyMatch(out []byte, at, dist, length int) {
	switch {
	case dist >= 8 && length <= 64:
		from, to := out[at-dist:], out[at:]
		for i := 0; i < length; i += 8 {
			binary.LittleEndian.PutUint64(to[i:], binary.LittleEndian.Uint64(from[i:]))
		}
	case dist >= length:
		copy(out[at:at+length], out[at-dist:])
	case dist == 1:
		b := out[at-1]
		for i := range out[at : at+length] {
			out[at+i] = b
		}
	default:
		// What is copied doubles with every turn.
		from, end := at-dist, at+length
		for at < end {
			at += copy(out[at:end], out[from:at])
		}
	}
}

// careful decodes to the end of the block or to limit, whichever is first.
func (d *decoder) careful(out []byte, at, limit int, lit, dst *codeTable) (int, error) {
	for {
		if d.length > 0 {
			if at >= limit {
				return at, nil
			}
			n := min(d.length, limit-at)
			for i := range n {
				out[at+i] = out[at+i-d.dist]
			}
			at += n
			d.length -= n
			continue
		}
		e, err := d.symbol(lit, literalBits)
		if err != nil {
			return at, err
		}
		if e&isLiteral != 0 {
			if at >= limit {
				return at, nil // one more byte is there: it stays so
			}
			out[at] = byte(e >> 16)
			at++
			d.take(uint(e & 63))
			continue
		}
		if e&isOther != 0 {
			d.take(uint(e & 63))
			d.block = between
			return at, nil
		}
		if at >= limit {
			return at, nil
		}
		length := d.number(e)
		if e, err = d.symbol(dst, distanceBits); err != nil {
			return at, err
		}
		if e&isOther != 0 {
			return at, errStream
		}
		if d.dist = d.number(e); d.dist > at {
			return at, errStream
		}
		d.length = length
	}
}

// symbol looks the next code up and leaves all of it to be taken: at limit it
// will be looked up again.
func (d *decoder) symbol(t *codeTable, tableBits uint) (uint32, error) {
	d.need(32) // or as many as there are
	e := t[d.bits&(1<<tableBits-1)]
	if e&isFurther != 0 {
		e = further(t, e, d.bits>>tableBits) + uint32(tableBits<<8|tableBits)
	}
	if e&isOther != 0 && e&isEnd == 0 {
		return 0, errStream
	}
	if uint(e&63) > d.n {
		return 0, errShort
	}
	return e, nil
}

// number takes a code and the number after it.
func (d *decoder) number(e uint32) int {
	all, code := uint(e&63), uint(e>>8&15)
	return int(e>>16) + int(d.take(all)>>code)
}
