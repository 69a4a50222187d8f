package objects

// A code table maps the next bits of the stream to what they stand for. Codes
// longer than the table's own bits go on in a part of it further up. An entry:
//
//	31     a literal, which is in bits 16-23
//	16-30  base of a length or distance; start of the further part
//	15     none of these: further part, end of block, or no such code
//	14     further part: 0-7 bits to drop, 8-11 bits of its own
//	13     end of block
//	8-11   bits of the code itself, in this part
//	0-7    bits to drop: of the code and of the number that follows it
const (
	isLiteral = 1 << 31
	isOther   = 1 << 15
	isFurther = 1 << 14
	isEnd     = 1 << 13

	literalBits  = 10
	distanceBits = 8
	tableSize    = 2048 // zlib's enough.c: 1334 for 286 codes and 10 bits, 402 for 30 and 8
	maxCode      = 15   // bits
	maxSymbols   = 288 + 32
)

type codeTable [tableSize]uint32

// literalEntry is what a symbol of the first alphabet stands for, but for the
// length of its code (RFC 1951, 3.2.5).
func literalEntry(sym int) uint32 {
	switch {
	case sym < 256:
		return isLiteral | uint32(sym)<<16
	case sym == 256:
		return isOther | isEnd
	case sym < 265:
		return uint32(sym-257+3) << 16
	case sym < 285:
		extra := uint32(sym-261) / 4
		return (3+(4+uint32(sym-261)%4)<<extra)<<16 | extra
	case sym == 285:
		return 258 << 16
	}
	return isOther // 286 and 287 stand for nothing
}

// distanceEntry is the same for the second alphabet.
func distanceEntry(sym int) uint32 {
	switch {
	case sym < 4:
		return uint32(sym+1) << 16
	case sym < 30:
		extra := uint32(sym-2) / 2
		return (1+(2+uint32(sym)%2)<<extra)<<16 | extra
	}
	return isOther
}

// lengthEntry is for the code that the codes' lengths are written in.
func lengthEntry(sym int) uint32 { return uint32(sym) << 16 }

// build fills the table for codes of these lengths, 0 meaning unused. Like
// zlib it takes an incomplete set of codes only when it has one code of one
// bit, or none.
func (t *codeTable) build(lens []uint8, bits uint, entry func(int) uint32) bool {
	var count, next [maxCode + 2]int
	for _, l := range lens {
		count[l]++
	}
	longest, left := 0, 1
	for l := 1; l <= maxCode; l++ {
		left = left<<1 - count[l]
		if left < 0 {
			return false
		}
		if count[l] > 0 {
			longest = l
		}
		next[l+1] = next[l] + count[l]
	}
	main := t[:1<<bits]
	if left > 0 {
		if longest > 1 {
			return false
		}
		for i := range main {
			main[i] = isOther
		}
	}
	var sorted [maxSymbols]uint16
	for sym, l := range lens {
		if l > 0 {
			sorted[next[l]] = uint16(sym)
			next[l]++
		}
	}
	t.fill(sorted[:next[longest]], lens, &count, uint(longest), bits, entry)
	return true
}

// fill gives each symbol, in the order of the codes, the places whose low bits
// are its code, which is written from the most significant bit on.
func (t *codeTable) fill(sorted []uint16, lens []uint8, count *[maxCode + 2]int, longest, bits uint, entry func(int) uint32) {
	var code, part, partBits uint
	free, open := uint(1)<<bits, ^uint(0) // where the next further part begins; which one is open
	for _, sym := range sorted {
		l := uint(lens[sym])
		e := entry(int(sym))
		if l <= bits {
			for i := code; i < 1<<bits; i += 1 << l {
				t[i] = e + uint32(l<<8|l)
			}
		} else {
			if low := code & (1<<bits - 1); low != open {
				open, part, partBits = low, free, l-bits
				for room := 1 << partBits; partBits+bits < longest; partBits++ {
					if room -= count[partBits+bits]; room <= 0 {
						break
					}
					room <<= 1
				}
				free += 1 << partBits
				t[low] = isOther | isFurther | uint32(part<<16|partBits<<8|bits)
			}
			for i := code >> bits; i < 1<<partBits; i += 1 << (l - bits) {
				t[part+i] = e + uint32((l-bits)<<8|(l-bits))
			}
		}
		count[l]--
		step := uint(1) << (l - 1)
		for code&step != 0 {
			step >>= 1
		}
		if step == 0 {
			code = 0
		} else {
			code = code&(step-1) + step
		}
	}
}
