// Package strictjson reads JSON so that every reader of it reads the same, says
// by line and pointer what is wrong with it, and writes it in one form. It is for
// files whose bytes are hashed: registries and evidence records.
//
// Start at New, which begins to read a text: each package walks through its own
// format by the methods of the Cursor that it returns, and End hands out the
// Faults. Canonical lays JSON out as it is written.
//
// Refused are numbers that are not integers within ±MaxInt, names that are in an
// object twice, more than MaxDepth levels, text that is not UTF-8, a byte order
// mark, and anything after the first value. Canonical text has the values of RFC
// 8785 (members sorted, its strings, its numbers), laid out with two spaces a
// level, each member and element on a line of its own, and one line feed at the
// end. Without white space it is RFC 8785 to the letter.
//
// It maps nothing to Go types by itself, and judges no member it is not asked about.
package strictjson

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Limits of what is read, beside the size that New is given.
const (
	MaxDepth  = 64        // levels of objects and arrays, the whole text's own included
	MaxFaults = 100       // faults that are listed; reading ends at the last of them
	MaxInt    = 1<<53 - 1 // the largest integer that every reader of JSON reads as it is written
	MaxShown  = 60        // runes of a foreign text that a fault shows

	maxPointer = 1024 // bytes of a pointer; names may be as long as the text
)

// A Value is the text of one JSON value.
type Value = jsontext.Value

// Canonical lays JSON out in the form that the package comment has.
func Canonical(raw []byte) ([]byte, error) {
	b, err := jsontext.AppendFormat(make([]byte, 0, len(raw)+len(raw)/2), raw, jsontext.CanonicalizeRawInts(true), jsontext.ReorderRawObjects(true),
		jsontext.Multiline(true), jsontext.WithIndent("  "))
	if err != nil {
		return nil, err
	}
	return append(b, '\n'), nil
}

// Quote is the JSON string of s. Bytes that are not UTF-8 become U+FFFD.
func Quote(s string) Value {
	b, err := jsontext.AppendQuote(nil, strings.ToValidUTF8(s, "\ufffd"))
	if err != nil {
		panic("strictjson: quote: " + err.Error())
	}
	return b
}
