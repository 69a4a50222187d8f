package strictjson

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/openllmo/git-anchor/internal/printable"
)

// A Cursor walks once through a JSON text and collects what is wrong with it. When
// the text cannot be read on, it stops: from then on there is nothing more.
type Cursor struct {
	raw     []byte
	dec     *jsontext.Decoder
	faults  Faults
	stopped bool
}

// New begins to read a text of at most so many bytes, which must not be changed
// while the Cursor and what it returned are in use.
func New(raw []byte, most int) *Cursor {
	c := &Cursor{raw: raw, dec: jsontext.NewDecoder(bytes.NewBuffer(raw))}
	switch {
	case len(raw) > most:
		c.stop(0, "", "%d bytes are more than the limit of %d", len(raw), most)
	case bytes.HasPrefix(raw, []byte("\ufeff")):
		c.stop(0, "", "it starts with a byte order mark (EF BB BF): save it without one")
	case len(bytes.TrimLeft(raw, " \t\r\n")) == 0:
		c.stop(0, "", "it is empty")
	}
	return c
}

// Fault adds what is wrong with the value read last.
func (c *Cursor) Fault(format string, args ...any) {
	c.FaultAt(c.Offset(), c.Pointer(), format, args...)
}

// FaultAt adds a fault on the line of an offset. Where the list is full, it stops.
func (c *Cursor) FaultAt(offset int, pointer, format string, args ...any) {
	if c.stopped {
		return
	}
	if len(pointer) > maxPointer {
		pointer = strings.ToValidUTF8(pointer[:maxPointer], "") + "…"
	}
	line := 1 + bytes.Count(c.raw[:offset], []byte("\n"))
	c.faults = append(c.faults, Fault{pointer, line, fmt.Sprintf(format, args...)})
	c.stopped = len(c.faults) >= MaxFaults
}

func (c *Cursor) stop(offset int, pointer, format string, args ...any) {
	c.FaultAt(offset, pointer, format, args...)
	c.stopped = true
}

// Offset is where the token read last ends.
func (c *Cursor) Offset() int { return int(c.dec.InputOffset()) }

// Pointer leads to the value read last.
func (c *Cursor) Pointer() string { return string(c.dec.StackPointer()) }

// Peek is the kind of the next token, KindInvalid at the end.
func (c *Cursor) Peek() jsontext.Kind {
	if c.stopped {
		return jsontext.KindInvalid
	}
	return c.dec.PeekKind()
}

// token reads on and judges what holds for all JSON here: depth and numbers.
func (c *Cursor) token() jsontext.Token {
	if c.stopped {
		return jsontext.Token{}
	}
	t, err := c.dec.ReadToken()
	if err != nil {
		c.syntax(err)
		return jsontext.Token{}
	}
	switch t.Kind() {
	case jsontext.KindBeginObject, jsontext.KindBeginArray:
		if c.dec.StackDepth() > MaxDepth {
			c.stop(c.Offset(), c.Pointer(), "it is nested more than %d levels deep", MaxDepth)
		}
	case jsontext.KindNumber:
		if s := t.String(); !IsInteger(s) {
			c.Fault("%s", NotInteger(s))
		}
	}
	return t
}

// IsInteger reports whether a number of JSON is one of ours: an integer within
// ±MaxInt, without fraction or exponent.
func IsInteger(number string) bool {
	if strings.ContainsAny(number, ".eE") {
		return false
	}
	n, err := strconv.ParseInt(number, 10, 64)
	return err == nil && -MaxInt <= n && n <= MaxInt
}

// NotInteger says of a number that it is none of ours.
func NotInteger(number string) string {
	return fmt.Sprintf("%s is not an integer from -(2^53-1) to 2^53-1 in decimal digits: write it as a string", printable.Text(number, MaxShown))
}

