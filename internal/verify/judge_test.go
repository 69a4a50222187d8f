package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/devnet"
	"github.com/openllmo/git-anchor/internal/ots"
)

// source answers from a devnet's chain; block h has the root of block
// lies[h] where that is set.
type source struct {
	name string
	net  *devnet.Net
	lies map[uint64]uint64
	down bool
}

func (s source) Name() string { return s.name }

func (s source) Tip(context.Context) (uint64, error) { return s.net.Tip(), nil }

func (s source) Header(_ context.Context, height uint64) (bitcoin.Header, error) {
	switch {
	case s.down:
		return bitcoin.Header{}, bitcoin.ErrUnavailable
	case height > s.net.Tip():
		return bitcoin.Header{}, bitcoin.ErrBehind
	}
	if other, lies := s.lies[height]; lies {
		height = other
	}
	return s.net.HeaderAt(height), nil
}

// chainOf starts a devnet and asks the sources made by with about it.
func chainOf(t *testing.T, with ...func(*devnet.Net) source) (*devnet.Net, *bitcoin.Chain) {
	t.Helper()
	net, err := devnet.Start(devnet.Options{Blocks: 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := net.Close(); err != nil {
			t.Error(err)
		}
	})
	var sources []bitcoin.Source
	for _, w := range with {
		sources = append(sources, w(net))
	}
	return net, bitcoin.NewChain(bitcoin.Regtest(), bitcoin.Options{Sources: sources})
}

func honest(net *devnet.Net) source { return source{name: "honest", net: net} }

func down(net *devnet.Net) source { return source{name: "down", net: net, down: true} }

// leaf is a claim on the digest itself.
type leaf struct {
	pending string
	height  uint64
	other   bool // a Litecoin claim at height
}

// proofOf is a proof without operations: the digest is what is attested.
func proofOf(t *testing.T, digest []byte, leaves ...leaf) *ots.Proof {
	t.Helper()
	p := &ots.Proof{Hash: ots.SHA256, Digest: digest, Tree: &ots.Tree{Msg: digest}}
	for _, l := range leaves {
		a := ots.BitcoinAt(l.height)
		switch {
		case l.pending != "":
			var err error
			if a, err = ots.PendingAt(l.pending); err != nil {
				t.Fatal(err)
			}
		case l.other:
			a.Tag = [8]byte{0x06, 0x86, 0x9a, 0x0d, 0x73, 0xd7, 0x1b, 0x45}
		}
		p.Tree.Attestations = append(p.Tree.Attestations, a)
	}
	again, err := ots.Parse(p.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return again
}

func TestZeroOutcomeIsAFailure(t *testing.T) {
	var o Outcome
	if o.Status != Unjudged || o.Status == Confirmed || o.Status.String() != "unjudged" {
		t.Errorf("the zero outcome is %s", o.Status)
	}
	if got := Status(99).String(); got != "unjudged" {
		t.Errorf("an unknown status prints as %q", got)
	}
}

func TestClaims(t *testing.T) {
	const calendar = "https://alice.btc.calendar.opentimestamps.org"
	liar := func(net *devnet.Net) source {
		return source{name: "liar", net: net, lies: map[uint64]uint64{5: 6, 7: 6}}
	}
	tests := []struct {
		name    string
		sources []func(*devnet.Net) source
		require bitcoin.Rung
		leaves  []leaf // on the merkle root of block 5
		want    Status
		height  uint64
		reason  string
		finding string
	}{
		{"confirmed", []func(*devnet.Net) source{honest}, 0, []leaf{{height: 5}}, Confirmed, 5, "", ""},
		{"confirmed beside pending", []func(*devnet.Net) source{honest}, 0, []leaf{{pending: calendar}, {height: 5}}, Confirmed, 5, "", ""},
		{"confirmed beside a false claim", []func(*devnet.Net) source{honest}, 0, []leaf{{height: 5}, {height: 9}}, Confirmed, 5, "", "the proof does not lead to block 9"},
		{"confirmed beside one that cannot be checked", []func(*devnet.Net) source{honest}, 0, []leaf{{height: 5}, {height: 999}}, Confirmed, 5, "", "block 999 is above the tip"},
		{"second source", []func(*devnet.Net) source{down, honest}, 0, []leaf{{height: 5}}, Confirmed, 5, "", ""},
		{"below the required rung", []func(*devnet.Net) source{honest}, bitcoin.RungChain, []leaf{{height: 5}}, Undecided, 0, "block 5 was checked at rung explorer, chain is required", ""},
		{"pending only", []func(*devnet.Net) source{honest}, 0, []leaf{{pending: calendar}}, Pending, 0, "the proof holds only its calendars' promises", ""},
		{"false claim", []func(*devnet.Net) source{honest}, 0, []leaf{{height: 9}}, Failed, 0, "the proof does not lead to block 9", ""},
		{"false claim beside pending", []func(*devnet.Net) source{honest}, 0, []leaf{{pending: calendar}, {height: 9}}, Failed, 0, "does not lead to block 9", ""},
		{"no source", nil, 0, []leaf{{height: 5}}, Undecided, 0, "no source to ask for block 5", ""},
		{"no source, pending too", nil, 0, []leaf{{pending: calendar}, {height: 5}}, Undecided, 0, "no source to ask for block 5", ""},
		{"source down", []func(*devnet.Net) source{down}, 0, []leaf{{height: 5}}, Undecided, 0, "no source could be asked for block 5", ""},
		{"contradiction", []func(*devnet.Net) source{liar, honest}, 0, []leaf{{height: 5}}, Disputed, 0, "sources contradict each other about block 5", ""},
		{"contradiction and a false claim", []func(*devnet.Net) source{liar, honest}, 0, []leaf{{height: 5}, {height: 9}}, Disputed, 0, "about block 5", "does not lead to block 9"},
		{"immature", []func(*devnet.Net) source{honest}, 0, []leaf{{height: 18}}, Pending, 0, "block 18 has 3 of 6 confirmations", ""},
		{"only kinds that are not judged", []func(*devnet.Net) source{honest}, 0, []leaf{{height: 5, other: true}}, Unsupported, 0, "neither a Bitcoin claim nor a calendar", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			net, chain := chainOf(t, test.sources...)
			root := net.HeaderAt(5).MerkleRoot()
			if test.name == "immature" {
				root = net.HeaderAt(18).MerkleRoot()
			}
			j := Judge{Chain: chain, Require: test.require}
			o := j.Proof(context.Background(), proofOf(t, root[:], test.leaves...), root[:])
			if o.Status != test.want || !strings.Contains(o.Reason, test.reason) || o.Status == Confirmed && o.Reason != "" {
				t.Errorf("%s: %q, want %s: %q", o.Status, o.Reason, test.want, test.reason)
			}
			if o.Height != test.height {
				t.Errorf("height %d, want %d", o.Height, test.height)
			}
			if !strings.Contains(strings.Join(o.Findings, "\n"), test.finding) || test.finding == "" && len(o.Findings) > 0 {
				t.Errorf("findings %q, want %q", o.Findings, test.finding)
			}
		})
	}
}

