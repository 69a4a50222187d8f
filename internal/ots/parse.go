package ots

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
)

const (
	magic   = "\x00OpenTimestamps\x00\x00Proof\x00\xbf\x89\xe2\xe8\x84\xe8\x92\x94"
	version = 1

	separator      = 0xff // stands before every item of a node but the last
	attestationTag = 0x00 // stands where an operation's tag would
)

// Parse reads a proof file and computes every message in it. The error is an
// *Error and wraps ErrNotProof, ErrTruncated, ErrTrailing, ErrMalformed,
// ErrVersion, ErrFileHash, ErrUnknownOp or ErrTooLarge.
func Parse(b []byte) (*Proof, error) {
	if len(b) > MaxProof {
		return nil, failAt(MaxProof, ErrTooLarge, "more than %d bytes", MaxProof)
	}
	p := newParser(b)
	hash, digest, err := p.head()
	if err != nil {
		return nil, err
	}
	t, err := p.whole(digest)
	if err != nil {
		return nil, err
	}
	return &Proof{Hash: hash, Digest: digest, Tree: t}, nil
}

// maxHead is how many bytes of a proof file come before its tree at most.
const maxHead = len(magic) + 2 + sha256.Size

// Head reads what a proof file is for, and nothing after that: whether the file
// is a proof at all, Parse finds out. The error is as Parse's.
func Head(b []byte) (hash Tag, digest []byte, err error) {
	return newParser(b[:min(len(b), maxHead)]).head()
}

// head reads a proof file up to its tree.
func (p *parser) head() (hash Tag, digest []byte, err error) {
	if err := checkMagic(p.data); err != nil {
		return 0, nil, err
	}
	p.pos = len(magic)
	v, err := p.byte("the version")
	if err != nil {
		return 0, nil, err
	}
	switch v {
	case version:
	case 0:
		return 0, nil, failAt(p.pos-1, ErrVersion, "0, of the drafts of 2016, expected %d; no client reads it any more", version)
	default:
		return 0, nil, failAt(p.pos-1, ErrVersion, "%d, expected %d", v, version)
	}
	tag, err := p.byte("the file hash")
	if err != nil {
		return 0, nil, err
	}
	hash = Tag(tag)
	n := hash.digestLen()
	if n == 0 {
		return 0, nil, failAt(p.pos-1, ErrFileHash, "%s, expected sha256, sha1 or ripemd160", hash)
	}
	digest, err = p.bytes(n, "the digest")
	return hash, digest, err
}

// ParseTree reads a calendar's answer: a tree on msg without the file's header.
// Errors are as Parse's, those of the header excepted.
func ParseTree(msg, b []byte) (*Tree, error) {
	if len(b) > MaxAnswer {
		return nil, failAt(MaxAnswer, ErrTooLarge, "an answer of more than %d bytes", MaxAnswer)
	}
	if len(msg) > MaxMessage {
		return nil, failAt(0, ErrMalformed, "a message of %d bytes, at most %d", len(msg), MaxMessage)
	}
	return newParser(b).whole(bytes.Clone(msg))
}

// A node is what one operation needs: a single allocation serves many. Most
// nodes have one branch, which needs no slice of its own then.
type node struct {
	tree   Tree
	branch [1]Branch
}

type parser struct {
	reader
	nodes    int    // operations and attestations so far
	msgBytes int    // bytes of all messages so far
	slab     []node // nodes to be handed out
	arena    []byte // its free capacity is for messages
}

// newParser copies b, since arguments and payloads stay slices of the input.
func newParser(b []byte) *parser {
	return &parser{reader: reader{data: bytes.Clone(b), short: ErrTruncated}}
}

// whole reads a tree that takes up the rest of the input.
func (p *parser) whole(msg []byte) (*Tree, error) {
	t := p.newTree(msg)
	if err := p.tree(t, 0); err != nil {
		return nil, err
	}
	if rest := len(p.data) - p.pos; rest > 0 {
		return nil, failAt(p.pos, ErrTrailing, "%d", rest)
	}
	return t, nil
}

