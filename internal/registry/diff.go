package registry

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// Changes are what is different in a later month.
type Changes struct {
	Maintainers, Servers Roster
	Multisig             []Change    // pointers from the top of the file
	Logs                 []LogChange // by server_id
	Other                []Change    // of members this package does not know, likewise
}

// A Roster is how a list of parties changed, by id.
type Roster struct{ Joined, Left, Changed []Party }

// A Party is a maintainer or a server.
type Party struct {
	ID     string   // of a maintainer in decimals
	Name   string   // of a server its operator's; the later one where it changed
	Fields []Change // all of them where it joined or left; pointers within it
}

// A Change is one value that is new, gone or another. Objects are compared member
// by member, everything else as a whole. Old and New are compact JSON, canonical,
// and foreign text.
type Change struct {
	Pointer  string // RFC 6901, foreign text
	Old, New string // "" where it is not there
}

// A LogChange is how the summary of one audit log changed.
type LogChange struct {
	ServerID  string
	Old, New  Summary // zero where there is none
	Fields    []Change
	Rewritten bool // by Summary.Rewrites, where both months have one
}

// Empty reports whether nothing changed.
func (c Changes) Empty() bool {
	roster := func(r Roster) int { return len(r.Joined) + len(r.Left) + len(r.Changed) }
	return roster(c.Maintainers)+roster(c.Servers)+len(c.Multisig)+len(c.Logs)+len(c.Other) == 0
}

// Diff is what b says otherwise than a. Both must be from Parse, and without
// faults. How they are written, their timestamps and links make no difference.
func Diff(a, b *Month) Changes {
	then, now := members(a.raw), members(b.raw)
	changes := Changes{
		Maintainers: roster(a.Maintainers, b.Maintainers,
			func(m Maintainer) int64 { return m.ID },
			func(m Maintainer) Party { return Party{ID: strconv.FormatInt(m.ID, 10), Name: m.Name} },
			func(m Maintainer) Value { return m.Raw }),
		Servers: roster(a.Servers, b.Servers,
			func(s Server) string { return s.ID },
			func(s Server) Party { return Party{ID: s.ID, Name: s.Operator.Name} },
			func(s Server) Value { return s.Raw }),
		Logs: logChanges(a, b, members(then["audit_logs"]), members(now["audit_logs"])),
	}
	for _, name := range names(then, now) {
		switch name {
		case "version", "timestamp", "previous_registry_hash", "maintainers", "authorized_servers", "audit_logs":
		case "multisig_config":
			changes.Multisig = compare(changes.Multisig, pointerTo(name), then[name], now[name])
		default:
			changes.Other = compare(changes.Other, pointerTo(name), then[name], now[name])
		}
	}
	return changes
}

// roster compares two lists of parties by their ids.
func roster[T any, K cmp.Ordered](a, b []T, id func(T) K, party func(T) Party, raw func(T) Value) Roster {
	index := func(list []T) map[K]T {
		byID := make(map[K]T, len(list))
		for _, p := range list {
			byID[id(p)] = p
		}
		return byID
	}
	var r Roster
	before, after := index(a), index(b)
	for _, k := range names(before, after) {
		then, was := before[k]
		now, is := after[k]
		switch {
		case !was:
			r.Joined = append(r.Joined, withFields(party(now), nil, raw(now)))
		case !is:
			r.Left = append(r.Left, withFields(party(then), raw(then), nil))
		case !bytes.Equal(raw(then), raw(now)):
			if p := withFields(party(now), raw(then), raw(now)); len(p.Fields) > 0 {
				r.Changed = append(r.Changed, p)
			}
		}
	}
	return r
}

func withFields(p Party, then, now Value) Party {
	p.Fields = compareMembers(nil, "", members(then), members(now))
	return p
}

func logChanges(a, b *Month, then, now map[string]Value) []LogChange {
	var changes []LogChange
	for _, id := range names(then, now) {
		fields := compareMembers(nil, "", members(then[id]), members(now[id]))
		if len(fields) == 0 {
			continue
		}
		was, is := a.AuditLogs[id], b.AuditLogs[id]
		c := LogChange{ServerID: id, Old: was, New: is, Fields: fields}
		c.Rewritten = then[id] != nil && now[id] != nil && is.Rewrites(was)
		changes = append(changes, c)
	}
	return changes
}

// maxCompared is how long a pointer may be, in bytes, at which objects are compared
// member by member.
const maxCompared = 1024

// compare adds how a value at a pointer changed; nil is none.
func compare(changes []Change, pointer string, then, now Value) []Change {
	if then.Kind() == jsontext.KindBeginObject && now.Kind() == jsontext.KindBeginObject && len(pointer) < maxCompared {
		return compareMembers(changes, pointer, members(then), members(now))
	}
	if was, is := compact(then), compact(now); was != is {
		changes = append(changes, Change{pointer, was, is})
	}
	return changes
}

func compareMembers(changes []Change, pointer string, then, now map[string]Value) []Change {
	for _, name := range names(then, now) {
		if !bytes.Equal(then[name], now[name]) {
			changes = compare(changes, string(jsontext.Pointer(pointer).AppendToken(name)), then[name], now[name])
		}
	}
	return changes
}

// members are those of an object that was judged before; nil has none.
func members(object Value) map[string]Value {
	if object == nil {
		return nil
	}
	found := map[string]Value{}
	c := newCursor(object)
	c.Object(nil, func(name string) { found[name] = c.Value() })
	return found
}

// compact is a value's canonical text, "" of none.
func compact(v Value) string {
	if v == nil {
		return ""
	}
	text := bytes.Clone(v)
	if err := (*Value)(&text).Canonicalize(jsontext.CanonicalizeRawInts(true)); err != nil {
		panic("registry: diff of a month with faults: " + err.Error())
	}
	return string(text)
}

// names are the keys of either, sorted.
func names[K cmp.Ordered, V any](a, b map[K]V) []K {
	all := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(all)
	return slices.Compact(all)
}
