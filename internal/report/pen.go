package report

// ANSI colours, ECMA-48 "select graphic rendition".
func (t Text) red(s string) string    { return t.draw("31", s) }
func (t Text) green(s string) string  { return t.draw("32", s) }
func (t Text) yellow(s string) string { return t.draw("33", s) }

func (t Text) draw(code, s string) string {
	if !t.Color {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}