// tree reads the items of t, which is depth operations below the root.
func (p *parser) tree(t *Tree, depth int) error {
	for {
		tag, err := p.byte("an operation or attestation")
		if err != nil {
			return err
		}
		more := tag == separator
		if more {
			if tag, err = p.byte("an operation or attestation"); err != nil {
				return err
			}
			if tag == separator {
				return failAt(p.pos-1, ErrMalformed, "ff after ff")
			}
		}
		if p.nodes++; p.nodes > MaxNodes {
			return failAt(p.pos-1, ErrTooLarge, "more than %d operations and attestations", MaxNodes)
		}
		if tag == attestationTag {
			a, err := p.attestation()
			if err != nil {
				return err
			}
			t.Attestations = append(t.Attestations, a)
		} else if err := p.branch(t, Tag(tag), depth+1); err != nil {
			return err
		}
		if !more {
			return nil
		}
	}
}

// branch reads an operation, whose tag is read already, and all below it.
func (p *parser) branch(t *Tree, tag Tag, depth int) error {
	start := p.pos - 1
	op := Op{Tag: tag}
	if op.binary() {
		arg, err := p.varbytes(1, MaxMessage, "an argument")
		if err != nil {
			return err
		}
		op.Arg = arg
	}
	n, err := op.resultLen(len(t.Msg))
	if err != nil {
		return &Error{start, err}
	}
	if depth > MaxDepth {
		return failAt(start, ErrMalformed, "more than %d operations on one path", MaxDepth)
	}
	if p.msgBytes+n > MaxMessageBytes {
		return failAt(start, ErrTooLarge, "more than %d bytes of messages", MaxMessageBytes)
	}
	child := p.newTree(op.appendResult(p.room(n), t.Msg))
	t.Branches = append(t.Branches, Branch{op, child})
	return p.tree(child, depth)
}

// attestation reads an attestation; the payload of a known kind must be used up.
func (p *parser) attestation() (Attestation, error) {
	var a Attestation
	tag, err := p.bytes(len(a.Tag), "an attestation's tag")
	if err != nil {
		return a, err
	}
	copy(a.Tag[:], tag)
	if a.Payload, err = p.varbytes(0, MaxPayload, "an attestation's payload"); err != nil {
		return a, err
	}
	if a.Kind() == KindUnknown {
		return a, nil
	}
	// Inside the payload a missing byte is a broken rule: the file goes on.
	r := reader{data: p.data[:p.pos], pos: p.pos - len(a.Payload), short: ErrMalformed}
	a.Payload, err = r.knownPayload(a.Kind())
	return a, err
}

// knownPayload reads the payload of a known kind up to the end of the input and
// returns its canonical form.
func (r *reader) knownPayload(k Kind) ([]byte, error) {
	start := r.pos
	n, err := r.varuint("a URI's length or a height")
	if err != nil {
		return nil, err
	}
	head := r.pos
	if k == KindPending {
		if n > MaxURI {
			return nil, failAt(start, ErrMalformed, "a URI of %d bytes, at most %d", n, MaxURI)
		}
		uri, err := r.bytes(int(n), "a URI")
		if err != nil {
			return nil, err
		}
		if err := checkURI(uri); err != nil {
			return nil, &Error{head, err}
		}
	}
	if rest := len(r.data) - r.pos; rest > 0 {
		return nil, failAt(r.pos, ErrMalformed, "%d bytes too many in an attestation's payload", rest)
	}
	minimal := binary.AppendUvarint(make([]byte, 0, binary.MaxVarintLen64), n)
	if len(minimal) == head-start {
		return r.data[start:r.pos:r.pos], nil
	}
	return append(minimal, r.data[head:r.pos]...), nil
}

// newTree returns a node with this message.
func (p *parser) newTree(msg []byte) *Tree {
	if len(p.slab) == 0 {
		// About as many as a proof of this size has operations; a large one
		// comes back for more.
		p.slab = make([]node, min(4+(len(p.data)-p.pos)/20, 256))
	}
	n := &p.slab[0]
	p.slab = p.slab[1:]
	n.tree.Msg = msg
	n.tree.Branches = n.branch[:0]
	p.msgBytes += len(msg)
	return &n.tree
}

// room returns an empty slice with room for n bytes.
func (p *parser) room(n int) []byte {
	if cap(p.arena)-len(p.arena) < n {
		p.arena = make([]byte, 0, max(n, min(64+3*(len(p.data)-p.pos), 16<<10)))
	}
	start := len(p.arena)
	p.arena = p.arena[:start+n]
	return p.arena[start : start : start+n]
}
