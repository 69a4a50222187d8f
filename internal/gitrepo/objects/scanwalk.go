package objects

import (
	"errors"
	"fmt"
)

var errBase = errors.New("what it builds on is damaged")

// frame is an object whose children are being visited.
type frame struct {
	node   int32
	child  int32 // the next light one
	kind   Kind
	data   []byte // nil: not held
	bad    bool   // there is no data, and none to be had
	shared bool   // with another worker: data is not used again
}

// tree visits the objects below and including a task's.
func (w *worker) tree(g *grove, t task) {
	nodes := g.trees.nodes
	var stack []frame
	defer func() {
		for _, f := range stack {
			w.drop(f)
		}
	}()
	base := &t.base
	if nodes[t.node].base == none {
		base = nil
	}
	if f, ok := w.enter(g.trees, t.node, base); ok {
		stack = append(stack, f)
	}
	for len(stack) > 0 && !w.stopped.Load() {
		top := &stack[len(stack)-1]
		child := top.child
		if child != none {
			top.child = nodes[child].next
			if nodes[child].weight > 1 && top.data != nil {
				handed := *top
				handed.shared = true
				if g.handOn(task{child, handed}) {
					top.shared = true
					continue
				}
			}
			if f, ok := w.enter(g.trees, child, top); ok {
				stack = append(stack, f)
			}
			continue
		}
		last := *top
		stack = stack[:len(stack)-1]
		if heavy := nodes[last.node].heavy; heavy != none {
			f, ok := w.enter(g.trees, heavy, &last)
			w.drop(last)
			if ok {
				stack = append(stack, f)
			}
			continue
		}
		w.drop(last)
	}
}

// deltaRoom gives room for a delta, a large one only if its result may be had.
func (w *worker) deltaRoom(p *pack, e *entry) ([]byte, error) {
	if e.size > MaxHeld {
		size, err := p.resultSize(w.d, e)
		if err == nil && size > maxBase {
			err = tooLarge(size, maxBase)
		}
		if err != nil {
			return nil, err
		}
		w.lockBig()
		return make([]byte, e.size), nil // not kept: the lock is for it too
	}
	if int64(cap(w.delta)) < e.size {
		w.delta = make([]byte, min(2*e.size, MaxHeld))
	}
	return w.delta[:e.size], nil
}

// drop lets go of a frame's data.
func (w *worker) drop(f frame) {
	w.held -= int64(len(f.data))
	if !f.shared {
		w.recycle(f.data)
	}
}

// enter visits one object, and gives its frame if it has children to visit.
// base is nil for a root.
func (w *worker) enter(t *deltaTrees, i int32, base *frame) (frame, bool) {
	n := &t.nodes[i]
	id, err := t.id(i)
	if err != nil {
		w.note(err)
		return frame{}, false
	}
	f := frame{node: i, child: n.first, kind: n.kind}
	parent := n.first != none || n.heavy != none
	if base == nil && w.enterLarge(t, i, id) {
		return f, parent // without data
	}
	defer w.unlockBig()
	kind, data, err := w.data(t, i, base)
	if err != nil && t.copies.hasOther(n.pos) {
		if k, d, otherErr := w.store.Bytes(w.ctx, id, MaxHeld); otherErr == nil {
			kind, data, err = k, d, nil
		}
	}
	if err != nil {
		if n.want {
			w.showError(id, n.kind, err)
		}
		f.bad = true
		return f, parent
	}
	f.kind = kind
	if n.want {
		w.show(id, kind, data)
	}
	if parent && len(data) <= MaxHeld && (w.held == 0 || w.held+int64(len(data)) <= w.options.Memory/int64(w.options.Workers)) {
		f.data = data
		w.held += int64(len(data))
		return f, true
	}
	w.recycle(data)
	return f, parent
}

// enterLarge visits an object that is stored whole and is not held.
func (w *worker) enterLarge(t *deltaTrees, i int32, id ID) bool {
	n := &t.nodes[i]
	if n.fault != sound || n.kind == 0 {
		return false
	}
	e, err := t.p.entry(n.off)
	if err != nil || e.size <= MaxHeld {
		return false
	}
	if !n.want {
		return true
	}
	r, err := t.p.stream(w.d, &e)
	if err != nil {
		w.showError(id, n.kind, err)
		return true
	}
	w.showStream(id, n.kind, e.size, r)
	return true
}

// data gives an object's bytes, from those of its base.
func (w *worker) data(t *deltaTrees, i int32, base *frame) (kind Kind, data []byte, err error) {
	defer onFault(&err)
	n := &t.nodes[i]
	if base != nil && base.bad {
		return 0, nil, fmt.Errorf("%w: %w", ErrCorrupt, errBase)
	}
	e, err := t.p.entry(n.off)
	if err != nil {
		return 0, nil, err
	}
	if n.fault != sound {
		return 0, nil, corrupt("%s: offset %d: %s", t.p.path, n.off, n.fault)
	}
	if !e.isDelta() {
		data = w.buffer(int(e.size))
		if err := t.p.inflate(w.d, &e, data); err != nil {
			return 0, nil, err
		}
		w.store.stats.count(len(data))
		return e.kind, data, nil
	}
	if base == nil || base.data == nil {
		// The base is in another pack, or was too large to be held.
		w.lockBig()
		kind, data, err = w.store.unpack(spot{t.p, n.off}, maxBase, w.d)
		if err == nil && w.store.cache.keeps(len(data)) {
			data = append(w.buffer(len(data))[:0], data...)
		}
		return kind, data, err
	}
	if e.size > maxBase {
		return 0, nil, tooLarge(e.size, maxBase)
	}
	delta, err := w.deltaRoom(t.p, &e)
	if err != nil {
		return 0, nil, err
	}
	if err := t.p.inflate(w.d, &e, delta); err != nil {
		return 0, nil, err
	}
	w.store.stats.count(len(delta))
	_, size, _, err := deltaSizes(delta)
	if err != nil {
		return 0, nil, err
	}
	if size <= MaxHeld {
		data = w.buffer(int(size))
	} else {
		w.lockBig()
	}
	data, err = w.store.apply(base.data, delta, data)
	if err != nil {
		err = fmt.Errorf("%s: offset %d: %w", t.p.path, n.off, err)
	}
	return base.kind, data, err
}
