package devnet

import (
	"net"
	"slices"

	"github.com/openllmo/git-anchor/internal/bitcoin"
)

// peerFaults lists the ways in which a Peer can spoil what it sends.
var peerFaults = []struct{ name, does string }{
	{"mute", "nothing at all"},
	{"garbage", "what a web server says, then the connection ends"},
	{"badmagic", "messages of another network"},
	{"oversize", "a message that claims to have 4 GiB"},
	{"badchecksum", "headers under a wrong checksum"},
	{"toomany", "2001 headers in one message"},
	{"longheaders", "headers of 164 bytes, as of a chain that left Bitcoin"},
	{"withtxs", "headers that claim to come with a transaction"},
	{"short", "a header less than the count says"},
	{"trailing", "the headers and a further byte"},
	{"otherchain", "headers of a chain that nobody asked about"},
	{"forked", "the true headers, but for the last three, which are others that follow"},
	{"behind", "a chain that ends 20 blocks lower"},
	{"empty", "no headers"},
	{"stall", "no answer to a request for headers"},
	{"drip", "the headers one byte at a time"},
	{"chatter", "pings and announcements without end, and no headers"},
	{"disconnect", "the end of the connection in place of headers"},
	{"cut", "half of the headers, then the end of the connection"},
}

// PeerFaults returns the names of all faults of a Peer.
func PeerFaults() []string {
	names := make([]string, len(peerFaults))
	for i, f := range peerFaults {
		names[i] = f.name
	}
	return names
}

const forkDepth = 3 // headers that "forked" replaces

// chain returns the headers as the fault shows them.
func (p *Peer) chain() []bitcoin.Header {
	chain := p.options.Chain()
	switch p.options.Fault {
	case "behind":
		return chain[:max(1, len(chain)-behindBy)]
	case "forked":
		chain = slices.Clone(chain)
		for i := max(1, len(chain)-forkDepth); i < len(chain); i++ {
			chain[i] = fork(chain[i], chain[i-1].Hash())
		}
	}
	return chain
}

// fork returns another header in place of h, on top of prev: with work where
// any machine can do it, else without.
func fork(h bitcoin.Header, prev bitcoin.Hash) bitcoin.Header {
	root := h.MerkleRoot()
	f := bitcoin.Fields{
		Version: h.Version(), Prev: prev, Root: doubleHash(root[:]),
		Time: uint32(h.Time().Unix()), Bits: h.Bits(), Nonce: h.Nonce(),
	}
	if f.Bits == bitcoin.Regtest().Genesis().Bits() {
		return work(f)
	}
	return f.Header()
}

// after returns the headers that follow the first block of the locator that the
// chain has, as far as stop. Like a node, it begins at its own second block if
// it has none of them.
func (p *Peer) after(locator []bitcoin.Hash, stop bitcoin.Hash) []bitcoin.Header {
	chain := p.chain()
	index := make(map[bitcoin.Hash]int, len(chain)+1)
	index[chain[0].Prev()] = 0
	for i, h := range chain {
		index[h.Hash()] = i + 1
	}
	from := 1
	for _, hash := range locator {
		if i, ok := index[hash]; ok {
			from = i
			break
		}
	}
	chain = chain[min(from, len(chain)):]
	if end, ok := index[stop]; ok && end > from {
		chain = chain[:min(len(chain), end-from)]
	}
	return chain[:min(len(chain), p2pMaxHeaders)]
}

// answer answers a request for headers.
func (p *Peer) answer(conn net.Conn, payload []byte) error {
	locator, stop, err := locatorP2P(payload)
	if err != nil {
		return err
	}
	headers, size := p.after(locator, stop), bitcoin.HeaderSize
	switch p.options.Fault {
	case "empty":
		headers = nil
	case "toomany":
		for len(headers) <= p2pMaxHeaders {
			headers = append(slices.Clip(headers), headers...)
		}
		headers = headers[:p2pMaxHeaders+1]
	case "longheaders":
		size = 164
	case "otherchain":
		headers = otherChain(len(headers))
	}
	body := headersP2P(headers, size)
	switch p.options.Fault {
	case "withtxs":
		body[len(body)-1] = 1
	case "short":
		body = body[:len(body)-bitcoin.HeaderSize-1]
	case "trailing":
		body = append(body, 0)
	}
	return p.deliver(conn, frameP2P(p.options.Magic, "headers", body))
}

// deliver sends the answer, or what a fault sends of it.
func (p *Peer) deliver(conn net.Conn, message []byte) error {
	switch p.options.Fault {
	case "disconnect":
		return errBye
	case "stall":
		p.idle(conn)
		return errBye
	case "drip":
		return p.drip(conn, message)
	case "cut":
		message = message[:len(message)/2]
	case "badchecksum":
		message[p2pHead-1] ^= 1
	case "chatter":
		for {
			ping := frameP2P(p.options.Magic, "ping", make([]byte, 8))
			if _, err := conn.Write(append(ping, frameP2P(p.options.Magic, "inv", make([]byte, 37))...)); err != nil {
				return err
			}
		}
	}
	if _, err := conn.Write(message); err != nil || p.options.Fault == "cut" {
		return errBye
	}
	return nil
}

// otherChain returns headers that follow one another and no known block.
func otherChain(count int) []bitcoin.Header {
	chain := make([]bitcoin.Header, count)
	prev := doubleHash([]byte("another chain"))
	for i := range chain {
		chain[i] = work(bitcoin.Fields{
			Version: blockVersion, Prev: prev, Root: prev,
			Time: uint32(1700000000 + 600*i), Bits: bitcoin.Regtest().Genesis().Bits(),
		})
		prev = chain[i].Hash()
	}
	return chain
}
