package certificate

import (
	"math"
	"strconv"

	"codeberg.org/go-pdf/fpdf"
	"rsc.io/qr"
)

// A look is what tells the states apart on every page, in print without colour
// too: a band with a word and a mark, and but for a confirmed one a frame and a
// large pale word behind the text.
type look struct {
	ink, tint ink     // of words and lines; of what is behind words
	solid     bool    // the band is filled with ink, its words are white
	frame     float64 // width of the frame; 0: none
	dashed    bool    // the frame
	striped   bool    // the band's end
	mark      [][]fpdf.PointType
	band      string // what the band says
	behind    string // the large pale word, "" for none
}

// The marks, as strokes on a square of one by one: the signs that the pages have.
// A stroke from a point to itself is a dot.
func tick() [][]fpdf.PointType {
	return [][]fpdf.PointType{{{X: .26, Y: .53}, {X: .44, Y: .70}, {X: .75, Y: .33}}}
}

func dots() [][]fpdf.PointType {
	return [][]fpdf.PointType{{{X: .27, Y: .5}, {X: .27, Y: .5}}, {{X: .5, Y: .5}, {X: .5, Y: .5}}, {{X: .73, Y: .5}, {X: .73, Y: .5}}}
}

func warning() [][]fpdf.PointType {
	return [][]fpdf.PointType{{{X: .5, Y: .24}, {X: .5, Y: .57}}, {{X: .5, Y: .76}, {X: .5, Y: .76}}}
}

func wave() [][]fpdf.PointType {
	var points []fpdf.PointType
	for x := 0.0; x <= 1; x += 0.0625 {
		points = append(points, fpdf.PointType{X: .24 + .52*x, Y: .5 - .13*math.Sin(2*math.Pi*x)})
	}
	return [][]fpdf.PointType{points}
}

func (c *Certificate) appearance(w words) look {
	l := look{band: w.say("js.state." + string(c.State()))}
	switch c.State() {
	case Confirmed:
		l.ink, l.tint, l.solid, l.mark = ink{20, 92, 56}, ink{233, 245, 238}, true, tick()
	case Pending:
		l.ink, l.tint, l.frame, l.dashed, l.striped, l.mark = ink{122, 82, 0}, ink{255, 246, 224}, 0.8, true, true, dots()
		l.behind = l.band
	default:
		l.ink, l.tint, l.solid, l.frame, l.mark = ink{91, 58, 158}, ink{240, 235, 251}, true, 1.6, wave()
		l.behind = l.band
	}
	if c.Regtest {
		l.ink, l.tint, l.solid, l.frame, l.dashed, l.striped, l.mark = ink{163, 23, 31}, ink{253, 236, 235}, true, 1.6, false, true, warning()
		said := regtestWords
		if own := w.say("regtest"); own != said {
			said += " · " + own
		}
		l.band = said + " · " + l.band
		l.behind = "REGTEST"
	}
	return l
}

// regtestWords stand on every page about a chain for rehearsals, in English
// whatever the language: the language's own words come after them.
const regtestWords = "regtest, proves nothing"

const bandHeight = 13.0

// decorate draws what tells the state, before anything else is on the page.
func (s *sheet) decorate() {
	l, p := s.look, s.pdf
	if l.behind != "" {
		s.behind(l.behind)
	}
	if l.frame > 0 {
		s.draw(l.ink, l.frame)
		if l.dashed {
			p.SetDashPattern([]float64{4, 2.5}, 0)
		}
		p.Rect(9, 8, pageWidth-18, pageHeight-16, "D")
		p.SetDashPattern(nil, 0)
	}
	words, ground := l.ink, l.tint
	if l.solid {
		words, ground = white, l.ink
	}
	s.fill(ground)
	p.Rect(0, 0, pageWidth, bandHeight, "F")
	if l.striped {
		s.stripes(words, 168, pageWidth)
	}
	if !l.solid {
		s.draw(l.ink, 0.8)
		p.Line(0, bandHeight, pageWidth, bandHeight)
	}
	s.sign(words, left, 3, 7)
	room := 120.0
	if l.striped {
		room = 130
	}
	st := s.fit(style{"go", "B", 12, strong.lead, words}, room, l.band)
	s.line(st, left+10, bandHeight/2-st.lead/2, l.band)
	if !l.striped && p.PageNo() > 1 {
		s.lineRight(quiet.in(words), right, bandHeight/2-quiet.lead/2, s.w.say("kind"))
	}
}

