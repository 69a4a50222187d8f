package registry

import (
	"bytes"
	"maps"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/openllmo/git-anchor/internal/strictjson"
)

// A Content is what a month says besides its version, timestamp and link.
type Content struct{ members map[string]Value }

// own are the members that a content cannot have, because Write sets them.
func own() []string { return []string{"version", "timestamp", "previous_registry_hash"} }

const setByWrite = "it is set when the month is made: leave it out"

// NewContent is the content of these members of a month's file: maintainers,
// multisig_config, authorized_servers and audit_logs (left out: none) and any that
// this package does not know. The map and the values are the Content's from then on.
func NewContent(members map[string]Value) Content { return Content{members} }

// ReadContent reads a content from one JSON object, as a command prints it:
// maintainers and multisig_config must be there, version, timestamp and
// previous_registry_hash must not. Lists are as ReadSource has them: none is empty,
// where there are no servers authorized_servers is left out. The error is Faults.
// That the values are good is for Write to say.
func ReadContent(raw []byte) (Content, error) {
	raw = bytes.Clone(raw)
	members := map[string]Value{}
	c := newCursor(raw)
	c.Object([]string{"maintainers", "multisig_config"}, func(name string) {
		members[name] = c.Value()
		switch {
		case slices.Contains(own(), name):
			c.Fault(setByWrite)
		case members[name] != nil && (name == "maintainers" || name == "authorized_servers"):
			var err error
			if members[name], err = settle(members[name], nil); err != nil {
				c.Fault("%v", err)
			}
		}
	})
	if faults := c.End(); len(faults) > 0 {
		return Content{}, faults
	}
	return Content{members}, nil
}

// AuditLogs is the value of audit_logs for these summaries, by server_id.
func AuditLogs(logs map[string]Summary) Value {
	var b bytes.Buffer
	enc := jsontext.NewEncoder(&b, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)) // for Parse to tell
	tokens := []jsontext.Token{jsontext.BeginObject}
	for _, id := range slices.Sorted(maps.Keys(logs)) {
		s := logs[id]
		tokens = append(tokens, jsontext.String(id), jsontext.BeginObject,
			jsontext.String("entries_count"), jsontext.Uint(s.Count),
			jsontext.String("first_entry_hash"), jsontext.String(s.First),
			jsontext.String("last_entry_hash"), jsontext.String(s.Last),
			jsontext.String("merkle_root"), jsontext.String(s.Root), jsontext.EndObject)
	}
	for _, t := range append(tokens, jsontext.EndObject) {
		if err := enc.WriteToken(t); err != nil {
			panic("registry: summaries are no JSON: " + err.Error())
		}
	}
	return Value(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// Write makes the file of a month in canonical form, and returns it with the month
// as Parse would read it. previous is the Hash of the month before, or Genesis. The
// bytes are parsed again: the error is Faults where the content is no good, which
// have no line, as there is no file.
func Write(p Period, timestamp time.Time, previous string, c Content) ([]byte, *Month, error) {
	members := map[string]Value{"authorized_servers": Value("[]"), "audit_logs": Value("{}")}
	maps.Copy(members, c.members)
	for i, s := range []string{p.String(), timestamp.UTC().Format(time.RFC3339Nano), previous} {
		if name := own()[i]; members[name] != nil {
			return nil, nil, Faults{{Pointer: "/" + name, Text: setByWrite}}
		} else {
			members[name] = strictjson.Quote(s)
		}
	}
	raw, err := object(members)
	if err != nil {
		return nil, nil, err
	}
	if raw, err = strictjson.Canonical(raw); err != nil {
		return nil, nil, err
	}
	m, faults := judge(p, raw)
	if faults.Unplace(); len(faults) > 0 {
		return nil, nil, faults
	}
	m.Canonical = true
	return raw, m, nil
}

// object is the JSON object of these members. Each value is looked at alone, so
// that none can bring members of its own.
func object(members map[string]Value) (Value, error) {
	b := []byte("{")
	for _, name := range slices.Sorted(maps.Keys(members)) {
		v := members[name]
		c := newCursor(v)
		c.Skip()
		if faults := c.End(); len(faults) > 0 {
			f := faults[0]
			f.Pointer, f.Line = pointerTo(name)+f.Pointer, 0
			return nil, Faults{f}
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(append(b, strictjson.Quote(name)...), ':'), v...)
	}
	return append(b, '}'), nil
}

// pointerTo is the pointer to a member of the top object.
func pointerTo(name string) string { return string(jsontext.Pointer("").AppendToken(name)) }
