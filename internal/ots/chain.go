package ots

import (
	"bytes"
	"fmt"
)

// Chain returns a proof that leads from a document's digest through ops, and
// its last node, on which nothing stands yet: the proof attests nothing, and
// cannot be written, until that node's message is extended. The error wraps
// ErrFileHash for a hash or digest that a document cannot have, ErrUnknownOp,
// or ErrMalformed where the operations break a limit of the format.
func Chain(hash Tag, digest []byte, ops []Op) (*Proof, *Tree, error) {
	if n := hash.digestLen(); n == 0 || n != len(digest) {
		return nil, nil, fmt.Errorf("%w: %s of %d bytes", ErrFileHash, hash, len(digest))
	}
	if len(ops) > MaxDepth {
		return nil, nil, fmt.Errorf("%w: more than %d operations on one path", ErrMalformed, MaxDepth)
	}
	root := &Tree{Msg: bytes.Clone(digest)}
	tip := root
	for _, op := range ops {
		msg, err := op.Apply(tip.Msg)
		if err != nil {
			return nil, nil, err
		}
		next := &Tree{Msg: msg}
		tip.Branches = []Branch{{Op{op.Tag, bytes.Clone(op.Arg)}, next}}
		tip = next
	}
	return &Proof{Hash: hash, Digest: root.Msg, Tree: root}, tip, nil
}

// depth returns how many operations stand on the longest path of t.
func (t *Tree) depth() int {
	deepest := 0
	for _, b := range t.Branches {
		deepest = max(deepest, 1+b.Tree.depth())
	}
	return deepest
}
