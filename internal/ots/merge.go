package ots

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
)

// ErrOtherDigest means that two proofs are not about the same digest.
var ErrOtherDigest = errors.New("the proofs are about different digests")

// Merge adds all that q holds to p, whose tree becomes canonical. The error
// wraps ErrOtherDigest, or ErrTooLarge when the result would pass MaxDepth,
// MaxNodes, MaxMessageBytes or MaxWritten; p is unchanged then.
func (p *Proof) Merge(q *Proof) error {
	if p.Hash != q.Hash || !bytes.Equal(p.Digest, q.Digest) {
		return fmt.Errorf("merge proofs: %w", ErrOtherDigest)
	}
	t, err := p.join(p.Tree, q.Tree)
	if err != nil {
		return fmt.Errorf("merge proofs: %w", err)
	}
	p.Tree = t
	return nil
}

// Extend merges t into every node of p whose message is t's and returns how
// many there are. With none p is unchanged; else its tree becomes canonical.
// The error wraps ErrTooLarge, as Merge's; p is unchanged then.
func (p *Proof) Extend(t *Tree) (int, error) {
	extended, add := canonical(p.Tree), canonical(t)
	// All are found before one is extended: reverse twice leads back to the
	// same message, and what is added must not be searched.
	nodes := extended.appendNodes(nil, add.Msg)
	if len(nodes) == 0 {
		return 0, nil
	}
	// Each will have at least these items; without this check thousands of
	// nodes would take a copy before join could count them.
	if len(nodes)*(len(add.Attestations)+len(add.Branches)) > MaxNodes {
		return 0, fmt.Errorf("extend proof: %w", tooLarge(MaxNodes, "operations and attestations"))
	}
	for _, n := range nodes {
		n.Attestations = append(n.Attestations, add.Attestations...)
		n.Branches = append(n.Branches, add.Branches...)
	}
	extended, err := p.join(extended)
	if err != nil {
		return 0, fmt.Errorf("extend proof: %w", err)
	}
	p.Tree = extended
	return len(nodes), nil
}

// appendNodes appends to nodes those of t whose message is msg.
func (t *Tree) appendNodes(nodes []*Tree, msg []byte) []*Tree {
	if bytes.Equal(t.Msg, msg) {
		nodes = append(nodes, t)
	}
	for _, b := range t.Branches {
		nodes = b.Tree.appendNodes(nodes, msg)
	}
	return nodes
}

// join returns the canonical tree of the given ones, which stand on p's
// digest, if p can be written with it and read again.
func (p *Proof) join(trees ...*Tree) (*Tree, error) {
	j := joiner{limited: true, bytes: len(magic) + 2 + len(p.Digest)}
	t := j.join(trees, 0)
	return t, j.err
}

// canonical returns a copy of t in the order of writing, identical operations
// merged.
func canonical(t *Tree) *Tree {
	var j joiner
	return j.join([]*Tree{t}, 0)
}

// A joiner merges trees. When limited it stops at the first limit passed:
// small trees can have a huge merge, where one is grafted at many nodes.
type joiner struct {
	limited                bool
	nodes, msgBytes, bytes int // of the result so far
	err                    error
}

// join returns the canonical tree that holds all of group, trees on one
// message, depth operations below the root. With j.err it is incomplete.
func (j *joiner) join(group []*Tree, depth int) *Tree {
	t := &Tree{Msg: group[0].Msg}
	var branches []Branch
	for _, g := range group {
		t.Attestations = append(t.Attestations, g.Attestations...)
		branches = append(branches, g.Branches...)
	}
	slices.SortFunc(t.Attestations, compareAttestations)
	t.Attestations = slices.CompactFunc(t.Attestations, Attestation.Equal)
	slices.SortStableFunc(branches, func(a, b Branch) int { return compareOps(a.Op, b.Op) })
	if !j.enter(t, depth) {
		return t
	}
	var same []*Tree
	for i, b := range branches {
		same = append(same, b.Tree)
		if i+1 < len(branches) && compareOps(b.Op, branches[i+1].Op) == 0 {
			continue
		}
		if !j.item(b.Op.size()) {
			return t
		}
		t.Branches = append(t.Branches, Branch{b.Op, j.join(same, depth+1)})
		same = same[:0]
	}
	return t
}

// enter accounts for a node and its attestations and reports whether to go on.
func (j *joiner) enter(t *Tree, depth int) bool {
	j.msgBytes += len(t.Msg)
	j.bytes-- // the last item has no separator
	switch {
	case depth > MaxDepth:
		j.fail(MaxDepth, "operations on one path")
	case j.msgBytes > MaxMessageBytes:
		j.fail(MaxMessageBytes, "bytes of messages")
	}
	for _, a := range t.Attestations {
		j.item(a.size())
	}
	return j.err == nil
}

// item accounts for an operation or attestation of size bytes and reports
// whether to go on.
func (j *joiner) item(size int) bool {
	j.nodes++
	j.bytes += 1 + size
	switch {
	case j.nodes > MaxNodes:
		j.fail(MaxNodes, "operations and attestations")
	case j.bytes > MaxWritten:
		j.fail(MaxWritten, "bytes")
	}
	return j.err == nil
}

func (j *joiner) fail(limit int, of string) {
	if j.limited && j.err == nil {
		j.err = tooLarge(limit, of)
	}
}

func tooLarge(limit int, of string) error {
	return fmt.Errorf("%w: the result has more than %d %s", ErrTooLarge, limit, of)
}
