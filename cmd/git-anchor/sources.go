package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/fetch"
	"github.com/openllmo/git-anchor/internal/printable"
)

// sourceFlags say who is asked for block headers, and how deep a block must lie.
func sourceFlags() []cli.Flag {
	return append(carrierFlags(), &cli.Uint64Flag{
		Name: "min-confirmations", Usage: "`N` blocks a claim needs, its own included: 6 or more", DefaultText: "6",
	})
}

// carrierFlags say who is asked for block headers.
func carrierFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "explorer", Usage: "`[esplora:|blockchain.info:]URL` to ask for block headers instead of the defaults (repeatable)"},
		&cli.StringFlag{Name: "node", Usage: "RPC `URL` of your own Bitcoin node (its user and password: git config anchor.nodeUser, anchor.nodePassword)"},
		&cli.StringFlag{Name: "node-cookie", Usage: "the node's cookie `FILE`"},
		&cli.StringFlag{Name: "node-conf", Usage: "the node's bitcoin.conf `FILE`"},
		&cli.StringSliceFlag{Name: "mirror", Usage: "`[rest:]URL` of a mirror of headers, or of a node's REST interface (repeatable)"},
		&cli.StringSliceFlag{Name: "peer", Usage: "`HOST[:PORT]` of a Bitcoin node to fetch headers from (repeatable)"},
		&cli.BoolFlag{Name: "p2p", Usage: "fetch headers from nodes that Bitcoin's DNS seeds name"},
		networkFlag(),
	}
}

// sourceNamed is the first flag given that names whom to ask, "" if none.
func sourceNamed(c *cli.Context) string {
	for _, name := range sourceNames() {
		if c.IsSet(name) {
			return name
		}
	}
	return ""
}

// sourceNames are the flags that name whom to ask.
func sourceNames() []string {
	return []string{"explorer", "node", "node-cookie", "node-conf", "mirror", "peer", "p2p"}
}

// misnamed is the error about a source that cannot be one: a usage error where
// a flag names it, else one about the person's setting. It repeats nothing of a
// URL, which may hold a password.
func misnamed(byFlag bool, flag, setting string, err error) error {
	text := strings.TrimPrefix(err.Error(), flag+": ")
	if byFlag {
		return usage("--%s: %s", flag, text)
	}
	return &failure{exitFatal, "git config " + setting + ": " + text, "git config --show-origin --get-all " + setting}
}

// trusted is whom a run asks about blocks, and what it requires of them.
type trusted struct {
	client  *fetch.Client
	network *bitcoin.Network
	person  config.Person
	require bitcoin.Rung
	regtest bool
	headers *anchor.Headers // beside the proofs; nil where there are none
}

// chain builds what claims are judged by. Flags come before git config.
func (r *runner) chain(c *cli.Context, t trusted, from headersFrom) (*bitcoin.Chain, error) {
	o := bitcoin.Options{Require: t.require}
	if from == noHeaders {
		return bitcoin.NewChain(t.network, o), nil
	}
	if t.headers != nil {
		o.Bundle = t.headers.Bundle
	}
	var err error
	if o.MinConfirmations, err = confirmations(c, t.person); err != nil {
		return nil, err
	}
	if dir := r.cacheDir(); dir != "" {
		// Without a cache headers are fetched again.
		if store, err := bitcoin.OpenStore(dir); err == nil {
			o.Store = store
		}
	}
	if from == headersAtHand {
		return bitcoin.NewChain(t.network, o), nil
	}
	if o.Sources, err = explorers(c, t); err != nil {
		return nil, err
	}
	if o.Node, err = node(c, t); err != nil {
		return nil, err
	}
	if o.Carriers, err = r.carriers(c, t, o); err != nil {
		return nil, err
	}
	if t.regtest && c.Bool("p2p") {
		return nil, usage("regtest has no DNS seeds: name a --peer")
	}
	o.Find = r.peers(c, t)
	return bitcoin.NewChain(t.network, o), nil
}

func confirmations(c *cli.Context, p config.Person) (uint64, error) {
	n, byFlag := p.MinConfirmations, c.IsSet("min-confirmations")
	if byFlag {
		n = c.Uint64("min-confirmations")
	} else if n == 0 {
		return bitcoin.MinConfirmations, nil
	}
	if n < bitcoin.MinConfirmations {
		return 0, misnamed(byFlag, "min-confirmations", "anchor.minConfirmations", fmt.Errorf("%d may only be raised above %d", n, bitcoin.MinConfirmations))
	}
	return n, nil
}

