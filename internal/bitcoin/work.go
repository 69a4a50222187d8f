package bitcoin

import (
	"fmt"
	"math/big"
	"slices"
	"time"
)

const (
	// spacing is the time between two blocks that difficulty aims at.
	spacing = 10 * time.Minute
	// medianSpan is how many blocks' times the next one is measured against:
	// nMedianTimeSpan of Bitcoin Core.
	medianSpan = 11
	// maxTipAge is how old the last block of a chain of work may be: a carrier
	// that is behind does not say what lies on a block.
	maxTipAge = 24 * time.Hour
	// beforeRow is how far before the table's last block the times of the eleven
	// up to it may lie in the middle: they span two hours, as a rule. A time that
	// were not bounded there would make the first period look long, and the next
	// one up to four times easier.
	beforeRow = 12 * time.Hour
)

// CheckWork weighs a run of headers that begins right above the table's last
// row. Nothing but work speaks for them, so all rules hold that a full node
// applies to headers: each names the one before, states exactly the difficulty
// that the retargets give, meets it, is later than the median of the eleven
// before it and at most two hours ahead of now. And three quarters of the
// blocks that the time since the last row implies have to be there, the last of
// them younger than a day: whoever jumps the clock instead to make a few blocks
// pass for new ones would have to mine all the others, too.
//
// The weight is the work as Bitcoin counts it, to compare runs by.
func (n *Network) CheckWork(run []Header, now time.Time) (weight *big.Int, err error) {
	c := newClimb(n)
	if err := c.add(run, now); err != nil {
		return nil, err
	}
	if err := c.end(now); err != nil {
		return nil, err
	}
	return c.weight(), nil
}

// A climb is a run of headers from the table's last row upwards, as far as it
// was checked.
type climb struct {
	network *Network
	headers []Header // from network.LastHeight()+1
	tip     Hash

	bits   uint32
	limit  target
	began  uint32             // time of the first block of this period
	recent [medianSpan]uint32 // times of the last blocks; early ones where unknown
	next   int                // which of recent is the oldest

	work *big.Int // of the periods before this one
	here int64    // blocks of this period
}

func newClimb(n *Network) *climb {
	c := &climb{network: n, work: new(big.Int)}
	c.tip, _ = n.Checkpoint(n.LastHeight())
	for i := range c.recent {
		c.recent[i] = uint32(n.lastTime().Add(-beforeRow).Unix())
	}
	if n.table == "" {
		c.began, c.bits = n.genesis.seconds(), n.genesis.Bits()
		c.limit, _ = expand(c.bits) // a constant of the network
	}
	return c
}

// height returns that of the last header, or of the table's last row.
func (c *climb) height() uint64 { return c.network.LastHeight() + uint64(len(c.headers)) }

// from returns the headers from a height on; nil if it is not above the table or
// there is none.
func (c *climb) from(height uint64) []Header {
	if height <= c.network.LastHeight() || height > c.height() {
		return nil
	}
	return c.headers[height-c.network.LastHeight()-1:]
}

// add checks headers that follow the last one and takes them over.
func (c *climb) add(run []Header, now time.Time) error {
	latest := now.Add(clockSlack).Unix()
	c.headers = slices.Grow(c.headers, len(run))
	for i := range run {
		if err := c.step(&run[i], latest); err != nil {
			return fmt.Errorf("header %d: %w", c.height()+1, err)
		}
	}
	return nil
}

func (c *climb) step(h *Header, latest int64) error {
	if h.Prev() != c.tip {
		return fmt.Errorf("its block before is %s, not %s", h.Prev(), c.tip)
	}
	if (c.height()+1)%Period == 0 {
		if err := c.retarget(); err != nil {
			return err
		}
		c.began = h.seconds()
	}
	seconds := h.seconds()
	switch {
	case h.Bits() != c.bits:
		return fmt.Errorf("its difficulty is %08x, not %08x", h.Bits(), c.bits)
	case !c.late(seconds):
		return fmt.Errorf("its time, %s, is not after the median of the %d blocks before it", h.Time().Format(time.RFC3339), medianSpan)
	case int64(seconds) > latest:
		return fmt.Errorf("its time, %s, is more than %s ahead", h.Time().Format(time.RFC3339), clockSlack)
	}
	hash := h.Hash()
	if hash.number().cmp(c.limit) > 0 {
		return fmt.Errorf("block %s does not meet difficulty %08x", hash, c.bits)
	}
	c.recent[c.next], c.next = seconds, (c.next+1)%medianSpan
	c.headers, c.tip = append(c.headers, *h), hash
	c.here++
	return nil
}

