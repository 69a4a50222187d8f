package registry

import (
	"bytes"
	"crypto/sha256"
	"strconv"

	"github.com/openllmo/git-anchor/internal/strictjson"
)

// Parse judges the file of the month p. Where the error is Faults, the month is
// still there, with what could be read: its Period and Digest always, so that its
// place in the chain can be judged too. There is no other error.
//
// The month holds on to raw, which must not be changed.
func Parse(p Period, raw []byte) (*Month, error) {
	m, faults := judge(p, raw)
	if len(faults) > 0 {
		return m, faults
	}
	ours, err := strictjson.Canonical(raw)
	m.Canonical = err == nil && bytes.Equal(ours, raw)
	return m, nil
}

// judge is Parse, without a look at how the file is laid out.
func judge(p Period, raw []byte) (*Month, Faults) {
	m := &Month{Period: p, Digest: sha256.Sum256(raw), AuditLogs: map[string]Summary{}, raw: raw}
	c := newCursor(raw)
	c.month(m)
	return m, c.End()
}

// A cursor reads the parts of a month.
type cursor struct{ *strictjson.Cursor }

func newCursor(raw []byte) cursor { return cursor{strictjson.New(raw, MaxFile)} }

func (c cursor) month(m *Month) {
	required := []string{"version", "timestamp", "previous_registry_hash", "maintainers", "authorized_servers", "audit_logs", "multisig_config"}
	c.Object(required, func(name string) {
		switch name {
		case "version":
			m.Version = c.version(m.Period)
		case "timestamp":
			m.Timestamp = c.Time()
		case "previous_registry_hash":
			m.Previous = c.hash()
		case "maintainers":
			m.Maintainers = c.maintainers()
		case "authorized_servers":
			m.Servers = c.servers()
		case "audit_logs":
			c.Object(nil, func(id string) { m.AuditLogs[id] = c.summary() })
		case "multisig_config":
			m.Multisig = c.multisig()
		default:
			c.Skip()
		}
	})
}

func (c cursor) version(p Period) string {
	s, ok := c.Str()
	switch {
	case !ok || s == p.String():
	case s == "":
		c.Fault(`it is empty, want "%s", the month that the file is named for`, p)
	default:
		c.Fault(`it is %s, and the file is named for %s`, strictjson.Quoted(s), p)
	}
	return s
}

func (c cursor) maintainers() []Maintainer {
	var all []Maintainer
	first := map[int64]int{}
	n, at, ok := c.Array(func(i int) {
		m, at, ok := c.maintainer()
		if ok {
			unique(c, at, first, m.ID, i, "id "+strconv.FormatInt(m.ID, 10))
		}
		all = append(all, m)
	})
	if ok && n == 0 {
		c.FaultAt(at, c.Pointer(), "there is no maintainer, want at least one")
	}
	return all
}

// unique takes note of an id of the element i, which begins at an offset and was
// read last.
func unique[K comparable](c cursor, at int, first map[K]int, id K, i int, shown string) {
	if before, twice := first[id]; twice {
		c.FaultAt(at, c.Pointer(), "%s is there twice, first as number %d of the list", shown, before+1)
		return
	}
	first[id] = i
}

// maintainer reads one, which begins at an offset; ok means that it has an id.
func (c cursor) maintainer() (m Maintainer, at int, ok bool) {
	at, whole := c.Object([]string{"id", "name", "npub", "added_at", "status"}, func(name string) {
		switch name {
		case "id":
			m.ID, ok = c.Integer(-strictjson.MaxInt)
		case "name":
			m.Name, _ = c.Str()
		case "npub":
			m.Npub, _ = c.Str()
		case "added_at":
			m.AddedAt = c.Time()
		case "status":
			m.Status = c.OneOf("active", "inactive")
		default:
			c.Skip()
		}
	})
	if whole {
		m.Raw = c.From(at)
	}
	return m, at, ok
}

func (c cursor) servers() []Server {
	var all []Server
	first := map[string]int{}
	c.Array(func(i int) {
		s, at, ok := c.server()
		if ok {
			unique(c, at, first, s.ID, i, "server_id "+strictjson.Quoted(s.ID))
		}
		all = append(all, s)
	})
	return all
}

// server reads one, which begins at an offset; ok means that it has an id.
func (c cursor) server() (s Server, at int, ok bool) {
	at, whole := c.Object([]string{"server_id", "operator", "keys", "infrastructure", "status", "added_at"}, func(name string) {
		switch name {
		case "server_id":
			s.ID, ok = c.Str()
		case "operator":
			s.Operator = c.operator()
		case "keys":
			s.Keys = c.keys()
		case "infrastructure":
			s.Infrastructure = c.infrastructure()
		case "status":
			s.Status = c.OneOf("active", "retiring", "inactive", "compromised")
		case "added_at":
			s.AddedAt = c.Time()
		default:
			c.Skip()
		}
	})
	if whole {
		s.Raw = c.From(at)
	}
	return s, at, ok
}

func (c cursor) operator() (o Operator) {
	c.Object([]string{"name", "jurisdiction", "contact"}, func(name string) {
		switch name {
		case "name":
			o.Name, _ = c.Str()
		case "jurisdiction":
			o.Jurisdiction, _ = c.Str()
		case "contact":
			o.Contact = c.StrOrNull()
		default:
			c.Skip()
		}
	})
	return o
}

func (c cursor) keys() (k Keys) {
	c.Object([]string{"nostr_npub", "ssh_fingerprint"}, func(name string) {
		switch name {
		case "nostr_npub":
			k.NostrNpub, _ = c.Str()
		case "ssh_fingerprint":
			k.SSHFingerprint, _ = c.Str()
		default:
			c.Skip()
		}
	})
	return k
}

func (c cursor) infrastructure() (i Infrastructure) {
	c.Object([]string{"vpn_ip", "github_runner", "ots_enabled"}, func(name string) {
		switch name {
		case "vpn_ip":
			i.VPNIP = c.StrOrNull()
		case "github_runner":
			i.GithubRunner = c.Boolean()
		case "ots_enabled":
			i.OTSEnabled = c.Boolean()
		default:
			c.Skip()
		}
	})
	return i
}

func (c cursor) summary() (s Summary) {
	c.Object([]string{"entries_count", "first_entry_hash", "last_entry_hash", "merkle_root"}, func(name string) {
		switch name {
		case "entries_count":
			n, _ := c.Integer(0)
			s.Count = uint64(n)
		case "first_entry_hash":
			s.First = c.hash()
		case "last_entry_hash":
			s.Last = c.hash()
		case "merkle_root":
			s.Root = c.hash()
		default:
			c.Skip()
		}
	})
	return s
}

func (c cursor) multisig() (m Multisig) {
	var required, total bool
	at, ok := c.Object([]string{"required_signatures", "total_maintainers"}, func(name string) {
		switch name {
		case "required_signatures":
			m.Required, required = c.Integer(1)
		case "total_maintainers":
			m.Total, total = c.Integer(0)
		default:
			c.Skip()
		}
	})
	if ok && required && total && m.Required > m.Total {
		c.FaultAt(at, c.Pointer(), "required_signatures is %d, more than total_maintainers, which is %d", m.Required, m.Total)
	}
	return m
}

// hash reads "sha256:" and 64 hex digits.
func (c cursor) hash() string {
	s, ok := c.Str()
	if _, good := readHash([]byte(s)); ok && !good {
		c.Fault(`it is %s, want "sha256:" and 64 digits of lower-case hex`, strictjson.Quoted(s))
		return ""
	}
	return s
}
