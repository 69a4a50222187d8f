package ots

import "encoding/binary"

// Bytes returns the proof file in canonical form, the one in which the
// reference library writes: each node's attestations before its operations,
// both sorted, numbers in as few bytes as they need, equal attestations once.
// Identical operations of a node, of which the reference loses all but the
// last, are merged. Bytes panics when a node is empty, as those are at which
// Aggregate's proofs end until they are extended.
func (p *Proof) Bytes() []byte {
	b := append([]byte(magic), version, byte(p.Hash))
	return appendTree(append(b, p.Digest...), canonical(p.Tree))
}

// Bytes returns the tree as a calendar would send it, in the form of
// (*Proof).Bytes.
func (t *Tree) Bytes() []byte { return appendTree(nil, canonical(t)) }

// appendTree appends t, which is canonical, to b.
func appendTree(b []byte, t *Tree) []byte {
	last := len(t.Attestations) + len(t.Branches) - 1
	if last < 0 {
		panic("ots: an empty node cannot be written")
	}
	for i, a := range t.Attestations {
		if i < last {
			b = append(b, separator)
		}
		b = append(b, attestationTag)
		b = append(b, a.Tag[:]...)
		b = appendVarbytes(b, a.Payload)
	}
	for i, branch := range t.Branches {
		if len(t.Attestations)+i < last {
			b = append(b, separator)
		}
		b = append(b, byte(branch.Op.Tag))
		if branch.Op.binary() {
			b = appendVarbytes(b, branch.Op.Arg)
		}
		b = appendTree(b, branch.Tree)
	}
	return b
}

func appendVarbytes(b, v []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(v))), v...)
}

// size returns the bytes that the operation takes in a file, its node excepted.
func (o Op) size() int {
	if o.binary() {
		return 1 + varbytesSize(len(o.Arg))
	}
	return 1
}

// size returns the bytes that the attestation takes in a file.
func (a Attestation) size() int { return 1 + len(a.Tag) + varbytesSize(len(a.Payload)) }

// varbytesSize returns the size of n bytes and their length, at most MaxPayload.
func varbytesSize(n int) int {
	if n < 0x80 {
		return 1 + n
	}
	return 2 + n
}
