package registry

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"regexp"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/openllmo/git-anchor/internal/strictjson"
)

// MaxMarkup is how long a source in TOML or YAML may be, in bytes: reading these
// takes a hundred times their size in memory.
const MaxMarkup = 4 << 20

// ReadSource reads one member of a month (maintainers, authorized_servers or
// multisig_config) from a file of the repository, whose name ends in .json, .toml,
// .yaml or .yml: the file is the value itself, or an object with that member,
// whatever else it holds. Errors name the line, not the file.
//
// Dates and times of TOML, and any added_at, become RFC 3339 in UTC: a time without
// an offset is taken for UTC, a date for its first moment. Other scalars of YAML
// that JSON has no type for keep their text. Refused are an empty file or list,
// numbers that are not integers within ±(2^53-1), names that are there twice,
// anchors, aliases and tags of YAML, more than one document, and a byte order mark.
// That the value is good is for Write to say.
func ReadSource(name string, raw []byte, member string) (Value, error) {
	read := readTOML
	switch path.Ext(name) {
	case ".json":
		return settle(pick(bytes.Clone(raw), member))
	case ".toml":
	case ".yaml", ".yml":
		read = readYAML
	default:
		return nil, fmt.Errorf("the name %s does not end in .json, .toml, .yaml or .yml, by which it is read", strictjson.Quoted(path.Base(name)))
	}
	if err := checkMarkup(raw); err != nil {
		return nil, err
	}
	v, err := read(raw)
	if err != nil {
		return nil, err
	}
	v, err = settle(pick(v, member))
	if faults := Faults(nil); errors.As(err, &faults) {
		faults.Unplace()
	}
	return v, err
}

// checkMarkup refuses what the readers of TOML and YAML read in ways of their own.
func checkMarkup(raw []byte) error {
	switch {
	case len(raw) > MaxMarkup:
		return fmt.Errorf("%d bytes are more than the limit of %d for TOML and YAML: write it as JSON", len(raw), MaxMarkup)
	case bytes.HasPrefix(raw, []byte("\ufeff")):
		return fmt.Errorf("it starts with a byte order mark (EF BB BF): save it without one")
	case !utf8.Valid(raw):
		return fmt.Errorf("it is not valid UTF-8")
	}
	return nil
}

// pick takes the member out of an object that has it. A list is the value itself,
// and so is an object where the member is one.
func pick(raw []byte, member string) (Value, error) {
	var found, whole Value
	c := newCursor(raw)
	if kind := c.Peek(); kind == jsontext.KindBeginObject {
		at, _ := c.Object(nil, func(name string) {
			if v := c.Value(); name == member {
				found = v
			}
		})
		whole = Value(raw[at:c.Offset()])
	} else {
		whole = c.Value()
	}
	faults := c.End()
	switch {
	case len(faults) > 0:
		return nil, faults
	case found != nil && found.Kind() != kindOf(member):
		return nil, fmt.Errorf("%s is %s, want %s", member, strictjson.KindName(found.Kind()), strictjson.KindName(kindOf(member)))
	case found != nil:
		return found, nil
	case whole.Kind() == jsontext.KindNull:
		return nil, fmt.Errorf("it is empty")
	case whole.Kind() == kindOf(member):
		return whole, nil
	case member == multisigMember:
		return nil, fmt.Errorf("it is neither the object %s nor an object with that member", member)
	}
	return nil, fmt.Errorf("it is neither the list %s nor an object with that member", member)
}

const multisigMember = "multisig_config"

// kindOf is what a member of a source is: an object, or a list.
func kindOf(member string) jsontext.Kind {
	if member == multisigMember {
		return jsontext.KindBeginObject
	}
	return jsontext.KindBeginArray
}

// ErrEmptyList is what is said of a list without an element.
var ErrEmptyList = errors.New("the list is empty: a source that is empty makes no month")

// settle is a value that was picked as a month has it: no list is empty, and what
// was added has a time in UTC.
func settle(v Value, err error) (Value, error) {
	if err != nil || v.Kind() != jsontext.KindBeginArray {
		return v, err
	}
	var settled Value
	done := 0 // of v, up to there
	c := newCursor(v)
	n, _, _ := c.Array(func(int) {
		if c.Peek() != jsontext.KindBeginObject {
			c.Skip()
			return
		}
		c.Object(nil, func(name string) {
			text := c.Value()
			if name != "added_at" || text.Kind() != jsontext.KindString {
				return
			}
			if at, ok := inUTCOf(text); ok {
				settled = append(append(settled, v[done:c.Offset()-len(text)]...), strictjson.Quote(at)...)
				done = c.Offset()
			}
		})
	})
	if n == 0 {
		return nil, ErrEmptyList
	}
	return append(settled, v[done:]...), nil
}

var anyTime = regexp.MustCompile(`^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?)?$`)

// inUTCOf is the time that a JSON string holds, as a month has it. It is not ok
// where it is none, or one that a month can have as it is.
func inUTCOf(text Value) (at string, ok bool) {
	b, err := jsontext.AppendUnquote(nil, text)
	if s := string(b); err == nil && anyTime.MatchString(s) && !strictjson.InUTC(s) {
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", time.DateOnly} {
			if t, err := time.Parse(layout, s); err == nil {
				return t.UTC().Format(time.RFC3339Nano), true
			}
		}
	}
	return "", false
}
