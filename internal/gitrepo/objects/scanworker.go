package objects

import (
	"bytes"
	"fmt"
	"hash"
	"io"
	"runtime/debug"
	"sync/atomic"
)

const (
	maxFree      = 8 // buffers
	maxFreeBytes = 2 * MaxHeld
)

// worker is what one goroutine of a scan has to itself.
type worker struct {
	*scan
	d       *decoder
	delta   []byte   // room for the one being applied
	free    [][]byte // buffers to use again
	freeLen int      // bytes of them
	held    int64    // bytes of frames
	isBig   bool     // it has the lock big
	onFault bool     // what SetPanicOnFault was before
}

func newWorker(sc *scan) *worker {
	return &worker{scan: sc, d: sc.store.decoders.get(sc.goOn), onFault: debug.SetPanicOnFault(true)}
}

func (w *worker) end() {
	debug.SetPanicOnFault(w.onFault)
	w.store.decoders.put(w.d)
}

// buffer gives room for n bytes: the smallest that is done with and large
// enough, if there is one.
func (w *worker) buffer(n int) []byte {
	best := -1
	for i, b := range w.free {
		if cap(b) >= n && (best < 0 || cap(b) < cap(w.free[best])) {
			best = i
		}
	}
	if best < 0 {
		return make([]byte, n, n+n/8)
	}
	b, last := w.free[best], len(w.free)-1
	w.free[best], w.free = w.free[last], w.free[:last]
	w.freeLen -= cap(b)
	return b[:n]
}

// recycle takes a buffer back.
func (w *worker) recycle(b []byte) {
	if cap(b) == 0 || w.freeLen+cap(b) > maxFreeBytes {
		return
	}
	if len(w.free) == maxFree { // the oldest makes room
		w.freeLen -= cap(w.free[0])
		w.free = append(w.free[:0], w.free[1:]...)
	}
	w.free = append(w.free, b)
	w.freeLen += cap(b)
}

// lockBig is called before an object gets large in memory, and unlockBig when
// it has been visited.
func (w *worker) lockBig() {
	if !w.isBig {
		w.big.Lock()
		w.isBig = true
	}
}

func (w *worker) unlockBig() {
	if w.isBig {
		w.isBig = false
		w.big.Unlock()
	}
}

// show visits an object that is in memory.
func (w *worker) show(id ID, kind Kind, data []byte) {
	if kind != w.options.Kind {
		return
	}
	if w.options.Verify {
		if err := w.store.verify(id, kind, data); err != nil {
			w.showError(id, kind, err)
			return
		}
	}
	o := Object{ID: id, Kind: kind, Size: int64(len(data)), Data: data}
	if len(data) > MaxHeld {
		o.Data, o.Reader = nil, bytes.NewReader(data)
	}
	w.call(o)
}

func (w *worker) showError(id ID, kind Kind, err error) {
	w.call(Object{ID: id, Kind: kind, Err: fmt.Errorf("object %s: %w", id, err)})
}

// showStream visits an object that is not held.
func (w *worker) showStream(id ID, kind Kind, size int64, r io.Reader) {
	counted := &countingReader{r, &w.store.stats}
	o := Object{ID: id, Kind: kind, Size: size, Reader: counted}
	if w.options.Verify {
		o.Reader = &hashingReader{counted, NewHash(w.store.idLen, kind, size), id, w.store}
	}
	w.call(o)
	w.store.stats.streams.Add(1)
}

func (w *worker) call(o Object) {
	if w.stopped.Load() {
		return
	}
	w.store.stats.objects.Add(1)
	if err := w.visit(o); err != nil {
		w.stop(err)
	}
}

type countingReader struct {
	r     io.Reader
	stats *stats
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.stats.inflated.Add(int64(n))
	return n, err
}

// hashingReader ends with io.EOF only if the bytes have the id.
type hashingReader struct {
	r     io.Reader
	h     hash.Hash
	id    ID
	store *Store
}

func (r *hashingReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	r.h.Write(p[:n])
	r.store.stats.hashed.Add(int64(n))
	if err == io.EOF {
		if bad := checkHash(r.h, r.id); bad != nil {
			err = bad
		}
	}
	return n, err
}

// loose visits one loose object, or whatever other copy there is.
func (w *worker) loose(id ID) {
	shown := false
	err := w.store.each(w.d, id, func(at spot, o *loose, d *decoder) error {
		kind, size, r, err := w.looseReader(at, o, d)
		if err != nil || kind != w.options.Kind {
			return err
		}
		if r != nil {
			shown = true
			w.showStream(id, kind, size, r)
			return nil
		}
		var data []byte
		if o != nil {
			kind, data, err = w.store.loadLoose(o, MaxHeld, d)
		} else {
			kind, data, err = w.store.unpack(at, maxBase, d)
		}
		if err == nil {
			shown = true
			w.show(id, kind, data)
		}
		return err
	})
	if err != nil && !shown {
		w.showError(id, 0, err)
	}
}

// looseReader gives the kind and size of a copy, and a reader when it is large
// and stored whole.
func (w *worker) looseReader(at spot, o *loose, d *decoder) (kind Kind, size int64, r io.Reader, err error) {
	if o != nil {
		kind, size = o.kind, o.size
	} else if kind, size, err = w.store.packedHeader(at, d); err != nil {
		return 0, 0, nil, err
	}
	if kind != w.options.Kind || size <= MaxHeld {
		return kind, size, nil, nil
	}
	if o == nil {
		if e, err := at.p.entry(at.off); err != nil || e.isDelta() {
			return kind, size, nil, err
		}
	}
	_, _, r, err = w.store.reader(at, o, d)
	return kind, size, r, err
}

// pack visits the objects of one pack.
func (sc *scan) pack(c *copies) {
	trees := newDeltaTrees(c, sc.options.Kind)
	for _, root := range trees.roots {
		sc.store.stats.listed.Add(int64(trees.nodes[root].weight))
	}
	g := &grove{trees: trees, tasks: make(chan task), done: make(chan struct{})}
	g.active.Store(int32(sc.options.Workers))
	sc.workers(func(w *worker) { w.work(g) })
}

// grove is a pack that workers share.
type grove struct {
	trees  *deltaTrees
	next   atomic.Int64  // root that nobody has taken
	active atomic.Int32  // workers that may still hand a part of their tree on
	tasks  chan task     // to those that wait
	done   chan struct{} // closed when nobody is active
}

// task is the tree below an object: of a root, or of the delta to base.
type task struct {
	node int32
	base frame
}

// work takes trees until there are no more, and then parts of others' trees.
func (w *worker) work(g *grove) {
	w.each(&g.next, len(g.trees.roots), func(i int) { w.tree(g, task{node: g.trees.roots[i]}) })
	for {
		if g.active.Add(-1) == 0 {
			close(g.done)
		}
		select {
		case t := <-g.tasks:
			w.guard(func() { w.tree(g, t) }) // counted as active by who sent it
		case <-g.done:
			return
		}
	}
}

// handOn gives a part of a tree to a worker that waits, if one does.
func (g *grove) handOn(t task) bool {
	g.active.Add(1)
	select {
	case g.tasks <- t:
		return true
	default:
		g.active.Add(-1) // not to zero: this worker is active
		return false
	}
}
