package devnet

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/openllmo/git-anchor/internal/ots"
)

// What the faults of calendars are made of.
const (
	evilCalendar = "https://evil.example"
	deepOps      = 249  // operations of "deep249": 255 is the format's limit, so a graft at depth 7 breaks it
	wideClaims   = 600  // claims of "wide": the answer stays below the 10,000 bytes that clients read
	farAhead     = 1000 // blocks
)

// unknownTag is an attestation's that nobody knows.
var unknownTag = [8]byte{'d', 'e', 'v', 'n', 'e', 't', 0, 1}

// calendar answers requests to pools and calendars. A pool takes digests alone;
// a calendar takes them too, as real ones do.
func (n *Net) calendar(c call) answer {
	name, path, _ := strings.Cut(c.rest, "/")
	i := slices.IndexFunc(n.ledger.calendars, func(cal *calendar) bool {
		return c.face == "pool" && cal.pool == name || c.face == "calendar" && cal.name == name
	})
	commitment, get := strings.CutPrefix(path, "timestamp/")
	switch {
	case i >= 0 && c.Method == http.MethodPost && path == "digest":
		return n.postDigest(n.ledger.calendars[i], c)
	case i >= 0 && c.Method == http.MethodGet && get && c.face == "calendar":
		return n.getTimestamp(n.ledger.calendars[i], c, commitment)
	}
	return text(http.StatusNotFound, "not found").with("Cache-Control", "public, max-age=3600")
}

// uri returns what a pending attestation calls the calendar.
func (n *Net) uri(cal *calendar, c call) string {
	switch {
	case c.fault == "unknowncal":
		return evilCalendar
	case c.later != "":
		return n.base + "/fault/" + c.later + "/calendar/" + cal.name
	}
	return n.base + "/calendar/" + cal.name
}

// postDigest answers a submission with the path to the calendar's promise.
func (n *Net) postDigest(cal *calendar, c call) answer {
	switch {
	case len(c.body) == 0:
		return text(http.StatusBadRequest, "digest empty")
	case len(c.body) > MaxDigest:
		return text(http.StatusBadRequest, "digest too long")
	}
	digest := c.body
	if c.fault == "wrongcommitment" {
		other := sha256.Sum256(digest)
		digest = other[:]
	}
	n.mu.Lock()
	reply := cal.submit(digest)
	if n.immediate {
		cal.aggregate(n.ledger.now())
	}
	n.mu.Unlock()
	select {
	case path := <-reply:
		n.mu.Lock()
		defer n.mu.Unlock()
		return treeAnswer(n.submitted(cal, c, digest, path))
	case <-c.Context().Done():
	case <-n.done:
	}
	return text(http.StatusServiceUnavailable, "no longer waiting")
}

// submitted is the tree for a digest whose path ends in a promise.
func (n *Net) submitted(cal *calendar, c call, digest []byte, path []ots.Op) *ots.Tree {
	tip := n.ledger.tip()
	switch c.fault {
	case "nopending":
		return grow(digest, path, unknown())
	case "badblock":
		// Deep enough to be judged.
		wrong := grow(digest, sha(), ots.BitcoinAt(tip-min(tip, n.ledger.confirmations)))
		return both(grow(digest, path, n.pending(cal, c)), wrong)
	case "futureblock":
		return both(grow(digest, path, n.pending(cal, c)), grow(digest, sha(), ots.BitcoinAt(tip+farAhead)))
	case "deep249":
		return both(grow(digest, path, n.pending(cal, c)), n.deep(cal, c, digest))
	case "wide":
		return both(grow(digest, path, n.pending(cal, c)), wide(digest))
	}
	return grow(digest, path, n.pending(cal, c))
}

