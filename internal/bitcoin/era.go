package bitcoin

import (
	"math/big"
	"time"
)

// EraBlocks is how many blocks an era has: sixteen periods. The first era is so
// long that difficulty rose in it for the first time: of when the blocks before
// that were mined, difficulty says nothing.
const EraBlocks = 16 * Period

// An Era is EraBlocks blocks, one after another, of the network's history. The
// last one has no end.
type Era struct {
	Bits  uint32    // the lowest difficulty in it, as compact bits
	Begin time.Time // when its first block was mined, to within a day
}

// Eras returns the network's history from the genesis block on, for somebody
// who has a header and a height, and no table: its first blocks are about as old
// as the bits of the periods after them imply. In the last era difficulty may
// have fallen since, by one retarget; it began no later than the table ends. None
// without a table.
func (n *Network) Eras() []Era {
	if n.table == "" {
		return nil
	}
	const length = EraBlocks / Period
	eras := make([]Era, n.rows()/length+1)
	at, _ := n.LastTime()
	for period := n.rows(); ; period-- {
		era := &eras[period/length]
		limit := n.integer(period)
		if period == n.rows() {
			limit.Lsh(limit, 2)
		} else {
			at = at.Add(-n.span(period))
		}
		if easiest, err := expand(era.Bits); err != nil || limit.Cmp(easiest.integer()) > 0 {
			era.Bits = compact(limit)
		}
		if era.Begin = at; period == 0 {
			break
		}
	}
	eras[0].Begin = n.genesis.Time()
	return eras
}

// integer returns the target of a period of the table.
func (n *Network) integer(period uint64) *big.Int {
	bits, _ := n.bits(period)
	limit, _ := expand(bits) // the table's own
	return limit.integer()
}

// span returns how long a period of the table took, as the next one's difficulty
// implies: it is measured from the first block to the last.
func (n *Network) span(period uint64) time.Duration {
	seconds := big.NewInt(int64(Period * spacing / time.Second))
	seconds.Mul(seconds, n.integer(period+1))
	seconds.Div(seconds, n.integer(period))
	return time.Duration(seconds.Int64())*time.Second + spacing
}
