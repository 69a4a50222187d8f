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
// indents the others, spaces beside one of the bytes of loose, and line ends
// behind { ( [ ; and commas. Strings stay as they are. It knows no other
// comments, no string that goes over a line, and no regular expression with a
// space or a quote in it: our sources have none.
func strip(text, loose string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "//") {
			continue
		}
		if last := squeeze(&b, line, loose); strings.IndexByte("{([;,", last) < 0 {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// squeeze writes a line without the spaces that separate nothing, and returns
// its last byte.
func squeeze(b *strings.Builder, line, loose string) byte {
	var quote, last byte // the string we are in, 0 outside; the byte written last
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quote != 0 && c == '\\' && i+1 < len(line):
			b.WriteByte(c)
			i++
			c = line[i]
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case c == ' ' && i+1 < len(line) && idle(last, line[i+1], loose):
			continue
		}
		b.WriteByte(c)
		last = c
	}
	return last
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
