package registry

import "crypto/sha256"

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

// climb returns the root that a path leads to from a leaf, and false unless it is
// a path of that leaf in a tree of count leaves: of the right length, with every
// doubled node beside itself, and no node beside itself elsewhere, as entries of
// a chain are never the same.
func climb(rule string, leaf digest, index, count uint64, path []digest) (digest, bool) {
	if index >= count {
		return leaf, false
	}
	for ; count > 1; index, count = index/2, count/2+count%2 {
		if len(path) == 0 {
			return leaf, false
		}
		beside := path[0]
		path = path[1:]
		if doubled := index == count-1 && count%2 == 1; doubled != (beside == leaf) {
			return leaf, false
		}
		if index%2 == 1 {
			leaf = parent(rule, beside, leaf)
		} else {
			leaf = parent(rule, leaf, beside)
		}
	}
	return leaf, len(path) == 0
}
