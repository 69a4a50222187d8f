package ots

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
)

// ErrNoGitTimestamp means that a commit or tag holds no OpenTimestamps git
// timestamp in its signature.
var ErrNoGitTimestamp = errors.New("no OpenTimestamps git timestamp")

// A GitTimestamp is what the reference client's wrapper of GnuPG adds to the
// signature of a commit or tag: below the signature, between two lines,
//
//	-----BEGIN OPENTIMESTAMPS GIT TIMESTAMP-----
//
//	<base64 of 01, the minor version, and a tree>
//	-----END OPENTIMESTAMPS GIT TIMESTAMP-----
//
// The tree's message is sha256(sha256(Payload) ‖ sha256(Signature)), whatever
// the version. In version 1.1 the first operations on it are the append of 32
// bytes and sha256; see TreeSum.
//
// It says that payload and signature existed. Who signed, and whether the
// signature is good, is for others to judge. A commit's payload names its files
// by SHA-1.
type GitTimestamp struct {
	Minor     int    // the version is 1.Minor: 0 or 1
	Payload   []byte // what is signed: the object without its signature headers or trailing signature
	Signature []byte // what precedes the armour in the signature, mostly a PGP signature with its lines
	PGP       bool   // Signature holds a PGP signature in armour, by its first and last line
	Tree      *Tree

	// TreeSum is, in version 1.1, what is appended first: the reference's SHA-256
	// re-hash of all files of the commit's (or tagged) tree, nil where the tree
	// does not begin so. The reference compares it with the files only to derive a
	// proof for one of them, never in verifying; nor does this package compute it.
	TreeSum []byte

	// What no claim covers, though it stands in the object; nil where there is
	// nothing. Anybody may have added it since, though the object's id then changed.
	Uncovered []byte // bytes of the signature after the armour
	Trailing  []byte // bytes that follow the tree in the armour
}

// A GitObject is the type of an object that may be signed.
type GitObject int

// The objects that may be signed.
const (
	GitCommit GitObject = iota
	GitTag
)

const (
	gitArmorBegin = "-----BEGIN OPENTIMESTAMPS GIT TIMESTAMP-----"
	gitArmorEnd   = "-----END OPENTIMESTAMPS GIT TIMESTAMP-----"
	pgpBegin      = "-----BEGIN PGP SIGNATURE-----"
	pgpEnd        = "-----END PGP SIGNATURE-----"
)

// ParseGitTimestamp reads the git timestamp in a commit or tag; raw is the
// object's content, without git's own header. The error wraps
// ErrNoGitTimestamp, or says what is wrong with the one that is there: it wraps
// ErrTruncated, ErrMalformed, ErrVersion, ErrUnknownOp or ErrTooLarge, and where
// it is an *Error, its offset is that in the bytes decoded from the armour.
//
// Signature and payload are told apart as git does when it verifies: a commit's
// signature is its header gpgsig, a tag's all from its last line that begins a
// signature; headers gpgsig-sha256 belong to neither, nor do those of tags for
// other hashes. Signatures inside mergetag headers are payload. A commit with
// several gpgsig headers, which git and the reference client read differently,
// is refused.
//
// Stricter than the reference: the armour is lines of base64 without anything
// between; its first line stands at the start of a line. Nothing returned is
// shared with raw.
func ParseGitTimestamp(object GitObject, raw []byte) (*GitTimestamp, error) {
	g, err := parseGitTimestamp(object, raw)
	if err != nil {
		return nil, fmt.Errorf("git timestamp: %w", err)
	}
	return g, nil
}

func parseGitTimestamp(object GitObject, raw []byte) (*GitTimestamp, error) {
	payload, signature, err := splitSigned(object, raw)
	if err != nil {
		return nil, err
	}
	begin := bytes.Index(signature, []byte(gitArmorBegin+"\n\n"))
	if begin < 0 {
		return nil, missingArmor(signature)
	}
	if begin > 0 && signature[begin-1] != '\n' {
		return nil, fmt.Errorf("%w: its first line does not stand at the start of a line", ErrMalformed)
	}
	end := bytes.Index(signature, []byte("\n"+gitArmorEnd+"\n"))
	body := begin + len(gitArmorBegin) + 2
	switch {
	case end < 0:
		return nil, fmt.Errorf("%w: the armour lacks its last line", ErrTruncated)
	case end < body:
		return nil, fmt.Errorf("%w: the armour holds nothing, or ends before it begins", ErrMalformed)
	case end-body > MaxEncoded:
		return nil, fmt.Errorf("%w: armour of more than %d bytes", ErrTooLarge, MaxEncoded)
	}
	g := &GitTimestamp{
		Payload:   payload,
		Signature: bytes.Clone(signature[:begin]),
		Uncovered: nonEmpty(signature[end+1+len(gitArmorEnd)+1:]),
	}
	g.PGP = isPGP(g.Signature)
	return g, g.readArmor(signature[body:end])
}

