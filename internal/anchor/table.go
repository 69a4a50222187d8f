package anchor

import (
	"bytes"
	"errors"
	"io/fs"
	"strings"
)

// A Table is a place for a table in a Markdown file: what stands between the
// lines <!-- git-anchor NAME --> and <!-- /git-anchor NAME -->, by its NAME.
type Table string

// The tables that there are.
const (
	LegacyTable Table = "legacy" // proofs whose documents moved on
	StatusTable Table = "status" // documents and how far their proofs are
)

func (t Table) lines() (begin, end string) {
	return "<!-- git-anchor " + string(t) + " -->", "<!-- /git-anchor " + string(t) + " -->"
}

// maxTableFile is how many bytes a file with such a table has at the most.
const maxTableFile = 4 << 20

// WriteTable puts Markdown into a table's place in a file of the work tree,
// which must have it once, and says whether that changed the file. All else in
// it stays as it is.
func (s *Session) WriteTable(operand string, t Table, markdown string) (path string, changed bool, err error) {
	path, old, now, err := s.table(operand, t, markdown)
	if err != nil || bytes.Equal(now, old) {
		return path, false, err
	}
	return path, true, s.Repo.WriteFile(path, now, old)
}

// CheckTable says whether WriteTable would change the file.
func (s *Session) CheckTable(operand string, t Table, markdown string) (path string, stale bool, err error) {
	path, old, now, err := s.table(operand, t, markdown)
	return path, err == nil && !bytes.Equal(now, old), err
}

// table reads a file, and says what it holds with the Markdown in its place.
func (s *Session) table(operand string, t Table, markdown string) (path string, old, now []byte, err error) {
	if path, err = s.Repo.Rel(operand); err != nil {
		return "", nil, nil, err
	}
	begin, end := t.lines()
	old, err = s.Repo.ReadFile(path, maxTableFile)
	if errors.Is(err, fs.ErrNotExist) {
		return path, nil, nil, refuse("", "there is no file %s: make it, with the lines %s and %s where the table shall be", path, begin, end)
	}
	if err != nil {
		return path, nil, nil, err
	}
	now, ok := t.between(old, markdown)
	if !ok {
		return path, nil, nil, refuse("", "%s has no place for the table: paste the lines %s and %s, each once and in this order", path, begin, end)
	}
	return path, old, now, nil
}

// between replaces what stands between the two lines, with the line ends that
// the first of them has.
func (t Table) between(text []byte, markdown string) (now []byte, ok bool) {
	begin, end := t.lines()
	if bytes.Count(text, []byte(begin)) != 1 || bytes.Count(text, []byte(end)) != 1 {
		return nil, false
	}
	before, rest, _ := bytes.Cut(text, []byte(begin))
	_, after, ok := bytes.Cut(rest, []byte(end))
	if !ok {
		return nil, false
	}
	newline := "\n"
	if bytes.HasPrefix(rest, []byte("\r\n")) {
		newline = "\r\n"
	}
	markdown = strings.ReplaceAll("\n"+strings.Trim(markdown, "\n")+"\n", "\n", newline)
	return bytes.Join([][]byte{before, []byte(begin), []byte(markdown), []byte(end), after}, nil), true
}
