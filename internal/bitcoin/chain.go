package bitcoin

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

const (
	// maxParallel is how many requests one source is sent at a time, so that a
	// run over many blocks stays within what explorers allow.
	maxParallel = 4
	// maxFailures is after how many failures in a row a source is left alone for
	// the rest of the run: a dead one must not cost a timeout for every block.
	maxFailures = 3
)

// A Chain is one run's view of a network through its sources. Each source is
// asked at most once for each height and once for its tip, however many
// goroutines want to know; all methods may be called concurrently.
type Chain struct {
	network *Network
	sources []*asked
	lookups atomic.Int64
}

// NewChain returns a Chain that has asked nothing yet. Sources are asked in the
// order given.
func NewChain(n *Network, sources []Source) *Chain {
	c := &Chain{network: n}
	for _, s := range sources {
		c.sources = append(c.sources, &asked{source: s, slots: make(chan struct{}, maxParallel)})
	}
	return c
}

// Network returns the chain's parameters.
func (c *Chain) Network() *Network { return c.network }

// Lookups returns how many headers have been asked for so far, over all sources.
func (c *Chain) Lookups() int { return int(c.lookups.Load()) }

// header returns the header that a source has at height, if it passes the
// network's checks.
func (c *Chain) header(ctx context.Context, s *asked, height uint64) (Header, error) {
	return s.headers.do(ctx, height, func(ctx context.Context) (Header, error) {
		return ask(ctx, s, func(ctx context.Context) (Header, error) {
			c.lookups.Add(1)
			h, err := s.source.Header(ctx, height)
			if err != nil {
				return Header{}, err
			}
			if err := c.network.CheckHeader(height, h); err != nil {
				return Header{}, fmt.Errorf("%w: %w", ErrInconsistent, err)
			}
			return h, nil
		})
	})
}

// tip returns the height of the highest block that a source has.
func (c *Chain) tip(ctx context.Context, s *asked) (uint64, error) {
	return s.tips.do(ctx, struct{}{}, func(ctx context.Context) (uint64, error) {
		return ask(ctx, s, s.source.Tip)
	})
}

// An asked is a source with what it has said in this run.
type asked struct {
	source  Source
	headers once[uint64, Header]
	tips    once[struct{}, uint64]
	slots   chan struct{} // holds a value for each request under way

	mu       sync.Mutex
	failures int   // in a row
	last     error // the last of them
}

// ask calls f when the source has a slot free and has not failed too often.
func ask[V any](ctx context.Context, s *asked, f func(context.Context) (V, error)) (V, error) {
	var none V
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return none, fmt.Errorf("%w: %w", ErrUnavailable, context.Cause(ctx))
	}
	if err := s.tired(); err != nil {
		return none, err
	}
	v, err := f(ctx)
	if err != nil && !errors.Is(err, ErrBehind) && !errors.Is(err, ErrInconsistent) && !errors.Is(err, ErrUnavailable) {
		err = fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if ctx.Err() == nil { // a run that was stopped says nothing on the source
		s.note(err)
	}
	if err != nil {
		return none, err
	}
	return v, nil
}

// tired returns an error when the source is left alone.
func (s *asked) tired() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failures < maxFailures {
		return nil
	}
	return fmt.Errorf("not asked again in this run after %d failures in a row, the last: %w", s.failures, s.last)
}

// note counts failures in a row. An answer of any other kind ends the row.
func (s *asked) note(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !errors.Is(err, ErrUnavailable) {
		s.failures, s.last = 0, nil
		return
	}
	s.failures, s.last = s.failures+1, err
}

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
