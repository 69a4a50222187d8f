package objects

import "sync/atomic"

// Stats counts work in a way that does not depend on the machine.
type Stats struct {
	Objects  int64 // objects given: by Read, Bytes and Scan
	Streams  int64 // zlib streams inflated, wholly or in part
	Inflated int64 // bytes they gave
	Patched  int64 // bytes made by applying deltas
	Hashed   int64 // bytes hashed to an id
	Listed   int64 // objects that Scan has found and will visit
}

// Since gives what was done after before.
func (s Stats) Since(before Stats) Stats {
	return Stats{
		s.Objects - before.Objects, s.Streams - before.Streams, s.Inflated - before.Inflated,
		s.Patched - before.Patched, s.Hashed - before.Hashed, s.Listed - before.Listed,
	}
}

type stats struct {
	objects, streams, inflated, patched, hashed, listed atomic.Int64
}

// Stats tells what was done since Open.
func (s *Store) Stats() Stats {
	c := &s.stats
	return Stats{c.objects.Load(), c.streams.Load(), c.inflated.Load(), c.patched.Load(), c.hashed.Load(), c.listed.Load()}
}

// made is how many bytes were inflated or patched.
func (c *stats) made() int64 { return c.inflated.Load() + c.patched.Load() }

// count adds an inflated stream of n bytes.
func (c *stats) count(n int) {
	c.streams.Add(1)
	c.inflated.Add(int64(n))
}
