package certificate

import "strings"

// Bytes beside which a space separates nothing. In a style it counts before a
// colon, a dot and such, and beside + and -.
const (
	looseScript = "{}()[];,:=<>?&|^!*/%+-"
	looseStyle  = "{};,>"
)

// strip makes a script or style of ours smaller and changes nothing else of it:
// it leaves out lines that are nothing but a // comment, blank lines, what
// indents the others, spaces beside one of the bytes of loose, a semicolon before
// }, and line ends behind { ( [ ; and commas, in a style behind } too. Strings
// stay as they are. It knows no other comments, no string that goes over a line,
// no empty statement, and no regular expression with a space or a quote in it:
// our sources have none.
func strip(text, loose string) string {
	ends := "{([;,"
	if loose == looseStyle {
		ends += "}"
	}
	s := stripper{loose: loose}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "//") {
			continue
		}
		s.squeeze(line)
		if strings.IndexByte(ends, s.last) < 0 {
			s.put('\n', false)
		}
	}
	s.put('\n', false)
	return strings.TrimSpace(s.out.String()) + "\n"
}

// A stripper writes what is left of lines.
type stripper struct {
	loose string
	out   strings.Builder
	last  byte // the byte written last
	held  bool // it is a semicolon, and not written yet
}

// put writes a byte, and what was held back before it. In a string nothing is.
func (s *stripper) put(c byte, quoted bool) {
	if s.held && c != '}' {
		s.out.WriteByte(';')
	}
	if s.held = c == ';' && !quoted; !s.held {
		s.out.WriteByte(c)
	}
	s.last = c
}

// squeeze writes a line without the spaces that separate nothing.
func (s *stripper) squeeze(line string) {
	var quote byte // the string we are in, 0 outside
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quote != 0 && c == '\\' && i+1 < len(line):
			s.put(c, true)
			i++
			c = line[i]
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case c == ' ' && i+1 < len(line) && idle(s.last, line[i+1], s.loose):
			continue
		}
		s.put(c, quote != 0)
	}
}

// idle reports whether a space between two bytes separates nothing. Behind a
// colon it never does; + and - and / would become other operators beside their
// like.
func idle(before, after byte, loose string) bool {
	if before == ':' && after != ' ' {
		return true
	}
	if before == after && strings.IndexByte("+-/", before) >= 0 {
		return false
	}
	return strings.IndexByte(loose, before) >= 0 || strings.IndexByte(loose, after) >= 0
}
