package bitcoin_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/fetch"
)

// TestNodeRung: what the person's own node says, and what is done without it.
func TestNodeRung(t *testing.T) {
	n := startNet(t, bitcoin.Period+100)
	table := n.Network()
	credentials := bitcoin.Credentials{User: "user", Password: "secret"}
	client := fetch.New(fetch.Config{LoopbackOnly: true})
	explorer := bitcoin.NewEsplora(n.Esplora(), client, true)
	var bundle bitcoin.Bundle
	bundle.Add(0, n.Headers()[:bitcoin.Period])
	for _, tt := range []struct {
		name    string
		url     string
		height  uint64
		bundle  *bitcoin.Bundle
		require bitcoin.Rung
		minimum uint64
		verdict bitcoin.Verdict
		rung    bitcoin.Rung
		answers int
	}{
		{"covered", n.RPC(), 1000, nil, 0, 0, bitcoin.Match, bitcoin.RungNode, 1},
		{"above", n.RPC(), 2050, nil, bitcoin.RungNode, 0, bitcoin.Match, bitcoin.RungNode, 1},
		{"six confirmations", n.RPC(), 2111, nil, 0, 0, bitcoin.Match, bitcoin.RungNode, 1},
		{"five", n.RPC(), 2112, nil, 0, 0, bitcoin.Immature, bitcoin.RungNode, 1},
		{"fewer cannot be asked for", n.RPC(), 2112, nil, 0, 5, bitcoin.Immature, bitcoin.RungNode, 1},
		{"more can", n.RPC(), 2111, nil, 0, 7, bitcoin.Immature, bitcoin.RungNode, 1},
		{"not needed", n.RPC(), 1000, &bundle, bitcoin.RungChain, 0, bitcoin.Match, bitcoin.RungChain, 1},
		{"required besides", n.RPC(), 1000, &bundle, bitcoin.RungNode, 0, bitcoin.Match, bitcoin.RungNode, 2},
		{"on a fork", n.Fault("wrongchain", n.RPC()), 2050, nil, 0, 0, bitcoin.Match, bitcoin.RungExplorer, 2},
		{"warming up", n.Fault("warmup", n.RPC()), 2050, nil, 0, 0, bitcoin.Match, bitcoin.RungExplorer, 2},
		{"required and not to be had", n.Fault("ibd", n.RPC()), 1000, &bundle, bitcoin.RungNode, 0, bitcoin.Match, bitcoin.RungChain, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			node := newNode(t, tt.url, credentials, table)
			c := bitcoin.NewChain(table, bitcoin.Options{
				Node: node, Sources: []bitcoin.Source{explorer}, Bundle: tt.bundle, Require: tt.require, MinConfirmations: tt.minimum,
			})
			e := c.Root(t.Context(), tt.height, n.HeaderAt(tt.height).MerkleRoot())
			if e.Verdict != tt.verdict || e.Rung != tt.rung || len(e.Answers) != tt.answers {
				t.Errorf("%s on %s (%s), want %s on %s: %+v", e.Verdict, e.Rung, e.Reason, tt.verdict, tt.rung, e.Answers)
			}
			if bad := slices.IndexFunc(e.Answers, func(a bitcoin.Answer) bool { return a.Err != nil }); (bad >= 0) == (tt.url == n.RPC()) {
				t.Errorf("answers %+v", e.Answers)
			}
			if strings.Contains(fmt.Sprintf("%+v", e), credentials.Password) {
				t.Error("the evidence holds the password")
			}
		})
	}
}

// TestNodeAgainstChain: a node whose block is not on the header chain is
// excluded by name, whatever it passed before.
func TestNodeAgainstChain(t *testing.T) {
	n, other := startNet(t, bitcoin.Period+10), startNet(t, bitcoin.Period+20)
	var bundle bitcoin.Bundle
	bundle.Add(0, n.Headers()[:bitcoin.Period])
	node := newNode(t, other.RPC(), bitcoin.Credentials{User: "user", Password: "secret"}, other.Network())
	c := bitcoin.NewChain(n.Network(), bitcoin.Options{Node: node, Bundle: &bundle, Require: bitcoin.RungNode})
	e := c.Root(t.Context(), 1000, n.HeaderAt(1000).MerkleRoot())
	if e.Verdict != bitcoin.Match || e.Rung != bitcoin.RungChain || len(e.Answers) != 2 || !errors.Is(e.Answers[1].Err, bitcoin.ErrInconsistent) {
		t.Errorf("%+v", e)
	}
}
