package main

import (
	"bytes"
	"io"
)

// A runnerSafe writer keeps what is printed in GitHub Actions from being read as
// a command of its runner: "::name::" at the beginning of a line, after blanks
// too, and "##[name]" anywhere. Paths and titles are the text of whoever wrote a
// pull request. What is written must end at a line's end or between words.
type runnerSafe struct {
	w     io.Writer
	inRow bool // something else than blanks stands on this line already
}

func (s *runnerSafe) Write(p []byte) (int, error) {
	out := make([]byte, 0, len(p)+16)
	for i, b := range p {
		switch {
		case !s.inRow && b == ':' && bytes.HasPrefix(p[i:], []byte("::")):
			out = append(out, ": "...) // "::" becomes ": :"
		case b == '#' && bytes.HasPrefix(p[i:], []byte("##[")):
			out = append(out, "# "...) // "##[" becomes "# #["
		default:
			out = append(out, b)
		}
		s.inRow = b != '\n' && b != '\r' && (s.inRow || b != ' ' && b != '\t')
	}
	if _, err := s.w.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}
