package registry

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// str reads a string.
func (c *cursor) str() (string, bool) {
	if c.peek() != jsontext.KindString {
		c.mismatch("a string")
		return "", false
	}
	t := c.token()
	if c.stopped {
		return "", false
	}
	return t.String(), true
}

// strOrNull reads a string; null is "".
func (c *cursor) strOrNull() string {
	switch c.peek() {
	case jsontext.KindString:
		s, _ := c.str()
		return s
	case jsontext.KindNull:
		c.token()
	default:
		c.mismatch("a string or null")
	}
	return ""
}

func (c *cursor) boolean() bool {
	switch c.peek() {
	case jsontext.KindTrue, jsontext.KindFalse:
		return c.token().Kind() == jsontext.KindTrue
	}
	c.mismatch("true or false")
	return false
}

// integer reads an integer that is not less than least.
func (c *cursor) integer(least int64) (int64, bool) {
	if c.peek() != jsontext.KindNumber {
		c.mismatch("an integer")
		return 0, false
	}
	s := c.token().String()
	if !isInteger(s) {
		return 0, false // token has said so
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < least {
		c.fault("it is %s, want at least %d", s, least)
		return 0, false
	}
	return n, true
}

// oneOf reads a string that must be one of these.
func (c *cursor) oneOf(words ...string) string {
	s, ok := c.str()
	if !ok {
		return ""
	}
	for _, w := range words {
		if s == w {
			return w
		}
	}
	c.fault("it is %s, want one of %s", quoted(s), strings.Join(words, ", "))
	return ""
}

// hash reads "sha256:" and 64 hex digits.
func (c *cursor) hash() string {
	s, ok := c.str()
	if _, good := readHash([]byte(s)); ok && !good {
		c.fault(`it is %s, want "sha256:" and 64 digits of lower-case hex`, quoted(s))
		return ""
	}
	return s
}

var rfc3339 = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|\+00:00)$`)

// time reads a time in UTC; time.Parse alone is laxer than RFC 3339.
func (c *cursor) time() time.Time {
	s, ok := c.str()
	if !ok {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || !rfc3339.MatchString(s) {
		c.fault("it is %s, want a time in UTC like 2026-01-01T00:00:00Z", quoted(s))
		return time.Time{}
	}
	return t.UTC()
}
