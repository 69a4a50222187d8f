package registry

import (
	"bytes"
	"crypto/sha256"
	"strconv"
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
	ours, err := canonical(raw)
	m.Canonical = err == nil && bytes.Equal(ours, raw)
	return m, nil
}

// judge is Parse, without a look at how the file is laid out.
func judge(p Period, raw []byte) (*Month, Faults) {
	m := &Month{Period: p, Digest: sha256.Sum256(raw), AuditLogs: map[string]Summary{}, raw: raw}
	c := newCursor(raw)
	c.month(m)
	c.end()
	return m, c.faults
}

func (c *cursor) month(m *Month) {
	required := []string{"version", "timestamp", "previous_registry_hash", "maintainers", "authorized_servers", "audit_logs", "multisig_config"}
	c.object(required, func(name string) {
		switch name {
		case "version":
			m.Version = c.version(m.Period)
		case "timestamp":
			m.Timestamp = c.time()
		case "previous_registry_hash":
			m.Previous = c.hash()
		case "maintainers":
			m.Maintainers = c.maintainers()
		case "authorized_servers":
			m.Servers = c.servers()
		case "audit_logs":
			c.object(nil, func(id string) { m.AuditLogs[id] = c.summary() })
		case "multisig_config":
			m.Multisig = c.multisig()
		default:
			c.skip()
		}
	})
}

func (c *cursor) version(p Period) string {
	s, ok := c.str()
	switch {
	case !ok || s == p.String():
	case s == "":
		c.fault(`it is empty, want "%s", the month that the file is named for`, p)
	default:
		c.fault(`it is %s, and the file is named for %s`, quoted(s), p)
	}
	return s
}

func (c *cursor) maintainers() []Maintainer {
	var all []Maintainer
	first := map[int64]int{}
	n, at, ok := c.array(func(i int) {
		m, at, ok := c.maintainer()
		if ok {
			unique(c, at, first, m.ID, i, "id "+strconv.FormatInt(m.ID, 10))
		}
		all = append(all, m)
	})
	if ok && n == 0 {
		c.faultAt(at, c.pointer(), "there is no maintainer, want at least one")
	}
	return all
}

// unique takes note of an id of the element i, which begins at an offset and was
// read last.
func unique[K comparable](c *cursor, at int, first map[K]int, id K, i int, shown string) {
	if before, twice := first[id]; twice {
		c.faultAt(at, c.pointer(), "%s is there twice, first as number %d of the list", shown, before+1)
		return
	}
	first[id] = i
}

// maintainer reads one, which begins at an offset; ok means that it has an id.
func (c *cursor) maintainer() (m Maintainer, at int, ok bool) {
	at, whole := c.object([]string{"id", "name", "npub", "added_at", "status"}, func(name string) {
		switch name {
		case "id":
			m.ID, ok = c.integer(-maxInt)
		case "name":
			m.Name, _ = c.str()
		case "npub":
			m.Npub, _ = c.str()
		case "added_at":
			m.AddedAt = c.time()
		case "status":
			m.Status = c.oneOf("active", "inactive")
		default:
			c.skip()
		}
	})
	if whole {
		m.Raw = Value(c.raw[at:c.offset()])
	}
	return m, at, ok
}

func (c *cursor) servers() []Server {
	var all []Server
	first := map[string]int{}
	c.array(func(i int) {
		s, at, ok := c.server()
		if ok {
			unique(c, at, first, s.ID, i, "server_id "+quoted(s.ID))
		}
		all = append(all, s)
	})
	return all
}

// server reads one, which begins at an offset; ok means that it has an id.
func (c *cursor) server() (s Server, at int, ok bool) {
	at, whole := c.object([]string{"server_id", "operator", "keys", "infrastructure", "status", "added_at"}, func(name string) {
		switch name {
		case "server_id":
			s.ID, ok = c.str()
		case "operator":
			s.Operator = c.operator()
		case "keys":
			s.Keys = c.keys()
		case "infrastructure":
			s.Infrastructure = c.infrastructure()
		case "status":
			s.Status = c.oneOf("active", "retiring", "inactive", "compromised")
		case "added_at":
			s.AddedAt = c.time()
		default:
			c.skip()
		}
	})
	if whole {
		s.Raw = Value(c.raw[at:c.offset()])
	}
	return s, at, ok
}

func (c *cursor) operator() (o Operator) {
	c.object([]string{"name", "jurisdiction", "contact"}, func(name string) {
		switch name {
		case "name":
			o.Name, _ = c.str()
		case "jurisdiction":
			o.Jurisdiction, _ = c.str()
		case "contact":
			o.Contact = c.strOrNull()
		default:
			c.skip()
		}
	})
	return o
}

func (c *cursor) keys() (k Keys) {
	c.object([]string{"nostr_npub", "ssh_fingerprint"}, func(name string) {
		switch name {
		case "nostr_npub":
			k.NostrNpub, _ = c.str()
		case "ssh_fingerprint":
			k.SSHFingerprint, _ = c.str()
		default:
			c.skip()
		}
	})
	return k
}

func (c *cursor) infrastructure() (i Infrastructure) {
	c.object([]string{"vpn_ip", "github_runner", "ots_enabled"}, func(name string) {
		switch name {
		case "vpn_ip":
			i.VPNIP = c.strOrNull()
		case "github_runner":
			i.GithubRunner = c.boolean()
		case "ots_enabled":
			i.OTSEnabled = c.boolean()
		default:
			c.skip()
		}
	})
	return i
}

func (c *cursor) summary() (s Summary) {
	c.object([]string{"entries_count", "first_entry_hash", "last_entry_hash", "merkle_root"}, func(name string) {
		switch name {
		case "entries_count":
			n, _ := c.integer(0)
			s.Count = uint64(n)
		case "first_entry_hash":
			s.First = c.hash()
		case "last_entry_hash":
			s.Last = c.hash()
		case "merkle_root":
			s.Root = c.hash()
		default:
			c.skip()
		}
	})
	return s
}

func (c *cursor) multisig() (m Multisig) {
	var required, total bool
	at, ok := c.object([]string{"required_signatures", "total_maintainers"}, func(name string) {
		switch name {
		case "required_signatures":
			m.Required, required = c.integer(1)
		case "total_maintainers":
			m.Total, total = c.integer(0)
		default:
			c.skip()
		}
	})
	if ok && required && total && m.Required > m.Total {
		c.faultAt(at, c.pointer(), "required_signatures is %d, more than total_maintainers, which is %d", m.Required, m.Total)
	}
	return m
}
