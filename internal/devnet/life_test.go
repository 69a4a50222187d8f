package devnet

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/ots"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

// A submitted digest, and what the calendar made of it.
type submitted struct {
	digest     []byte
	tree       *ots.Tree
	calendar   string
	commitment []byte
}

// submit posts the SHA-256 of words and expects one promise.
func submit(t *testing.T, n *Net, pool, words string) submitted {
	t.Helper()
	digest := sha256.Sum256([]byte(words))
	tree := parseTree(t, digest[:], post(t, pool+"/digest", digest[:]))
	claims := tree.Claims()
	if len(claims) != 1 || claims[0].Attestation.Kind() != ots.KindPending {
		t.Fatalf("claims %v, want one promise", claims)
	}
	return submitted{digest[:], tree, claims[0].Attestation.URI(), claims[0].Msg}
}

func parseTree(t *testing.T, msg []byte, r reply) *ots.Tree {
	t.Helper()
	if r.status != 200 || r.header.Get("Content-Type") != "application/octet-stream" {
		t.Fatalf("answer %d %s %q, want a tree", r.status, r.header.Get("Content-Type"), r.body)
	}
	tree, err := ots.ParseTree(msg, []byte(r.body))
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func (s submitted) url() string { return s.calendar + "/timestamp/" + hex.EncodeToString(s.commitment) }

// complete asks the calendar and returns the one Bitcoin claim.
func (s submitted) complete(t *testing.T) ots.Claim {
	t.Helper()
	claims := parseTree(t, s.commitment, get(t, s.url())).Claims()
	if len(claims) != 1 || claims[0].Attestation.Kind() != ots.KindBitcoin {
		t.Fatalf("claims %v, want one of Bitcoin", claims)
	}
	return claims[0]
}

// check reports whether the claim's message is its block's merkle root.
func check(t *testing.T, n *Net, c ots.Claim) {
	t.Helper()
	h := c.Attestation.Height()
	if got := n.HeaderAt(h).MerkleRoot(); string(got[:]) != string(c.Msg) {
		t.Errorf("claim of %x at height %d, the root there is %x", c.Msg, h, got)
	}
}

func mine(t *testing.T, n *Net, count int) {
	t.Helper()
	if err := n.Mine(count); err != nil {
		t.Fatal(err)
	}
}

func TestLifeOfADigest(t *testing.T) {
	n := run(t, Options{})
	a, b := submit(t, n, n.Pools()[0], "a"), submit(t, n, n.Pools()[1], "b")
	if a.calendar != n.CalendarURLs()[0] || b.calendar != n.CalendarURLs()[1] {
		t.Fatalf("promised by %s and %s, want %v", a.calendar, b.calendar, n.CalendarURLs())
	}
	if len(a.commitment) != 44 {
		t.Errorf("a commitment of %d bytes, want 44", len(a.commitment))
	}
	get(t, a.url()).want(t, 404, "Pending confirmation in Bitcoin blockchain")
	mine(t, n, 1)
	waiting := get(t, a.url())
	mine(t, n, 4)
	if again := get(t, a.url()); again.body != waiting.body {
		t.Errorf("%q at 5 confirmations, %q at 1", again.body, waiting.body)
	}
	mine(t, n, 1)
	answered := get(t, a.url())
	if got := answered.header.Get("Cache-Control"); got != "public, max-age=31536000" {
		t.Errorf("Cache-Control %q of a final answer", got)
	}
	for _, s := range []submitted{a, b} {
		claim := s.complete(t)
		if claim.Attestation.Height() != 102 {
			t.Errorf("anchored at height %d, want 102", claim.Attestation.Height())
		}
		check(t, n, claim)
	}
	id := transactionID(t, a.commitment, a.complete(t))
	want := fmt.Sprintf("Timestamped by transaction %s; waiting for 5 confirmations", id)
	waiting.want(t, 404, want)
	if got := waiting.header.Get("Cache-Control"); got != "public, max-age=60" {
		t.Errorf("Cache-Control %q of an answer that will change", got)
	}
}

// transactionID walks a claim's path from the commitment and returns the id of
// the transaction on it, which is the double hash of its three parts.
func transactionID(t *testing.T, commitment []byte, c ots.Claim) string {
	t.Helper()
	msg, path := commitment, c.Path()
	for i, op := range path {
		if op.Tag == ots.Prepend && bytes.HasPrefix(op.Arg, []byte{1, 0, 0, 0, 1}) {
			tx := slices.Concat(op.Arg, msg, path[i+1].Arg)
			if got, want := apply(msg, path[i:i+4]...), doubleHash(tx); !bytes.Equal(got, want[:]) {
				t.Errorf("the path gives transaction %x, its bytes %x", got, want)
			}
			return doubleHash(tx).String()
		}
		msg = apply(msg, op)
	}
	t.Fatal("no transaction on the path")
	return ""
}

func TestBatchSharesOneCommitment(t *testing.T) {
	const digests = 1000
	l := newLedger(Options{Calendars: 1, Confirmations: 6, Now: nil})
	cal := l.calendars[0]
	replies := make([]<-chan []ots.Op, digests)
	for i := range replies {
		replies[i] = cal.submit(fmt.Appendf(nil, "digest %d", i))
	}
	cal.aggregate(noon)
	if len(cal.promises) != 1 {
		t.Fatalf("%d promises, want 1", len(cal.promises))
	}
	for i, r := range replies {
		if end := apply(fmt.Appendf(nil, "digest %d", i), <-r...); cal.promises[string(end)] == nil {
			t.Errorf("digest %d leads to %x, which nobody promised", i, end)
		}
	}
}

func TestFlushAnswersWhatWaits(t *testing.T) {
	const digests = 50
	n := run(t, Options{Blocks: 1})
	n.immediate = false // no request yet, so nobody reads it; and no ticker runs
	trees := make(chan reply, digests)
	var wg sync.WaitGroup
	for i := range digests {
		wg.Go(func() {
			r, err := try(t.Context(), "POST", n.Pools()[0]+"/digest", []byte{byte(i)})
			if err != nil {
				t.Error(err)
			}
			trees <- r
		})
	}
	until(t, func() bool {
		n.mu.Lock()
		defer n.mu.Unlock()
		return len(n.ledger.calendars[0].queue) == digests
	})
	post(t, n.URL()+"/flush", nil).want(t, 200, "tip 1\n")
	wg.Wait()
	for range digests {
		if r := <-trees; r.status != 200 {
			t.Errorf("answer %d %q", r.status, r.body)
		}
	}
	if got := len(n.ledger.calendars[0].promises); got != 1 {
		t.Errorf("%d promises for one second, want 1", got)
	}
}

func TestAggregationOnceASecond(t *testing.T) {
	n, err := Start(Options{Blocks: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	submit(t, n, n.Pools()[0], "waits for the tick")
}

func TestManyPromisesInManyBlocks(t *testing.T) {
	n := run(t, Options{Calendars: 3, Blocks: 1, Confirmations: 1})
	var all []submitted
	for block := range 20 {
		for i := range block%5 + 1 {
			all = append(all, submit(t, n, n.Pools()[(block+i)%3], fmt.Sprint(block, i)))
		}
		mine(t, n, 1)
	}
	for _, s := range all {
		check(t, n, s.complete(t))
	}
}

func TestReorgTakesPromisesBack(t *testing.T) {
	n := run(t, Options{Blocks: 3, Confirmations: 2})
	s := submit(t, n, n.Pools()[0], "moves")
	mine(t, n, 2)
	before := s.complete(t)
	check(t, n, before)
	replaced := n.HeaderAt(4).Hash()
	if err := n.Reorg(2); err != nil {
		t.Fatal(err)
	}
	if n.Tip() != 6 || n.HeaderAt(4).Hash() == replaced {
		t.Errorf("tip %d, want 6; block 4 replaced: %t", n.Tip(), n.HeaderAt(4).Hash() != replaced)
	}
	if root := n.HeaderAt(4).MerkleRoot(); string(root[:]) == string(before.Msg) {
		t.Error("the block that took the place has the same root")
	}
	get(t, s.url()).want(t, 404, "Pending confirmation in Bitcoin blockchain")
	mine(t, n, 2)
	after := s.complete(t)
	if after.Attestation.Height() != 7 {
		t.Errorf("anchored again at %d, want 7", after.Attestation.Height())
	}
	check(t, n, after)
}

func TestReorgKeepsOrder(t *testing.T) {
	n := run(t, Options{Blocks: 1})
	for _, words := range []string{"1", "2", "3"} {
		submit(t, n, n.Pools()[0], words)
		mine(t, n, 1)
	}
	submit(t, n, n.Pools()[0], "4")
	if err := n.Reorg(3); err != nil {
		t.Fatal(err)
	}
	for i, p := range n.ledger.calendars[0].waiting {
		if p.number != i {
			t.Errorf("promise %d waits at place %d", p.number, i)
		}
	}
	if got := len(n.ledger.calendars[0].waiting); got != 4 {
		t.Errorf("%d promises wait, want 4", got)
	}
}

func TestReorgDepth(t *testing.T) {
	n := run(t, Options{Blocks: 3})
	for _, depth := range []int{-1, 0, 4} {
		err := n.Reorg(depth)
		if want := fmt.Sprintf("reorganise %d blocks: 1 to 3", depth); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	if err := n.Reorg(3); err != nil {
		t.Errorf("a reorg down to the genesis block: %v", err)
	}
	if genesis := bitcoin.Regtest().Genesis(); n.HeaderAt(0) != genesis || n.HeaderAt(1).Prev() != genesis.Hash() {
		t.Error("the genesis block moved")
	}
}

func TestSubmitBadDigests(t *testing.T) {
	n := run(t, Options{Blocks: 1})
	url := n.Pools()[0] + "/digest"
	post(t, url, nil).want(t, 400, "digest empty")
	post(t, url, make([]byte, MaxDigest+1)).want(t, 400, "digest too long")
	for _, length := range []int{1, 20, MaxDigest} {
		parseTree(t, make([]byte, length), post(t, url, make([]byte, length)))
	}
	post(t, n.Pools()[0]+"/other", []byte("x")).want(t, 404, "not found")
	post(t, n.URL()+"/pool/z/digest", []byte("x")).want(t, 404, "not found")
	submit(t, n, n.CalendarURLs()[0], "calendars take digests too")
}

func TestTimestampBadCommitments(t *testing.T) {
	n := run(t, Options{Blocks: 1})
	base := n.CalendarURLs()[0] + "/timestamp/"
	for _, bad := range []string{"xyz", "abc", "ABCD", "00%20"} {
		get(t, base+bad).want(t, 400, "commitment must be hex-encoded bytes")
	}
	get(t, base+"abcd").want(t, 404, "Not found")
	get(t, n.Pools()[0]+"/timestamp/abcd").want(t, 404, "not found")
	get(t, n.URL()+"/calendar/zoe/timestamp/abcd").want(t, 404, "not found")
}
