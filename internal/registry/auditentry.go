package registry

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// An Entry is one entry of an audit log. Its hash covers all of it but
// ThisLogHash, as a text without any escaping: entries that differ can have the
// same one, see Ambiguous. Of an entry that is not Ambiguous the text shows all but
// two things: the offset that Timestamp was written with, and whether two items of
// the metadata were one whose value held the comma between them.
type Entry struct {
	JobID           string            `json:"job_id"`
	JobType         string            `json:"job_type"`
	Timestamp       string            `json:"timestamp"` // as it is stored: RFC 3339, with any offset
	ServerID        string            `json:"server_id"`
	InputsHash      string            `json:"inputs_hash"`
	OutputsHash     string            `json:"outputs_hash"`
	PreviousLogHash string            `json:"previous_log_hash"`
	ThisLogHash     string            `json:"this_log_hash"`
	Metadata        map[string]string `json:"metadata"`
}

// Ambiguous reports whether the entry is not what its canonical text reads as: a
// text of exactly seven "|", at which the fields end, the metadata's items ending at
// each "," and their keys at the first ":". So no field, key or value may hold "|",
// no key ":" or ",", and no value ",".
func (e Entry) Ambiguous() bool { return e.record().ambiguous() }

func (e Entry) record() *record {
	rec := &record{}
	for i, s := range []string{e.JobID, e.JobType, e.Timestamp, e.ServerID, e.InputsHash, e.OutputsHash, e.PreviousLogHash, e.ThisLogHash} {
		rec.fields[i] = []byte(s)
	}
	for k, v := range e.Metadata {
		rec.items = append(rec.items, metaItem{[]byte(k + ":" + v), len(k)})
	}
	rec.sort()
	return rec
}

// The fields of an entry that are strings, in the order of the canonical text;
// what is behind fieldPrevious is not in it.
const (
	fieldJobID = iota
	fieldJobType
	fieldTimestamp
	fieldServerID
	fieldInputs
	fieldOutputs
	fieldPrevious
	fieldThis
	fieldCount
)

// fieldName is what a field is called in JSON and in the canonical text.
func fieldName(i int) string {
	return [fieldCount]string{"job_id", "job_type", "timestamp", "server_id", "inputs_hash", "outputs_hash", "previous_log_hash", "this_log_hash"}[i]
}

const fieldMetadata = "metadata"

// A record is an entry as bytes, in buffers that serve for one line after the
// other.
type record struct {
	fields  [fieldCount][]byte
	items   []metaItem // sorted
	further bool       // it has members that the hash does not cover
	text    []byte     // what unquoted strings are in
	line    bytes.Reader
	dec     *jsontext.Decoder // of line, nil before the first
}

// A metaItem is a key and value of the metadata as "key:value".
type metaItem struct {
	text []byte
	key  int // length of the key
}

func (rec *record) sort() {
	slices.SortFunc(rec.items, func(a, b metaItem) int { return bytes.Compare(a.text, b.text) })
}

// entry is a copy of the record that owns its strings.
func (rec *record) entry() Entry {
	f := func(i int) string { return string(rec.fields[i]) }
	e := Entry{
		JobID: f(fieldJobID), JobType: f(fieldJobType), Timestamp: f(fieldTimestamp), ServerID: f(fieldServerID), InputsHash: f(fieldInputs),
		OutputsHash: f(fieldOutputs), PreviousLogHash: f(fieldPrevious), ThisLogHash: f(fieldThis), Metadata: map[string]string{},
	}
	for _, m := range rec.items {
		e.Metadata[string(m.text[:m.key])] = string(m.text[m.key+1:])
	}
	return e
}

// check judges the form of each field.
func (rec *record) check() error {
	for i := fieldInputs; i <= fieldThis; i++ {
		if !isHash(rec.fields[i]) {
			return fmt.Errorf("%s is not \"sha256:\" and 64 lower-case hex digits: %q", fieldName(i), clipped(rec.fields[i]))
		}
	}
	if !isTimestamp(rec.fields[fieldTimestamp]) {
		return fmt.Errorf("timestamp is not RFC 3339 with at most nine digits of a second: %q", clipped(rec.fields[fieldTimestamp]))
	}
	return nil
}

// canonical appends the text that is hashed, of a record that check has passed.
func (rec *record) canonical(b []byte) []byte {
	for i := fieldJobID; i <= fieldPrevious; i++ {
		b = append(append(b, fieldName(i)...), ':')
		if i == fieldTimestamp {
			b = appendUTC(b, rec.fields[i])
		} else {
			b = append(b, rec.fields[i]...)
		}
		b = append(b, '|')
	}
	b = append(b, fieldMetadata+":"...)
	for i, m := range rec.items {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, m.text...)
	}
	return b
}

func (rec *record) ambiguous() bool {
	for _, f := range rec.fields[:fieldThis] {
		if bytes.IndexByte(f, '|') >= 0 {
			return true
		}
	}
	return slices.ContainsFunc(rec.items, func(m metaItem) bool {
		return bytes.IndexByte(m.text[:m.key], ':') >= 0 || bytes.ContainsAny(m.text, ",|")
	})
}

const (
	hashPrefix = "sha256:"
	hashLen    = len(hashPrefix) + 2*sha256.Size
)

// IsHash reports whether a text is a hash as registries and logs write it:
// "sha256:" and 64 lower-case hex digits.
func IsHash(text string) bool { return isHash([]byte(text)) }

func isHash(text []byte) bool {
	if len(text) != hashLen || string(text[:len(hashPrefix)]) != hashPrefix {
		return false
	}
	other := uint32(0) // no branches: digits cannot be predicted
	for _, c := range text[len(hashPrefix):] {
		digit, letter := uint32(c-'0'), uint32(c-'a') // below 10, below 6
		other |= ^(digit - 10) & ^(letter - 6)
	}
	return other>>31 == 0
}

func appendHash(b []byte, sum [sha256.Size]byte) []byte {
	return hex.AppendEncode(append(b, hashPrefix...), sum[:])
}

// HashText is a hash as registries and logs write it: "sha256:" and 64 lower-case hex
// digits.
func HashText(sum [sha256.Size]byte) string { return string(appendHash(nil, sum)) }

// readHash is the digest of a text that isHash accepts.
func readHash(text []byte) (sum [sha256.Size]byte, ok bool) {
	if !isHash(text) {
		return sum, false
	}
	_, err := hex.Decode(sum[:], text[len(hashPrefix):])
	return sum, err == nil
}

// clipped is as much of a foreign text as an error names.
func clipped(text []byte) []byte { return text[:min(len(text), 80)] }
