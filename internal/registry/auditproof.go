package registry

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/openllmo/git-anchor/internal/printable"
	"github.com/openllmo/git-anchor/internal/strictjson"
)

// EntryProofFormat is the format member of an EntryProof's file.
const EntryProofFormat = "git-anchor/audit-proof/1"

// MaxEntryProof is how large an EntryProof's file may be, in bytes: an entry of
// MaxLine, laid out.
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
// The entry's hash is never taken from the file, but made of the entry. No inner
// node can be passed off as an entry, whose canonical text is longer than two
// hashes.
type EntryProof struct {
	Rule     string   `json:"rule"`
	ServerID string   `json:"server_id"`
	Index    uint64   `json:"index"`
	Count    uint64   `json:"count"`
	Entry    Entry    `json:"entry"`
	Path     []string `json:"path"`
	Root     string   `json:"merkle_root"`
}

// entryProofFile is an EntryProof as its file has it.
type entryProofFile struct {
	Format string `json:"format"`
	EntryProof
}

// A ProofFault is what is wrong with a proof.
type ProofFault struct {
	Text             string // fit to be printed
	Stored, Computed string // where two hashes differ: what is said, and what is so
}

func (f *ProofFault) Error() string {
	if f.Computed == "" {
		return f.Text
	}
	return fmt.Sprintf("%s: stored %s, computed %s", f.Text, printable.Text(f.Stored, 2*strictjson.MaxShown), f.Computed)
}

// ParseEntryProof reads a proof's file, which may be laid out in any way. The
// error is a *ProofFault.
func ParseEntryProof(raw []byte) (*EntryProof, error) {
	no := func(format string, args ...any) (*EntryProof, error) {
		return nil, &ProofFault{Text: "no proof of an entry: " + printable.Text(fmt.Sprintf(format, args...), maxReason)}
	}
	if len(raw) > MaxEntryProof {
		return no("it is longer than %d bytes", MaxEntryProof)
	}
	ordered := jsontext.Value(bytes.Clone(raw))
	if err := ordered.Canonicalize(); err != nil {
		return no("%s", reason(err))
	}
	var file entryProofFile
	if err := json.Unmarshal(raw, &file); err != nil {
		return no("%v", err)
	}
	p := &file.EntryProof
	if file.Format != EntryProofFormat {
		return no("its format is %q, not %s", file.Format, EntryProofFormat)
	}
	if p.Rule != RuleRaw && p.Rule != RuleText {
		return no("its rule is %q, not %s or %s", p.Rule, RuleRaw, RuleText)
	}
	if again := p.compact(); !bytes.Equal(again, ordered) {
		return no("it has other members than a proof, lacks one, or has one twice") // or in other letters, or null
	}
	if p.Count > strictjson.MaxInt {
		return no("its count is larger than %d", uint64(strictjson.MaxInt))
	}
	if err := p.Entry.record().check(); err != nil {
		return no("%v", err)
	}
	for _, node := range append([]string{p.Root}, p.Path...) {
		if !IsHash(node) {
			return no("it has a node that is not \"sha256:\" and 64 lower-case hex digits: %q", clipped([]byte(node)))
		}
	}
	return p, nil
}

// An EntryVerdict is what Check finds. The zero value is a failure.
type EntryVerdict struct {
	Good  bool
	Fault ProofFault // what is wrong first, where the proof is not good
}

// Check judges a proof against what a month says of the log; of the summary, First
// and Last may be empty.
func (p *EntryProof) Check(s Summary) EntryVerdict {
	rec := p.Entry.record()
	if err := rec.check(); err != nil {
		return bad("%v", err)
	}
	leaf := sha256.Sum256(rec.canonical(nil))
	switch hash := HashText(leaf); {
	case p.Entry.ServerID != p.ServerID:
		return bad("its entry is of server %s, the proof of %s", strictjson.Quoted(p.Entry.ServerID), strictjson.Quoted(p.ServerID))
	case rec.ambiguous():
		return bad("the text that the hash of its entry covers can be read in two ways, so that it stands for no entry in particular")
	case p.Entry.ThisLogHash != hash:
		return differs("this_log_hash is not the hash of its entry", p.Entry.ThisLogHash, hash)
	case p.Count != s.Count:
		return bad("it is about a log of %d entries, the root about one of %d", p.Count, s.Count)
	case p.Index >= p.Count:
		return bad("its index, %d, is not below the count of %d entries", p.Index, p.Count)
	case p.Index == 0 && p.Entry.PreviousLogHash != Genesis:
		return differs("its entry is the first and names one before it", p.Entry.PreviousLogHash, Genesis)
	case p.Index == 0 && s.First != "" && s.First != hash:
		return differs("its entry is not the first of the log", s.First, hash)
	case p.Index == p.Count-1 && s.Last != "" && s.Last != hash:
		return differs("its entry is not the last of the log", s.Last, hash)
	}
	return p.checkPath(leaf, s.Root)
}

// checkPath judges whether the path leads from the entry's hash to the root.
func (p *EntryProof) checkPath(leaf digest, want string) EntryVerdict {
	if n := pathLength(p.Count); len(p.Path) != n {
		return bad("its path has %d nodes, and %d lead to the root of %d entries", len(p.Path), n, p.Count)
	}
	path := make([]digest, len(p.Path))
	for i, text := range p.Path {
		node, ok := readHash([]byte(text))
		if !ok {
			return bad("node %d of its path is no hash: %s", i+1, strictjson.Quoted(text))
		}
		path[i] = node
	}
	root, at := climb(p.Rule, leaf, p.Index, p.Count, path)
	if at < len(path) {
		return bad("node %d of its path is the node that it lies beside, or is not where the count wants it to be", at+1)
	}
	if have := HashText(root); have != p.Root {
		return differs("its path does not lead to its root", p.Root, have)
	} else if have != want {
		return differs("its root is not that of the log", want, have)
	}
	return EntryVerdict{Good: true}
}

func bad(format string, args ...any) EntryVerdict {
	return EntryVerdict{Fault: ProofFault{Text: fmt.Sprintf(format, args...)}}
}

func differs(text, stored, computed string) EntryVerdict {
	return EntryVerdict{Fault: ProofFault{text, stored, computed}}
}

// Bytes is the file of a proof.
func (p *EntryProof) Bytes() []byte {
	v := p.compact()
	if err := v.Indent(jsontext.WithIndent("  ")); err != nil {
		panic(fmt.Sprintf("registry: lay out a proof: %v", err))
	}
	return append(v, '\n')
}

// compact is the proof in RFC 8785. Strings that are not UTF-8 are changed; none
// that was read is.
func (p *EntryProof) compact() jsontext.Value {
	file := entryProofFile{EntryProofFormat, *p}
	if file.Path == nil {
		file.Path = []string{}
	}
	if file.Entry.Metadata == nil {
		file.Entry.Metadata = map[string]string{}
	}
	raw, err := json.Marshal(file)
	v := jsontext.Value(raw)
	if err == nil {
		err = v.Canonicalize()
	}
	if err != nil {
		panic(fmt.Sprintf("registry: write a proof: %v", err))
	}
	return v
}
