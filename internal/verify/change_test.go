package verify

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openllmo/git-anchor/internal/devnet"
	"github.com/openllmo/git-anchor/internal/ots"
)

// Every proof here is on the merkle root of block 5, whose claim is true.
func TestAdded(t *testing.T) {
	const good, bad = "https://good.example", "https://bad.example"
	liar := func(net *devnet.Net) source {
		return source{name: "liar", net: net, lies: map[uint64]uint64{5: 6}}
	}
	behind := func(net *devnet.Net) source { return source{name: "down", net: net, down: true} }
	many := func(n int) []leaf {
		var list []leaf
		for i := range n {
			list = append(list, leaf{height: uint64(1000 + i)})
		}
		return list
	}
	tests := []struct {
		name    string
		sources []func(*devnet.Net) source
		base    []leaf // nil: the base has none
		head    []leaf
		size    int
		want    []string // rule and status of each fault
	}{
		{name: "a true claim", head: []leaf{{height: 5}}},
		{name: "a false claim", head: []leaf{{height: 6}}, want: []string{"unconfirmed failed"}},
		{name: "a false claim that the base has", base: []leaf{{height: 6}}, head: []leaf{{height: 6}, {height: 5}}},
		{name: "a claim above the tip", head: []leaf{{height: 999}}, want: []string{"unconfirmed undecided"}},
		{name: "a claim with five confirmations", head: []leaf{{height: 16}}, want: []string{"unconfirmed failed"}},
		{name: "no source answers", sources: []func(*devnet.Net) source{behind}, head: []leaf{{height: 5}}, want: []string{"unconfirmed undecided"}},
		{name: "sources disagree", sources: []func(*devnet.Net) source{liar, honest}, head: []leaf{{height: 5}}, want: []string{"unconfirmed disputed"}},
		{name: "a promise", head: []leaf{{pending: good}}},
		{name: "a promise of another", head: []leaf{{pending: bad}, {pending: good}}, want: []string{"foreign-claim failed"}},
		{name: "a promise of another that the base has", base: []leaf{{pending: bad}}, head: []leaf{{pending: bad}, {pending: good}}},
		{name: "a claim that nobody judges", head: []leaf{{height: 5, other: true}, {height: 5}}, want: []string{"foreign-claim failed"}},
		{name: "several", head: []leaf{{height: 6}, {pending: bad}, {height: 5, other: true}}, want: []string{"unconfirmed failed", "foreign-claim failed", "foreign-claim failed"}},
		{name: "at the limit of claims", base: many(MaxBitcoinClaims), head: many(MaxBitcoinClaims)},
		{name: "past the limit of claims", base: many(MaxBitcoinClaims), head: many(MaxBitcoinClaims + 1), want: []string{"too-large failed"}},
		{name: "at the limit of bytes", head: []leaf{{pending: good}}, size: ots.MaxWritten},
		{name: "past the limit of bytes", head: []leaf{{pending: good}}, size: ots.MaxWritten + 1, want: []string{"too-large failed"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sources := tt.sources
			if sources == nil {
				sources = []func(*devnet.Net) source{honest}
			}
			net, chain := chainOf(t, sources...)
			j := Judge{Chain: chain}
			root := net.HeaderAt(5).MerkleRoot()
			var base []*ots.Proof
			if tt.base != nil {
				base = append(base, proofOf(t, root[:], tt.base...))
			}
			var got []string
			for _, f := range j.Added(context.Background(), proofOf(t, root[:], tt.head...), tt.size, base, func(uri string) bool { return uri == good }) {
				if f.Text == "" || strings.HasSuffix(f.Text, ".") {
					t.Errorf("text %q", f.Text)
				}
				got = append(got, string(f.Rule)+" "+f.Status.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAddedWeakHash(t *testing.T) {
	_, chain := chainOf(t, honest)
	head := &ots.Proof{Hash: ots.SHA1, Digest: make([]byte, 20)}
	uri, err := ots.PendingAt("https://good.example")
	if err != nil {
		t.Fatal(err)
	}
	head.Tree = &ots.Tree{Msg: head.Digest, Attestations: []ots.Attestation{uri}}
	all := func(string) bool { return true }
	faults := Judge{Chain: chain}.Added(context.Background(), head, 0, nil, all)
	if len(faults) != 1 || faults[0].Rule != RuleWeakHash || faults[0].Status != Failed {
		t.Errorf("new: %+v", faults)
	}
	if faults := (Judge{Chain: chain}).Added(context.Background(), head, 0, []*ots.Proof{head}, all); len(faults) != 0 {
		t.Errorf("that the base has: %+v", faults)
	}
}
