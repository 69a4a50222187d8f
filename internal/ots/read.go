package ots

import "fmt"

// A reader takes the format's parts from data.
type reader struct {
	data  []byte
	pos   int
	short error // the rule that is broken where data ends too early
}

func (r *reader) byte(what string) (byte, error) {
	if r.pos == len(r.data) {
		return 0, failAt(r.pos, r.short, "%s is missing", what)
	}
	r.pos++
	return r.data[r.pos-1], nil
}

// bytes returns the next n bytes, a slice of data that cannot be appended to.
func (r *reader) bytes(n int, what string) ([]byte, error) {
	if rest := len(r.data) - r.pos; n > rest {
		return nil, failAt(len(r.data), r.short, "%s of %d bytes lacks %d", what, n, n-rest)
	}
	r.pos += n
	return r.data[r.pos-n : r.pos : r.pos], nil
}

// varbytes reads a length between low and high, and so many bytes.
func (r *reader) varbytes(low, high uint64, what string) ([]byte, error) {
	start := r.pos
	n, err := r.varuint("a length")
	if err != nil {
		return nil, err
	}
	if n < low || n > high {
		return nil, failAt(start, ErrMalformed, "%s of %d bytes, expected %d to %d", what, n, low, high)
	}
	return r.bytes(int(n), what)
}

// varuint reads a LEB128 number. Encodings longer than need be are accepted, as
// in the reference; a value past 63 bits is not: clients that count in 64 bits
// read 2^64+1 as 1 and so disagree about the rest of the file.
func (r *reader) varuint(what string) (uint64, error) {
	start := r.pos
	var v uint64
	for shift := 0; ; shift += 7 {
		b, err := r.byte(what)
		if err != nil {
			return 0, err
		}
		low := uint64(b & 0x7f)
		if shift < 63 {
			v |= low << shift
		} else if low != 0 {
			return 0, failAt(start, ErrTooLarge, "%s of more than 63 bits", what)
		}
		if b < 0x80 {
			return v, nil
		}
	}
}

func failAt(offset int, rule error, format string, args ...any) *Error {
	return &Error{offset, fmt.Errorf("%w: "+format, append([]any{rule}, args...)...)}
}
