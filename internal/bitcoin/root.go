package bitcoin

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Root says whether the block at height has the merkle root. What costs least
// and proves most comes first: headers beside the proofs and in the cache, the
// person's own node, the carriers that the person named, the explorers; and
// other carriers, where what is required was not reached or somebody dissents.
// Whoever is unavailable, behind or inconsistent is no voice, but stands in
// Answers.
//
// Nothing is decided on a block that may still be replaced: with too few
// confirmations the verdict is Immature, whatever the root, because a reorg
// makes honest explorers differ for a while.
//
// What was heard for one root does not change the verdict on another, so the
// order in which roots are asked about does not matter.
func (c *Chain) Root(ctx context.Context, height uint64, root Hash) Evidence {
	q := &query{Chain: c, root: root, Evidence: Evidence{Height: height}}
	if height == 0 {
		q.settle(c.network.genesis, RungChain, nil)
		return q.Evidence
	}
	if !c.network.plausible(height) {
		// Whoever writes a proof must not make sources fail over such heights.
		q.Reason = fmt.Sprintf("block %d is above every tip that there can be: not there yet", height)
		return q.Evidence
	}
	for _, step := range []func(context.Context){q.files, q.ownNode, q.named, q.explorers, q.others} {
		if step(ctx); q.settled() {
			break
		}
	}
	switch {
	case q.Verdict == Unknown:
		q.Reason = unheard(height, q.Answers)
	case !c.network.deep(height, c.needed):
		q.ripen(ctx)
	}
	q.hint()
	return q.Evidence
}

// A query is the evidence on one claim in the making.
type query struct {
	*Chain
	root Hash
	Evidence
	voices []*asked         // for each answer the explorer that gave it, nil for all others
	told   map[*hauler]bool // whose answer is there
	top    uint64           // height up to which the chain of work reaches, on rung work
	lonely bool             // one carrier brought a chain of work where it takes two
}

func (q *query) add(a Answer, explorer *asked) {
	q.Answers, q.voices = append(q.Answers, a), append(q.voices, explorer)
}

// answer keeps what somebody who is no explorer said.
func (q *query) answer(name string, h *Header, err error) {
	a := Answer{Source: name, Err: err}
	if err == nil {
		a.Header, a.Agrees = h, h.MerkleRoot() == q.root
	}
	q.add(a, nil)
}

// settle bases the verdict on a header; following are those after it as far as
// they are at hand.
func (q *query) settle(h Header, rung Rung, following []Header) {
	dispute := q.Verdict == Disputed
	q.Header, q.Rung, q.Verdict, q.Reason = &h, rung, Match, ""
	if at := notAfter(following); !at.IsZero() {
		q.NotAfter = at
	}
	by := map[Rung]string{RungWork: "the chain of work", RungChain: "the header chain", RungNode: "the node"}[rung]
	if dispute {
		q.Reason = fmt.Sprintf("the sources contradict each other on block %d, %s decides", q.Height, by)
	}
	if h.MerkleRoot() != q.root {
		q.Verdict = Mismatch
		if by != "" {
			q.Reason = fmt.Sprintf("%s has another merkle root at block %d", by, q.Height)
		}
	}
}

// settled reports whether asking on would change nothing: what is required is
// reached and, unless that is beyond contradiction, nobody dissents.
func (q *query) settled() bool {
	return q.Rung >= q.require && (q.Rung >= RungWork || q.Verdict == Match)
}

// files looks at headers that lie beside the proofs and in the cache.
func (q *query) files(ctx context.Context) {
	if !q.network.covers(q.Height) {
		return
	}
	name := BundleFile
	run, err := q.beside(ctx, q.Height)
	if err != nil {
		q.answer(name, nil, err)
	}
	if run == nil || err != nil {
		name, run = CacheName, q.kept(ctx, q.Height)
	}
	if run != nil {
		q.answer(name, &run[0], nil)
		q.settle(run[0], RungChain, run[1:])
	}
}

func (q *query) ownNode(ctx context.Context) {
	if q.node == nil {
		return
	}
	var h Header
	err := q.sound(ctx)
	if err == nil {
		h, err = q.header(ctx, q.node, q.Height)
	}
	if err == nil && q.Header != nil && h != *q.Header {
		err = fmt.Errorf("%w: its block %d is %s, which is not on the header chain", ErrInconsistent, q.Height, h.Hash())
	}
	q.answer(q.node.source.Name(), &h, err)
	if err == nil {
		q.settle(h, RungNode, nil)
	}
}

// named asks the carriers that the person named.
func (q *query) named(ctx context.Context) {
	n := 0
	for n < len(q.carriers) && q.carriers[n].ByPerson {
		n++
	}
	q.carry(ctx, q.carriers[:n])
}

// others asks all carriers: those that were asked before count again where two
// are needed.
func (q *query) others(ctx context.Context) { q.carry(ctx, q.everybody(ctx)) }

