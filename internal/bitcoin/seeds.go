package bitcoin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

// seedTimeout bounds the look-up of the seeds' names, all at the same time.
const seedTimeout = 10 * time.Second

// A Lookup resolves a name; (*net.Resolver).LookupNetIP is one.
type Lookup func(ctx context.Context, network, host string) ([]netip.Addr, error)

// seeds are names that resolve to nodes of the network, each kept by another
// person: src/kernel/chainparams.cpp of Bitcoin Core.
func (n *Network) seeds() []string {
	if n.name != "mainnet" {
		return nil
	}
	return []string{
		"seed.bitcoin.sipa.be",          // Pieter Wuille
		"dnsseed.bluematt.me",           // Matt Corallo
		"seed.bitcoin.jonasschnelli.ch", // Jonas Schnelli
		"seed.btc.petertodd.net",        // Peter Todd
		"seed.bitcoin.sprovoost.nl",     // Sjors Provoost
		"dnsseed.emzy.de",               // Stephan Oeste
		"seed.bitcoin.wiz.biz",          // Jason Maurice
	}
}

// Seeds looks for peers by the network's DNS seeds and returns one from each,
// so that no two owe their place to the same person. Lookup nil is the system's
// resolver. Behind a proxy nothing is resolved here: the seeds' names are the
// peers' then. Call it only for a person who asked for it: such traffic may be
// taken for mining.
func Seeds(ctx context.Context, n *Network, lookup Lookup, o PeerOptions) ([]Carrier, error) {
	if lookup == nil {
		lookup = net.DefaultResolver.LookupNetIP
	}
	names := n.seeds()
	if len(names) == 0 || o.LoopbackOnly {
		return nil, fmt.Errorf("%w: %s has no DNS seeds: name a peer", ErrUnavailable, n.name)
	}
	ctx, cancel := context.WithTimeout(ctx, seedTimeout)
	defer cancel()
	found, failures := make([]string, len(names)), make([]error, len(names))
	var wg sync.WaitGroup
	for i, name := range names {
		wg.Go(func() { found[i], failures[i] = seedPeer(ctx, n, name, lookup, o) })
	}
	wg.Wait()
	var peers []Carrier
	seen := map[string]bool{}
	for _, address := range found {
		if address != "" && !seen[address] {
			seen[address] = true
			peers = append(peers, NewPeer(address, n, o))
		}
	}
	if len(peers) == 0 {
		return nil, fmt.Errorf("%w: no DNS seed names a peer: %w", ErrUnavailable, errors.Join(failures...))
	}
	return peers, nil
}

// seedPeer returns the host and port of one peer that a seed names.
func seedPeer(ctx context.Context, n *Network, name string, lookup Lookup, o PeerOptions) (string, error) {
	via, err := proxyFor(net.JoinHostPort(name, n.peerPort()), o.Getenv)
	if err != nil {
		return "", err
	}
	if via != nil {
		return net.JoinHostPort(name, n.peerPort()), nil
	}
	list, err := lookup(ctx, "ip", name)
	if err != nil {
		return "", fmt.Errorf("%s: %s", name, lastWords(err))
	}
	var best netip.Addr
	for _, addr := range list {
		// A seed must not lead us into the person's own network.
		addr = addr.Unmap()
		if !addr.IsGlobalUnicast() || addr.IsPrivate() || addr.IsLoopback() {
			continue
		}
		// Many machines have no way to IPv6 addresses.
		if !best.IsValid() || addr.Is4() && !best.Is4() {
			best = addr
		}
	}
	if !best.IsValid() {
		return "", fmt.Errorf("%s: no public address", name)
	}
	return net.JoinHostPort(best.String(), n.peerPort()), nil
}
