package objects

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
)

const none = -1

// deltaTrees are a pack's objects, in the order of the pack, each below the
// one it is a delta to.
type deltaTrees struct {
	p      *pack
	copies *copies

	nodes []node
	roots []int32 // whose trees have an object to visit
}

// node is one object. Its children are first to last light ones, and then the
// heavy one, whose tree is the largest: to go down there last, with nothing
// left to do above, keeps few objects in memory, at most one for every time
// that the number of objects can be halved.
type node struct {
	off    int64
	pos    uint32 // in the index
	base   int32  // none: a root
	first  int32  // light child
	next   int32  // light child of the same base
	heavy  int32  // child
	weight int32  // objects to visit in its tree
	depth  uint16
	kind   Kind
	fault  fault
	want   bool // it is to be visited
}

// fault is why an object cannot be had.
type fault uint8

const (
	sound fault = iota
	noEntry
	noBase
	noEnd
	shared
)

func (f fault) String() string {
	return [...]string{"sound", "no entry there", "it builds on what is no object", "its chain of deltas has no end", "another object is there too"}[f]
}

// unknown kinds, while trees are made.
const busy Kind = 255

// newDeltaTrees reads every entry's head.
func newDeltaTrees(c *copies, kind Kind) *deltaTrees {
	t := &deltaTrees{p: c.p, copies: c, nodes: make([]node, c.x.count)}
	type position struct {
		off int64
		pos uint32
	}
	order := make([]position, c.x.count)
	for pos := range order {
		off, err := c.x.offset(int64(pos))
		if err != nil {
			off = 0 // no entry is there
		}
		order[pos] = position{off, uint32(pos)}
	}
	slices.SortFunc(order, func(a, b position) int {
		return cmp.Or(cmp.Compare(a.off, b.off), cmp.Compare(a.pos, b.pos))
	})
	for i, o := range order {
		t.nodes[i] = node{off: o.off, pos: o.pos, base: none, first: none, next: none, heavy: none}
		// One of many at a place is the object: they would all be its bytes again.
		if i > 0 && o.off == order[i-1].off {
			t.nodes[i].fault = shared
		}
	}
	for i := range t.nodes {
		t.link(int32(i))
	}
	rootsFirst := make([]int32, 0, len(t.nodes))
	for i := range t.nodes {
		rootsFirst = t.resolve(int32(i), rootsFirst)
	}
	t.grow(rootsFirst, kind)
	return t
}

// link finds the base of one object. A root may be a delta too: to an object
// that is not in this pack.
func (t *deltaTrees) link(i int32) {
	n := &t.nodes[i]
	if n.fault == shared {
		return // as a root of no kind: at finds the first
	}
	e, err := t.p.entry(n.off)
	if err != nil {
		n.fault = noEntry
		return
	}
	off := e.base
	switch e.kind {
	case ofsDelta:
	case refDelta:
		var ok bool
		if off, ok, err = t.p.find(e.id); err != nil {
			n.fault = noBase
		}
		if !ok {
			return
		}
	default:
		n.kind = e.kind
		return
	}
	at, ok := t.at(off)
	if !ok {
		n.fault = noBase
		return
	}
	n.base = at
}

// at finds an object by its offset.
func (t *deltaTrees) at(off int64) (int32, bool) {
	i := sort.Search(len(t.nodes), func(i int) bool { return t.nodes[i].off >= off })
	return int32(i), i < len(t.nodes) && t.nodes[i].off == off
}

// resolve gives an object, and those below it that have none yet, the kind of
// its root, and appends them to order, each after its base.
func (t *deltaTrees) resolve(i int32, order []int32) []int32 {
	var path []int32
	for {
		n := &t.nodes[i]
		if n.weight != 0 || n.kind == busy {
			break // done, or a circle
		}
		path = append(path, i)
		if n.base == none {
			break
		}
		n.kind = busy
		i = n.base
	}
	circle := len(path) > 0 && t.nodes[i].kind == busy && t.nodes[i].weight == 0
	for _, i := range slices.Backward(path) {
		n := &t.nodes[i]
		n.weight = 1 // only to say that it is done
		if n.base != none && !circle {
			base := &t.nodes[n.base]
			n.kind, n.depth = base.kind, base.depth+1
		}
		if circle || n.depth > maxChain {
			n.fault, n.base, n.kind, n.depth = noEnd, none, 0, 0
		}
		order = append(order, i)
	}
	return order
}

// grow counts what is to be visited and orders the children.
func (t *deltaTrees) grow(order []int32, kind Kind) {
	for i := range t.nodes {
		n := &t.nodes[i]
		n.weight = 0
		// A kind that is not known may be the one.
		if n.want = (n.kind == kind || n.kind == 0) && !t.copies.isLater(n.pos); n.want {
			n.weight = 1
		}
	}
	for _, i := range slices.Backward(order) {
		n := &t.nodes[i]
		if n.base == none || n.weight == 0 {
			continue
		}
		base := &t.nodes[n.base]
		base.weight += n.weight
		light := i
		if base.heavy == none || n.weight > t.nodes[base.heavy].weight {
			light, base.heavy = base.heavy, i
		}
		if light != none {
			t.nodes[light].next, base.first = base.first, light
		}
	}
	for i := range t.nodes {
		if n := &t.nodes[i]; n.base == none && n.weight > 0 {
			t.roots = append(t.roots, int32(i))
		}
	}
}

// id is the object's id.
func (t *deltaTrees) id(i int32) (ID, error) {
	id, err := t.copies.x.id(int64(t.nodes[i].pos), nil)
	if err != nil {
		return ID{}, fmt.Errorf("%s: %w", t.p.path, err)
	}
	return rawID(id), nil
}