// syntax stops at what is not JSON.
func (c *Cursor) syntax(err error) {
	at, pointer, text := len(c.raw), "", err.Error()
	if s := (*jsontext.SyntacticError)(nil); errors.As(err, &s) {
		at, pointer = min(int(s.ByteOffset), len(c.raw)), string(s.JSONPointer)
		text = "not JSON: " + s.Err.Error()
	}
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		text = "it ends in the middle: it is cut off"
	case errors.Is(err, jsontext.ErrDuplicateName):
		text = "this name is there twice"
	}
	c.stop(at, pointer, "%s", printable.Text(text, 4*MaxShown))
}

// End judges what follows the one value, and returns all that is wrong with the
// text, nil where nothing is.
func (c *Cursor) End() Faults {
	if c.stopped {
		return c.faults
	}
	if rest := bytes.TrimLeft(c.raw[c.Offset():], " \t\r\n"); len(rest) > 0 {
		c.stop(len(c.raw)-len(rest), "", "there is something after the end of the first JSON value")
	}
	return c.faults
}

// enter reads the opening of an object or array, or something else with a fault.
// at is where it is.
func (c *Cursor) enter(kind jsontext.Kind) (at int, ok bool) {
	found := c.Peek()
	if found != kind {
		c.Mismatch(KindName(kind))
		return 0, false
	}
	c.token()
	return c.Offset() - 1, !c.stopped
}

// more reports whether the object or array that was entered goes on; at its end it
// reads the closing.
func (c *Cursor) more() bool {
	switch c.Peek() {
	case jsontext.KindEndObject, jsontext.KindEndArray:
		c.token()
		return false
	}
	// What cannot be peeked at is an error, which the next read tells.
	return !c.stopped
}

// Object reads an object, which must have the members named. member is called
// after each name, and reads its value. Between at and the offset is its text.
func (c *Cursor) Object(required []string, member func(name string)) (at int, ok bool) {
	at, ok = c.enter(jsontext.KindBeginObject)
	if !ok {
		return 0, false
	}
	seen := make([]bool, len(required))
	for c.more() {
		name := c.token().String()
		for i := range required {
			seen[i] = seen[i] || required[i] == name
		}
		if !c.stopped {
			member(name)
		}
	}
	for i, name := range required {
		if !seen[i] {
			c.FaultAt(at, c.Pointer(), "%s is missing", name)
		}
	}
	return at, !c.stopped
}

// Array reads an array. element is called for each, and reads it.
func (c *Cursor) Array(element func(i int)) (n, at int, ok bool) {
	at, ok = c.enter(jsontext.KindBeginArray)
	if !ok {
		return 0, 0, false
	}
	for ; c.more(); n++ {
		element(n)
	}
	return n, at, !c.stopped
}

// Skip reads one value, whatever it is.
func (c *Cursor) Skip() {
	depth := c.dec.StackDepth()
	c.token()
	c.leave(depth)
}

// leave reads on to the end of what is open below a depth.
func (c *Cursor) leave(depth int) {
	for !c.stopped && c.dec.StackDepth() > depth {
		c.token()
	}
}

// From is the text from an offset to what was read last, a part of the whole text.
func (c *Cursor) From(at int) Value { return Value(c.raw[at:c.Offset()]) }

// Value reads one value, whatever it is, and returns its text, a part of the whole text;
// nil where it cannot be read.
func (c *Cursor) Value() Value {
	begin := c.Offset()
	c.Skip()
	if c.stopped {
		return nil
	}
	return Value(bytes.TrimLeft(c.raw[begin:c.Offset()], " \t\r\n:,"))
}

// Mismatch reads a value of the wrong kind, with a fault.
func (c *Cursor) Mismatch(want string) {
	found := c.Peek()
	depth := c.dec.StackDepth()
	c.token()
	if found != jsontext.KindInvalid {
		c.Fault("it is %s, want %s", KindName(found), want)
	}
	c.leave(depth)
}

// KindName is what a kind of JSON is called, with its article.
func KindName(k jsontext.Kind) string {
	switch k {
	case jsontext.KindNull:
		return "null"
	case jsontext.KindTrue, jsontext.KindFalse:
		return "a boolean"
	case jsontext.KindString:
		return "a string"
	case jsontext.KindNumber:
		return "a number"
	case jsontext.KindBeginObject:
		return "an object"
	default:
		return "an array"
	}
}