// getTimestamp answers what has become of a commitment. 404 is "not yet"; its
// words say why.
func (n *Net) getTimestamp(cal *calendar, c call, commitment string) answer {
	msg, err := hex.DecodeString(commitment)
	if err != nil || hex.EncodeToString(msg) != commitment {
		return text(http.StatusBadRequest, "commitment must be hex-encoded bytes").with("Cache-Control", cacheYear)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	need := n.ledger.confirmations
	if c.fault == "early" {
		need = 1
	}
	var wait string
	p := cal.promises[string(msg)]
	switch {
	case p == nil:
		wait = "Not found"
	case p.block == nil:
		wait = "Pending confirmation in Bitcoin blockchain"
	case n.ledger.depth(p.block) < need:
		wait = fmt.Sprintf("Timestamped by transaction %s; waiting for %d confirmations", p.tx, need-1)
	default:
		return treeAnswer(n.completed(cal, c, p)).with("Cache-Control", cacheYear)
	}
	return text(http.StatusNotFound, "%s", wait).with("Cache-Control", cacheMinute)
}

// completed is the tree for a promise that has been kept.
func (n *Net) completed(cal *calendar, c call, p *promise) *ots.Tree {
	truth := grow(p.msg, p.path, ots.BitcoinAt(p.block.height))
	switch c.fault {
	case "wrongcommitment":
		path := slices.Concat([]ots.Op{{Tag: ots.Append, Arg: []byte{0}}}, p.path)
		return grow(p.msg, path, ots.BitcoinAt(p.block.height))
	case "badblock":
		return grow(p.msg, p.path, ots.BitcoinAt(p.block.height-1))
	case "futureblock":
		return grow(p.msg, p.path, ots.BitcoinAt(n.ledger.tip()+farAhead))
	case "nopending":
		return grow(p.msg, p.path, unknown())
	case "unknowncal":
		return both(truth, grow(p.msg, nil, n.pending(cal, c)))
	case "deep249":
		return both(truth, n.deep(cal, c, p.msg))
	case "wide":
		return both(truth, wide(p.msg))
	}
	return truth
}

// deep leads from msg through deepOps operations to a promise that the calendar
// really makes.
func (n *Net) deep(cal *calendar, c call, msg []byte) *ots.Tree {
	var path []ots.Op
	for i := range deepOps {
		if i%2 == 0 {
			path = append(path, ots.Op{Tag: ots.Append, Arg: []byte{byte(i)}})
		} else {
			path = append(path, sha()...)
		}
	}
	cal.promise(apply(msg, path...))
	return grow(msg, path, n.pending(cal, c))
}

// wide claims msg's hash for many blocks.
func wide(msg []byte) *ots.Tree {
	claims := make([]ots.Attestation, wideClaims)
	for i := range claims {
		claims[i] = ots.BitcoinAt(uint64(i + 1))
	}
	return grow(msg, append(sha(), sha()...), claims...)
}

func (n *Net) pending(cal *calendar, c call) ots.Attestation {
	a, err := ots.PendingAt(n.uri(cal, c))
	if err != nil {
		panic("devnet: " + err.Error())
	}
	return a
}

func unknown() ots.Attestation {
	return ots.Attestation{Tag: unknownTag, Payload: []byte("proves nothing")}
}

func sha() []ots.Op { return []ots.Op{{Tag: ots.SHA256}} }

// grow returns the tree of one path from msg to attestations.
func grow(msg []byte, path []ots.Op, claims ...ots.Attestation) *ots.Tree {
	root := &ots.Tree{Msg: msg}
	end := root
	for _, op := range path {
		next := &ots.Tree{Msg: apply(end.Msg, op)}
		end.Branches = []ots.Branch{{Op: op, Tree: next}}
		end = next
	}
	end.Attestations = claims
	return root
}

// both joins two trees on one message.
func both(a, b *ots.Tree) *ots.Tree {
	return &ots.Tree{
		Msg:          a.Msg,
		Attestations: slices.Concat(a.Attestations, b.Attestations),
		Branches:     slices.Concat(a.Branches, b.Branches),
	}
}

func treeAnswer(t *ots.Tree) answer {
	return answer{status: http.StatusOK, kind: typeBinary, body: t.Bytes()}
}
