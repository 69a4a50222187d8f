// Package devnet runs a local stand-in for the two services that anchoring
// needs: OpenTimestamps calendars, and a chain of Bitcoin-like blocks seen
// through the faces that Bitcoin is seen through (Esplora, blockchain.info,
// Bitcoin Core's RPC and REST, a mirror of header files). It serves them over
// real HTTP on a loopback address, so that tests, `git anchor demo` and
// rehearsals run the very code that runs against Bitcoin; only addresses and
// chain parameters differ. A [Peer] speaks Bitcoin's P2P protocol besides.
//
// Start with [Start]: submit a digest to one of [Net.Pools], call [Net.Mine],
// ask the calendar that the answer named. `git anchor devnet` serves the same
// thing to other programs; GET / on [Net.URL] lists every URL.
//
// What is real: proofs, merkle trees, block headers that link and meet their
// bits, transactions whose ids are on the path of every proof. What is not:
// difficulty (any machine makes blocks at will, so its anchors prove nothing),
// signatures, amounts, and any secret: with the same options and requests in
// the same order, the same blocks come out. Chains that are checked against
// mainnet's difficulty never accept these blocks.
//
// # Faults
//
// The path of a request chooses how the answer is spoilt: /fault/NAME/ before
// the rest of any path ([Net.Fault]), or /later/NAME/ before a pool's
// ([Net.FaultyLater]), which answers well but names the calendar at
// /fault/NAME/ in its pending attestation, so that the next request is the one
// that fails. [Faults] names them all, GET / says what each does.
package devnet

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/openllmo/git-anchor/internal/bitcoin"
)

// Options says how a Net starts. The zero value is fine.
type Options struct {
	Addr          string           // IP address of this machine's loopback and port; "": 127.0.0.1:0
	Calendars     int              // calendars, each with a pool; 0: 2, at most MaxCalendars
	Blocks        int              // blocks above the genesis block at the start; 0: 101, at most MaxMine
	Start         time.Time        // time of block 1, the others follow every 10 minutes; zero: so that the last is 10 minutes ago
	Confirmations int              // confirmations at which a calendar answers; 0: 6, as real ones
	Immediate     bool             // answer a digest at once, alone, instead of once a second with all others
	Now           func() time.Time // the clock of calendars and new blocks; nil: time.Now
}

const (
	// MaxCalendars is how many calendars a Net may have: one for each name.
	MaxCalendars = 8
	// MaxMine is how many blocks may be mined in one call: five periods of
	// 2016, enough to cross a table's row.
	MaxMine = 5 * 2016

	defaultCalendars     = 2
	defaultBlocks        = 101
	defaultConfirmations = 6
	blockInterval        = 10 * time.Minute // Bitcoin's aim
	aggregateEvery       = time.Second      // as the reference server
)

// A Net is a running devnet. Its methods may be called from any number of
// goroutines.
type Net struct {
	base      string // http://127.0.0.1:PORT
	port      string
	immediate bool
	server    *http.Server
	guard     *http.CrossOriginProtection // against web pages that post to the control paths
	requests  requestLog
	flaky     flakiness

	mu     sync.Mutex // guards ledger and closed
	ledger *ledger
	closed bool

	broken  error          // why the server stopped by itself; read after running is waited for
	done    chan struct{}  // closed by Close: every wait ends
	running sync.WaitGroup // the server, the aggregator, requests being answered
}

// Start mines the first blocks and listens. The caller closes the Net.
func Start(o Options) (*Net, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("start devnet: %w", err)
	}
	ledger := newLedger(o)
	if err := ledger.mineAt(false, every(o.Start, blockInterval, o.Blocks)...); err != nil {
		return nil, fmt.Errorf("start devnet: %w", err)
	}
	listener, err := net.Listen("tcp4", o.Addr)
	if err != nil {
		return nil, fmt.Errorf("start devnet: %w", err)
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start devnet: %w", err), listener.Close())
	}
	n := &Net{
		base:      "http://" + listener.Addr().String(),
		port:      port,
		immediate: o.Immediate,
		guard:     http.NewCrossOriginProtection(),
		ledger:    ledger,
		done:      make(chan struct{}),
	}
	n.server = &http.Server{
		Handler:           n.Handler(),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      2 * slowCap,
		IdleTimeout:       slowCap,
	}
	n.running.Go(func() {
		if err := n.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			n.broken = err
		}
	})
	if !n.immediate {
		n.running.Go(n.aggregate)
	}
	return n, nil
}

