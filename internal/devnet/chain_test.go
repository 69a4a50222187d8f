package devnet

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/ots"
)

func TestChainIsRegtest(t *testing.T) {
	n := run(t, Options{Blocks: 30})
	submit(t, n, n.Pools()[0], "a promise")
	mine(t, n, 2)
	regtest, mainnet := bitcoin.Regtest(), bitcoin.Mainnet()
	for h := range n.Tip() + 1 {
		header := n.HeaderAt(h)
		if err := regtest.CheckHeader(h, header); err != nil {
			t.Errorf("block %d: %v", h, err)
		}
		if mainnet.CheckHeader(h, header) == nil || mainnet.CheckHeader(mainnet.LastHeight()+100, header) == nil {
			t.Errorf("block %d passes for one of mainnet", h)
		}
		if h > 0 && header.Prev() != n.HeaderAt(h-1).Hash() {
			t.Errorf("block %d does not link to the one before", h)
		}
	}
	if n.HeaderAt(0) != regtest.Genesis() {
		t.Error("the genesis block is not regtest's")
	}
}

func TestGenesisTransaction(t *testing.T) {
	n := run(t, Options{Blocks: 1})
	if got, want := doubleHash(n.ledger.main[0].txs[0]), bitcoin.Regtest().Genesis().MerkleRoot(); got != want {
		t.Errorf("the genesis transaction is %s, the root %s", got, want)
	}
}

// Every block's root is that of its transactions, computed here in the plainest
// way.
func TestMerkleRoots(t *testing.T) {
	n := run(t, Options{Blocks: 10, Calendars: 3})
	for _, pool := range n.Pools() {
		submit(t, n, pool, "in one block")
	}
	mine(t, n, 1)
	seen := map[bitcoin.Hash]bool{}
	for _, b := range n.ledger.main {
		var level [][]byte
		for _, tx := range b.txs {
			id := doubleHash(tx)
			if seen[id] {
				t.Errorf("block %d repeats transaction %s", b.height, id)
			}
			seen[id] = true
			level = append(level, id[:])
		}
		for len(level) > 1 {
			if len(level)%2 == 1 {
				level = append(level, level[len(level)-1])
			}
			var next [][]byte
			for i := 0; i < len(level); i += 2 {
				hash := doubleHash([]byte(string(level[i]) + string(level[i+1])))
				next = append(next, hash[:])
			}
			level = next
		}
		if root := b.header.MerkleRoot(); !bytes.Equal(level[0], root[:]) {
			t.Errorf("block %d: root %x, its transactions give %x", b.height, root, level[0])
		}
	}
}

func TestClimb(t *testing.T) {
	for _, kind := range []merkleKind{calendarTree, blockTree} {
		for count := 1; count <= 17; count++ {
			leaves := make([][]byte, count)
			for i := range leaves {
				leaves[i] = bytes.Repeat([]byte{byte(i)}, 32)
			}
			root, paths := climb(kind, leaves)
			for i, path := range paths {
				if got := apply(leaves[i], path...); !bytes.Equal(got, root) {
					t.Errorf("kind %d: leaf %d of %d leads to %x, not to the root %x", kind, i, count, got, root)
				}
			}
		}
	}
	// An odd leaf rises as it is in a calendar: one operation pair for it.
	if _, paths := climb(calendarTree, [][]byte{{1}, {2}, {3}}); len(paths[2]) != 2 || len(paths[0]) != 4 {
		t.Errorf("paths of %d and %d operations, want 4 and 2", len(paths[0]), len(paths[2]))
	}
}

// The height in a coinbase is a script number: shortest, little endian, not
// negative.
func TestCoinbaseHeight(t *testing.T) {
	for _, test := range []struct {
		height uint64
		want   string
	}{
		{1, "5100"}, {16, "6000"}, {17, "0111"}, {127, "017f"}, {128, "028000"},
		{255, "02ff00"}, {256, "020001"}, {32767, "02ff7f"}, {32768, "03008000"}, {963647, "033fb40e"},
	} {
		tx := coinbaseTx(test.height, 0)
		script := tx[4+1+32+4+1:]
		if got := hex.EncodeToString(script[:len(test.want)/2]); got != test.want {
			t.Errorf("height %d: %s, want %s", test.height, got, test.want)
		}
	}
}