func (q *query) explorers(ctx context.Context) {
	if q.Rung < RungWork {
		q.hear(ctx)
		q.weigh()
	}
}

// carry looks for a higher rung with the help of carriers.
func (q *query) carry(ctx context.Context, carriers []*hauler) {
	switch {
	case q.Rung >= RungWork:
	case q.network.covers(q.Height):
		q.link(ctx, carriers)
	case q.Height > q.network.LastHeight():
		q.climbTo(ctx, carriers)
	}
}

// link takes the first carrier whose headers link.
func (q *query) link(ctx context.Context, carriers []*hauler) {
	for _, k := range carriers {
		if q.told[k] {
			continue
		}
		run, err := q.haul(ctx, k, q.Height)
		if err != nil {
			q.tell(k, nil, err)
			continue
		}
		q.tell(k, &run[0], nil)
		q.settle(run[0], RungChain, run[1:])
		return
	}
}

// climbTo takes the chain with the most work.
func (q *query) climbTo(ctx context.Context, carriers []*hauler) {
	s := q.work(ctx, carriers)
	for _, b := range s.brought {
		var h *Header
		if b.err == nil {
			if run := b.climb.from(q.Height); run != nil {
				h = &run[0]
			} else {
				b.err = lacks(q.Height)
			}
		}
		q.tell(b.by, h, b.err)
	}
	q.lonely = s.climb != nil && !s.enough
	if !s.enough {
		return
	}
	if run := s.from(q.Height); run != nil {
		q.top = s.height()
		q.settle(run[0], RungWork, run[1:])
	}
}

// tell keeps what a carrier said, once; a node may have said it as a node.
func (q *query) tell(k *hauler, h *Header, err error) {
	if q.told[k] {
		return
	}
	if q.told == nil {
		q.told = make(map[*hauler]bool)
	}
	q.told[k] = true
	said := func(a Answer) bool {
		return a.Source == k.Name() && a.Err != nil && err != nil && a.Err.Error() == err.Error()
	}
	if !slices.ContainsFunc(q.Answers, said) {
		q.answer(k.Name(), h, err)
	}
}

// deep reports whether the table alone shows that a block has so many
// confirmations.
func (n *Network) deep(height, confirmations uint64) bool {
	last := n.LastHeight()
	return height <= last && last-height+1+n.buried >= confirmations
}

// ripen keeps the verdict if the block is buried deep enough.
func (q *query) ripen(ctx context.Context) {
	tip, err := q.deepest(ctx)
	if err != nil {
		q.Evidence = Evidence{
			Height: q.Height, Answers: q.Answers,
			Reason: fmt.Sprintf("no source says how deep block %d lies: %v", q.Height, err),
		}
		return
	}
	// An explorer's tip may come from a cache older than its header.
	q.Confirmations = max(tip, q.Height) - q.Height + 1
	if q.Confirmations < q.needed {
		q.Verdict = Immature
		q.Reason = fmt.Sprintf("%d of %d confirmations", q.Confirmations, q.needed)
	}
}

// deepest returns the height of the chain's tip by those that the verdict
// rests on.
func (q *query) deepest(ctx context.Context) (uint64, error) {
	switch q.Rung {
	case RungWork:
		return q.top, nil
	case RungNode:
		return q.tip(ctx, q.node)
	}
	return q.highest(ctx)
}

// hint says how rung chain could be reached.
func (q *query) hint() {
	n := q.network
	switch last := n.LastHeight(); {
	case n.table == "" || q.Rung >= RungChain:
	case n.covers(q.Height):
		q.Hints = append(q.Hints, fmt.Sprintf("rung chain takes the headers from block %d to %d: name a node, mirror or peer to fetch them from, or keep them in %s",
			q.Height, periodEnd(q.Height), BundleFile))
	default:
		q.Hints = append(q.Hints, fmt.Sprintf("block %d lies above block %d, the last of the table in this binary: rung chain takes a release with a longer one", q.Height, last))
		if q.lonely {
			q.Hints = append(q.Hints, "rung work takes a second carrier under another domain or address, or one that you name")
		} else if q.Rung < RungWork {
			q.Hints = append(q.Hints, "rung work takes a node, or a peer that you name or two that were found")
		}
	}
}

// unheard says in words why no source had a valid header at height.
func unheard(height uint64, answers []Answer) string {
	var behind, bad int
	for _, a := range answers {
		switch {
		case errors.Is(a.Err, ErrBehind):
			behind++
		case errors.Is(a.Err, ErrInconsistent):
			bad++
		}
	}
	switch {
	case len(answers) == 0:
		return fmt.Sprintf("no source to ask for block %d", height)
	case behind > 0:
		return fmt.Sprintf("block %d is above the tip of every source that answered: not there yet", height)
	case bad > 0:
		return fmt.Sprintf("no source has a valid header for block %d", height)
	}
	return fmt.Sprintf("no source could be asked for block %d", height)
}
