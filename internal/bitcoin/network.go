package bitcoin

import (
	_ "embed"
	"encoding/binary"
	"fmt"
	"time"
)

// Period is how many blocks share one difficulty.
const Period = 2016

// The embedded table, little-endian throughout, written by gentable: number of
// rows, time of the last row's block and how far that time may be off (uint32
// each, seconds); then for every period from the first its last block's hash in
// internal order (32 bytes), the bits of the period after it (uint32), and how
// the row was confirmed (a byte, see [Confirmation]).
const (
	tableHead = 12
	tableRow  = 32 + 4 + 1
)

//go:embed checkpoints.bin
var checkpoints string

// A Network holds the parameters of one chain. It is read only and may be used
// from any number of goroutines.
type Network struct {
	name    string
	genesis Header
	table   string // as tableHead and tableRow say; empty: the genesis block alone
	fixed   bool   // one difficulty for ever, that of the genesis block
	buried  uint64 // how many blocks lie on the table's last one at least
}

// Mainnet returns Bitcoin with the table embedded in this binary.
func Mainnet() *Network {
	return &Network{
		name: "mainnet", genesis: genesis(1231006505, 0x1d00ffff, 2083236893),
		table: checkpoints, buried: Period, // extendtable adds no row before
	}
}

// Regtest returns Bitcoin Core's regression test chain, on which any machine
// makes blocks at will: it proves nothing. Devnet builds on the same genesis.
func Regtest() *Network {
	return &Network{name: "regtest", genesis: genesis(1296688602, 0x207fffff, 2), fixed: true}
}

// RegtestTo returns regtest with a table of its own: the hashes of the last
// blocks of its first periods, the last of which has the time given.
func RegtestTo(last time.Time, rows ...Hash) *Network {
	n := Regtest()
	table := binary.LittleEndian.AppendUint32(nil, uint32(len(rows)))
	table = binary.LittleEndian.AppendUint32(table, uint32(last.Unix()))
	table = binary.LittleEndian.AppendUint32(table, 0)
	for _, hash := range rows {
		table = append(table, hash[:]...)
		table = binary.LittleEndian.AppendUint32(table, n.genesis.Bits())
		table = append(table, byte(ByHeader))
	}
	if len(rows) > 0 {
		n.table = string(table)
	}
	return n
}

// genesis returns a first block: both chains share its one transaction, and so
// its merkle root.
func genesis(time, bits, nonce uint32) Header {
	return Fields{
		Version: 1,
		Root: Hash{
			0x3b, 0xa3, 0xed, 0xfd, 0x7a, 0x7b, 0x12, 0xb2, 0x7a, 0xc7, 0x2c, 0x3e, 0x67, 0x76, 0x8f, 0x61,
			0x7f, 0xc8, 0x1b, 0xc3, 0x88, 0x8a, 0x51, 0x32, 0x3a, 0x9f, 0xb8, 0xaa, 0x4b, 0x1e, 0x5e, 0x4a,
		},
		Time: time, Bits: bits, Nonce: nonce,
	}.Header()
}

// Name returns "mainnet" or "regtest".
func (n *Network) Name() string { return n.name }

// Genesis returns the header at height 0.
func (n *Network) Genesis() Header { return n.genesis }

// LastHeight returns the height of the table's last block; 0 is the genesis
// block.
func (n *Network) LastHeight() uint64 {
	if n.table == "" {
		return 0
	}
	return n.rows()*Period - 1
}

// Checkpoint returns the hash of the block at a height that this binary knows:
// the genesis block, or the last block of a period of the table.
func (n *Network) Checkpoint(height uint64) (Hash, bool) {
	switch {
	case height == 0:
		return n.genesis.Hash(), true
	case height > n.LastHeight() || height%Period != Period-1:
		return Hash{}, false
	}
	return Hash([]byte(n.row(height / Period)[:32])), true
}

// CheckHeader reports what shows that h cannot be the block at height: its work
// falls short, its difficulty is not the one of that height, or the block there
// is known to be another. A header that passes may still be forged where
// difficulty is low; only a link to a checkpoint excludes that.
func (n *Network) CheckHeader(height uint64, h Header) error {
	if err := n.checkBits(height, h); err != nil {
		return err
	}
	if err := h.CheckWork(); err != nil {
		return err
	}
	if height > 1 { // that of block 1 is nothing anybody rests a date on
		if before, known := n.Checkpoint(height - 1); known && h.Prev() != before {
			return fmt.Errorf("the block before it is %s, not %s, the %s block at height %d", h.Prev(), before, n.name, height-1)
		}
	}
	if want, known := n.Checkpoint(height); known && h.Hash() != want {
		return fmt.Errorf("block %s is not %s, the %s block at height %d", h.Hash(), want, n.name, height)
	}
	return nil
}

// checkBits compares the difficulty that h states with what is known of its
// height.
func (n *Network) checkBits(height uint64, h Header) error {
	period, got := height/Period, h.Bits()
	if want, known := n.bits(period); known {
		if got != want {
			return fmt.Errorf("difficulty %08x is not %08x, that of %s at height %d", got, want, n.name, height)
		}
		return nil
	}
	// Further up, difficulty can be bounded only: one retarget allows a factor
	// of four. The bound and the time keep out blocks mined cheaply for an old
	// height and shown for a new one.
	easiest, err := expand(n.tableBits(n.rows()))
	if err != nil {
		return err
	}
	stated, err := expand(got)
	if err != nil {
		return err
	}
	if stated.quarter().cmp(easiest) > 0 {
		return fmt.Errorf("difficulty %08x at height %d is less than a quarter of the last one known", got, height)
	}
	if earliest := n.lastTime(); !h.Time().After(earliest) {
		return fmt.Errorf("block time %s at height %d is not after %s, when block %d was mined",
			h.Time().Format(time.RFC3339), height, earliest.Format(time.RFC3339), n.LastHeight())
	}
	return nil
}

// bits returns the difficulty of a period, and whether it is known: to one
// period past the table.
func (n *Network) bits(period uint64) (uint32, bool) {
	if period == 0 || n.fixed {
		return n.genesis.Bits(), true
	}
	if period > n.rows() {
		return 0, false
	}
	return n.tableBits(period), true
}

func (n *Network) tableBits(period uint64) uint32 {
	return binary.LittleEndian.Uint32([]byte(n.row(period - 1)[32:36]))
}

// lastTime returns the earliest time that the table's last block can have; that
// of the genesis block without a table.
func (n *Network) lastTime() time.Time {
	at, off := n.LastTime()
	return at.Add(-off)
}

func (n *Network) rows() uint64 { return uint64(n.head(0)) }

func (n *Network) head(at int) uint32 {
	return binary.LittleEndian.Uint32([]byte(n.table[at : at+4]))
}

// row returns the record of a period that lies in the table.
func (n *Network) row(period uint64) string {
	at := tableHead + int(period)*tableRow
	return n.table[at : at+tableRow]
}
