package registry

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"testing"
)

// levels is a merkle tree as the rules describe it: level by level, the odd last
// doubled.
func levels(rule string, leaves []digest) [][]digest {
	all := [][]digest{leaves}
	for level := leaves; len(level) > 1; all = append(all, level) {
		var above []digest
		for i := 0; i < len(level); i += 2 {
			left, right := level[i], level[min(i+1, len(level)-1)]
			if rule == RuleRaw {
				above = append(above, sha256.Sum256(slices.Concat(left[:], right[:])))
			} else {
				above = append(above, sha256.Sum256(fmt.Appendf(nil, "sha256:%xsha256:%x", left, right)))
			}
		}
		level = above
	}
	return all
}

func leaves(n int) []digest {
	var list []digest
	for i := range n {
		list = append(list, sha256.Sum256([]byte(strconv.Itoa(i))))
	}
	return list
}

// grown is a tree of leaves, of which one is proven; -1 for none.
func grown(rule string, leaves []digest, prove int) merkleTree {
	t := merkleTree{rule: rule}
	for i, leaf := range leaves {
		t.add(leaf, i == prove)
	}
	return t
}

func TestMerkle(t *testing.T) {
	for _, rule := range []string{RuleRaw, RuleText} {
		for n := 1; n <= 70; n++ {
			list := leaves(n)
			all := levels(rule, list)
			want := all[len(all)-1][0]
			if len(all)-1 != pathLength(uint64(n)) {
				t.Fatalf("%d leaves: path of %d nodes, want %d", n, pathLength(uint64(n)), len(all)-1)
			}
			for i := range n {
				tree := grown(rule, list, i)
				root, path := tree.root()
				var wantPath []digest
				for k, at := 0, i; k < len(all)-1; k, at = k+1, at/2 {
					wantPath = append(wantPath, all[k][min(at^1, len(all[k])-1)])
				}
				if root != want || !slices.Equal(path, wantPath) {
					t.Fatalf("%s: leaf %d of %d: path %x, want %x", rule, i, n, path, wantPath)
				}
				if again, same := tree.root(); again != root || !slices.Equal(same, path) {
					t.Fatalf("%s: leaf %d of %d: root changed the tree", rule, i, n)
				}
				if got, good := climb(rule, list[i], uint64(i), uint64(n), path); got != root || good != len(path) {
					t.Fatalf("%s: leaf %d of %d: it leads to %x", rule, i, n, got)
				}
			}
		}
	}
}

// 3 leaves and 4 of which the last is repeated have one root; no path of the one
// passes as one of the other where the difference is.
func TestDoubledLeaf(t *testing.T) {
	three := leaves(3)
	four := append(slices.Clone(three), three[2])
	root, path := grown(RuleRaw, three, 2).root()
	if other, _ := grown(RuleRaw, four, -1).root(); other != root {
		t.Fatal("the roots differ")
	}
	for _, index := range []uint64{2, 3} {
		if _, good := climb(RuleRaw, three[2], index, 4, path); good != 0 {
			t.Errorf("leaf %d of 4: %d nodes are good", index, good)
		}
	}
	list := leaves(4)
	_, path = grown(RuleRaw, list, 2).root()
	if _, good := climb(RuleRaw, list[2], 2, 3, path); good != 0 {
		t.Errorf("a leaf beside the last of 3: %d nodes are good", good)
	}
}

// A path leads to the root from its own leaf and place alone.
func TestClimbFromElsewhere(t *testing.T) {
	const n = 11
	list := leaves(n)
	for i := range n {
		root, path := grown(RuleText, list, i).root()
		for j := range uint64(n) {
			for k := range n {
				if got, good := climb(RuleText, list[k], j, n, path); got == root && good == len(path) && (int(j) != i || k != i) {
					t.Errorf("the path of %d passes for leaf %d at %d", i, k, j)
				}
			}
		}
		for k := range path {
			changed := slices.Clone(path)
			changed[k][5] ^= 1
			if got, good := climb(RuleText, list[i], uint64(i), n, changed); got == root && good == len(path) {
				t.Errorf("leaf %d: node %d can be changed", i, k)
			}
		}
	}
}
