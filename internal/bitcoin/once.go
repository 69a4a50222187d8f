package bitcoin

import (
	"context"
	"fmt"
	"sync"
)

// A once remembers the result of one call for each key. The zero value is ready.
type once[K comparable, V any] struct {
	mu    sync.Mutex
	calls map[K]*call[V]
}

type call[V any] struct {
	done  chan struct{} // closed when the rest is set
	value V
	err   error
	void  bool // the caller was stopped: the result is nobody else's
}

// do returns the result of f for the key, calling it only if no other goroutine
// has. A call that failed because its own caller was stopped is not remembered.
func (o *once[K, V]) do(ctx context.Context, key K, f func(context.Context) (V, error)) (V, error) {
	for {
		c, mine := o.claim(key)
		if mine {
			c.value, c.err = f(ctx)
			if c.err != nil && ctx.Err() != nil {
				c.void = true
				o.forget(key)
			}
			close(c.done)
			return c.value, c.err
		}
		select {
		case <-c.done:
			if !c.void {
				return c.value, c.err
			}
		case <-ctx.Done():
			var none V
			return none, fmt.Errorf("%w: %w", ErrUnavailable, context.Cause(ctx))
		}
	}
}

// claim returns the key's call, and whether it is the caller's to make.
func (o *once[K, V]) claim(key K) (c *call[V], mine bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if c := o.calls[key]; c != nil {
		return c, false
	}
	if o.calls == nil {
		o.calls = make(map[K]*call[V])
	}
	c = &call[V]{done: make(chan struct{})}
	o.calls[key] = c
	return c, true
}

func (o *once[K, V]) forget(key K) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.calls, key)
}
