package devnet

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/openllmo/git-anchor/internal/bitcoin"
)

const (
	blockVersion = 0x20000000 // BIP 9 with nothing signalled
	medianSpan   = 11         // blocks whose median time the next one has to pass
)

// The one transaction of Bitcoin's genesis block, which regtest's shares.
const genesisTx = "01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d04ffff001d0104455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f757420666f722062616e6b73ffffffff0100f2052a01000000434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac00000000"

// A ledger is the chain and the calendars that commit to it. It knows nothing
// of HTTP and is not safe for concurrent use.
type ledger struct {
	now           func() time.Time
	confirmations uint64 // at which calendars answer
	calendars     []*calendar
	main          []*block                  // by height
	stale         map[uint64][]*block       // replaced ones by height, oldest first
	byHash        map[bitcoin.Hash]*block   // of both
	forged        map[bitcoin.Hash]sighting // headers that faulty explorers have named so far
	branch        uint32                    // reorganisations so far
}

// A block is mined once and does not change, but for its promises.
type block struct {
	height   uint64
	header   bitcoin.Header
	hash     bitcoin.Hash
	txs      [][]byte
	promises []*promise // whose commitments it holds
}

func newLedger(o Options) *ledger {
	header := bitcoin.Regtest().Genesis()
	tx, err := hex.DecodeString(genesisTx)
	if err != nil {
		panic("devnet: " + err.Error())
	}
	genesis := &block{header: header, hash: header.Hash(), txs: [][]byte{tx}}
	l := &ledger{
		now:           o.Now,
		confirmations: uint64(o.Confirmations),
		main:          []*block{genesis},
		stale:         map[uint64][]*block{},
		byHash:        map[bitcoin.Hash]*block{genesis.hash: genesis},
		forged:        map[bitcoin.Hash]sighting{},
	}
	for _, name := range calendarNames(o.Calendars) {
		l.calendars = append(l.calendars, &calendar{name: name, pool: name[:1], promises: map[string]*promise{}})
	}
	return l
}

func (l *ledger) tip() uint64 { return uint64(len(l.main) - 1) }

// every returns count times, step apart.
func every(from time.Time, step time.Duration, count int) []time.Time {
	times := make([]time.Time, count)
	for i := range times {
		times[i] = from.Add(time.Duration(i) * step)
	}
	return times
}

// mineNow is Net.Mine.
func (l *ledger) mineNow(count int) error {
	if count < 1 || count > MaxMine {
		return fmt.Errorf("mine %d blocks: 1 to %d at a time", count, MaxMine)
	}
	return l.mineAt(true, every(l.nextTime(), time.Second, count)...)
}

// nextTime is the present, or as soon after the tip as rules and order allow:
// the clock may stand still, or have been overtaken by times set by hand.
func (l *ledger) nextTime() time.Time {
	tip := l.main[l.tip()].header.Time()
	earliest := slices.MaxFunc([]time.Time{tip, medianTime(l.main)}, time.Time.Compare).Add(time.Second)
	return slices.MaxFunc([]time.Time{l.now(), earliest}, time.Time.Compare)
}

// mineAt is Net.MineAt. Only with commit do calendars' promises go in.
func (l *ledger) mineAt(commit bool, times ...time.Time) error {
	if len(times) < 1 || len(times) > MaxMine {
		return fmt.Errorf("mine %d blocks: 1 to %d at a time", len(times), MaxMine)
	}
	// The rule is checked on a chain of times alone first: all or nothing.
	recent := slices.Clone(l.main[max(0, len(l.main)-medianSpan):])
	for _, t := range times {
		if seconds := t.Unix(); seconds < 0 || seconds > math.MaxUint32 {
			return fmt.Errorf("mine a block at %s: a header holds the seconds from 1970 to 2106", t.UTC().Format(time.RFC3339))
		}
		if median := medianTime(recent); t.Unix() <= median.Unix() {
			return fmt.Errorf("mine a block at %s: not after %s, the median time of the %d blocks before",
				t.UTC().Format(time.RFC3339), median.Format(time.RFC3339), min(len(recent), medianSpan))
		}
		recent = append(recent, &block{header: bitcoin.Fields{Time: uint32(t.Unix())}.Header()})
	}
	for _, t := range times {
		l.extend(l.build(t, commit))
	}
	return nil
}