// withDefaults fills in zero fields and refuses what cannot be served.
func (o Options) withDefaults() (Options, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.Calendars == 0 {
		o.Calendars = defaultCalendars
	}
	if o.Blocks == 0 {
		o.Blocks = defaultBlocks
	}
	if o.Confirmations == 0 {
		o.Confirmations = defaultConfirmations
	}
	if o.Start.IsZero() {
		o.Start = o.Now().Add(-time.Duration(o.Blocks) * blockInterval)
	}
	addr, err := netip.ParseAddrPort(o.Addr)
	switch {
	case err != nil:
		return o, fmt.Errorf("address %q: not an IP address and a port, such as 127.0.0.1:8332", o.Addr)
	case !addr.Addr().Is4() || !addr.Addr().IsLoopback():
		// Not even ::1: its brackets cannot stand in a pending attestation.
		return o, fmt.Errorf("address %s: only 127.x.y.z is served, its anchors prove nothing to anyone else", addr.Addr())
	case o.Calendars < 0 || o.Calendars > MaxCalendars:
		return o, fmt.Errorf("%d calendars: 1 to %d", o.Calendars, MaxCalendars)
	case o.Blocks < 0 || o.Blocks > MaxMine:
		return o, fmt.Errorf("%d blocks: 1 to %d", o.Blocks, MaxMine)
	case o.Confirmations < 0:
		return o, fmt.Errorf("%d confirmations: at least 1", o.Confirmations)
	}
	return o, nil
}

// aggregate answers the digests that wait, once a second, until Close.
func (n *Net) aggregate() {
	tick := time.NewTicker(aggregateEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			n.Flush()
		case <-n.done:
			return
		}
	}
}

// Close ends every request, stops listening and waits for all goroutines. A
// second call does nothing.
func (n *Net) Close() error {
	n.mu.Lock()
	if n.closed {
		n.mu.Unlock()
		return nil
	}
	n.closed = true
	close(n.done)
	n.mu.Unlock()
	err := n.server.Close()
	n.running.Wait()
	return errors.Join(n.broken, err)
}

// enter counts a request in; once the Net is closed it returns false.
func (n *Net) enter() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.closed {
		n.running.Add(1)
	}
	return !n.closed
}

// Flush answers at once the digests that wait to be aggregated.
func (n *Net) Flush() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.ledger.flush()
}

// Mine adds count blocks (1 to MaxMine) at the present time, each at least a
// second after the one before. What calendars have promised by now goes into
// the first. The error says which count is allowed.
func (n *Net) Mine(count int) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.ledger.mineNow(count)
}

// MineAt adds a block for each time, 1 to MaxMine of them. It mines none when
// one of them is not after the median of the 11 blocks before, which every node
// asks for, or is no time that a header can hold.
func (n *Net) MineAt(times ...time.Time) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.ledger.mineAt(true, times...)
}

// Reorg replaces the last depth blocks by depth+1 empty ones (the branch with
// more work wins, so the tip rises by one). What the replaced blocks committed
// is waiting again and goes into the next block that is mined. The replaced
// blocks can still be asked for by their hashes. The error says which depth is
// allowed.
func (n *Net) Reorg(depth int) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.ledger.reorg(depth)
}

// Tip returns the height of the last block.
func (n *Net) Tip() uint64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.ledger.tip()
}

// HeaderAt returns the header of the main chain at height h; it panics above
// the tip.
func (n *Net) HeaderAt(h uint64) bitcoin.Header {
	n.mu.Lock()
	defer n.mu.Unlock()
	if h > n.ledger.tip() {
		panic(fmt.Sprintf("devnet: no block at height %d, the tip is %d", h, n.ledger.tip()))
	}
	return n.ledger.main[h].header
}
