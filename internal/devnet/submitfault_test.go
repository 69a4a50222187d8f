package devnet

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/openllmo/git-anchor/internal/ots"
)

// spoiltSubmit posts a digest under a fault.
func spoiltSubmit(t *testing.T, n *Net, fault string) *ots.Tree {
	t.Helper()
	digest := sha256.Sum256([]byte(fault))
	return parseTree(t, digest[:], post(t, n.Fault(fault, n.Pools()[0])+"/digest", digest[:]))
}

// spoiltTimestamp submits well and asks for the anchored commitment under the
// fault, which the promise names.
func spoiltTimestamp(t *testing.T, n *Net, fault string) (s submitted, tree *ots.Tree) {
	t.Helper()
	s = submit(t, n, n.FaultyLater(fault, n.Pools()[0]), fault)
	if want := n.Fault(fault, n.CalendarURLs()[0]); s.calendar != want {
		t.Fatalf("promised by %s, want %s", s.calendar, want)
	}
	get(t, s.url()).want(t, 404, "Pending confirmation in Bitcoin blockchain")
	mine(t, n, 6)
	return s, parseTree(t, s.commitment, get(t, s.url()))
}

// kinds splits claims into promises and Bitcoin claims.
func kinds(tree *ots.Tree) (pending, bitcoin, other []ots.Claim) {
	for _, c := range tree.Claims() {
		switch c.Attestation.Kind() {
		case ots.KindPending:
			pending = append(pending, c)
		case ots.KindBitcoin:
			bitcoin = append(bitcoin, c)
		default:
			other = append(other, c)
		}
	}
	return pending, bitcoin, other
}

// counts checks how many claims of each kind there are.
func counts(t *testing.T, tree *ots.Tree, pending, bitcoin, other int) ([]ots.Claim, []ots.Claim) {
	t.Helper()
	p, b, o := kinds(tree)
	if len(p) != pending || len(b) != bitcoin || len(o) != other {
		t.Fatalf("%d promises, %d Bitcoin claims, %d others; want %d, %d, %d", len(p), len(b), len(o), pending, bitcoin, other)
	}
	return p, b
}

// wrong checks that a claim is not its block's root.
func wrong(t *testing.T, n *Net, c ots.Claim) {
	t.Helper()
	if len(c.Msg) != 32 {
		t.Errorf("a claim of %d bytes, want 32", len(c.Msg))
	}
	if h := c.Attestation.Height(); h <= n.Tip() {
		if root := n.HeaderAt(h).MerkleRoot(); string(root[:]) == string(c.Msg) {
			t.Errorf("the claim at height %d is true", h)
		}
	}
}

func testWrongCommitment(t *testing.T, n *Net) {
	promises, _ := counts(t, spoiltSubmit(t, n, "wrongcommitment"), 1, 0, 0)
	get(t, promises[0].Attestation.URI()+"/timestamp/"+hex.EncodeToString(promises[0].Msg)).want(t, 404, "Not found")
	_, tree := spoiltTimestamp(t, n, "wrongcommitment")
	_, claims := counts(t, tree, 0, 1, 0)
	wrong(t, n, claims[0])
}

func testBadBlock(t *testing.T, n *Net) {
	_, claims := counts(t, spoiltSubmit(t, n, "badblock"), 1, 1, 0)
	wrong(t, n, claims[0])
	if h := claims[0].Attestation.Height(); h != 24 {
		t.Errorf("a claim at height %d, want 24: deep enough to be judged", h)
	}
	_, tree := spoiltTimestamp(t, n, "badblock")
	_, claims = counts(t, tree, 0, 1, 0)
	wrong(t, n, claims[0])
	if h := claims[0].Attestation.Height(); h != 30 {
		t.Errorf("a claim at height %d, want 30, the block before the true one", h)
	}
}

func testFutureBlock(t *testing.T, n *Net) {
	_, claims := counts(t, spoiltSubmit(t, n, "futureblock"), 1, 1, 0)
	if h := claims[0].Attestation.Height(); h != 1030 {
		t.Errorf("a claim at height %d, want 1030", h)
	}
	_, tree := spoiltTimestamp(t, n, "futureblock")
	_, claims = counts(t, tree, 0, 1, 0)
	if h := claims[0].Attestation.Height(); h != 1036 {
		t.Errorf("a claim at height %d, want 1036", h)
	}
}

func testNoPending(t *testing.T, n *Net) {
	counts(t, spoiltSubmit(t, n, "nopending"), 0, 0, 1)
	_, tree := spoiltTimestamp(t, n, "nopending")
	counts(t, tree, 0, 0, 1)
}

func testUnknownCalendar(t *testing.T, n *Net) {
	promises, _ := counts(t, spoiltSubmit(t, n, "unknowncal"), 1, 0, 0)
	if got := promises[0].Attestation.URI(); got != "https://evil.example" {
		t.Errorf("promised by %s", got)
	}
	_, tree := spoiltTimestamp(t, n, "unknowncal")
	promises, claims := counts(t, tree, 1, 1, 0)
	if got := promises[0].Attestation.URI(); got != "https://evil.example" {
		t.Errorf("promised by %s", got)
	}
	check(t, n, claims[0])
}

func testDeep(t *testing.T, n *Net) {
	deepest := func(tree *ots.Tree) ots.Claim {
		promises, _, _ := kinds(tree)
		for _, c := range promises {
			if len(c.Path()) == 249 {
				return c
			}
		}
		t.Fatalf("no promise behind 249 operations")
		return ots.Claim{}
	}
	tree := spoiltSubmit(t, n, "deep249")
	counts(t, tree, 2, 0, 0)
	deep := deepest(tree)
	s := submitted{commitment: deep.Msg, calendar: deep.Attestation.URI()}
	_, later := spoiltTimestamp(t, n, "deep249")
	_, claims := counts(t, later, 1, 1, 0)
	deepest(later)
	check(t, n, claims[0])
	check(t, n, s.complete(t)) // the deep promise is kept too
}

func testWide(t *testing.T, n *Net) {
	digest := []byte("wide")
	url := n.Fault("wide", n.Pools()[0]) + "/digest"
	r := post(t, url, digest)
	if len(r.body) > ots.MaxAnswer {
		t.Errorf("%d bytes, more than a client reads", len(r.body))
	}
	_, claims := counts(t, parseTree(t, digest, r), 1, 600, 0)
	wrong(t, n, claims[20])
	s, tree := spoiltTimestamp(t, n, "wide")
	counts(t, tree, 0, 601, 0)
	if size := len(get(t, s.url()).body); size > ots.MaxAnswer {
		t.Errorf("%d bytes, more than a client reads", size)
	}
}

func testEarly(t *testing.T, n *Net) {
	s := submit(t, n, n.FaultyLater("early", n.Pools()[0]), "early")
	get(t, s.url()).want(t, 404, "Pending confirmation in Bitcoin blockchain")
	mine(t, n, 1)
	check(t, n, s.complete(t))
}
