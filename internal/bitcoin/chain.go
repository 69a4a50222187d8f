package bitcoin

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxParallel is how many requests one source is sent at a time, so that a
	// run over many blocks stays within what explorers allow.
	maxParallel = 4
	// maxFailures is after how many failures in a row a source is left alone for
	// the rest of the run: a dead one must not cost a timeout for every block.
	maxFailures = 3
)

// A Chain is one run's view of a network through all that may hold headers.
// Each source is asked at most once for each height and once for its tip, each
// carrier at most once for each period and once for what lies above the table,
// however many goroutines want to know; all methods may be called concurrently.
type Chain struct {
	network  *Network
	sources  []*asked
	node     *asked // nil without one
	ready    once[struct{}, struct{}]
	carriers []*hauler // in the order of asking
	find     func(context.Context) []Named
	finding  sync.Once
	found    []*hauler // by find
	store    *Store
	bundle   *Bundle
	require  Rung
	needed   uint64 // confirmations
	now      func() time.Time
	lookups  atomic.Int64

	own     *Node
	bundled once[uint64, []Header] // by period, linked
	stored  once[uint64, []Header]
}

// NewChain returns a Chain that has asked nothing yet. The node is a carrier,
// too, and need not be listed as one.
func NewChain(n *Network, o Options) *Chain {
	c := &Chain{
		network: n, store: o.Store, bundle: o.Bundle, now: o.Now, own: o.Node, find: o.Find,
		require: max(o.Require, RungExplorer), needed: max(o.MinConfirmations, MinConfirmations),
	}
	if c.now == nil {
		c.now = time.Now
	}
	for _, s := range o.Sources {
		c.sources = append(c.sources, newAsked(s))
	}
	if o.Node != nil {
		c.node = newAsked(o.Node)
		c.carriers = append(c.carriers, newHauler(Named{o.Node, true}))
	}
	for _, named := range []bool{true, false} {
		for _, k := range o.Carriers {
			if k.ByPerson == named {
				c.carriers = append(c.carriers, newHauler(k))
			}
		}
	}
	return c
}

// Network returns the chain's parameters.
func (c *Chain) Network() *Network { return c.network }

// MinConfirmations returns how many confirmations a block needs in this run.
func (c *Chain) MinConfirmations() uint64 { return c.needed }

// Lookups returns how many headers, or runs of them, have been asked for so far,
// over all sources and carriers.
func (c *Chain) Lookups() int { return int(c.lookups.Load()) }

// header returns the header that a source has at height, if it passes the
// network's checks.
func (c *Chain) header(ctx context.Context, s *asked, height uint64) (Header, error) {
	return s.headers.do(ctx, height, func(ctx context.Context) (Header, error) {
		return ask(ctx, &s.manners, func(ctx context.Context) (Header, error) {
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

// sound reports why the node's word cannot be taken, asking it once.
func (c *Chain) sound(ctx context.Context) error {
	_, err := c.ready.do(ctx, struct{}{}, func(ctx context.Context) (struct{}, error) {
		return ask(ctx, &c.node.manners, func(ctx context.Context) (struct{}, error) { return struct{}{}, c.own.Ready(ctx) })
	})
	return err
}

// tip returns the height of the highest block that a source has.
func (c *Chain) tip(ctx context.Context, s *asked) (uint64, error) {
	return s.tips.do(ctx, struct{}{}, func(ctx context.Context) (uint64, error) {
		return ask(ctx, &s.manners, s.source.Tip)
	})
}

// An asked is a source with what it has said in this run.
type asked struct {
	source  Source
	headers once[uint64, Header]
	tips    once[struct{}, uint64]
	manners
}

func newAsked(s Source) *asked { return &asked{source: s, manners: newManners()} }

// Manners keep requests to one host, a source's or carrier's, within limits.
type manners struct {
	slots chan struct{} // holds a value for each request under way

	mu       sync.Mutex
	failures int   // in a row
	last     error // the last of them
}

func newManners() manners { return manners{slots: make(chan struct{}, maxParallel)} }

// ask calls f when the host has a slot free and has not failed too often.
func ask[V any](ctx context.Context, m *manners, f func(context.Context) (V, error)) (V, error) {
	var none V
	select {
	case m.slots <- struct{}{}:
		defer func() { <-m.slots }()
	case <-ctx.Done():
		return none, fmt.Errorf("%w: %w", ErrUnavailable, context.Cause(ctx))
	}
	if err := m.tired(); err != nil {
		return none, err
	}
	v, err := f(ctx)
	if err != nil && !errors.Is(err, ErrBehind) && !errors.Is(err, ErrInconsistent) && !errors.Is(err, ErrUnavailable) {
		err = fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if ctx.Err() == nil { // a run that was stopped says nothing on the source
		m.note(err)
	}
	if err != nil {
		return none, err
	}
	return v, nil
}

// tired returns an error when the source is left alone.
func (m *manners) tired() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failures < maxFailures {
		return nil
	}
	return fmt.Errorf("not asked again in this run after %d failures in a row, the last: %w", m.failures, m.last)
}

// note counts failures in a row. An answer of any other kind ends the row.
func (m *manners) note(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !errors.Is(err, ErrUnavailable) {
		m.failures, m.last = 0, nil
		return
	}
	m.failures, m.last = m.failures+1, err
}