func TestCommitTxHoldsTheRoot(t *testing.T) {
	root := bytes.Repeat([]byte{7}, 32)
	tx, at := commitTx("alice", 102, root)
	if !bytes.Equal(tx[at:at+32], root) || !bytes.Equal(tx[at-2:at], []byte{opReturn, opPush32}) {
		t.Errorf("at byte %d of %x: not the root behind OP_RETURN", at, tx)
	}
	if len(tx)-at-32 != 4 {
		t.Errorf("%d bytes follow the root, want the lock time's 4", len(tx)-at-32)
	}
}

func TestMineTimes(t *testing.T) {
	clock := noon
	n := run(t, Options{Blocks: 11, Now: func() time.Time { return clock }})
	times := func(from uint64) (s string) {
		for h := from; h <= n.Tip(); h++ {
			s += n.HeaderAt(h).Time().Format(" 15:04:05")
		}
		return s
	}
	mine(t, n, 2)
	mine(t, n, 1) // the clock stands: a second later
	if got, want := times(12), " 12:00:00 12:00:01 12:00:02"; got != want {
		t.Errorf("blocks at%s, want%s", got, want)
	}
	clock = noon.Add(time.Hour)
	mine(t, n, 1)
	if got, want := times(15), " 13:00:00"; got != want {
		t.Errorf("block at%s, want%s", got, want)
	}
	// Out of order, as miners' clocks are, but after the median.
	if err := n.MineAt(noon.Add(3*time.Hour), noon.Add(2*time.Hour)); err != nil {
		t.Error(err)
	}
	mine(t, n, 1)
	if got, want := times(16), " 15:00:00 14:00:00 14:00:01"; got != want {
		t.Errorf("blocks at%s, want%s", got, want)
	}
}

func TestMineAtErrors(t *testing.T) {
	n := run(t, Options{Blocks: 11}) // 10:10 to 11:50, median 11:00
	median := noon.Add(-time.Hour)
	last := time.Unix(math.MaxUint32, 0)
	for _, test := range []struct {
		name  string
		times []time.Time
		want  string
	}{
		{"none", nil, "mine 0 blocks: 1 to 10080 at a time"},
		{"too many", make([]time.Time, MaxMine+1), "mine 10081 blocks: 1 to 10080 at a time"},
		{"the median", []time.Time{median},
			"mine a block at 2026-03-01T11:00:00Z: not after 2026-03-01T11:00:00Z, the median time of the 11 blocks before"},
		{"the second one", []time.Time{median.Add(time.Second), median},
			"mine a block at 2026-03-01T11:00:00Z: not after 2026-03-01T11:00:01Z, the median time of the 11 blocks before"},
		{"before 1970", []time.Time{time.Unix(-1, 0)}, "mine a block at 1969-12-31T23:59:59Z: a header holds the seconds from 1970 to 2106"},
		{"after 2106", []time.Time{last.Add(time.Second)}, "mine a block at 2106-02-07T06:28:16Z: a header holds the seconds from 1970 to 2106"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := n.MineAt(test.times...); err == nil || err.Error() != test.want {
				t.Errorf("error %v, want %s", err, test.want)
			}
		})
	}
	if n.Tip() != 11 {
		t.Errorf("tip %d after refusals, want 11", n.Tip())
	}
	if err := n.MineAt(median.Add(time.Second), last); err != nil {
		t.Errorf("just after the median, and the last second: %v", err)
	}
	for _, count := range []int{-1, 0, MaxMine + 1} {
		if err := n.Mine(count); err == nil || err.Error() != fmt.Sprintf("mine %d blocks: 1 to 10080 at a time", count) {
			t.Errorf("mine %d: %v", count, err)
		}
	}
}

func TestMineMost(t *testing.T) {
	n := run(t, Options{Blocks: 1})
	mine(t, n, MaxMine)
	if n.Tip() != MaxMine+1 {
		t.Errorf("tip %d, want %d", n.Tip(), MaxMine+1)
	}
}

func TestPromiseOnce(t *testing.T) {
	c := newLedger(Options{Calendars: 1}).calendars[0]
	c.promise([]byte("twice"))
	c.promise([]byte("twice"))
	if len(c.waiting) != 1 || len(c.promises) != 1 {
		t.Errorf("%d wait, %d promised; want 1", len(c.waiting), len(c.promises))
	}
}

func TestApplyOurOwnMistake(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("an operation that cannot be applied passes")
		}
	}()
	apply(nil, ots.Op{Tag: ots.Append})
}

func BenchmarkMine(b *testing.B) {
	l := newLedger(Options{Calendars: 2, Now: func() time.Time { return noon }})
	for b.Loop() {
		if err := l.mineNow(1); err != nil {
			b.Fatal(err)
		}
	}
}
