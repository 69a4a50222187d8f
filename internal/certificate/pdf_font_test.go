package certificate

import (
	"strings"
	"testing"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// Names and days have hyphens, no minus signs, and are copied with them. All other
// characters are drawn as they were.
func TestHyphensAreNoMinusSigns(t *testing.T) {
	for name, ttf := range map[string][]byte{"regular": goregular.TTF, "bold": gobold.TTF} {
		changed, err := hyphened(ttf)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want, got := drawn(t, ttf), drawn(t, changed)
		want['-'] = want['\u00ad']
		if len(want) < 500 {
			t.Fatalf("%s: only %d characters", name, len(want))
		}
		for r := range want {
			if got[r] != want[r] {
				t.Errorf("%s: %U is drawn as %v, want %v", name, r, got[r], want[r])
			}
		}
	}
	text := strings.Join(pages(t, sample(t, Confirmed), "en", ""), " ")
	for _, want := range []string{"LIP-0017.md", "2025-08-28", "git-anchor"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in the text", want)
		}
	}
}

// A shape is the width of a character and the box that it is drawn in.
type shape struct {
	width fixed.Int26_6
	box   fixed.Rectangle26_6
}

func drawn(t *testing.T, ttf []byte) map[rune]shape {
	t.Helper()
	f, err := sfnt.Parse(ttf)
	if err != nil {
		t.Fatal(err)
	}
	var buf sfnt.Buffer
	all := map[rune]shape{}
	for r := rune(' '); r <= 0xffff; r++ {
		index, err := f.GlyphIndex(&buf, r)
		if err != nil {
			t.Fatal(err)
		}
		if index == 0 {
			continue
		}
		box, width, err := f.GlyphBounds(&buf, index, fixed.I(1000), font.HintingNone)
		if err != nil {
			t.Fatal(err)
		}
		all[r] = shape{width, box}
	}
	return all
}
