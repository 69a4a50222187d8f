package certificate

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
)

// A PDF's texts are in the font that is given; digests stay in the one for them.
func TestPDFFont(t *testing.T) {
	c := sample(t, Confirmed)
	font := bytes.Clone(gomono.TTF)
	pdf, err := c.PDF("en", DeclarePlain, font)
	if err != nil {
		t.Fatal(err)
	}
	if ours := rendered(t, c, "en", DeclarePlain); bytes.Equal(pdf, ours) {
		t.Error("the font changes nothing")
	}
	again, err := c.PDF("en", DeclarePlain, font)
	if err != nil || !bytes.Equal(pdf, again) || !bytes.Equal(font, gomono.TTF) {
		t.Errorf("the second differs, or the font was changed: %v", err)
	}
}

// What cannot be used as a font is refused, whatever it is, and nothing panics.
func TestPDFOfDamagedFonts(t *testing.T) {
	c := sample(t, Pending)
	for name, font := range map[string][]byte{
		"empty": {}, "text": []byte("not a font"), "cut": goregular.TTF[:len(goregular.TTF)/2], "OpenType": append([]byte("OTTO"), goregular.TTF[4:]...),
	} {
		if _, err := c.PDF("en", "", font); !errors.Is(err, ErrFont) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for at := 0; at < len(goregular.TTF); at += len(goregular.TTF) / 50 {
		font := bytes.Clone(goregular.TTF)
		font[at] ^= 0xff
		if _, err := c.PDF("en", "", font); err != nil && !errors.Is(err, ErrFont) {
			t.Errorf("byte %d: %v", at, err)
		}
	}
}

// withRanges is the font with a table of characters that has ranges of these sizes.
func withRanges(t *testing.T, sizes ...int) []byte {
	t.Helper()
	n := len(sizes)
	font := bytes.Clone(goregular.TTF)
	table := binary.BigEndian.AppendUint16([]byte{0, 0, 0, 1, 0, 3, 0, 1, 0, 0, 0, 12}, 4) // one subtable, of format 4
	for _, v := range []int{0, 0, 2 * n, 0, 0, 0} {
		table = binary.BigEndian.AppendUint16(table, uint16(v))
	}
	for _, size := range sizes {
		table = binary.BigEndian.AppendUint16(table, uint16(size-1))
	}
	table = append(table, make([]byte, 2+3*2*n)...)
	for i := range int(binary.BigEndian.Uint16(font[4:])) {
		if entry := font[12+16*i:][:16]; string(entry[:4]) == "cmap" {
			binary.BigEndian.PutUint32(entry[8:], uint32(len(font)))
			binary.BigEndian.PutUint32(entry[12:], uint32(len(table)))
			return append(font, table...)
		}
	}
	t.Fatal("no table of characters")
	return nil
}

// A font that would take minutes is refused at once.
func TestFontCharactersLimit(t *testing.T) {
	if err := checkCharacters(goregular.TTF); err != nil {
		t.Errorf("the font that we carry: %v", err)
	}
	sizes := slices.Repeat([]int{4161}, 63) // and the table itself
	if err := checkCharacters(withRanges(t, sizes...)); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	if _, err := sample(t, Pending).PDF("en", "", withRanges(t, append(sizes, 1)...)); !errors.Is(err, ErrFont) {
		t.Errorf("one past it: %v", err)
	}
}

func FuzzCheckCharacters(f *testing.F) {
	f.Add(goregular.TTF[:2000])
	f.Add([]byte("\x00\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00cmap\x00\x00\x00\x00\x00\x00\x00\x1c\x00\x00\x00\x00\x00\x00\x00\x01"))
	f.Fuzz(func(t *testing.T, font []byte) {
		if err := checkCharacters(font); err != nil && !errors.Is(err, ErrFont) {
			t.Error(err)
		}
	})
}