// behind writes a large pale word across the page.
func (s *sheet) behind(word string) {
	s.pdf.TransformBegin()
	s.pdf.TransformRotate(52, pageWidth/2, pageHeight/2)
	st := s.fit(style{"go", "B", 100, 40, s.look.tint}, 250, word)
	s.line(st, (pageWidth-s.pdf.GetStringWidth(word))/2, pageHeight/2-20, word)
	s.pdf.TransformEnd()
}

// stripes draws slanted bars in the band from x to end.
func (s *sheet) stripes(c ink, x, end float64) {
	s.fill(c)
	s.pdf.ClipRect(x, 0, end-x, bandHeight, false)
	for at := x; at < end; at += 8 {
		s.pdf.Polygon([]fpdf.PointType{{X: at, Y: bandHeight}, {X: at + 6, Y: 0}, {X: at + 9.5, Y: 0}, {X: at + 3.5, Y: bandHeight}}, "F")
	}
	s.pdf.ClipEnd()
}

// sign draws the state's mark in a circle of the size.
func (s *sheet) sign(c ink, x, y, size float64) {
	s.draw(c, size*0.09)
	s.pdf.SetLineCapStyle("round")
	s.pdf.SetLineJoinStyle("round")
	s.pdf.Circle(x+size/2, y+size/2, size*0.455, "D")
	for _, stroke := range s.look.mark {
		for i, b := range stroke[1:] {
			a := stroke[i]
			s.pdf.Line(x+a.X*size, y+a.Y*size, x+b.X*size, y+b.Y*size)
		}
	}
	s.pdf.SetLineCapStyle("butt")
	s.pdf.SetLineJoinStyle("miter")
}

func (s *sheet) draw(c ink, width float64) {
	s.pdf.SetDrawColor(c.r, c.g, c.b)
	s.pdf.SetLineWidth(width)
}

func (s *sheet) fill(c ink) { s.pdf.SetFillColor(c.r, c.g, c.b) }

// footers writes the number of each page below it, once all are there.
func (s *sheet) footers(name, digest string) {
	all := s.pdf.PageCount()
	for n := 1; n <= all; n++ {
		s.pdf.SetPage(n)
		s.use(heading) // a font is only chosen where it differs from the last, which another page may have had
		s.y = bottom + 2
		s.rule(hairline, 0.15)
		s.lineRight(note, right, s.y+1, s.w.say("pdf.page", "n", strconv.Itoa(n), "all", strconv.Itoa(all)))
		s.line(note, left, s.y+1, s.wrap(note, 140, name)[0])
		s.line(small.in(grey), left, s.y+1+note.lead, "SHA-256 "+digest)
	}
}

// code draws text as a QR code in a square, dark on white.
func (s *sheet) code(text string, x, y, size float64) error {
	c, err := qr.Encode(text, qr.M)
	if err != nil {
		return err
	}
	s.fill(white)
	s.pdf.Rect(x, y, size, size, "F")
	s.fill(black)
	module := size / float64(c.Size)
	for row := range c.Size {
		for col := 0; col < c.Size; col++ {
			first := col
			for col < c.Size && c.Black(col, row) {
				col++
			}
			if col > first {
				// A little more, so that no line shows between two of them.
				s.pdf.Rect(x+float64(first)*module, y+float64(row)*module, float64(col-first)*module, module*1.03, "F")
			}
		}
	}
	return nil
}
