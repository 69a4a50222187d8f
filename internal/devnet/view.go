package devnet

import (
	"math"
	"time"

	"github.com/openllmo/git-anchor/internal/bitcoin"
)

// behindBy is how many blocks the fault "behind" leaves out.
const behindBy = 20

// A view is the chain as one explorer or node shows it: truly, or with a fault.
type view struct {
	*ledger
	fault string
}

// A sighting is a block as a view shows it.
type sighting struct {
	*block
	header bitcoin.Header // not always the block's
	hash   bitcoin.Hash   // not always the header's
}

// tip returns the height of the last block shown.
func (v view) tip() uint64 {
	tip := v.ledger.tip()
	if v.fault == "behind" {
		return tip - min(tip, behindBy)
	}
	return tip
}

// at returns the block of the main chain at height, if it is shown.
func (v view) at(height uint64) (sighting, bool) {
	if height > v.tip() {
		return sighting{}, false
	}
	return v.show(v.main[height]), true
}

// find returns the block that a hash names, replaced ones included.
func (v view) find(hash bitcoin.Hash) (sighting, bool) {
	if b, ok := v.byHash[hash]; ok {
		if v.onMain(b) && b.height > v.tip() {
			return sighting{}, false
		}
		return v.show(b), true
	}
	s, ok := v.forged[hash]
	return s, ok
}

// show is where explorers and nodes lie.
func (v view) show(b *block) sighting {
	s := sighting{block: b, header: b.header, hash: b.hash}
	f := bitcoin.Fields{
		Version: b.header.Version(), Prev: b.header.Prev(), Root: b.header.MerkleRoot(),
		Time: uint32(b.header.Time().Unix()), Bits: b.header.Bits(), Nonce: b.header.Nonce(),
	}
	switch v.fault {
	case "lie":
		f.Root = doubleHash(f.Root[:])
		s.header = work(f)
		s.hash = s.header.Hash()
	case "badhash": // the true root, so that only the hash gives it away
		f.Version ^= 1
		s.header = work(f)
	case "badbits":
		f.Bits = 0x1f7fffff // 1/256 of regtest's target, and met
		s.header = work(f)
		s.hash = s.header.Hash()
	case "nowork":
		for f.Header().CheckWork() == nil {
			f.Nonce++
		}
		s.header = f.Header()
		s.hash = s.header.Hash()
	default:
		return s
	}
	if _, real := v.byHash[s.hash]; !real {
		v.forged[s.hash] = s // so that the hash can be asked for next
	}
	return s
}

// mediantime returns the median time of the 11 blocks that end with b.
func (v view) mediantime(b *block) time.Time {
	if !v.onMain(b) {
		return b.header.Time() // nobody asks this of a replaced block
	}
	return medianTime(v.main[:b.height+1])
}

// size returns the block's size in bytes. Weight is four times that: there are
// no witnesses.
func (b *block) size() int {
	size := bitcoin.HeaderSize + 1
	for _, tx := range b.txs {
		size += len(tx)
	}
	return size
}

// difficulty is how many times harder than mainnet's first block bits are.
func difficulty(bits uint32) float64 {
	return math.Ldexp(0xffff/float64(bits&0x7fffff), 8*(0x1d-int(bits>>24)))
}
