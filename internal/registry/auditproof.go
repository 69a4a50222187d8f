package registry

import (
	"errors"
	"io"
)

// EntryProofFormat is the format member of an EntryProof's file.
const EntryProofFormat = "git-anchor/audit-proof/1"

// MaxEntryProof is how large an EntryProof's file may be, in bytes.
const MaxEntryProof = 4 << 20

// An EntryProof shows that one entry is in the audit log that a merkle root
// stands for. Its file is one JSON object with exactly these members, which Bytes
// writes in canonical form:
//
//	format       "git-anchor/audit-proof/1"
//	rule         "raw" or "text": how a parent is made of two nodes (RuleRaw, RuleText)
//	server_id    whose log it is
//	index        of the entry, from 0: line index+1 of the log
//	count        entries under the root; index < count < 2^53
//	entry        the whole entry as in the log: its eight strings, and metadata
//	path         the node beside, from the entry's level to that below the root, each
//	             "sha256:…"; beside an odd last node, which is doubled, the node itself
//	merkle_root  "sha256:…", where the path leads
//
// The entry's hash is never taken from the file, but made of the entry. No entry
// can be passed off as an inner node, as its canonical text is longer than two
// hashes.
type EntryProof struct {
	Rule     string
	ServerID string
	Index    uint64
	Count    uint64
	Entry    Entry
	Path     []string
	Root     string
}

// ProveEntry judges a log as ReadLog does, and proves its line n, from 1, under
// the root that the whole log has by the rule. The error is ReadLog's,
// ErrNoEntry or ErrAmbiguous.
func ProveEntry(r io.Reader, n uint64, rule string) (*EntryProof, error) {
	return nil, errors.New("not built yet")
}

// ProveEntryUnder is ProveEntry under the root that a month has of the log, by the
// rule which that follows. The error may be a *ProofFault, too: the log does not
// lead to that root.
func ProveEntryUnder(r io.Reader, n uint64, logs map[string]Summary) (*EntryProof, error) {
	return nil, errors.New("not built yet")
}

// ParseEntryProof reads a proof's file.
func ParseEntryProof(raw []byte) (*EntryProof, error) { return nil, errors.New("not built yet") }

// Check judges a proof against what a month says of the log; of the summary, First
// and Last may be empty. The error is a *ProofFault.
func (p *EntryProof) Check(s Summary) error { return errors.New("not built yet") }

// Bytes is the file of a proof.
func (p *EntryProof) Bytes() []byte { return nil }
