// Package ots reads, evaluates, joins and writes OpenTimestamps proofs.
//
// Start with Parse for a .ots file, ParseTree for a calendar's answer and
// Aggregate for new stamps; Claims says what a proof attests. Decode takes a
// proof out of base64 or ASCII armour, ParseGitTimestamp out of the signature
// of a commit or tag.
//
// A proof file is the 31 bytes of the magic, the version byte 01, the tag of
// the hash that was taken of the document, that digest, and a tree:
//
//	00 4f70656e54696d657374616d7073 0000 50726f6f66 00 bf89e2e884e89294
//	01  08  <32 bytes>  <tree>
//
// A node of the tree stands for a message; the root's is the digest. It is one
// or more items, each but the last preceded by ff. An item is 00 and an
// attestation (an 8-byte tag, then a length and so many bytes), or an operation
// (a tag; append and prepend carry a length and an argument) followed by the
// node of its result. Lengths and heights are LEB128, little endian. The file
// ends with the tree.
//
// What is accepted and written is what the reference library,
// python-opentimestamps, accepts and writes, but for this: the limits of ours
// below; numbers past 63 bits, which other software wraps, are refused; so is a
// version that is not the one byte 01; and identical operations in one node, of
// which the reference keeps the last, are kept and written as one.
//
// The package judges nothing: whether a block really has the merkle root that
// an attestation claims is for others to find out. It uses no files, network,
// clock or randomness of its own, and keeps no state. Values may be read from
// several goroutines; methods that change a Proof must not run beside others.
//
// Byte slices reachable from a Proof, Tree or Claim may be shared with other
// proofs made from it. They must not be modified. None aliases the input of
// Parse or ParseTree.
package ots

// Limits of the format. The reference library enforces the same; a file past
// one of them is refused by every client (ErrMalformed).
const (
	MaxMessage = 4096 // bytes of a message, before and after every operation
	MaxDepth   = 255  // operations on one path
	MaxPayload = 8192 // bytes of an attestation's payload
	MaxURI     = 1000 // bytes of a pending attestation's URI
)

// Limits of ours, far above every proof seen in the wild (8,790 bytes, 322
// operations), so that a hostile file costs little. Past one: ErrTooLarge.
const (
	MaxProof        = 1 << 20  // bytes of a proof file that is read
	MaxWritten      = 64 << 10 // bytes of a proof file that Merge or Extend may make
	MaxNodes        = 20_000   // operations and attestations in one tree
	MaxMessageBytes = 16 << 20 // bytes of all messages in one tree
	MaxAnswer       = 10_000   // bytes of a calendar's answer
)

// A Tag is the byte that stands for an operation in a file.
type Tag byte

// The operations. SHA1, RIPEMD160 and SHA256 may also be the hash of a document.
const (
	SHA1      Tag = 0x02
	RIPEMD160 Tag = 0x03
	SHA256    Tag = 0x08
	Keccak256 Tag = 0x67 // the original Keccak, whose padding differs from SHA3-256's
	Append    Tag = 0xf0
	Prepend   Tag = 0xf1
	Reverse   Tag = 0xf2
	Hexlify   Tag = 0xf3 // lower-case hexadecimal
)

// A Proof is a detached timestamp: the digest of a document and the tree that
// leads from it to attestations.
type Proof struct {
	Hash   Tag    // the hash taken of the document
	Digest []byte // equal to Tree.Msg
	Tree   *Tree
}

// A Tree is a message with what attests it and what is computed from it. It
// stands as it stood in the file, in its order and with its duplicates.
type Tree struct {
	Msg          []byte
	Attestations []Attestation
	Branches     []Branch
}

// A Branch is an operation on the message of the node it is in, and the node of
// the result.
type Branch struct {
	Op   Op
	Tree *Tree
}

// Clone returns a copy whose tree can be changed without changing p's. The
// byte slices are shared.
func (p *Proof) Clone() *Proof {
	return &Proof{Hash: p.Hash, Digest: p.Digest, Tree: p.Tree.clone()}
}

func (t *Tree) clone() *Tree {
	c := &Tree{
		Msg:          t.Msg,
		Attestations: append([]Attestation(nil), t.Attestations...),
		Branches:     append([]Branch(nil), t.Branches...),
	}
	for i, b := range c.Branches {
		c.Branches[i].Tree = b.Tree.clone()
	}
	return c
}
