package ots

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

// nonceSize is the length in bytes of the random number that is appended to
// each digest, so that a proof does not reveal the digests stamped with it.
const nonceSize = 16

// Aggregate makes one message of many sha256 digests, so that one submission
// stamps them all. The proofs, in the order of digests, lead to root; they
// attest nothing, and cannot be written, until each is extended with a tree on
// root. random must be cryptographically secure.
//
// The shape is the reference client's: each digest gets its nonce and is
// hashed; neighbours are hashed together, left to right, and an odd last one is
// carried up, until one is left.
func Aggregate(digests [][]byte, random io.Reader) (root []byte, proofs []*Proof, err error) {
	if len(digests) == 0 {
		return nil, nil, errors.New("aggregate digests: there are none")
	}
	// A range of proofs that lead to one message; tips holds their last nodes.
	type span struct {
		msg         []byte
		first, next int
	}
	tips := make([]*Tree, len(digests))
	level := make([]span, len(digests))
	for i, digest := range digests {
		if len(digest) != sha256.Size {
			return nil, nil, fmt.Errorf("aggregate digests: number %d has %d bytes, expected %d", i+1, len(digest), sha256.Size)
		}
		nonce := make([]byte, nonceSize)
		if _, err := io.ReadFull(random, nonce); err != nil {
			return nil, nil, fmt.Errorf("aggregate digests: read nonce: %w", err)
		}
		t := &Tree{Msg: append([]byte(nil), digest...)}
		proofs = append(proofs, &Proof{Hash: SHA256, Digest: t.Msg, Tree: t})
		tips[i] = t.hashWith(Op{Append, nonce})
		level[i] = span{tips[i].Msg, i, i + 1}
	}
	for len(level) > 1 {
		var up []span
		for ; len(level) > 1; level = level[2:] {
			l, r := level[0], level[1]
			for i := l.first; i < l.next; i++ {
				tips[i] = tips[i].hashWith(Op{Append, r.msg})
			}
			for i := r.first; i < r.next; i++ {
				tips[i] = tips[i].hashWith(Op{Prepend, l.msg})
			}
			up = append(up, span{tips[l.first].Msg, l.first, r.next})
		}
		level = append(up, level...)
	}
	return level[0].msg, proofs, nil
}

// hashWith adds op and a sha256 of its result below t and returns the last
// node. The messages are short and the operations known.
func (t *Tree) hashWith(op Op) *Tree {
	for _, op := range []Op{op, {Tag: SHA256}} {
		n, err := op.resultLen(len(t.Msg))
		if err != nil {
			panic("ots: aggregate: " + err.Error())
		}
		child := &Tree{Msg: op.appendResult(make([]byte, 0, n), t.Msg)}
		t.Branches = append(t.Branches, Branch{op, child})
		t = child
	}
	return t
}
