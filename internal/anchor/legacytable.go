package anchor

import (
	"bytes"
	"errors"
	"io/fs"
	"strings"
)

// The lines between which a table of legacy proofs stands.
const (
	tableBegin = "<!-- git-anchor legacy -->"
	tableEnd   = "<!-- /git-anchor legacy -->"
)

// maxTableFile is how many bytes a file with such a table has at the most.
const maxTableFile = 4 << 20

// WriteTable puts Markdown between the lines <!-- git-anchor legacy --> and
// <!-- /git-anchor legacy --> of a file of the work tree, which must hold each
// once, and says whether that changed it. All else in it stays as it is.
func (s *Session) WriteTable(operand, table string) (path string, changed bool, err error) {
	if path, err = s.Repo.Rel(operand); err != nil {
		return "", false, err
	}
	old, err := s.Repo.ReadFile(path, maxTableFile)
	if errors.Is(err, fs.ErrNotExist) {
		return path, false, refuse("", "there is no file %s: make it, with the lines %s and %s where the table shall be", path, tableBegin, tableEnd)
	}
	if err != nil {
		return path, false, err
	}
	now, ok := between(old, table)
	if !ok {
		return path, false, refuse("", "%s has no place for the table: paste the lines %s and %s, each once and in this order", path, tableBegin, tableEnd)
	}
	if bytes.Equal(now, old) {
		return path, false, nil
	}
	return path, true, s.Repo.WriteFile(path, now, old)
}

// between replaces what stands between the two lines, with the line ends that
// the first of them has.
func between(text []byte, table string) (now []byte, ok bool) {
	if bytes.Count(text, []byte(tableBegin)) != 1 || bytes.Count(text, []byte(tableEnd)) != 1 {
		return nil, false
	}
	before, rest, _ := bytes.Cut(text, []byte(tableBegin))
	_, after, ok := bytes.Cut(rest, []byte(tableEnd))
	if !ok {
		return nil, false
	}
	end := "\n"
	if bytes.HasPrefix(rest, []byte("\r\n")) {
		end = "\r\n"
	}
	table = strings.ReplaceAll("\n"+strings.Trim(table, "\n")+"\n", "\n", end)
	return bytes.Join([][]byte{before, []byte(tableBegin), []byte(table), []byte(tableEnd), after}, nil), true
}
