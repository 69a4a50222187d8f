package registry

import (
	"crypto/sha256"
	"math/bits"
)

// The two rules by which the source makes the merkle root of an audit log from
// the hashes of its entries. In both, a level's odd last node is doubled, so that
// 3 leaves have the root of 4 of which the last is repeated: a root says nothing
// without the count beside it. One leaf is its own root.
const (
	RuleRaw  = "raw"  // a parent is the SHA-256 of its children's 64 bytes
	RuleText = "text" // a parent is the SHA-256 of its children's two texts "sha256:…"
)

type digest = [sha256.Size]byte

// parent is the node above two others.
func parent(rule string, left, right digest) digest {
	if rule == RuleRaw {
		var pair [2 * sha256.Size]byte
		copy(pair[:], left[:])
		copy(pair[sha256.Size:], right[:])
		return sha256.Sum256(pair[:])
	}
	var pair [2 * hashLen]byte
	return sha256.Sum256(appendHash(appendHash(pair[:0], left), right))
}

// A merkleTree is a merkle tree that grows by leaves and keeps only its peaks: at most
// one node a level, of a subtree that is full. The zero value with a rule has no
// leaf.
type merkleTree struct {
	rule  string
	count uint64
	peaks [64]merkleNode // at level i where bit i of count is set
	path  []digest       // from the leaf that is proven, as far as it is known
}

// A merkleNode is a digest; proven says that the leaf to prove is below it.
type merkleNode struct {
	sum    digest
	proven bool
}

// add appends a leaf. The path of the leaf that is to be proven is gathered from
// then on.
func (t *merkleTree) add(leaf digest, proven bool) {
	n := merkleNode{leaf, proven}
	level := 0
	for ; t.count>>level&1 == 1; level++ {
		n = t.join(t.peaks[level], n)
	}
	t.peaks[level] = n
	t.count++
}

// join is the node above two, which is noted if it is on the path.
func (t *merkleTree) join(left, right merkleNode) merkleNode {
	switch {
	case left.proven:
		t.path = append(t.path, right.sum)
	case right.proven:
		t.path = append(t.path, left.sum)
	}
	return merkleNode{parent(t.rule, left.sum, right.sum), left.proven || right.proven}
}

// root doubles what is odd, and returns the root and the path to it of the leaf
// that is proven; t is a copy. There must be a leaf.
func (t merkleTree) root() (digest, []digest) {
	t.path = t.path[:len(t.path):len(t.path)]
	var last merkleNode // of an incomplete subtree, at the right end of its level
	have := false
	for level := range len(t.peaks) {
		peak := t.count>>level&1 == 1
		if above := t.count>>level>>1 > 0; !above && peak != have {
			if peak {
				last = t.peaks[level]
			}
			break
		}
		switch {
		case peak && have:
			last = t.join(t.peaks[level], last)
		case peak:
			last, have = t.join(t.peaks[level], t.peaks[level]), true
		case have:
			last = t.join(last, last)
		}
	}
	return last.sum, t.path
}

// pathLength is how many nodes are beside the way from a leaf to the root of a
// tree of count leaves, at least one.
func pathLength(count uint64) int { return bits.Len64(count - 1) }

// climb returns the root that a path leads to from leaf index of count, and how
// many of its nodes can be where they are: a doubled node stands beside itself,
// and no other does, as entries of a chain are never the same. index is below
// count, and the path of that length.
func climb(rule string, leaf digest, index, count uint64, path []digest) (root digest, good int) {
	for i, beside := range path {
		if doubled := index == count-1 && count%2 == 1; doubled != (beside == leaf) {
			return leaf, i
		}
		if index%2 == 1 {
			leaf = parent(rule, beside, leaf)
		} else {
			leaf = parent(rule, leaf, beside)
		}
		index, count = index/2, count/2+count%2
	}
	return leaf, len(path)
}
