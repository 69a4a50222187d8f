package ots

import (
	"bytes"
	"cmp"
	"slices"
)

// A Claim is an attestation and the message it attests.
type Claim struct {
	Attestation Attestation
	Msg         []byte
	step        *step
}

// A step is an operation on the way to a claim. Claims share their steps: a
// file may hold thousands of claims below hundreds of operations.
type step struct {
	up *step
	op *Op
}

// steps hands out steps, of which many share an allocation.
type steps []step

func (s *steps) add(up *step, op *Op) *step {
	if len(*s) == cap(*s) {
		*s = make([]step, 0, 32)
	}
	*s = append(*s, step{up, op})
	return &(*s)[len(*s)-1]
}

// Path returns the operations that lead to the claim's message, from the
// digest, or from the message of the tree whose claim it is.
func (c Claim) Path() []Op {
	var path []Op
	for s := c.step; s != nil; s = s.up {
		path = append(path, *s.op)
	}
	slices.Reverse(path)
	return path
}

// Claims returns what the proof claims as the reference client reads it: of
// several identical operations in one node only the last one's branch counts.
// Equal claims appear once; the order is that in which Bytes writes them.
func (p *Proof) Claims() []Claim { return p.Tree.Claims() }

// Claims returns the claims of the tree, as (*Proof).Claims does.
func (t *Tree) Claims() []Claim {
	return unique(t.appendClaims(make([]Claim, 0, 4), nil, new(steps)))
}

// Hidden returns the claims that Claims lacks, because an identical operation
// comes later in the node. Bytes writes them so that they are seen.
func (p *Proof) Hidden() []Claim {
	if !p.HasDuplicates() {
		return nil
	}
	return subtract(canonical(p.Tree).Claims(), p.Claims())
}

// HasDuplicates reports whether a node has two identical operations. Other
// software reads only the last of them.
func (p *Proof) HasDuplicates() bool { return p.Tree.hasDuplicates() }

func (t *Tree) hasDuplicates() bool {
	if len(t.visibleBranches()) < len(t.Branches) {
		return true
	}
	return slices.ContainsFunc(t.Branches, func(b Branch) bool { return b.Tree.hasDuplicates() })
}

// Missing returns the claims of old, hidden ones included, that p as Claims
// reads it does not make.
func (p *Proof) Missing(old *Proof) []Claim {
	return subtract(canonical(old.Tree).Claims(), p.Claims())
}

// Keep returns a copy of t with only the paths that end in a claim for which
// keep returns true, or nil when there is none. Identical operations are
// merged first, so keep is asked about hidden claims too.
func (t *Tree) Keep(keep func(Claim) bool) *Tree { return canonical(t).prune(nil, keep) }

// prune takes from t, which the caller owns, what keep does not want.
func (t *Tree) prune(at *step, keep func(Claim) bool) *Tree {
	t.Attestations = slices.DeleteFunc(t.Attestations, func(a Attestation) bool {
		return !keep(Claim{a, t.Msg, at})
	})
	t.Branches = slices.DeleteFunc(t.Branches, func(b Branch) bool {
		return b.Tree.prune(&step{at, &b.Op}, keep) == nil
	})
	if len(t.Attestations) == 0 && len(t.Branches) == 0 {
		return nil
	}
	return t
}

// appendClaims appends the visible claims of t, which at leads to, to claims.
func (t *Tree) appendClaims(claims []Claim, at *step, free *steps) []Claim {
	attestations := t.Attestations
	if !slices.IsSortedFunc(attestations, compareAttestations) {
		attestations = slices.Clone(attestations)
		slices.SortFunc(attestations, compareAttestations)
	}
	for _, a := range attestations {
		claims = append(claims, Claim{a, t.Msg, at})
	}
	branches := t.visibleBranches()
	for i := range branches {
		b := &branches[i]
		claims = b.Tree.appendClaims(claims, free.add(at, &b.Op), free)
	}
	return claims
}

// visibleBranches returns the branches in the order of writing, of identical
// operations only the last one's. The result may be t.Branches itself.
func (t *Tree) visibleBranches() []Branch {
	ascending := true
	for i := 1; i < len(t.Branches); i++ {
		ascending = ascending && compareOps(t.Branches[i-1].Op, t.Branches[i].Op) < 0
	}
	if ascending {
		return t.Branches
	}
	sorted := slices.Clone(t.Branches)
	slices.SortStableFunc(sorted, func(a, b Branch) int { return compareOps(a.Op, b.Op) })
	last := sorted[:0]
	for i, b := range sorted {
		if i+1 == len(sorted) || compareOps(b.Op, sorted[i+1].Op) != 0 {
			last = append(last, b)
		}
	}
	return last
}

// compareClaims orders claims by what they say, whatever their path.
func compareClaims(a, b Claim) int {
	return cmp.Or(
		bytes.Compare(a.Attestation.Tag[:], b.Attestation.Tag[:]),
		bytes.Compare(a.Attestation.Payload, b.Attestation.Payload),
		bytes.Compare(a.Msg, b.Msg),
	)
}

// unique removes claims equal to an earlier one from claims, in place. It
// sorts instead of comparing all pairs: 20,000 claims are a small file.
func unique(claims []Claim) []Claim {
	if len(claims) < 2 {
		return claims
	}
	order := make([]int, len(claims))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return compareClaims(claims[i], claims[j]) })
	again := make([]bool, len(claims))
	for k := 1; k < len(order); k++ {
		again[order[k]] = compareClaims(claims[order[k-1]], claims[order[k]]) == 0
	}
	kept := claims[:0]
	for i, c := range claims {
		if !again[i] {
			kept = append(kept, c)
		}
	}
	return kept
}

// subtract returns the claims that are not in known.
func subtract(claims, known []Claim) []Claim {
	sorted := slices.SortedFunc(slices.Values(known), compareClaims)
	var rest []Claim
	for _, c := range claims {
		if _, found := slices.BinarySearchFunc(sorted, c, compareClaims); !found {
			rest = append(rest, c)
		}
	}
	return rest
}
