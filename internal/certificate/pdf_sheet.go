package certificate

import (
	"bytes"
	"fmt"
	"strings"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"

	"github.com/openllmo/git-anchor/internal/printable"
)

// The page is A4; lengths are in millimetres, sizes of type in points.
const (
	pageWidth, pageHeight = 210.0, 297.0
	left, right           = 20.0, 190.0
	top, bottom           = 22.0, 277.0
	column                = 46.0 // from left to the values of a table
	point                 = 25.4 / 72
)

// missing stands for a character that the fonts lack: they have Latin, Greek and
// Cyrillic, and nothing past U+FFFF may reach package fpdf, which mangles it.
const missing = '□'

// An ink is a colour, by its red, green and blue from 0 to 255.
type ink struct{ r, g, b int }

// The inks that every state shares. On white each has a contrast of 4.5 to 1
// or more, apart from hairline, in which nothing is written.
var (
	black    = ink{26, 29, 33}
	grey     = ink{88, 94, 102}
	hairline = ink{214, 217, 221}
	white    = ink{255, 255, 255}
)

// A style is how a run of text looks.
type style struct {
	family, weight string
	size, lead     float64 // points; millimetres from line to line
	ink            ink
}

var (
	body    = style{"go", "", 9.5, 4.7, black}
	quiet   = style{"go", "", 8.5, 4.2, grey}
	strong  = style{"go", "B", 9.5, 4.7, black}
	heading = style{"go", "B", 12, 6, black}
	mono    = style{"mono", "", 8, 4, black}
	note    = style{"go", "", 7, 3.2, grey}
	small   = style{"mono", "", 6.6, 3.2, black}
)

func (st style) in(c ink) style { st.ink = c; return st }

// A sheet is a PDF being written from top to bottom. Text never leaves the
// margins: what is too wide is broken, what is too long goes to the next page.
type sheet struct {
	pdf    *fpdf.Fpdf
	w      words
	look   look
	glyphs map[string]*sfnt.Font // by family
	buf    sfnt.Buffer
	y      float64 // where what comes next begins, from the top of the page

	title string  // a heading that is written with what comes next, "" for none
	keep  float64 // how much must fit on the page below it
}

// newSheet begins a sheet. Its texts are in the font, where one is given; digests and
// commands are not.
func newSheet(w words, l look, font []byte) (*sheet, error) {
	s := &sheet{pdf: fpdf.New("P", "mm", "A4", ""), w: w, look: l, glyphs: map[string]*sfnt.Font{}}
	regular, bold := goregular.TTF, gobold.TTF
	if font != nil {
		regular, bold = font, font
	}
	for _, face := range []struct {
		family, weight string
		ttf            []byte
	}{{"go", "", regular}, {"go", "B", bold}, {"mono", "", gomono.TTF}} {
		glyphs, err := sfnt.Parse(face.ttf)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrFont, err)
		}
		s.glyphs[face.family] = glyphs
		s.pdf.AddUTF8FontFromBytes(face.family, face.weight, bytes.Clone(face.ttf)) // which changes them
	}
	if s.pdf.Error() != nil {
		return nil, fmt.Errorf("%w: %w", ErrFont, s.pdf.Error())
	}
	for _, needed := range "Aa0?" {
		if !s.has("go", needed) {
			return nil, fmt.Errorf("%w: it lacks %q", ErrFont, needed)
		}
	}
	s.pdf.SetAutoPageBreak(false, 0)
	s.pdf.SetCatalogSort(true)
	return s, nil
}

// page begins a new one, marked with the state.
func (s *sheet) page() {
	s.pdf.AddPage()
	s.decorate()
	s.y = top
}

// room sees to it that h millimetres are left on the page, below the heading that
// is still to be written.
func (s *sheet) room(h float64) {
	if s.title != "" {
		const tall = 8 // heading, rule and what is left free below it
		h = max(h, s.keep) + tall
		s.gap(4.5)
	}
	if s.y+h > bottom {
		s.page()
	}
	if s.title != "" {
		s.line(heading.in(s.look.ink), left, s.y, s.title)
		s.y += heading.lead + 0.5
		s.rule(s.look.ink, 0.4)
		s.y += 1.5
		s.title = ""
	}
}

// gap leaves a space, unless the page has just begun.
func (s *sheet) gap(h float64) {
	if s.y > top {
		s.y += h
	}
}

// has reports whether a family can show a character.
func (s *sheet) has(family string, r rune) bool {
	if r > 0xffff {
		return false
	}
	index, err := s.glyphs[family].GlyphIndex(&s.buf, r)
	return err == nil && index != 0
}