// TestEarliestClaim: of several confirmed claims the earliest is the headline.
func TestEarliestClaim(t *testing.T) {
	net, _ := chainOf(t)
	same := source{name: "same", net: net, lies: map[uint64]uint64{7: 6}} // 6 and 7 have one root
	j := Judge{Chain: bitcoin.NewChain(bitcoin.Regtest(), bitcoin.Options{Sources: []bitcoin.Source{same}})}
	root := net.HeaderAt(6).MerkleRoot()
	o := j.Claims(context.Background(), proofOf(t, root[:], leaf{height: 7}, leaf{height: 6}))
	if o.Status != Confirmed || o.Height != 6 || !o.BlockTime.Equal(net.HeaderAt(6).Time()) || o.ClaimDate.IsZero() {
		t.Errorf("%s at block %d, %v", o.Status, o.Height, o.BlockTime)
	}
	if diff := cmp.Diff([]string{"same"}, o.Sources()); diff != "" {
		t.Error(diff)
	}
}

// TestChangedAsksNobody: bytes that were not stamped cost no request.
func TestChangedAsksNobody(t *testing.T) {
	net, chain := chainOf(t, honest)
	root := net.HeaderAt(5).MerkleRoot()
	digest := bytes.Repeat([]byte{1}, 32)
	o := Judge{Chain: chain}.Proof(context.Background(), proofOf(t, root[:], leaf{height: 5}), digest)
	if o.Status != Changed || !bytes.Equal(o.Digest, digest) || !bytes.Equal(o.Stamped, root[:]) || chain.Lookups() != 0 {
		t.Errorf("%s after %d look-ups, digest %x, stamped %x", o.Status, chain.Lookups(), o.Digest, o.Stamped)
	}
}

