package certificate

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/image/font/sfnt"
)

// errFont is a font that is not laid out as those we carry.
var errFont = errors.New("the font is not laid out as expected")

// hyphened returns a copy of a TrueType font whose hyphen is the font's soft hyphen.
// That of the Go fonts is as wide as their plus, so that it reads as a minus in
// names and days. The character stays what it is: text is copied as it was.
func hyphened(ttf []byte) ([]byte, error) {
	font, err := sfnt.Parse(ttf)
	if err != nil {
		return nil, err
	}
	var buf sfnt.Buffer
	var glyphs [2]int
	for i, r := range []rune{'-', '\u00ad'} {
		index, err := font.GlyphIndex(&buf, r)
		if err != nil || index == 0 {
			return nil, fmt.Errorf("%w: no glyph for %U", errFont, r)
		}
		glyphs[i] = int(index)
	}
	t := tables(bytes.Clone(ttf))
	to, err := t.outline(glyphs[0])
	if err != nil {
		return nil, err
	}
	from, err := t.outline(glyphs[1])
	if err != nil {
		return nil, err
	}
	if len(from) > len(to) {
		return nil, fmt.Errorf("%w: %d bytes of an outline in the place of %d", errFont, len(from), len(to))
	}
	clear(to[copy(to, from):])
	hmtx := t.find("hmtx")
	if end := 4*max(glyphs[0], glyphs[1]) + 4; end > len(hmtx) {
		return nil, fmt.Errorf("%w: no width of a hyphen", errFont)
	}
	copy(hmtx[4*glyphs[0]:][:4], hmtx[4*glyphs[1]:][:4])
	return t, nil
}

// tables are the bytes of a font that package sfnt takes, so that its directory can
// be read without a check.
type tables []byte

// find returns the bytes of a table, nil where there is none.
func (t tables) find(tag string) []byte {
	for i := range int(binary.BigEndian.Uint16(t[4:])) {
		if entry := t[12+16*i:][:16]; string(entry[:4]) == tag {
			at, size := binary.BigEndian.Uint32(entry[8:]), binary.BigEndian.Uint32(entry[12:])
			return t[at:][:size]
		}
	}
	return nil
}

// outline returns the bytes of a glyph's.
func (t tables) outline(glyph int) ([]byte, error) {
	loca, glyf := t.find("loca"), t.find("glyf")
	at := func(i int) int { return 2 * int(binary.BigEndian.Uint16(loca[2*i:])) }
	if binary.BigEndian.Uint16(t.find("head")[50:]) == 1 {
		at = func(i int) int { return int(binary.BigEndian.Uint32(loca[4*i:])) }
	}
	from, end := at(glyph), at(glyph+1)
	if from > end || end > len(glyf) {
		return nil, fmt.Errorf("%w: no outline of glyph %d", errFont, glyph)
	}
	return glyf[from:end], nil
}
