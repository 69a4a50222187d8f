package certificate

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// A certificate that does not say when it was made names no such time, and not the
// clock's either; one that says so does.
func TestUndated(t *testing.T) {
	for _, lang := range Langs() {
		w, err := lang.words()
		if err != nil {
			t.Fatal(err)
		}
		c := sample(t, Confirmed)
		sentences := []string{w.say("trust.when.undated", "tool", c.Tool), w.say("made.undated", "tool", c.Tool)}
		day := c.Made.Format(time.DateTime)
		if page := pageOf(t, c, lang); !strings.Contains(page, day) || !bytes.Contains(rendered(t, c, lang, ""), []byte("/CreationDate")) {
			t.Errorf("%s: a dated certificate lacks %s", lang, day)
		}
		c.Made = time.Time{}
		page := pageOf(t, c, lang)
		text := squeezed(strings.Join(pages(t, c, lang, DeclarePlain), " "))
		for _, want := range sentences {
			if !strings.Contains(page, want) || !strings.Contains(text, squeezed(want)) {
				t.Errorf("%s: lacks %q", lang, want)
			}
		}
		for _, never := range []string{day, "0001-01-01", "1970-01-01", `"made":`} {
			if strings.Contains(page, never) || strings.Contains(text, squeezed(never)) {
				t.Errorf("%s: says %q", lang, never)
			}
		}
		for _, never := range []string{"/CreationDate", "/ModDate", "D:1970"} {
			if bytes.Contains(rendered(t, c, lang, DeclarePlain), []byte(never)) {
				t.Errorf("%s: the PDF has %s", lang, never)
			}
		}
	}
}