// medianTime returns the median time of the last 11 blocks of a chain.
func medianTime(chain []*block) time.Time {
	var times []time.Time
	for _, b := range chain[max(0, len(chain)-medianSpan):] {
		times = append(times, b.header.Time())
	}
	slices.SortFunc(times, time.Time.Compare)
	return times[len(times)/2]
}

// build mines a block on top of the tip.
func (l *ledger) build(t time.Time, commit bool) *block {
	parent := l.main[l.tip()]
	b := &block{height: parent.height + 1}
	// Three to seven other transactions, and each calendar's at a place that
	// changes with the height: left, right and odd ends all occur.
	others := 3 + int(b.height%5)
	for i := range others {
		b.txs = append(b.txs, fillerTx(b.height, i))
	}
	if commit {
		for i, c := range l.calendars {
			if len(c.waiting) > 0 {
				place := (int(b.height) + 3*i) % (len(b.txs) + 1)
				b.txs = slices.Insert(b.txs, place, c.commit(b))
			}
		}
	}
	b.txs = slices.Insert(b.txs, 0, coinbaseTx(b.height, l.branch))
	root := b.finishPromises()
	b.header = work(bitcoin.Fields{
		Version: blockVersion,
		Prev:    parent.hash,
		Root:    root,
		Time:    uint32(t.Unix()),
		Bits:    bitcoin.Regtest().Genesis().Bits(),
	})
	b.hash = b.header.Hash()
	return b
}

// finishPromises builds the block's merkle tree and extends the promises' paths
// to its root.
func (b *block) finishPromises() bitcoin.Hash {
	leaves := make([][]byte, len(b.txs))
	index := make(map[bitcoin.Hash]int, len(b.txs))
	for i, tx := range b.txs {
		id := doubleHash(tx)
		leaves[i], index[id] = id[:], i
	}
	root, paths := climb(blockTree, leaves)
	for _, p := range b.promises {
		p.block = b
		p.path = append(p.path, paths[index[p.tx]]...)
	}
	return bitcoin.Hash(root)
}

// work tries nonces until the header meets its bits.
func work(f bitcoin.Fields) bitcoin.Header {
	for f.Header().CheckWork() != nil {
		f.Nonce++
	}
	return f.Header()
}

func (l *ledger) extend(b *block) {
	l.main = append(l.main, b)
	l.byHash[b.hash] = b
}

// reorg is Net.Reorg.
func (l *ledger) reorg(depth int) error {
	if depth < 1 || depth > MaxMine || uint64(depth) > l.tip() {
		return fmt.Errorf("reorganise %d blocks: 1 to %d", depth, min(l.tip(), MaxMine))
	}
	keep := len(l.main) - depth
	for _, b := range l.main[keep:] {
		l.stale[b.height] = append(l.stale[b.height], b)
		for _, p := range b.promises {
			p.block, p.path = nil, nil
			p.by.waiting = append(p.by.waiting, p)
		}
		b.promises = nil
	}
	for _, c := range l.calendars {
		slices.SortFunc(c.waiting, func(p, q *promise) int { return cmp.Compare(p.number, q.number) })
	}
	l.main = slices.Clip(l.main[:keep])
	l.branch++
	return l.mineAt(false, every(l.nextTime(), time.Second, depth+1)...)
}

// depth returns how many blocks the main chain has from b, which is on it, on.
func (l *ledger) depth(b *block) uint64 { return l.tip() - b.height + 1 }

// flush answers every digest that waits.
func (l *ledger) flush() {
	for _, c := range l.calendars {
		c.aggregate(l.now())
	}
}

// onMain reports whether b is on the main chain.
func (l *ledger) onMain(b *block) bool { return b.height <= l.tip() && l.main[b.height] == b }