// foreign returns text that is not ours, shortened to max runes, and whether
// the fonts have all of its characters.
func (s *sheet) foreign(text string, max int) (shown string, whole bool) {
	shown = printable.Text(text, max)
	known := s.known("go", shown)
	return known, known == shown
}

// known puts a sign in place of each character that a family lacks.
func (s *sheet) known(family, text string) string {
	return strings.Map(func(r rune) rune {
		if s.has(family, r) {
			return r
		}
		if !s.has(family, missing) {
			return '?'
		}
		return missing
	}, text)
}

func (s *sheet) use(st style) {
	s.pdf.SetFont(st.family, st.weight, st.size)
	s.pdf.SetTextColor(st.ink.r, st.ink.g, st.ink.b)
}

// line writes one line with its upper edge at y. It must fit.
func (s *sheet) line(st style, x, y float64, text string) {
	s.use(st)
	s.pdf.Text(x, y+st.lead/2+st.size*point*0.36, s.known(st.family, text))
}

// lineRight writes one line that ends at x.
func (s *sheet) lineRight(st style, x, y float64, text string) {
	text = s.known(st.family, text)
	s.use(st)
	s.line(st, x-s.pdf.GetStringWidth(text), y, text)
}

// fit returns the style as much smaller as it takes for text to be no wider than
// width, and chooses it.
func (s *sheet) fit(st style, width float64, text string) style {
	s.use(st)
	if w := s.pdf.GetStringWidth(s.known(st.family, text)); w > width {
		st.size *= width / w
		s.use(st)
	}
	return st
}

// wrap breaks text into lines of at most width: at spaces where it can, else
// between any two characters.
func (s *sheet) wrap(st style, width float64, text string) []string {
	s.use(st)
	text = s.known(st.family, text)
	var lines []string
	start, space, used := 0, -1, 0.0
	for i, r := range text {
		w := s.pdf.GetStringWidth(string(r))
		if r == ' ' {
			space = i
		}
		if used+w > width && i > start {
			cut, next := i, i
			if space > start {
				cut, next = space, space+1
			}
			lines = append(lines, text[start:cut])
			start, used = next, 0
			if next < i {
				used = s.pdf.GetStringWidth(text[next:i])
			}
		}
		if start <= i {
			used += w
		}
	}
	return append(lines, text[start:])
}

// height is how much of a page a paragraph takes.
func (s *sheet) height(st style, width float64, text string) float64 {
	return float64(len(s.wrap(st, width, text))) * st.lead
}

// text writes a paragraph between x and x+width, over as many pages as it takes:
// a short one stays together.
func (s *sheet) text(st style, x, width float64, text string) {
	lines := s.wrap(st, width, text)
	if len(lines) <= 4 {
		s.room(float64(len(lines)) * st.lead)
	}
	for _, l := range lines {
		s.room(st.lead)
		s.line(st, x, s.y, l)
		s.y += st.lead
	}
}

// section begins a part of the page. Its heading stands on the page of what comes
// first in it, and of at least h millimetres of it.
func (s *sheet) section(title string, h float64) { s.title, s.keep = title, h }

// rule draws a line across the page.
func (s *sheet) rule(c ink, thick float64) {
	s.pdf.SetDrawColor(c.r, c.g, c.b)
	s.pdf.SetLineWidth(thick)
	s.pdf.Line(left, s.y, right, s.y)
}

// row writes a label and its value side by side, with details in small type
// below it; no value, no row.
func (s *sheet) row(label string, st style, value string, details ...string) {
	if value == "" {
		return
	}
	labels := s.wrap(quiet, column-4, label)
	values := s.wrap(st, right-left-column, value)
	s.room(max(float64(len(labels))*quiet.lead, float64(min(len(values), 4))*st.lead+float64(len(details))*small.lead) + 1.6)
	start, page, y := s.y, s.pdf.PageNo(), s.y
	for _, l := range labels {
		s.line(quiet, left, y, l)
		y += quiet.lead
	}
	for _, l := range values {
		s.room(st.lead)
		s.line(st, left+column, s.y, l)
		s.y += st.lead
	}
	for _, d := range details {
		st := small
		if s.known(st.family, d) != d {
			st.family = "go" // which may be a font that has more
		}
		for i, l := range s.wrap(st, right-left-column-indent, d) {
			s.room(st.lead)
			x := left + column
			if i > 0 {
				x += indent // no line of theirs begins like a detail of its own
			}
			s.line(st.in(grey), x, s.y, l)
			s.y += st.lead
		}
	}
	if s.pdf.PageNo() == page {
		s.y = max(s.y, start+float64(len(labels))*quiet.lead)
	}
	s.y += 0.8
	s.rule(hairline, 0.15)
	s.y += 0.8
}
