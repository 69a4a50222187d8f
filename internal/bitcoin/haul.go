package bitcoin

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// climbStep is how many headers above the table are asked for at a time, so
// that those without work are noticed before there are more of them.
const climbStep = 10 * Period

// A hauler is a carrier with what it has brought in this run. Only headers that
// passed the checks are kept.
type hauler struct {
	Named
	periods once[uint64, []Header] // whole ones, linked to the table
	parts   once[uint64, []Header] // from a height to its period's end, linked
	climbs  once[struct{}, *climb] // above the table
	manners
}

func newHauler(k Named) *hauler { return &hauler{Named: k, manners: newManners()} }

// everybody returns all carriers, those that are only looked for when needed
// included.
func (c *Chain) everybody(ctx context.Context) []*hauler {
	if c.find == nil {
		return c.carriers
	}
	c.finding.Do(func() {
		for _, k := range c.find(ctx) {
			c.found = append(c.found, newHauler(k))
		}
	})
	return slices.Concat(c.carriers, c.found)
}

// reach is how many headers the carrier is asked for at a time at most.
func (k *hauler) reach() uint64 {
	if _, ok := k.Carrier.(esploraRun); ok {
		return maxEsploraRun
	}
	return Period
}

// headers asks a carrier for count headers, and holds it to that.
func (c *Chain) headers(ctx context.Context, k *hauler, after Hash, first uint64, count int) ([]Header, error) {
	c.lookups.Add(1)
	run, err := k.Headers(ctx, after, first, count)
	switch {
	case err != nil:
		return nil, err
	case len(run) > count:
		return nil, fmt.Errorf("%w: %d headers where %d were asked for", ErrInconsistent, len(run), count)
	}
	return run, nil
}

// haul returns the headers from a height that the table covers to the end of
// its period, as a carrier brings them, linked. A whole period is asked for,
// because other claims lie there, unless that is more than the carrier is to be
// bothered with.
func (c *Chain) haul(ctx context.Context, k *hauler, height uint64) ([]Header, error) {
	period, end := height/Period, periodEnd(height)
	if k.reach() < Period {
		if end-height >= k.reach() {
			return nil, fmt.Errorf("%w: it is asked for at most %d headers, not for the %d from block %d to %d",
				ErrUnavailable, k.reach(), end-height+1, height, end)
		}
		return k.parts.do(ctx, height, func(ctx context.Context) ([]Header, error) {
			return c.linked(ctx, k, Hash{}, height, end)
		})
	}
	run, err := k.periods.do(ctx, period, func(ctx context.Context) ([]Header, error) {
		first := period * Period
		after, _ := c.network.Checkpoint(first - 1) // zero before the genesis block
		run, err := c.linked(ctx, k, after, first, end)
		if err == nil && c.store != nil {
			// A cache that cannot be written costs a request the next time.
			_ = c.store.Put(c.network, period, run)
		}
		return run, err
	})
	if err != nil {
		return nil, err
	}
	return run[height%Period:], nil
}

// linked asks a carrier for the headers from first to end, the height of a row
// of the table, and links them. The genesis block is not asked for: no node
// sends it.
func (c *Chain) linked(ctx context.Context, k *hauler, after Hash, first, end uint64) ([]Header, error) {
	return ask(ctx, &k.manners, func(ctx context.Context) ([]Header, error) {
		var run []Header
		from := first
		if first == 0 {
			run, after, from = append(run, c.network.genesis), c.network.genesis.Hash(), 1
		}
		got, err := c.headers(ctx, k, after, from, int(end-from+1))
		if err != nil {
			return nil, err
		}
		run = append(run, got...)
		if have := uint64(len(run)); have < end-first+1 {
			return nil, lacks(end)
		}
		if err := c.network.Link(first, run); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrInconsistent, err)
		}
		return run, nil
	})
}

// climb returns all that a carrier has above the table, if it is a chain of
// work that reaches the present.
func (c *Chain) climb(ctx context.Context, k *hauler) (*climb, error) {
	return k.climbs.do(ctx, struct{}{}, func(ctx context.Context) (*climb, error) {
		return ask(ctx, &k.manners, func(ctx context.Context) (*climb, error) {
			return c.climbUp(ctx, k)
		})
	})
}

