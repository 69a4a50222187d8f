package report

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Of a badge: what it says on the left, and about how wide a character is.
const (
	badgeLabel = "anchored"
	badgeGlyph = 7  // pixels
	badgeEdge  = 10 // pixels on both sides of a text
)

// Badge is a small picture of the counts, in the colour of the worst of them:
// SVG without references, script or style.
func (d *Dashboard) Badge() []byte {
	colours := map[state]string{stateConfirmed: "#0f6b3c", statePending: "#7a5200", stateChanged: "#5b3a9e", stateFailed: "#a3171f", stateUnchecked: "#4d5965"}
	var words []string
	colour := colours[stateUnchecked]
	for _, s := range states() { // the worst first
		if d.counts[s] == 0 {
			continue
		}
		if words == nil {
			colour = colours[s]
		}
		words = append(words, fmt.Sprintf("%d %s", d.counts[s], s))
	}
	text := strings.Join(words, ", ")
	switch {
	case text == "":
		text = "nothing yet"
	case d.Regtest:
		text, colour = "regtest, proves nothing: "+text, colours[stateFailed]
	}
	left, right := badgeWidth(badgeLabel), badgeWidth(text)
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="20" role="img" aria-label="%s: %s">`, left+right, badgeLabel, text)
	fmt.Fprintf(&b, `<title>%s: %s</title><rect width="%d" height="20" rx="3" fill="#2b333b"/>`, badgeLabel, text, left+right)
	fmt.Fprintf(&b, `<path d="M%d 0h%da3 3 0 0 1 3 3v14a3 3 0 0 1-3 3h-%dz" fill="%s"/>`, left, right-3, right-3, colour)
	b.WriteString(`<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">`)
	for _, t := range []struct {
		middle, width int
		text          string
	}{{left / 2, left, badgeLabel}, {left + right/2, right, text}} {
		fmt.Fprintf(&b, `<text x="%d" y="14" textLength="%d" lengthAdjust="spacingAndGlyphs">%s</text>`, t.middle, t.width-badgeEdge, t.text)
	}
	b.WriteString("</g></svg>\n")
	return b.Bytes()
}

func badgeWidth(text string) int { return badgeEdge + badgeGlyph*utf8.RuneCountInString(text) }