// TestClaimLimits: at each limit a proof is judged, one past it is not.
func TestClaimLimits(t *testing.T) {
	net, _ := chainOf(t)
	root := net.HeaderAt(5).MerkleRoot()
	kinds := map[string]struct {
		leaf func(i int) leaf
		most int
	}{
		"Bitcoin": {func(i int) leaf { return leaf{height: uint64(i)} }, MaxBitcoinClaims},
		"pending": {func(i int) leaf { return leaf{pending: fmt.Sprintf("https://c%d.example", i)} }, MaxPendingClaims},
		"other":   {func(i int) leaf { return leaf{height: uint64(i), other: true} }, MaxOtherClaims},
	}
	for kind, k := range kinds {
		for _, n := range []int{k.most, k.most + 1} {
			t.Run(fmt.Sprintf("%d %s", n, kind), func(t *testing.T) {
				leaves := []leaf{}
				for i := range n {
					leaves = append(leaves, k.leaf(i))
				}
				if kind == "other" {
					leaves = append(leaves, leaf{pending: "https://c.example"})
				}
				chain := bitcoin.NewChain(bitcoin.Regtest(), bitcoin.Options{Sources: []bitcoin.Source{honest(net)}})
				o := Judge{Chain: chain}.Claims(context.Background(), proofOf(t, root[:], leaves...))
				over := fmt.Sprintf("the proof has %d %s claims, more than the %d that are judged", n, kind, k.most)
				if n > k.most && (o.Status != Unsupported || o.Reason != over || chain.Lookups() > 0 || o.Claims != nil) {
					t.Errorf("%s: %s after %d look-ups", o.Status, o.Reason, chain.Lookups())
				}
				if n <= k.most && (o.Status == Unsupported || len(o.Claims) != len(leaves)) {
					t.Errorf("%s: %s, %d claims", o.Status, o.Reason, len(o.Claims))
				}
			})
		}
	}
}

func TestShortRootIsNoRequest(t *testing.T) {
	_, chain := chainOf(t, honest)
	p := &ots.Proof{Hash: ots.SHA1, Digest: make([]byte, 20), Tree: &ots.Tree{Msg: make([]byte, 20), Attestations: []ots.Attestation{ots.BitcoinAt(5)}}}
	o := Judge{Chain: chain}.Claims(context.Background(), p)
	if o.Status != Failed || o.Reason != "a merkle root has 32 bytes, this claim has 20" || chain.Lookups() != 0 {
		t.Errorf("%s: %s after %d look-ups", o.Status, o.Reason, chain.Lookups())
	}
	if !o.WeakHash || !strings.Contains(strings.Join(o.Findings, "\n"), "weak file hash") {
		t.Errorf("weak hash %v, findings %q", o.WeakHash, o.Findings)
	}
}

func TestUnreadable(t *testing.T) {
	for _, test := range []struct {
		err  error
		want Status
	}{
		{ots.ErrNotProof, Failed}, {ots.ErrTruncated, Failed}, {ots.ErrTrailing, Failed}, {ots.ErrMalformed, Failed},
		{ots.ErrVersion, Unsupported}, {ots.ErrFileHash, Unsupported}, {ots.ErrUnknownOp, Unsupported}, {ots.ErrTooLarge, Unsupported},
		{errors.New("input/output error"), Failed},
	} {
		o := Unreadable(fmt.Errorf("byte 3: %w", test.err))
		if o.Status != test.want || !strings.Contains(o.Reason, test.err.Error()) {
			t.Errorf("%v: %s: %s, want %s", test.err, o.Status, o.Reason, test.want)
		}
	}
}

// TestCalendars: a calendar has anchored when a Bitcoin claim stands below the
// message it promised.
func TestCalendars(t *testing.T) {
	msg := bytes.Repeat([]byte{7}, 32)
	p := proofOf(t, msg, leaf{pending: "https://a.example"})
	below, err := ots.Op{Tag: ots.SHA256}.Apply(append(bytes.Clone(msg), 1))
	if err != nil {
		t.Fatal(err)
	}
	withOne, err := ots.Op{Tag: ots.Append, Arg: []byte{1}}.Apply(msg)
	if err != nil {
		t.Fatal(err)
	}
	b, err := ots.PendingAt("https://b.example")
	if err != nil {
		t.Fatal(err)
	}
	p.Tree.Branches = []ots.Branch{{Op: ots.Op{Tag: ots.Append, Arg: []byte{1}}, Tree: &ots.Tree{
		Msg: withOne, Branches: []ots.Branch{{Op: ots.Op{Tag: ots.SHA256}, Tree: &ots.Tree{
			Msg: below, Attestations: []ots.Attestation{b, ots.BitcoinAt(5)},
		}}},
	}}}
	if anchored, all := Calendars(p.Tree); anchored != 2 || all != 2 {
		t.Errorf("%d of %d, want 2 of 2", anchored, all)
	}
	waits := Waiting(p.Tree)
	want := []Wait{
		{URI: "https://a.example", Commitment: msg, Blocks: []ots.Claim{{Attestation: ots.BitcoinAt(5), Msg: below}}},
		{URI: "https://b.example", Commitment: below, Blocks: []ots.Claim{{Attestation: ots.BitcoinAt(5), Msg: below}}},
	}
	if diff := cmp.Diff(want, waits, cmp.Exporter(func(reflect.Type) bool { return true })); diff != "" {
		t.Error(diff)
	}
	alone := proofOf(t, msg, leaf{pending: "https://a.example"}, leaf{pending: "https://b.example"})
	if anchored, all := Calendars(alone.Tree); anchored != 0 || all != 2 {
		t.Errorf("%d of %d, want 0 of 2", anchored, all)
	}
}
