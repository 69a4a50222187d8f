package report

// A Pen colours text for a terminal; the zero Pen writes plain text.
type Pen struct{ On bool }

// ANSI colours, ECMA-48 "select graphic rendition".
func (p Pen) Red(s string) string    { return p.draw("31", s) }
func (p Pen) Green(s string) string  { return p.draw("32", s) }
func (p Pen) Yellow(s string) string { return p.draw("33", s) }
func (p Pen) Bold(s string) string   { return p.draw("1", s) }

func (p Pen) draw(code, s string) string {
	if !p.On {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}
