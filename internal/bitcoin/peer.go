package bitcoin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/openllmo/git-anchor/internal/printable"
)

const (
	// peerTimeout bounds each step with a peer: to connect, to introduce
	// ourselves, and each message of headers, from the request to its last byte.
	peerTimeout = 20 * time.Second
	// maxUnasked is how many messages a peer may send in one conversation that
	// nobody asked for: announcements and pings.
	maxUnasked = 100
	// defaultAgent is the user agent in BIP 14's form.
	defaultAgent = "/git-anchor/"
)

// PeerOptions say how peers are reached. The zero value connects directly.
type PeerOptions struct {
	Getenv       func(string) string // where ALL_PROXY and NO_PROXY are read; nil: no proxy
	LoopbackOnly bool                // refuse every address that is not loopback, and use no proxy; always so but on mainnet
	Timeout      time.Duration       // of each step; 0: 20 s
	Now          func() time.Time    // the clock we introduce ourselves with; nil: time.Now
}

// peer asks a node of Bitcoin's own network for headers. It opens a connection
// for each run, to the one address it was given, and follows no other that the
// peer may name.
type peer struct {
	address string // host:port
	network *Network
	options PeerOptions
}

// NewPeer returns the peer at host or host:port of the network's P2P protocol.
func NewPeer(address string, n *Network, o PeerOptions) Carrier {
	if _, _, err := net.SplitHostPort(address); err != nil {
		address = net.JoinHostPort(trimBrackets(address), n.peerPort())
	}
	// Blocks that anyone makes at will are no reason to connect to anybody else.
	o.LoopbackOnly = o.LoopbackOnly || n.name != "mainnet"
	if o.Timeout <= 0 {
		o.Timeout = peerTimeout
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return peer{address, n, o}
}

// trimBrackets takes the brackets off an IPv6 address without a port.
func trimBrackets(host string) string {
	if len(host) > 2 && host[0] == '[' && host[len(host)-1] == ']' {
		return host[1 : len(host)-1]
	}
	return host
}

// peerPort is where nodes of a network listen if they are not told otherwise.
func (n *Network) peerPort() string {
	switch n.name {
	case "mainnet":
		return "8333"
	case "simnet":
		return "18555"
	}
	return "18444"
}

func (p peer) Name() string { return printable.Text(p.address, maxQuote) }

func (p peer) Headers(ctx context.Context, after Hash, first uint64, count int) ([]Header, error) {
	switch {
	case after == (Hash{}):
		return nil, fmt.Errorf("%w: a peer is asked for what follows a block, and the block before %d is not known", ErrUnavailable, first)
	case count < 1:
		return nil, nil
	}
	conn, err := p.dial(ctx)
	if err != nil {
		return nil, plain(ctx, err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	c := conversation{peer: p, conn: conn}
	run, err := c.headers(after, first, count)
	if err != nil {
		return nil, plain(ctx, err)
	}
	return handOver(after, first, run)
}

// plain gives an error its kind, and puts words for people in place of those of
// package net, which name addresses and calls.
func plain(ctx context.Context, err error) error {
	var timeout net.Error
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%w: %w", ErrUnavailable, context.Cause(ctx))
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("%w: no answer in time", ErrUnavailable)
	case errors.Is(err, ErrInconsistent), errors.Is(err, ErrBehind):
		return err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: it closed the connection", ErrUnavailable)
	}
	return fmt.Errorf("%w: %s", ErrUnavailable, printable.Text(lastWords(err), maxQuote))
}

// lastWords is the text of the innermost error, which says what happened.
func lastWords(err error) string {
	for {
		var inner error
		switch e := err.(type) {
		case interface{ Unwrap() error }:
			inner = e.Unwrap()
		case interface{ Unwrap() []error }:
			if list := e.Unwrap(); len(list) > 0 {
				inner = list[len(list)-1]
			}
		}
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}

// A conversation is one connection to a peer.
type conversation struct {
	peer
	conn    net.Conn
	height  uint64 // of the peer's chain, as it says
	unasked int
}

// headers introduces us and asks until there are count headers or the peer has
// no more.
func (c *conversation) headers(after Hash, first uint64, count int) ([]Header, error) {
	if err := c.shakeHands(); err != nil {
		return nil, err
	}
	// A row of the table at the end of the run saves what follows it.
	stop, _ := c.network.Checkpoint(first + uint64(count) - 1)
	var run []Header
	for len(run) < count {
		c.step()
		if err := c.send("getheaders", getHeadersPayload(after, stop)); err != nil {
			return nil, err
		}
		payload, err := c.await("headers")
		if err != nil {
			return nil, err
		}
		got, err := parseHeaders(payload)
		if err != nil {
			return nil, err
		}
		more := len(got) == maxHeaders
		got = got[:min(len(got), count-len(run))]
		if err := c.follow(after, first+uint64(len(run)), got); err != nil {
			return nil, err
		}
		run = append(run, got...)
		if !more {
			break
		}
		after = run[len(run)-1].Hash()
	}
	return run, nil
}

// follow checks that what came follows the block that was named. A peer that
// does not know that block begins at its own first one instead.
func (c *conversation) follow(after Hash, first uint64, got []Header) error {
	if len(got) == 0 || got[0].Prev() == after {
		return nil
	}
	if got[0].Prev() == c.network.genesis.Hash() && c.height+1 < first {
		return fmt.Errorf("%w: its chain ends at height %d", ErrBehind, c.height)
	}
	return fmt.Errorf("%w: its block %d follows %s, not %s: another chain", ErrInconsistent, first, got[0].Prev(), after)
}

// shakeHands exchanges versions.
func (c *conversation) shakeHands() error {
	c.step()
	if err := c.send("version", versionPayload(defaultAgent, c.options.Now())); err != nil {
		return err
	}
	payload, err := c.await("version")
	if err != nil {
		return err
	}
	if c.height, err = parseVersion(payload); err != nil {
		return err
	}
	if err := c.send("verack", nil); err != nil {
		return err
	}
	_, err = c.await("verack")
	return err
}

// step begins the time that the next step may take. A peer that sends a byte
// now and then does not prolong it.
func (c *conversation) step() {
	// An error means that the connection is closed, which the next call tells.
	_ = c.conn.SetDeadline(time.Now().Add(c.options.Timeout))
}

func (c *conversation) send(command string, payload []byte) error {
	if _, err := c.conn.Write(frame(c.network.magic(), command, payload)); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}

// await reads messages until the one wanted comes; pings are answered, all else
// is dropped.
func (c *conversation) await(want string) ([]byte, error) {
	for {
		command, payload, err := readMessage(c.conn, c.network.magic())
		if err != nil {
			return nil, err
		}
		if command == want {
			return payload, nil
		}
		if c.unasked++; c.unasked > maxUnasked {
			return nil, fmt.Errorf("%w: more than %d messages that nobody asked for", ErrInconsistent, maxUnasked)
		}
		if command == "ping" && len(payload) == 8 {
			if err := c.send("pong", payload); err != nil {
				return nil, err
			}
		}
	}
}
