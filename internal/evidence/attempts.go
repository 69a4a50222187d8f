package evidence

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/openllmo/git-anchor/internal/strictjson"
)

// Limits of the log of attempts.
const (
	MaxAttempts    = 64 << 10 // bytes of the log: later attempts are not written down
	maxAttemptLine = 8 << 10  // bytes of one line, its end included where it is written
	maxAttemptText = 300      // bytes of what was said of one calendar, and of its URL; fewer where the line would be too long
)

// An Attempt is one to anchor a record that reached too few calendars. It lies
// beside the record, and is never anchored itself.
type Attempt struct {
	At        time.Time // by the clock of whoever tried
	Calendars []AttemptAnswer
}

// An AttemptAnswer is what became of one calendar.
type AttemptAnswer struct{ URL, Error string } // foreign texts; Error "" where it answered

type attemptJSON struct {
	At        string              `json:"at"`
	Calendars []attemptAnswerJSON `json:"calendars"`
}

type attemptAnswerJSON struct {
	Error string `json:"error,omitempty"`
	URL   string `json:"url"`
}

// AppendAttempt adds a line to a log. Where that is full, or more calendars were
// asked than a line can name, it stays as it is.
func AppendAttempt(log []byte, a Attempt) []byte {
	line := a.line(maxAttemptText)
	for limit := maxAttemptText / 2; len(line) > maxAttemptLine && limit > 0; limit /= 2 {
		line = a.line(limit)
	}
	if len(line) > maxAttemptLine || len(log)+len(line) > MaxAttempts {
		return log
	}
	return append(bytes.Clone(log), line...)
}

// line writes an attempt with texts of at most so many bytes.
func (a Attempt) line(limit int) []byte {
	row := attemptJSON{At: a.At.UTC().Truncate(time.Second).Format(time.RFC3339), Calendars: []attemptAnswerJSON{}}
	for _, c := range a.Calendars {
		row.Calendars = append(row.Calendars, attemptAnswerJSON{short(c.Error, limit), short(c.URL, limit)})
	}
	line, err := json.Marshal(row)
	if err != nil {
		panic("evidence: an attempt is no JSON: " + err.Error())
	}
	return append(line, '\n')
}

// short cuts a text of others at a place where it stays UTF-8.
func short(s string, limit int) string {
	return string(bytes.ToValidUTF8([]byte(s[:min(len(s), limit)]), nil))
}

// ParseAttempts reads a log. The error names the line.
func ParseAttempts(log []byte) ([]Attempt, error) {
	if len(log) > MaxAttempts {
		return nil, fmt.Errorf("%d bytes are more than the limit of %d", len(log), MaxAttempts)
	}
	var all []Attempt
	for n, line := range bytes.Split(bytes.TrimSuffix(log, []byte("\n")), []byte("\n")) {
		var a Attempt
		c := cursor{strictjson.New(line, maxAttemptLine)}
		c.Object([]string{"at", "calendars"}, func(name string) {
			switch name {
			case "at":
				a.At = c.Time()
			case "calendars":
				c.Array(func(int) { a.Calendars = append(a.Calendars, c.answer()) })
			default:
				c.Skip()
			}
		})
		if faults := c.End(); len(faults) > 0 {
			return nil, fmt.Errorf("line %d: %s", n+1, faults[0].Text)
		}
		all = append(all, a)
	}
	return all, nil
}

func (c cursor) answer() (a AttemptAnswer) {
	c.Object([]string{"url"}, func(name string) {
		switch name {
		case "url":
			a.URL, _ = c.Str()
		case "error":
			a.Error, _ = c.Str()
		default:
			c.Skip()
		}
	})
	return a
}
