package certificate

import (
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Wherever a page ends, no heading stands alone at its foot, and little of it is
// left empty.
func TestPDFPagesAreFilled(t *testing.T) {
	w, err := Lang("de").words()
	if err != nil {
		t.Fatal(err)
	}
	headings := []string{w.say("notes", "n", "1"), w.say("custody", "n", "2"), w.say("claims", "n", "1")}
	for _, key := range []string{"facts", "block", "integrity", "trust.ask", "pdf.steps", "pdf.files"} {
		headings = append(headings, w.say(key))
	}
	for _, state := range []State{Confirmed, Pending} {
		for lines := range 14 {
			c := sample(t, state)
			c.Evidence.Title, c.Evidence.URL = strings.Repeat("word ", 14*min(lines, 4)), strings.Repeat("https://", 6*max(lines-4, 0))
			if lines%2 == 0 {
				c.Path, c.Blob, c.Commit = "", "", ""
			}
			c.Outcome.Findings = []string{strings.Repeat("noticed ", 12*lines)}
			list := lastLines(t, rendered(t, c, "de", ""))
			for i, last := range list[:len(list)-1] {
				if slices.Contains(headings, last.text) || strings.HasPrefix(last.text, "Jede Operation") {
					t.Errorf("%s, %d lines: page %d ends in the heading %q", state, lines, i+1, last.text)
				}
				if empty := bottom - last.end; empty > 45 {
					t.Errorf("%s, %d lines: page %d ends %.0f mm above its foot, with %q", state, lines, i+1, empty, last.text)
				}
			}
		}
	}
}

// Who bore out the header is said on the page that asks for it.
func TestPDFTrustStaysTogether(t *testing.T) {
	for _, lang := range []Lang{"en", "de", "uk"} {
		w, err := lang.words()
		if err != nil {
			t.Fatal(err)
		}
		for lines := range 10 {
			c := sample(t, Confirmed)
			c.Evidence.Title, c.Path = strings.Repeat("word ", 4*lines), strings.Repeat("path/", 20*(lines%5))
			asked := 0
			for i, text := range pages(t, c, lang, "") {
				text = squeezed(text)
				if !strings.Contains(text, squeezed(w.say("trust.ask"))) {
					continue
				}
				asked++
				for _, want := range []string{w.trust(c), w.say("pdf.trust.own")} {
					if !strings.Contains(text, squeezed(want)) {
						t.Errorf("%s, %d: page %d asks, and does not say %q", lang, lines, i+1, want)
					}
				}
			}
			if asked != 1 {
				t.Errorf("%s, %d: %d pages ask", lang, lines, asked)
			}
		}
	}
}

// A lastLine is the lowest of a page above its foot, and where it ends, in mm.
type lastLine struct {
	text string
	end  float64
}

func lastLines(t *testing.T, pdf []byte) []lastLine {
	t.Helper()
	word := regexp.MustCompile(`<word xMin="[-0-9.]+" yMin="([-0-9.]+)" xMax="[-0-9.]+" yMax="([-0-9.]+)">(.*)</word>`)
	var list []lastLine
	for _, page := range strings.Split(poppler(t, "pdftotext", "-bbox", saved(t, pdf), "-"), "<page ")[1:] {
		var last lastLine
		for _, m := range word.FindAllStringSubmatch(page, -1) {
			from, err := strconv.ParseFloat(m[1], 64)
			if err != nil {
				t.Fatal(err)
			}
			end, err := strconv.ParseFloat(m[2], 64)
			if err != nil {
				t.Fatal(err)
			}
			text := html.UnescapeString(m[3])
			switch end *= point; {
			case end > bottom+2 || end-from*point > 14: // the foot, and the pale word behind the text
			case end > last.end+0.5:
				last = lastLine{text, end}
			case end > last.end-0.5:
				last.text += " " + text
			}
		}
		list = append(list, last)
	}
	if len(list) < 2 {
		t.Fatalf("%d pages", len(list))
	}
	return list
}
