package strictjson

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Str reads a string.
func (c *Cursor) Str() (string, bool) {
	if c.Peek() != jsontext.KindString {
		c.Mismatch("a string")
		return "", false
	}
	t := c.token()
	if c.stopped {
		return "", false
	}
	return t.String(), true
}

// StrOrNull reads a string; null is "".
func (c *Cursor) StrOrNull() string {
	switch c.Peek() {
	case jsontext.KindString:
		s, _ := c.Str()
		return s
	case jsontext.KindNull:
		c.token()
	default:
		c.Mismatch("a string or null")
	}
	return ""
}

// Boolean reads true or false.
func (c *Cursor) Boolean() bool {
	switch c.Peek() {
	case jsontext.KindTrue, jsontext.KindFalse:
		return c.token().Kind() == jsontext.KindTrue
	}
	c.Mismatch("true or false")
	return false
}

// Integer reads an integer that is not less than least.
func (c *Cursor) Integer(least int64) (int64, bool) {
	if c.Peek() != jsontext.KindNumber {
		c.Mismatch("an integer")
		return 0, false
	}
	s := c.token().String()
	if !IsInteger(s) {
		return 0, false // token has said so
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < least {
		c.Fault("it is %s, want at least %d", s, least)
		return 0, false
	}
	return n, true
}

// OneOf reads a string that must be one of these.
func (c *Cursor) OneOf(words ...string) string {
	s, ok := c.Str()
	if !ok {
		return ""
	}
	for _, w := range words {
		if s == w {
			return w
		}
	}
	c.Fault("it is %s, want one of %s", Quoted(s), strings.Join(words, ", "))
	return ""
}

var rfc3339 = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|\+00:00)$`)

// InUTC reports whether a text has the form of RFC 3339 in UTC, with at most nine
// digits of a second; time.Parse alone is laxer.
func InUTC(s string) bool { return rfc3339.MatchString(s) }

// Time reads a time in UTC; time.Parse alone is laxer than RFC 3339.
func (c *Cursor) Time() time.Time {
	s, ok := c.Str()
	if !ok {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || !InUTC(s) {
		c.Fault("it is %s, want a time in UTC like 2026-01-01T00:00:00Z", Quoted(s))
		return time.Time{}
	}
	return t.UTC()
}
