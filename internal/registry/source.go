package registry

import (
	"bytes"
	"fmt"
	"path"
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
// Dates of TOML become RFC 3339 in UTC; scalars of YAML that JSON has no type for
// keep their text. Refused are numbers that are not integers within ±(2^53-1),
// names that are there twice, aliases and tags of YAML, more than one document,
// a byte order mark, and an empty file. That the value is good is for Write to say.
func ReadSource(name string, raw []byte, member string) (Value, error) {
	read := readTOML
	switch path.Ext(name) {
	case ".json":
		return pick(bytes.Clone(raw), member)
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
	return pick(v, member)
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
	case found != nil:
		return found, nil
	case whole.Kind() == jsontext.KindNull:
		return nil, fmt.Errorf("it is empty")
	case whole.Kind() == jsontext.KindBeginArray && member != multisigMember:
		return whole, nil
	case whole.Kind() == jsontext.KindBeginObject && member == multisigMember:
		return whole, nil
	case member == multisigMember:
		return nil, fmt.Errorf("it is neither the object %s nor an object with that member", member)
	}
	return nil, fmt.Errorf("it is neither the list %s nor an object with that member", member)
}

const multisigMember = "multisig_config"
