package certificate

import (
	"encoding/binary"
	"fmt"
)

// maxCharacters is how many characters the ranges of a font may have in all, each
// table counted as one more: a range has at most 65,536, and what writes the PDF goes
// through every one of them.
const maxCharacters = 1 << 18

// checkCharacters refuses a font whose tables of characters would take minutes and
// gigabytes: a hundred thousand bytes may hold as many ranges of all characters. What
// is no such table is left to those who read fonts.
func checkCharacters(ttf []byte) error {
	total := 0
	for at := range characterTables(ttf) {
		if total++; total > maxCharacters {
			break
		}
		if at+14 > len(ttf) || binary.BigEndian.Uint16(ttf[at:]) != 4 {
			continue
		}
		n := int(binary.BigEndian.Uint16(ttf[at+6:])) / 2
		ends, starts := at+14, at+16+2*n
		for i := 0; i < n && starts+2*i+2 <= len(ttf); i++ {
			end, start := int(binary.BigEndian.Uint16(ttf[ends+2*i:])), int(binary.BigEndian.Uint16(ttf[starts+2*i:]))
			if total += max(1, end-start+1); total > maxCharacters {
				break
			}
		}
	}
	if total > maxCharacters {
		return fmt.Errorf("%w: it names characters more than %d times", ErrFont, maxCharacters)
	}
	return nil
}

// characterTables yields where the subtables of a font's table of characters begin.
func characterTables(ttf []byte) func(yield func(at int) bool) {
	return func(yield func(at int) bool) {
		if len(ttf) < 12 {
			return
		}
		for i := range int(binary.BigEndian.Uint16(ttf[4:])) {
			entry := 12 + 16*i
			if entry+16 > len(ttf) {
				return
			}
			base := int(binary.BigEndian.Uint32(ttf[entry+8:]))
			if string(ttf[entry:entry+4]) != "cmap" || base+4 > len(ttf) {
				continue
			}
			for j := range int(binary.BigEndian.Uint16(ttf[base+2:])) {
				record := base + 4 + 8*j
				if record+8 > len(ttf) || !yield(base+int(binary.BigEndian.Uint32(ttf[record+4:]))) {
					return
				}
			}
		}
	}
}
