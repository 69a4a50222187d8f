package main

import (
	"bytes"
	"io"
	"unicode/utf8"
)

// A runnerSafe writer keeps what is printed in GitHub Actions from being read as
// a command of its runner: "::name::" at the beginning of a line, after what the
// runner takes for blanks, too, and "##[name]" anywhere. Paths and titles are the
// text of whoever wrote a pull request. The runner trims all that Unicode calls
// a blank, and compares texts as a language does, which skips characters without
// width; so nothing outside of ASCII counts as text here. What is written must
// end at a line's end or between words.
type runnerSafe struct {
	w     io.Writer
	inRow bool // printable ASCII stands on this line already
}

func (s *runnerSafe) Write(p []byte) (int, error) {
	out := make([]byte, 0, len(p)+16)
	for i, b := range p {
		out = append(out, b)
		odd := i+1 < len(p) && p[i+1] >= utf8.RuneSelf
		switch {
		case !s.inRow && b == ':' && (odd || bytes.HasPrefix(p[i:], []byte("::"))):
			out = append(out, ' ') // "::" becomes ": :"
		case b == '#' && (odd || bytes.HasPrefix(p[i:], []byte("##["))):
			out = append(out, ' ') // "##[" becomes "# #["
		}
		s.inRow = b != '\n' && b != '\r' && (s.inRow || b > ' ' && b < 0x7f)
	}
	if _, err := s.w.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}
