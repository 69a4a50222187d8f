package devnet

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/openllmo/git-anchor/internal/bitcoin"
)

// PeerOptions says what a Peer serves.
type PeerOptions struct {
	// Chain returns the headers from height First on, and is called for each
	// request: a Net's Headers, or any real ones.
	Chain func() []bitcoin.Header
	First uint64
	Addr  string  // IP address of this machine's loopback and port; "": 127.0.0.1:0
	Magic [4]byte // what messages begin with; zero: regtest's
	Fault string  // one of PeerFaults; "": none
}

// A Peer is a node of Bitcoin's P2P network that knows headers and nothing
// else. It serves any number of connections until it is closed.
type Peer struct {
	options  PeerOptions
	listener net.Listener
	running  sync.WaitGroup
	done     chan struct{} // closed by Close

	mu     sync.Mutex
	conns  map[net.Conn]bool // nil once it is closed
	asked  int
	served int
}

// StartPeer listens. The caller closes the Peer.
func StartPeer(o PeerOptions) (*Peer, error) {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.Magic == [4]byte{} {
		o.Magic = [4]byte{0xfa, 0xbf, 0xb5, 0xda}
	}
	addr, err := netip.ParseAddrPort(o.Addr)
	switch {
	case err != nil || !addr.Addr().IsLoopback():
		return nil, fmt.Errorf("start peer: %q is not a loopback address and port", o.Addr)
	case o.Fault != "" && !slices.Contains(PeerFaults(), o.Fault):
		return nil, fmt.Errorf("start peer: no fault is named %q", o.Fault)
	}
	listener, err := net.Listen("tcp", o.Addr)
	if err != nil {
		return nil, fmt.Errorf("start peer: %w", err)
	}
	p := &Peer{options: o, listener: listener, done: make(chan struct{}), conns: map[net.Conn]bool{}}
	p.running.Go(p.accept)
	return p, nil
}

// Addr returns the address as 127.0.0.1:PORT.
func (p *Peer) Addr() string { return p.listener.Addr().String() }

// Asked returns how many connections were made, and how many requests for
// headers came over them.
func (p *Peer) Asked() (connections, requests int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.served, p.asked
}

// Close ends all connections and waits for their goroutines. A second call does
// nothing.
func (p *Peer) Close() error {
	p.mu.Lock()
	conns := p.conns
	p.conns = nil
	p.mu.Unlock()
	if conns == nil {
		return nil
	}
	close(p.done)
	err := p.listener.Close()
	for c := range conns {
		c.Close()
	}
	p.running.Wait()
	return err
}

func (p *Peer) accept() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return // Close, or nothing more to be had from this listener
		}
		if !p.enter(conn) {
			conn.Close()
			return
		}
		p.running.Go(func() {
			defer p.leave(conn)
			p.talk(conn)
		})
	}
}

func (p *Peer) enter(conn net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conns == nil {
		return false
	}
	p.conns[conn] = true
	p.served++
	return true
}

func (p *Peer) leave(conn net.Conn) {
	conn.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, conn)
}

// errBye ends a conversation.
var errBye = errors.New("bye")

// talk answers one client until it leaves or a fault ends the connection.
func (p *Peer) talk(conn net.Conn) {
	if p.options.Fault == "mute" {
		p.idle(conn)
		return
	}
	for {
		command, payload, err := readP2P(conn, p.options.Magic)
		if err != nil {
			return
		}
		switch command {
		case "version":
			err = p.greet(conn)
		case "getheaders":
			p.mu.Lock()
			p.asked++
			p.mu.Unlock()
			err = p.answer(conn, payload)
		}
		if err != nil {
			return
		}
	}
}

// greet answers a version, and pings as nodes do.
func (p *Peer) greet(conn net.Conn) error {
	magic := p.options.Magic
	switch p.options.Fault {
	case "garbage":
		_, err := conn.Write([]byte("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"))
		return errors.Join(err, errBye)
	case "badmagic":
		magic[0] ^= 1
	case "oversize":
		_, err := conn.Write(headP2P(magic, "version", 0xffffffff, [4]byte{}))
		if err == nil {
			p.idle(conn)
		}
		return errBye
	}
	height := p.options.First + uint64(max(0, len(p.chain())-1))
	for _, m := range []struct {
		command string
		payload []byte
	}{{"version", versionP2P(height)}, {"verack", nil}, {"ping", make([]byte, 8)}} {
		if _, err := conn.Write(frameP2P(magic, m.command, m.payload)); err != nil {
			return err
		}
	}
	return nil
}

// idle reads and drops what comes until the client leaves or the Peer closes,
// which closes the connection.
func (p *Peer) idle(conn net.Conn) {
	buf := make([]byte, 4096)
	for {
		if _, err := conn.Read(buf); err != nil {
			return
		}
	}
}

// drip sends bytes one at a time, for ever slower than anyone waits for.
func (p *Peer) drip(conn net.Conn, message []byte) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for i := range message {
		if _, err := conn.Write(message[i : i+1]); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-p.done:
			return errBye
		}
	}
	return nil
}

// Headers returns the main chain from the genesis block to the tip.
func (n *Net) Headers() []bitcoin.Header {
	n.mu.Lock()
	defer n.mu.Unlock()
	headers := make([]bitcoin.Header, len(n.ledger.main))
	for i, b := range n.ledger.main {
		headers[i] = b.header
	}
	return headers
}

// Network returns regtest with a table of its own: the last blocks of all
// periods that the chain has gone through so far.
func (n *Net) Network() *bitcoin.Network {
	var rows []bitcoin.Hash
	var last time.Time
	headers := n.Headers()
	for at := bitcoin.Period - 1; at < len(headers); at += bitcoin.Period {
		rows, last = append(rows, headers[at].Hash()), headers[at].Time()
	}
	return bitcoin.RegtestTo(last, rows...)
}
