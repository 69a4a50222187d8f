package objects

// maxDeltaHead bounds the two sizes a delta begins with, in bytes.
const maxDeltaHead = 20

// deltaNumber reads a size of a delta, seven bits a byte, lowest first, and gives
// what follows it; not ok when it ends early or is 2^56 or more.
func deltaNumber(b []byte) (n int64, rest []byte, ok bool) {
	for shift := uint(0); len(b) > 0 && shift < 56; shift += 7 {
		c := b[0]
		b = b[1:]
		n |= int64(c&0x7f) << shift
		if c < 0x80 {
			return n, b, true
		}
	}
	return 0, nil, false
}

// deltaSizes reads the sizes of a delta's base and result.
func deltaSizes(delta []byte) (base, result int64, rest []byte, err error) {
	base, rest, ok := deltaNumber(delta)
	if ok {
		result, rest, ok = deltaNumber(rest)
	}
	if !ok {
		return 0, 0, nil, corrupt("a delta's sizes are damaged")
	}
	return base, result, rest, nil
}

// patch applies a delta: out, which is as long as the result, is filled from
// the base and the delta's instructions, those after the sizes.
func patch(out, base, code []byte) error {
	at := 0
	for len(code) > 0 {
		op := code[0]
		code = code[1:]
		switch {
		case op == 0:
			return corrupt("a delta has the reserved instruction")
		case op < 0x80:
			n := int(op)
			if n > len(code) || n > len(out)-at {
				return corrupt("a delta ends early, or its result is longer than announced")
			}
			copy(out[at:at+n], code[:n])
			at += n
			code = code[n:]
		default:
			from, n, rest, ok := copyOperands(op, code)
			if !ok || from > len(base) || n > len(base)-from || n > len(out)-at {
				return corrupt("a delta copies what its base has not, or its result is longer than announced")
			}
			copy(out[at:at+n], base[from:from+n])
			at += n
			code = rest
		}
	}
	if at != len(out) {
		return corrupt("a delta gives %d bytes, not the %d announced", at, len(out))
	}
	return nil
}

// copyOperands reads the offset and size of a copy; op says which of their
// bytes are there.
func copyOperands(op byte, code []byte) (from, n int, rest []byte, ok bool) {
	var v uint64
	for i := range 7 {
		if op&(1<<i) == 0 {
			continue
		}
		if len(code) == 0 {
			return 0, 0, nil, false
		}
		v |= uint64(code[0]) << (8 * i)
		code = code[1:]
	}
	if n = int(v >> 32); n == 0 {
		n = 0x10000
	}
	return int(v & 0xffffffff), n, code, int(v&0xffffffff) >= 0
}
