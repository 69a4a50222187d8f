package registry

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// parse reads an entry from one JSON object, and checks its fields' form. What it
// reads is valid until the next call; line is not kept.
func (rec *record) parse(line []byte) error {
	rec.fields = [fieldCount][]byte{}
	rec.items, rec.further = rec.items[:0], false
	rec.text = slices.Grow(rec.text[:0], len(line)) // no string grows when unquoted: it is never moved
	rec.line.Reset(line)
	if rec.dec == nil {
		rec.dec = jsontext.NewDecoder(&rec.line)
	} else {
		rec.dec.Reset(&rec.line)
	}
	if err := rec.read(rec.dec); err != nil {
		return err
	}
	rec.sort()
	return rec.check()
}

func (rec *record) read(dec *jsontext.Decoder) error {
	if dec.PeekKind() != '{' {
		return otherwise(dec, "it is no JSON object")
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	metadata := false
	for dec.PeekKind() == '"' {
		name, err := rec.unquoted(dec)
		if err != nil {
			return err
		}
		if string(name) == fieldMetadata {
			metadata = true
			err = rec.readMetadata(dec)
		} else if i := fieldOf(name); i < fieldCount {
			rec.fields[i], err = rec.readString(dec, fieldName(i))
		} else {
			rec.further = true
			err = dec.SkipValue()
		}
		if err != nil {
			return err
		}
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for i := range rec.fields {
		if rec.fields[i] == nil {
			return fmt.Errorf("%s is missing", fieldName(i))
		}
	}
	if !metadata {
		return fmt.Errorf("%s is missing", fieldMetadata)
	}
	if _, err := dec.ReadToken(); err == nil {
		return errors.New("something follows the entry")
	} else if !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

func (rec *record) readMetadata(dec *jsontext.Decoder) error {
	if dec.PeekKind() != '{' {
		return otherwise(dec, fieldMetadata+" is no object")
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() == '"' {
		start := len(rec.text)
		key, err := rec.unquoted(dec)
		if err != nil {
			return err
		}
		rec.text = append(rec.text, ':')
		if _, err := rec.readString(dec, "a value of "+fieldMetadata); err != nil {
			return err
		}
		rec.items = append(rec.items, metaItem{rec.text[start:], len(key)})
	}
	_, err := dec.ReadToken()
	return err
}

// readString reads a value that must be a string.
func (rec *record) readString(dec *jsontext.Decoder, what string) ([]byte, error) {
	if dec.PeekKind() != '"' {
		return nil, otherwise(dec, what+" is no string")
	}
	return rec.unquoted(dec)
}

// unquoted reads a string, which is appended to rec.text.
func (rec *record) unquoted(dec *jsontext.Decoder) ([]byte, error) {
	raw, err := dec.ReadValue()
	if err != nil {
		return nil, err
	}
	start := len(rec.text)
	if bytes.IndexByte(raw, '\\') < 0 {
		rec.text = append(rec.text, raw[1:len(raw)-1]...)
	} else if rec.text, err = jsontext.AppendUnquote(rec.text, raw); err != nil {
		return nil, err
	}
	return rec.text[start:len(rec.text):len(rec.text)], nil
}

// otherwise is an error about the next value, unless there is no such value.
func otherwise(dec *jsontext.Decoder, text string) error {
	if _, err := dec.ReadValue(); err != nil {
		return err
	}
	return errors.New(text)
}

// fieldOf is the field of that name, fieldCount for none.
func fieldOf(name []byte) int {
	for i := range fieldCount {
		if string(name) == fieldName(i) {
			return i
		}
	}
	return fieldCount
}
