package devnet

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/ots"
)

// Lengths in bytes of what a calendar adds, as real ones have them.
const (
	nonceLen  = 16 // after each digest, so that siblings reveal nothing
	timeLen   = 4  // before the second's root: when, big endian
	hmacLen   = 8  // after it: whose
	MaxDigest = 64 // longest digest that may be submitted
)

// A calendar gathers digests, promises what they add up to, and commits its
// promises in one transaction of the next block.
type calendar struct {
	name, pool string
	queue      []submission        // digests that wait for the second to end
	nonces     uint64              // made so far
	promises   map[string]*promise // all, by commitment
	waiting    []*promise          // those in no block, oldest first
}

// calendarNames returns n names whose first letters differ.
func calendarNames(n int) []string {
	return []string{"alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"}[:n]
}

// A submission is a digest, and where the operations to its commitment go.
type submission struct {
	digest []byte
	reply  chan<- []ots.Op // buffered: the submitter may have left
}

// A promise is a commitment that the calendar keeps in a block.
type promise struct {
	by     *calendar
	number int // counts the calendar's promises: their order survives a reorg
	msg    []byte
	block  *block       // nil: in none yet
	tx     bitcoin.Hash // the transaction, once it is in a block
	path   []ots.Op     // from msg to the block's merkle root
}

// submit queues a digest.
func (c *calendar) submit(digest []byte) <-chan []ots.Op {
	reply := make(chan []ots.Op, 1)
	c.queue = append(c.queue, submission{digest, reply})
	return reply
}

// aggregate makes one promise out of all digests that wait, as real calendars
// do once a second:
//
//	digest | nonce -sha256→ leaf → … → root; time | root | hmac = commitment
func (c *calendar) aggregate(now time.Time) {
	if len(c.queue) == 0 {
		return
	}
	queue := c.queue
	c.queue = nil
	leaves, starts := make([][]byte, len(queue)), make([][]ots.Op, len(queue))
	for i, s := range queue {
		starts[i] = []ots.Op{{Tag: ots.Append, Arg: c.nonce()}, {Tag: ots.SHA256}}
		leaves[i] = apply(s.digest, starts[i]...)
	}
	root, paths := climb(calendarTree, leaves)
	stamp := binary.BigEndian.AppendUint32(nil, uint32(now.Unix()))
	mac := hmac.New(sha256.New, []byte(c.name))
	mac.Write(stamp)
	mac.Write(root)
	ends := []ots.Op{{Tag: ots.Prepend, Arg: stamp}, {Tag: ots.Append, Arg: mac.Sum(nil)[:hmacLen]}}
	c.promise(apply(root, ends...))
	for i, s := range queue {
		s.reply <- slices.Concat(starts[i], paths[i], ends)
	}
}

// nonce returns bytes that never repeat. They need not be secret here.
func (c *calendar) nonce() []byte {
	c.nonces++
	sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(c.name), c.nonces))
	return sum[:nonceLen]
}

// promise undertakes to commit msg. A commitment that was promised before is
// kept as it is.
func (c *calendar) promise(msg []byte) {
	if c.promises[string(msg)] != nil {
		return
	}
	p := &promise{by: c, number: len(c.promises), msg: msg}
	c.promises[string(msg)] = p
	c.waiting = append(c.waiting, p)
}

// commit returns the transaction that commits all waiting promises, and gives
// them to the block with their paths as far as the transaction's id. It is only
// called while some wait.
func (c *calendar) commit(b *block) []byte {
	leaves := make([][]byte, len(c.waiting))
	for i, p := range c.waiting {
		leaves[i] = apply(p.msg, ots.Op{Tag: ots.SHA256})
	}
	root, paths := climb(calendarTree, leaves)
	tx, at := commitTx(c.name, b.height, root)
	around := []ots.Op{
		{Tag: ots.Prepend, Arg: tx[:at]},
		{Tag: ots.Append, Arg: tx[at+len(root):]},
		{Tag: ots.SHA256}, {Tag: ots.SHA256},
	}
	for i, p := range c.waiting {
		p.tx = doubleHash(tx)
		p.path = slices.Concat([]ots.Op{{Tag: ots.SHA256}}, paths[i], around)
	}
	b.promises = append(b.promises, c.waiting...)
	c.waiting = nil
	return tx
}
