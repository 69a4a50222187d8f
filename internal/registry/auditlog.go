package registry

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/openllmo/git-anchor/internal/printable"
	"github.com/openllmo/git-anchor/internal/strictjson"
)

// MaxLine is how long an entry of an audit log may be, in bytes without its line
// feed.
const MaxLine = 1 << 20

// A LogSummary is what a whole audit log comes to.
type LogSummary struct {
	ServerID    string // of all entries
	Count       uint64
	First, Last string // hashes of the entries
	RawRoot     string // merkle root by RuleRaw
	TextRoot    string // and by RuleText
	Ambiguous   uint64 // entries whose canonical text could be that of another, see Entry.Ambiguous
	Further     uint64 // entries with members that no hash covers
	Unended     bool   // the last line has no line feed
}

// A LogFault is the first thing that is wrong with an audit log.
type LogFault struct {
	Line             uint64 // from 1; 0 for the whole log
	Text             string // fit to be printed
	Stored, Computed string // where two hashes differ: what stands there, and what should
}

func (f *LogFault) Error() string {
	text := f.Text
	if f.Line > 0 {
		text = fmt.Sprintf("line %d: %s", f.Line, text)
	}
	if f.Computed != "" {
		text += fmt.Sprintf(": stored %s, computed %s", printable.Text(f.Stored, 2*strictjson.MaxShown), f.Computed)
	}
	return text
}

// ReadLog judges an audit log, one entry a line, in constant memory: the hash of
// each, that each names the one before, that the first names none (three hashes
// of zeros), and that all are of one server. The error is a *LogFault, or r's.
//
// Line N is entry N: a blank line is a fault. A line may end in CRLF, which is
// white space to JSON. The last line may lack its line feed, unless it is cut off.
func ReadLog(r io.Reader) (LogSummary, error) {
	l := newLogReader(r)
	for {
		if more, err := l.next(); err != nil {
			return LogSummary{}, err
		} else if !more {
			return l.summary(), nil
		}
	}
}

// A logReader is how far an audit log was read.
type logReader struct {
	lines     lineReader
	rec       record // the last entry
	text      []byte // its canonical text
	last      []byte // its hash, as text
	first     string // LogSummary.First
	server    string // LogSummary.ServerID
	raw       merkleTree
	byText    merkleTree
	prove     uint64 // line of the entry to prove, 0 for none
	proven    Entry  // that entry
	ambiguous uint64
	further   uint64
	unended   bool
}

func newLogReader(r io.Reader) *logReader {
	return &logReader{
		lines: lineReader{in: bufio.NewReaderSize(r, readSize)},
		raw:   merkleTree{rule: RuleRaw}, byText: merkleTree{rule: RuleText},
		last: []byte(Genesis),
	}
}

// count is the number of entries that were read.
func (l *logReader) count() uint64 { return l.raw.count }

// summary is that of the entries that were read, at least one.
func (l *logReader) summary() LogSummary {
	raw, _ := l.raw.root()
	byText, _ := l.byText.root()
	return LogSummary{
		ServerID: l.server, Count: l.count(), First: l.first, Last: string(l.last), RawRoot: HashText(raw), TextRoot: HashText(byText),
		Ambiguous: l.ambiguous, Further: l.further, Unended: l.unended,
	}
}

// next reads and judges one entry; false at the end of the log.
func (l *logReader) next() (bool, error) {
	line, ended, err := l.lines.next()
	switch {
	case err == io.EOF && l.count() == 0:
		return false, &LogFault{Text: "the log is empty"}
	case err == io.EOF:
		return false, nil
	case errors.Is(err, errLongLine):
		return false, l.fault(err.Error())
	case err != nil:
		return false, err
	case len(bytes.TrimSpace(line)) == 0:
		return false, l.fault("the line is blank: each line is an entry")
	}
	if err := l.rec.parse(line); err != nil {
		text := printable.Text(reason(err), maxReason)
		if !ended {
			return false, l.fault("the log is cut off here: its last line has no end and is no entry: " + text)
		}
		return false, l.fault("no entry: " + text)
	}
	l.unended = !ended
	return true, l.take()
}

// take judges the entry that was parsed, and adds it to what was read.
func (l *logReader) take() error {
	f := &l.rec.fields
	if l.count() == 0 {
		l.first, l.server = string(f[fieldThis]), string(f[fieldServerID])
		for _, i := range []int{fieldInputs, fieldOutputs} {
			if string(f[i]) != Genesis {
				return l.differ("the first entry begins the log, so its "+fieldName(i)+" must be zeros", f[i], []byte(Genesis))
			}
		}
	}
	if string(f[fieldServerID]) != l.server {
		return l.fault(fmt.Sprintf("the entry is of server %s, the log of %s", strictjson.Quoted(string(f[fieldServerID])), strictjson.Quoted(l.server)))
	}
	if !bytes.Equal(f[fieldPrevious], l.last) {
		text := "previous_log_hash is not the hash of the entry before"
		if l.count() == 0 {
			text = "the first entry begins the log, so its previous_log_hash must be zeros"
		}
		return l.differ(text, f[fieldPrevious], l.last)
	}
	l.text = l.rec.canonical(l.text[:0])
	sum := sha256.Sum256(l.text)
	l.last = appendHash(l.last[:0], sum)
	if !bytes.Equal(f[fieldThis], l.last) {
		return l.differ("this_log_hash is not the hash of the entry", f[fieldThis], l.last)
	}
	if l.rec.ambiguous() {
		l.ambiguous++
	}
	if l.rec.further {
		l.further++
	}
	proven := l.count()+1 == l.prove
	if proven {
		l.proven = l.rec.entry()
	}
	l.raw.add(sum, proven)
	l.byText.add(sum, proven)
	return nil
}

// fault is one of the line after the entries that were read.
func (l *logReader) fault(text string) *LogFault { return &LogFault{Line: l.count() + 1, Text: text} }

func (l *logReader) differ(text string, stored, computed []byte) *LogFault {
	f := l.fault(text)
	f.Stored, f.Computed = string(stored), string(computed)
	return f
}

// reason is what a parser says, without its name.
func reason(err error) string { return strings.TrimPrefix(err.Error(), "jsontext: ") }

const (
	readSize  = 256 << 10 // bytes that are read at a time
	maxReason = 300       // runes of a parser's error that are shown
)

var errLongLine = fmt.Errorf("the line is longer than %d bytes", MaxLine)

// A lineReader reads lines of any length up to MaxLine.
type lineReader struct {
	in   *bufio.Reader // smaller than a line may be
	long []byte        // of a line that does not fit into it
}

// next returns a line without its line feed, valid until the next call; ended is
// false where there was none. The error is io.EOF behind the last line.
func (l *lineReader) next() (line []byte, ended bool, err error) {
	line, err = l.in.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		for l.long = l.long[:0]; err == bufio.ErrBufferFull && len(l.long) <= MaxLine; line, err = l.in.ReadSlice('\n') {
			l.long = append(l.long, line...)
		}
		l.long = append(l.long, line...)
		line = l.long
	}
	ended = err == nil
	line = bytes.TrimSuffix(line, []byte{'\n'})
	switch {
	case err != nil && err != io.EOF && err != bufio.ErrBufferFull:
		return nil, false, err
	case len(line) > MaxLine:
		return nil, false, errLongLine
	case err == io.EOF && len(line) == 0:
		return nil, false, io.EOF
	}
	return line, ended, nil
}
