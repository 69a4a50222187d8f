package registry

// Changes are what is different in a later month. Order: by id, pointer, name.
type Changes struct {
	Maintainers, Servers Roster
	Multisig             []Change // pointers begin with /multisig_config
	Logs                 []LogChange
	Other                []Change // of members this package does not know
}

// A Roster is how a list of parties changed.
type Roster struct{ Joined, Left, Changed []Party }

// A Party is a maintainer or a server.
type Party struct {
	ID     string   // of a maintainer in decimals
	Name   string   // of a server its operator's; the later one
	Fields []Change // all of them where it joined or left; pointers within it
}

// A Change is one value that is new, gone or another. Values are JSON texts of
// others, at most a few levels deep: containers are compared member by member.
type Change struct {
	Pointer  string // RFC 6901
	Old, New string // "" where it is not there
}

// A LogChange is how the summary of one audit log changed.
type LogChange struct {
	ServerID string
	Old, New Summary // zero where there is none
	Fields   []Change
	// Rewritten: fewer entries than before, another first entry, or other entries
	// in the same number. A log that is only appended to does none of that.
	Rewritten bool
}

// Empty reports whether nothing changed.
func (c Changes) Empty() bool {
	roster := func(r Roster) int { return len(r.Joined) + len(r.Left) + len(r.Changed) }
	return roster(c.Maintainers)+roster(c.Servers)+len(c.Multisig)+len(c.Logs)+len(c.Other) == 0
}

// Diff is what b says otherwise than a. Timestamps and links are left out: they
// always differ.
func Diff(a, b *Month) Changes { return Changes{} }