func (c *Chain) climbUp(ctx context.Context, k *hauler) (*climb, error) {
	// Headers that link are true whoever sends them. Above the table a node that
	// is known to follow another chain is no carrier either.
	if c.own != nil && k.Carrier == Carrier(c.own) {
		if err := c.sound(ctx); err != nil {
			return nil, err
		}
	}
	up, now := newClimb(c.network), c.now()
	for room := c.network.most(now); ; {
		step := min(climbStep, room-len(up.headers))
		if step <= 0 {
			return nil, fmt.Errorf("%w: more than %d headers above block %d", ErrInconsistent, room, c.network.LastHeight())
		}
		run, err := c.headers(ctx, k, up.tip, up.height()+1, step)
		if errors.Is(err, ErrBehind) && len(up.headers) > 0 {
			break // it had exactly as many as were asked for before
		}
		if err != nil {
			return nil, err
		}
		if err := up.add(run, now); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrInconsistent, err)
		}
		if len(run) < step {
			break
		}
	}
	if err := up.end(now); err != nil {
		if !errors.Is(err, ErrBehind) {
			err = fmt.Errorf("%w: %w", ErrInconsistent, err)
		}
		return nil, err
	}
	return up, nil
}

// A summit is what carriers brought from above the table.
type summit struct {
	*climb            // the one with the most work, nil without any
	brought []carried // all that were asked, in order
	enough  bool      // one that the person named brought a chain, or two operators did
}

type carried struct {
	by    *hauler
	climb *climb
	err   error // why there is none
}

// work asks carriers for what lies above the table, in order, until enough have
// brought a chain of work: one honest carrier among them makes the true chain
// the one with the most work.
func (c *Chain) work(ctx context.Context, carriers []*hauler) summit {
	var s summit
	var names []string
	for _, k := range carriers {
		if s.enough {
			break
		}
		if k.reach() < Period {
			continue
		}
		up, err := c.climb(ctx, k)
		s.brought = append(s.brought, carried{k, up, err})
		if err != nil {
			continue
		}
		if s.climb == nil || up.weight().Cmp(s.weight()) > 0 {
			s.climb = up
		}
		names = append(names, k.Name())
		s.enough = k.ByPerson || operators(names) >= 2
	}
	return s
}

// beside returns the headers from a height to the end of its period as they
// lie beside the proofs, linked; nil if they do not lie there.
func (c *Chain) beside(ctx context.Context, height uint64) ([]Header, error) {
	if c.bundle == nil {
		return nil, nil
	}
	end := periodEnd(height)
	run, err := c.bundled.do(ctx, height/Period, func(context.Context) ([]Header, error) {
		run := c.bundle.period(height / Period)
		if run == nil {
			return nil, nil
		}
		if err := c.network.Link(end+1-uint64(len(run)), run); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrInconsistent, err)
		}
		return run, nil
	})
	return suffix(run, end-height+1), err
}

// kept returns the headers from a height to the end of its period as they lie
// in the cache, linked; nil if they do not lie there.
func (c *Chain) kept(ctx context.Context, height uint64) []Header {
	if c.store == nil {
		return nil
	}
	run, err := c.stored.do(ctx, height/Period, func(context.Context) ([]Header, error) {
		run, _ := c.store.Period(c.network, height/Period)
		return run, nil
	})
	if err != nil { // the caller was stopped
		return nil
	}
	return suffix(run, periodEnd(height)-height+1)
}

// suffix returns the last count headers, nil if there are fewer.
func suffix(run []Header, count uint64) []Header {
	if uint64(len(run)) < count {
		return nil
	}
	return run[uint64(len(run))-count:]
}

// Headers returns the headers from a height to the end of its period, linked to
// the table; above the table, those from there on up to the last that a carrier
// has, whose work was weighed but which nothing vouches for. It is for keeping
// them: see [Bundle.Add].
func (c *Chain) Headers(ctx context.Context, height uint64) ([]Header, error) {
	var last error
	if c.network.covers(height) {
		if run, err := c.beside(ctx, height); run != nil && err == nil {
			return run, nil
		}
		if run := c.kept(ctx, height); run != nil {
			return run, nil
		}
	}
	for _, k := range c.everybody(ctx) {
		run, err := c.from(ctx, k, height)
		if err == nil {
			return run, nil
		}
		last = fmt.Errorf("%s: %w", k.Name(), err)
	}
	if last == nil {
		last = fmt.Errorf("%w: nobody to ask", ErrUnavailable)
	}
	return nil, fmt.Errorf("headers from block %d on: %w", height, last)
}

func (c *Chain) from(ctx context.Context, k *hauler, height uint64) ([]Header, error) {
	last := c.network.LastHeight()
	if c.network.covers(height) {
		return c.haul(ctx, k, height)
	}
	if k.reach() < Period {
		return nil, fmt.Errorf("%w: it is not asked for everything above block %d", ErrUnavailable, last)
	}
	up, err := c.climb(ctx, k)
	if err != nil {
		return nil, err
	}
	run := up.from(height)
	if run == nil {
		return nil, lacks(height)
	}
	return run[:min(uint64(len(run)), periodEnd(height)-height+1)], nil
}

// lacks is the error for a chain that ends before a height.
func lacks(height uint64) error {
	return fmt.Errorf("%w: its headers end before block %d", ErrBehind, height)
}