// late reports whether a time is after the median of the last blocks' times:
// after at least six of eleven. Those from before the climb are not known; they
// are taken for so early that no true header is refused for them.
func (c *climb) late(seconds uint32) bool {
	earlier := 0
	for _, t := range c.recent {
		if t < seconds {
			earlier++
		}
	}
	return earlier > medianSpan/2
}

// retarget sets the difficulty of the period that begins.
func (c *climb) retarget() error {
	c.work, c.here = c.weight(), 0
	bits, known := c.network.bits((c.height() + 1) / Period)
	if !known {
		last := c.headers[len(c.headers)-1].seconds()
		bits = nextBits(c.limit.integer(), int64(last)-int64(c.began), c.network.genesis.Bits())
	}
	limit, err := expand(bits)
	if err != nil {
		return err
	}
	c.bits, c.limit = bits, limit
	return nil
}

// weight returns the work of all headers: for each, 2^256 over its target plus
// one is how many hashes it takes to be expected to find it.
func (c *climb) weight() *big.Int {
	per := new(big.Int).Lsh(big.NewInt(1), 256)
	per.Div(per, new(big.Int).Add(c.limit.integer(), big.NewInt(1)))
	return per.Mul(per, big.NewInt(c.here)).Add(per, c.work)
}

// end reports what a chain that stops here lacks.
func (c *climb) end(now time.Time) error {
	n := c.network
	if len(c.headers) == 0 {
		return fmt.Errorf("%w: no header above block %d", ErrBehind, n.LastHeight())
	}
	tip := c.headers[len(c.headers)-1].Time()
	if age := now.Sub(tip); age >= maxTipAge {
		return fmt.Errorf("%w: its last block, %d, is of %s, not of the last %s", ErrBehind, c.height(), tip.Format(time.RFC3339), maxTipAge)
	}
	// Where blocks are made at will, time says nothing on how many there are.
	implied := int64(now.Sub(n.lastTime()) / spacing)
	if got := int64(len(c.headers)); !n.fixed && got < (implied*3+3)/4 {
		return fmt.Errorf("%d blocks above block %d are less than three quarters of the %d that the time since then implies",
			got, n.LastHeight(), implied)
	}
	return nil
}

// most returns how many headers a carrier may have above the table: twice what
// the time since then implies, and a period.
func (n *Network) most(now time.Time) int {
	if n.fixed {
		return maxRegtest
	}
	implied := int64(now.Sub(n.lastTime()) / spacing)
	return int(min(max(implied, 0)*2+Period, maxClimb))
}

// plausible reports whether there can be a block at height in the life of this
// table, whatever any clock says.
func (n *Network) plausible(height uint64) bool {
	last := n.LastHeight()
	return height <= last || height-last <= maxClimb
}

const (
	// maxClimb bounds what is kept of one carrier's headers: 80 MB, twenty years
	// of them. A table that old is to be replaced.
	maxClimb = 1 << 20
	// maxRegtest bounds them on a chain where blocks cost nothing.
	maxRegtest = 100 * Period
)

// nextBits returns the difficulty after a period with this target that took so
// many seconds from its first block to its last: the target in proportion to
// the time, within a factor of four, at most the limit, in compact form.
func nextBits(was *big.Int, taken int64, limit uint32) uint32 {
	const aim = int64(Period * spacing / time.Second)
	taken = min(max(taken, aim/4), aim*4)
	next := new(big.Int).Mul(was, big.NewInt(taken))
	next.Div(next, big.NewInt(aim))
	if easiest, err := expand(limit); err != nil || next.Cmp(easiest.integer()) > 0 {
		return limit
	}
	return compact(next)
}
