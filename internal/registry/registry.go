// Package registry reads, judges and writes the monthly snapshots of a governance
// registry, one JSON file a month, each naming the hash of the file before it, and
// judges the audit logs that months sum up.
//
// Start at Parse, which judges one month's file, and at CheckChain, which judges
// the months together. Write makes the next month from a Content, which ReadSource
// and ReadContent make from what a repository holds. Diff compares two months.
// ReadLog judges an audit log, an entry a line, in constant memory, and sums it up;
// CompareLog also holds it to a month's Summary. ProveEntry makes an EntryProof: of
// one entry, by a path in the log's merkle tree, which Check follows.
//
// A month is named by its file, YYYY-MM.json. The chain is over the bytes of the
// files: each month's previous_registry_hash is "sha256:" and the lower-case hex
// of the SHA-256 of the whole file before it, and Genesis in the first. Months
// follow each other without gaps, and their timestamps do not go back.
//
// What Write makes is canonical, in the form of package strictjson. A file of others
// may be written in any way, because its bytes are what counts. In both, numbers are
// integers within ±(2^53-1), names are unique in their object, and there are at most
// MaxDepth levels in MaxFile bytes. Members that this package does not know are
// kept, and judged only as JSON.
//
// An audit log is of the format that the registry's servers write. Each entry has
// the hash of a text of its fields, and that of the entry before. The text has no
// escaping, so that different entries can have the same one (Entry.Ambiguous), and
// a merkle root has two rules, RuleRaw and RuleText, by neither of which it says
// anything without the count.
//
// The package is pure: it knows no files, proofs or clock. That a month existed at
// a time is for its proof to say, and that a chain has no other version is for
// nobody to say.
package registry

import (
	"crypto/sha256"
	"time"

	"github.com/openllmo/git-anchor/internal/strictjson"
)

// Limits of one month's file and of sources, which are foreign text.
const (
	MaxFile   = 16 << 20 // bytes
	MaxDepth  = strictjson.MaxDepth
	MaxFaults = strictjson.MaxFaults
)

// Genesis is the previous_registry_hash of the first month.
const Genesis = "sha256:0000000000000000000000000000000000000000000000000000000000000000"

// What package strictjson says of a file, and the text of one value in it.
type (
	Fault  = strictjson.Fault
	Faults = strictjson.Faults
	Value  = strictjson.Value
)

// A Month is one file of the chain, as Parse read it.
type Month struct {
	Period      Period    // that its name says
	Version     string    // that it says itself, Period in a month without faults; "" where that is no text
	Timestamp   time.Time // UTC
	Previous    string    // the file before, by its hash
	Maintainers []Maintainer
	Servers     []Server
	AuditLogs   map[string]Summary // by server_id
	Multisig    Multisig
	Digest      [sha256.Size]byte // of the file's bytes
	Canonical   bool              // the bytes are those that Write would make of it

	raw Value // the file
}

// A Maintainer is one of maintainers. IDs are unique in a month.
type Maintainer struct {
	ID      int64
	Name    string
	Npub    string
	Status  string // active or inactive
	AddedAt time.Time
	Raw     Value // the whole object, a part of the file
}

// A Server is one of authorized_servers. IDs are unique in a month.
type Server struct {
	ID             string // server_id
	Operator       Operator
	Keys           Keys
	Infrastructure Infrastructure
	Status         string // active, retiring, inactive or compromised
	AddedAt        time.Time
	Raw            Value // the whole object, a part of the file
}

// An Operator runs a server.
type Operator struct{ Name, Jurisdiction, Contact string } // Contact "" for null

// Keys are a server's.
type Keys struct{ NostrNpub, SSHFingerprint string }

// Infrastructure is what a server runs on and runs.
type Infrastructure struct {
	VPNIP        string // "" for null
	GithubRunner bool
	OTSEnabled   bool
}

// A Summary is what a month says of one audit log.
type Summary struct {
	Count             uint64 // entries_count
	First, Last, Root string // first_entry_hash, last_entry_hash, merkle_root
}

// Multisig is multisig_config.
type Multisig struct{ Required, Total int64 } // required_signatures, total_maintainers

// Hash is what the next month's previous_registry_hash must be.
func (m *Month) Hash() string { return HashText(m.Digest) }

// Bare is a month of which only Period, Timestamp, Previous and Digest are set,
// which is what CheckLink and CheckChain look at. It does not hold on to the file,
// for callers that read more months than fit into memory.
func (m *Month) Bare() *Month {
	return &Month{Period: m.Period, Timestamp: m.Timestamp, Previous: m.Previous, Digest: m.Digest}
}
