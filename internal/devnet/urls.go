package devnet

import "strings"

// URL returns http://127.0.0.1:PORT. GET / there lists all other URLs; Bitcoin
// Core's REST paths (/rest/…) are relative to it.
func (n *Net) URL() string { return n.base }

// Pools returns the URLs to submit to, one for each calendar. As in reality,
// the answer's pending attestation names another URL: the calendar's.
func (n *Net) Pools() []string {
	urls := make([]string, 0, len(n.ledger.calendars))
	for _, c := range n.ledger.calendars {
		urls = append(urls, n.base+"/pool/"+c.pool)
	}
	return urls
}

// CalendarURLs returns the URLs that pending attestations name, in the order
// of Pools.
func (n *Net) CalendarURLs() []string {
	urls := make([]string, 0, len(n.ledger.calendars))
	for _, c := range n.ledger.calendars {
		urls = append(urls, n.base+"/calendar/"+c.name)
	}
	return urls
}

// Esplora returns the base URL of a block explorer of the Esplora kind.
func (n *Net) Esplora() string { return n.base + "/esplora" }

// BlockchainInfo returns the base URL of an explorer like blockchain.info.
func (n *Net) BlockchainInfo() string { return n.base + "/blockchaininfo" }

// RPC returns the URL of a node that speaks Bitcoin Core's JSON-RPC. It takes
// any user and password.
func (n *Net) RPC() string { return n.base + "/rpc" }

// Fault returns url, one of this Net's, with a fault chosen in its path. It
// panics on a name that Faults does not list, on a fault that spoils nothing
// there and on a foreign url: a test that misspells a fault must not pass
// because something else failed.
func (n *Net) Fault(name, url string) string { return n.spoiled("fault", name, url) }

// FaultyLater returns a pool's URL that answers well and names, in the pending
// attestation, the pool's calendar with the fault in its path. It panics as
// Fault does.
func (n *Net) FaultyLater(name, poolURL string) string { return n.spoiled("later", name, poolURL) }

func (n *Net) spoiled(kind, name, url string) string {
	path, ours := strings.CutPrefix(url, n.base)
	if !ours || path != "" && path[0] != '/' {
		panic("devnet: " + url + " is not a URL of " + n.base)
	}
	face, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if err := checkFault(kind, name, face); err != nil {
		panic("devnet: " + err.Error())
	}
	return n.base + "/" + kind + "/" + name + path
}
