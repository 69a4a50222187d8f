package certificate

import (
	"bytes"
	"errors"
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
