package objects

import (
	"errors"
	"fmt"
)

// minChainBytes is what the deltas of one object may make together, in bytes,
// whatever its size.
const minChainBytes = 4 << 30

// link is one delta of a chain.
type link struct {
	at spot
	e  entry
}

// base finds what the delta at a spot builds on: a packed object, in the same
// pack if it is there, or a loose one, which the caller closes.
func (s *Store) base(at spot, e *entry, d *decoder) (spot, *loose, error) {
	if e.kind == ofsDelta {
		return spot{at.p, e.base}, nil, nil
	}
	off, ok, err := at.p.find(e.id)
	if err != nil {
		return spot{}, nil, err
	}
	if ok {
		return spot{at.p, off}, nil, nil
	}
	for _, p := range *s.packs.Load() {
		if off, ok, err := p.find(e.id); err == nil && ok {
			if _, err := p.open(); err == nil {
				return spot{p, off}, nil, nil
			}
		}
	}
	for _, dir := range s.dirs {
		o, err := openLoose(loosePath(dir, e.id), d)
		if !errors.Is(err, errGone) {
			return spot{}, o, err
		}
	}
	return spot{}, nil, fmt.Errorf("%w: %w: %s, which a delta builds on", ErrCorrupt, errGone, e.id)
}

// unpack builds a packed object in memory, which is not the caller's to
// change. ErrTooLarge when it has more than limit bytes; what it builds on may
// have maxBase.
func (s *Store) unpack(at spot, limit int64, d *decoder) (Kind, []byte, error) {
	var chain []link
	var first []byte // of the chain, inflated: it says how large the object is
	var kind Kind
	var data []byte
	for {
		if err := d.goOn(); err != nil {
			return 0, nil, err
		}
		var ok bool
		if kind, data, ok = s.cache.get(at); ok {
			break
		}
		e, err := at.p.entry(at.off)
		if err != nil {
			return 0, nil, err
		}
		if !e.isDelta() {
			kind = e.kind
			if data, err = s.inflate(at.p, &e, capOf(limit, len(chain)), d); err != nil {
				return 0, nil, err
			}
			s.cache.put(at, kind, data)
			break
		}
		if len(chain) == maxChain {
			return 0, nil, errChain(at)
		}
		chain = append(chain, link{at, e})
		if len(chain) == 1 {
			if first, err = s.firstDelta(at.p, &e, limit, d); err != nil {
				return 0, nil, err
			}
		}
		next, o, err := s.base(at, &e, d)
		if err != nil {
			return 0, nil, err
		}
		if o != nil {
			if kind, data, err = s.looseBase(o, d); err != nil {
				return 0, nil, err
			}
			break
		}
		at = next
	}
	if len(chain) == 0 && int64(len(data)) > limit {
		return 0, nil, tooLarge(int64(len(data)), limit)
	}
	return s.build(kind, data, chain, first, max(minChainBytes, 64*min(limit, maxBase)), d)
}

// capOf is how large an object may be that depth deltas lead to.
func capOf(limit int64, depth int) int64 {
	if depth == 0 {
		return limit
	}
	return maxBase
}

// firstDelta inflates the delta that gives the object asked for, if that is not
// too large.
func (s *Store) firstDelta(p *pack, e *entry, limit int64, d *decoder) ([]byte, error) {
	delta, err := s.inflate(p, e, maxBase, d)
	if err != nil {
		return nil, err
	}
	_, size, _, err := deltaSizes(delta)
	if err == nil && size > limit {
		err = tooLarge(size, limit)
	}
	return delta, err
}

func (s *Store) looseBase(o *loose, d *decoder) (Kind, []byte, error) {
	kind, data, err := s.loadLoose(o, maxBase, d)
	return kind, data, errors.Join(err, o.close())
}

// build applies the chain's deltas, the last one first. ErrTooLarge when they
// make more than budget bytes, which is found before the delta that would.
func (s *Store) build(kind Kind, data []byte, chain []link, first []byte, budget int64, d *decoder) (Kind, []byte, error) {
	if len(data) > streamAbove { // of less it would cost more than it can save
		if err := s.checkChain(chain, budget, d); err != nil {
			return 0, nil, err
		}
	}
	var made int64
	for i := len(chain) - 1; i >= 0; i-- {
		delta, at := first, chain[i].at
		if i > 0 {
			var err error
			if delta, err = s.inflate(at.p, &chain[i].e, maxBase, d); err != nil {
				return 0, nil, err
			}
		}
		_, size, _, err := deltaSizes(delta)
		if err != nil {
			return 0, nil, err
		}
		if made += size; made > budget {
			return 0, nil, tooLarge(made, budget)
		}
		if err := d.goOn(); err != nil {
			return 0, nil, err
		}
		if data, err = s.apply(data, delta, nil); err != nil {
			return 0, nil, fmt.Errorf("%s: at offset %d: %w", at.p.path, at.off, err)
		}
		s.cache.put(at, kind, data)
	}
	return kind, data, nil
}

// checkChain adds up what the deltas say they make, before any is inflated.
func (s *Store) checkChain(chain []link, budget int64, d *decoder) error {
	var announced int64
	for i := range chain {
		size, err := chain[i].at.p.resultSize(d, &chain[i].e)
		if err != nil {
			return err
		}
		s.stats.count(maxDeltaHead)
		if announced += size; announced > budget {
			return tooLarge(announced, budget)
		}
	}
	return nil
}

// inflate gives what an entry's stream holds.
func (s *Store) inflate(p *pack, e *entry, limit int64, d *decoder) ([]byte, error) {
	if e.size > limit || !fits(e.size) {
		return nil, tooLarge(e.size, limit)
	}
	out := make([]byte, e.size)
	if err := p.inflate(d, e, out); err != nil {
		return nil, err
	}
	s.stats.count(len(out))
	return out, nil
}

// apply gives the result of a delta, in out if that is large enough.
func (s *Store) apply(base, delta, out []byte) ([]byte, error) {
	from, size, code, err := deltaSizes(delta)
	if err != nil {
		return nil, err
	}
	if from != int64(len(base)) {
		return nil, corrupt("a delta for %d bytes builds on %d", from, len(base))
	}
	if size > maxBase {
		return nil, tooLarge(size, maxBase)
	}
	if size > maxResult(len(delta), len(base)) {
		return nil, corrupt("a delta of %d bytes announces %d", len(delta), size)
	}
	if int64(cap(out)) < size {
		out = make([]byte, size)
	}
	out = out[:size]
	if err := patch(out, base, code); err != nil {
		return nil, err
	}
	s.stats.patched.Add(size)
	return out, nil
}

// maxResult is how much a delta can make: an instruction of one byte copies
// up to 64 KiB, one of more up to 16 MiB.
func maxResult(delta, base int) int64 {
	return int64(delta) * int64(min(max(base, 127), 1<<24-1))
}
