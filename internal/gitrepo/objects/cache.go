package objects

import (
	"container/list"
	"sync"
)

// cache keeps what deltas may build on, the last used ones up to a budget.
// The bytes in it are never written to.
type cache struct {
	budget int

	mu      sync.Mutex
	entries map[spot]*list.Element
	recent  list.List // of *cached, last used first
	size    int
}

// spot is where a packed object is.
type spot struct {
	p   *pack
	off int64
}

type cached struct {
	at   spot
	kind Kind
	data []byte
}

// cacheOverhead is what an entry takes beside its bytes, about.
const cacheOverhead = 200

func (c *cache) get(at spot) (Kind, []byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entries[at]
	if e == nil {
		return 0, nil, false
	}
	c.recent.MoveToFront(e)
	found := e.Value.(*cached)
	return found.kind, found.data, true
}

// keeps reports whether bytes of that length would be kept: not if they are a
// large part of the budget.
func (c *cache) keeps(size int) bool { return size <= c.budget/8-cacheOverhead }

// put keeps data.
func (c *cache) put(at spot, kind Kind, data []byte) {
	if !c.keeps(len(data)) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries == nil {
		c.entries = map[spot]*list.Element{}
	}
	if c.entries[at] != nil {
		return
	}
	c.entries[at] = c.recent.PushFront(&cached{at, kind, data})
	c.size += cap(data) + cacheOverhead
	for c.size > c.budget {
		last := c.recent.Back()
		old := c.recent.Remove(last).(*cached)
		delete(c.entries, old.at)
		c.size -= cap(old.data) + cacheOverhead
	}
}