// explorers are those that the person named, else the defaults.
func explorers(c *cli.Context, t trusted) ([]bitcoin.Source, error) {
	specs, byFlag := c.StringSlice("explorer"), c.IsSet("explorer")
	if !byFlag {
		specs = t.person.Explorers
	}
	var sources []bitcoin.Source
	for _, spec := range specs {
		source, err := bitcoin.ParseSource(spec, t.client)
		if err != nil {
			return nil, misnamed(byFlag, "explorer", "anchor.explorer", err)
		}
		sources = append(sources, source)
	}
	if len(sources) == 0 && !t.regtest {
		sources = bitcoin.DefaultSources(t.client)
	}
	return sources, nil
}

// node is the person's own, nil if none is named.
func node(c *cli.Context, t trusted) (*bitcoin.Node, error) {
	n, byFlag := t.person.Node, false
	for flag, to := range map[string]*string{"node": &n.URL, "node-cookie": &n.Cookie, "node-conf": &n.Conf} {
		if c.IsSet(flag) {
			*to, byFlag = c.String(flag), true
		}
	}
	if !n.Named() {
		return nil, nil
	}
	own, err := bitcoin.NewNode(n.URL, bitcoin.Credentials{User: n.User, Password: n.Password, Cookie: n.Cookie, Conf: n.Conf}, t.client, t.network)
	if err != nil {
		return nil, misnamed(byFlag, "node", "anchor.node", err)
	}
	return own, nil
}

// carriers are whom runs of headers are fetched from: those that the person
// named first, then explorers for the last few of a period, then the network.
func (r *runner) carriers(c *cli.Context, t trusted, o bitcoin.Options) ([]bitcoin.Named, error) {
	var list []bitcoin.Named
	mirrors, byFlag := c.StringSlice("mirror"), c.IsSet("mirror")
	if !byFlag {
		mirrors = t.person.Mirrors
	}
	for _, spec := range mirrors {
		url, rest := strings.CutPrefix(spec, "rest:")
		if err := fetch.CheckURL(url, true); err != nil {
			return nil, misnamed(byFlag, "mirror", "anchor.mirror", err)
		}
		carrier := bitcoin.NewMirror(url, t.client, true)
		if rest {
			carrier = bitcoin.NewREST(url, t.client, true)
		}
		list = append(list, bitcoin.Named{Carrier: carrier, ByPerson: true})
	}
	peers := c.StringSlice("peer")
	if len(peers) == 0 {
		peers = t.person.Peers
	}
	options := bitcoin.PeerOptions{Getenv: r.getenv, LoopbackOnly: t.regtest}
	for _, host := range peers {
		list = append(list, bitcoin.Named{Carrier: bitcoin.NewPeer(host, t.network, options), ByPerson: true})
	}
	for _, run := range bitcoin.Runs(o.Sources) {
		list = append(list, bitcoin.Named{Carrier: run})
	}
	return list, nil
}

// peers looks for carriers in Bitcoin's network by its DNS seeds; nil where that
// was not asked for.
func (r *runner) peers(c *cli.Context, t trusted) func(context.Context) []bitcoin.Named {
	if !r.mayFindPeers(c, t) {
		return nil
	}
	return func(ctx context.Context) []bitcoin.Named {
		found, err := bitcoin.Seeds(ctx, t.network, nil, bitcoin.PeerOptions{Getenv: r.getenv})
		if err != nil {
			// Headers that are at hand, or other carriers, may do without.
			fmt.Fprintf(r.err, "note: no peers were found: %s\n", printable.Text(err.Error(), longestPath))
		}
		var list []bitcoin.Named
		for _, peer := range found {
			list = append(list, bitcoin.Named{Carrier: peer})
		}
		return list
	}
}

// mayFindPeers says whether Bitcoin's network is asked who its nodes are: only
// when that was asked for, or when a person at a terminal requires what takes
// it. Never by itself in CI, where such traffic may be taken for mining.
func (r *runner) mayFindPeers(c *cli.Context, t trusted) bool {
	if t.regtest {
		return false
	}
	if c.Bool("p2p") || t.person.P2P {
		return true
	}
	rung, err := bitcoin.ParseRung(c.String("require")) // the flag's own: a repository must not open connections
	f, ok := r.err.(*os.File)
	return err == nil && rung >= bitcoin.RungWork && r.getenv("CI") == "" && ok && term.IsTerminal(int(f.Fd()))
}

// cacheDir is where headers are kept between runs: $XDG_CACHE_HOME, or the
// platform's own as os.UserCacheDir has it; "" where there is none.
func (r *runner) cacheDir() string {
	base := r.getenv("XDG_CACHE_HOME")
	switch {
	case filepath.IsAbs(base):
	case runtime.GOOS == "windows":
		base = r.getenv("LocalAppData")
	case runtime.GOOS == "darwin":
		base = filepath.Join(r.getenv("HOME"), "Library", "Caches")
	default:
		base = filepath.Join(r.getenv("HOME"), ".cache")
	}
	if !filepath.IsAbs(base) {
		return ""
	}
	return filepath.Join(base, "git-anchor", "headers")
}