// missingArmor says why a signature holds no armour that the reference reads.
func missingArmor(signature []byte) error {
	if bytes.Contains(signature, []byte(gitArmorBegin)) {
		return fmt.Errorf("%w: the first line of the armour is not followed by an empty one", ErrMalformed)
	}
	return ErrNoGitTimestamp
}

// readArmor reads version and tree from the text between the armour's lines.
func (g *GitTimestamp) readArmor(body []byte) error {
	if bytes.IndexByte(body, '\r') >= 0 || bytes.Contains(body, []byte("\n\n")) || len(body) > 0 && body[0] == '\n' {
		return fmt.Errorf("%w: the armour has carriage returns or empty lines", ErrMalformed)
	}
	raw, err := decodeBody(body)
	if err != nil {
		return err
	}
	if len(raw) > MaxProof {
		return fmt.Errorf("%w: more than %d bytes", ErrTooLarge, MaxProof)
	}
	p := &parser{reader: reader{data: raw, short: ErrTruncated}}
	head, err := p.bytes(2, "the version")
	if err != nil {
		return err
	}
	if head[0] != 1 || head[1] > 1 {
		return failAt(0, ErrVersion, "%d.%d, expected 1.0 or 1.1", head[0], head[1])
	}
	g.Minor = int(head[1])
	g.Tree = p.newTree(g.message())
	if err := p.tree(g.Tree, 0); err != nil {
		return err
	}
	g.Trailing = nonEmpty(raw[p.pos:])
	if g.Minor == 1 {
		g.TreeSum = g.Tree.treeSum()
	}
	return nil
}

// message returns the message that the timestamp starts from.
func (g *GitTimestamp) message() []byte {
	payload, signature := sha256.Sum256(g.Payload), sha256.Sum256(g.Signature)
	msg := sha256.Sum256(append(payload[:], signature[:]...))
	return msg[:]
}

// treeSum returns what is appended to t's message where that is all that is
// done with it, a sha256 follows, and it may be one itself.
func (t *Tree) treeSum() []byte {
	if len(t.Attestations) > 0 || len(t.Branches) != 1 {
		return nil
	}
	b := t.Branches[0]
	if b.Op.Tag != Append || len(b.Op.Arg) != sha256.Size || len(b.Tree.Attestations) > 0 ||
		len(b.Tree.Branches) != 1 || b.Tree.Branches[0].Op.Tag != SHA256 {
		return nil
	}
	return b.Op.Arg
}

// Proof returns the timestamp as an ordinary proof of the bytes Payload, which
// makes the same claims. It shares g's tree. The error wraps ErrMalformed where
// the operations before that tree make a path too long.
func (g *GitTimestamp) Proof() (*Proof, error) {
	payload, signature := sha256.Sum256(g.Payload), sha256.Sum256(g.Signature)
	ops := []Op{{Append, signature[:]}, {Tag: SHA256}}
	if n := len(ops) + g.Tree.depth(); n > MaxDepth {
		return nil, fmt.Errorf("git timestamp: %w: %d operations on one path, at most %d", ErrMalformed, n, MaxDepth)
	}
	p, tip, err := Chain(SHA256, payload[:], ops)
	if err != nil {
		return nil, fmt.Errorf("git timestamp: %w", err)
	}
	*tip = *g.Tree
	return p, nil
}

// isPGP reports whether a signature holds the lines of a PGP signature in
// armour. Text before them, which GnuPG skips, stands in a real commit.
func isPGP(signature []byte) bool {
	_, rest, found := bytes.Cut(append([]byte("\n"), signature...), []byte("\n"+pgpBegin+"\n"))
	return found && bytes.Contains(rest, []byte("\n"+pgpEnd+"\n"))
}

// nonEmpty returns a copy of b, nil where b is empty.
func nonEmpty(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return bytes.Clone(b)
}
