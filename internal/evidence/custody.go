package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/printable"
	"github.com/openllmo/git-anchor/internal/strictjson"
)

// Genesis is what the first entry of a custody log names as the one before.
const Genesis = "0000000000000000000000000000000000000000000000000000000000000000"

// Kinds of entries.
const (
	KindCommit  = "commit"  // a commit touched the item
	KindStamp   = "stamp"   // its proof is there for the first time, or again
	KindUpgrade = "upgrade" // the proof gained claims
	KindLost    = "lost"    // the proof lost claims, or is gone
	KindMerge   = "merge"   // of proofs that branches had, a merge kept another one than the entries before say
)

// What a commit's object holds for a signature, by its first line as git tells them
// apart. None of them is judged here.
const (
	Unsigned    = "none"
	SignedPGP   = "openpgp"
	SignedSSH   = "ssh"
	SignedX509  = "x509"
	SignedOther = "other"
)

// An Entry is one of a custody log: what git's history says of an item. All of it is a
// claim of whoever made the commit, times and names included: anybody can make
// commits that say anything. What the proof's blocks bear out is not in the log.
type Entry struct {
	N      int    // from 1
	Prev   string // Hash of the entry before, or Genesis
	Kind   string
	Commit string    // its id
	At     time.Time // by the committer's clock
	By     string    // the committer, "Name <mail>"
	Claim  string    // what it says, in words

	Signature string // of KindCommit: Unsigned, SignedPGP and so on; "" in other entries

	Hash string // SHA-256 of the entry's line without this member, in hex
}

// entryJSON is a line: its members are in the order of RFC 8785, so that the bytes
// that are hashed are those of the line without "hash".
type entryJSON struct {
	At        string `json:"at"`
	By        string `json:"by"`
	Claim     string `json:"claim"`
	Commit    string `json:"commit"`
	Hash      string `json:"hash,omitempty"`
	Kind      string `json:"kind"`
	N         int    `json:"n"`
	Prev      string `json:"prev"`
	Signature string `json:"signature,omitempty"`
}

// Chain numbers entries, oldest first, and links each to the one before.
func Chain(entries []Entry) {
	prev := Genesis
	for i := range entries {
		e := &entries[i]
		e.N, e.Prev = i+1, prev
		e.Hash = e.sum()
		prev = e.Hash
	}
}

func (e Entry) line(hash string) []byte {
	row := entryJSON{e.At.UTC().Format(time.RFC3339), e.By, e.Claim, e.Commit, hash, e.Kind, e.N, e.Prev, e.Signature}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(row); err != nil {
		panic("evidence: an entry is no JSON: " + err.Error())
	}
	line := strictjson.Value(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
	if err := line.Canonicalize(); err != nil {
		panic("evidence: an entry is no JSON: " + err.Error())
	}
	return line
}

func (e Entry) sum() string {
	sum := sha256.Sum256(e.line(""))
	return hex.EncodeToString(sum[:])
}

// LogBytes writes a chained log, an entry a line.
func LogBytes(entries []Entry) []byte {
	var b bytes.Buffer
	for _, e := range entries {
		b.Write(append(e.line(e.Hash), '\n'))
	}
	return b.Bytes()
}

// LogText writes a log for people.
func LogText(entries []Entry) []byte {
	var b strings.Builder
	b.WriteString("Custody log, from git's history. Every entry is a claim of whoever made the commit:\nnames, times and signatures are not judged here. Each entry holds the hash of the one before.\n")
	for _, e := range entries {
		fmt.Fprintf(&b, "\n%d. %s  %s  (claimed)\n   %s\n   by %s, commit %s\n",
			e.N, e.At.UTC().Format(time.RFC3339), e.Kind, printable.Text(e.Claim, 0), printable.Text(e.By, 0), e.Commit)
		if said := e.SignatureText(); said != "" {
			fmt.Fprintf(&b, "   signature: %s\n", said)
		}
		fmt.Fprintf(&b, "   hash %s\n   prev %s\n", e.Hash, e.Prev)
	}
	return []byte(b.String())
}

// SignatureText says in words what is known of a commit's signature, "" for entries
// that are about none.
func (e Entry) SignatureText() string {
	if e.Signature == "" || e.Signature == Unsigned {
		return e.Signature
	}
	return e.Signature + ", not judged"
}
