package anchor

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/calendar"
	"github.com/openllmo/git-anchor/internal/fetch"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// Limits of one run towards calendars (SECURITY.md, "Proofs").
const (
	maxHosts  = 16 // distinct calendar hosts asked because a proof names them
	parallel  = 8  // questions under way at once
	maxBlocks = verify.MaxBitcoinClaims
)

// A question is a commitment and the calendar that knows what became of it.
// Proofs of one batch share it, and it is asked once a run.
type question struct{ uri, commitment string }

// An answer is what a calendar said, reduced to what may be written.
type answer struct {
	tree  *ots.Tree // nil when there is nothing to write
	note  string    // why nothing, or not all of it, is taken; "" while pending
	asked bool      // false: its calendar may not be asked
	heard bool      // the calendar answered, "not yet" included
	lost  int       // claims left out because no header could be had
}

// A completer asks calendars what became of pending claims.
type completer struct {
	s         *Session
	unchecked bool // take Bitcoin claims whose header could not be had
	answers   map[question]*answer
	open      []question // noted and not asked yet
	hosts     map[string]bool
}

func (s *Session) completer(unchecked bool) *completer {
	return &completer{s: s, unchecked: unchecked, answers: map[question]*answer{}, hosts: map[string]bool{}}
}

// waiting lists the pending claims of a proof that should be asked about: not
// those below which a Bitcoin claim stands already, unless that one fails, and
// none of a proof with more of them than are judged.
func (c *completer) waiting(ctx context.Context, p *ots.Proof) []verify.Wait {
	all := verify.Waiting(p.Tree)
	if len(all) > verify.MaxPendingClaims || c.foreign(all) {
		return nil
	}
	var list []verify.Wait
	for _, w := range all {
		if !c.answered(ctx, w) {
			list = append(list, w)
		}
	}
	return list
}

// foreign says that a rehearsal met a proof of a public calendar: regtest
// claims must never get into it.
func (c *completer) foreign(all []verify.Wait) bool {
	return c.s.Calendars.Policy.Regtest && slices.ContainsFunc(all, func(w verify.Wait) bool { return !fetch.Loopback(w.URI) })
}

func (c *completer) answered(ctx context.Context, w verify.Wait) bool {
	for i, b := range w.Blocks {
		if i == maxBlocks {
			break
		}
		if len(b.Msg) != len(bitcoin.Hash{}) {
			continue
		}
		e := c.s.Judge.Chain.Root(ctx, b.Attestation.Height(), bitcoin.Hash(b.Msg))
		if e.Verdict != bitcoin.Mismatch {
			return true
		}
	}
	return false
}

// note takes up the questions that a proof raises.
func (c *completer) note(ctx context.Context, p *ots.Proof) {
	for _, w := range c.waiting(ctx, p) {
		q := question{w.URI, string(w.Commitment)}
		if c.answers[q] == nil {
			c.answers[q] = &answer{note: c.forbidden(w.URI)}
			if c.answers[q].note == "" {
				c.open = append(c.open, q)
			}
		}
	}
}

// ask puts every question noted to its calendar, once.
func (c *completer) ask(ctx context.Context) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, parallel)
	for _, q := range c.open {
		a := c.answers[q]
		wg.Add(1)
		slots <- struct{}{}
		go func() {
			defer func() { <-slots; wg.Done() }()
			c.put(ctx, q, a)
		}()
	}
	wg.Wait()
	c.open = nil
}

// forbidden says why a calendar named by a proof is not asked, "" if it is.
func (c *completer) forbidden(uri string) string {
	if !c.s.Calendars.Policy.MayWrite(uri) {
		return fmt.Sprintf("%s is not a calendar that may be asked (git config --add anchor.calendar URL allows one)", uri)
	}
	u, err := url.Parse(uri)
	if err != nil {
		return fmt.Sprintf("%s is not a URL", uri)
	}
	if c.hosts[u.Host] || slices.ContainsFunc(c.s.Calendars.Policy.Exact, func(e string) bool { return strings.TrimSuffix(e, "/") == strings.TrimSuffix(uri, "/") }) {
		return ""
	}
	if len(c.hosts) == maxHosts {
		return fmt.Sprintf("%s was not asked: the proofs name more than %d calendars", uri, maxHosts)
	}
	c.hosts[u.Host] = true
	return ""
}

func (c *completer) put(ctx context.Context, q question, a *answer) {
	a.asked = true
	tree, err := c.s.Calendars.Complete(ctx, q.uri, []byte(q.commitment))
	var notYet *calendar.NotYet
	switch {
	case errors.As(err, &notYet):
		a.heard = true
	case err != nil:
		a.note = fmt.Sprintf("%s: %v", q.uri, err)
	default:
		a.heard = true
		c.sift(ctx, q.uri, tree, a)
	}
}

// sift keeps of an answer the paths that end in a Bitcoin claim that leads to
// its header, or in a pending claim at a calendar that may be asked.
func (c *completer) sift(ctx context.Context, uri string, tree *ots.Tree, a *answer) {
	blocks := 0
	a.tree = tree.Keep(func(claim ots.Claim) bool {
		switch claim.Attestation.Kind() {
		case ots.KindPending:
			return c.s.Calendars.Policy.MayWrite(claim.Attestation.URI())
		case ots.KindBitcoin:
			if blocks++; blocks > maxBlocks {
				a.note = fmt.Sprintf("%s: answered with more than %d Bitcoin claims", uri, maxBlocks)
				return false
			}
			return c.leads(ctx, uri, claim, a)
		}
		return false
	})
	if a.tree == nil && a.note == "" && a.lost == 0 {
		a.note = fmt.Sprintf("%s: answered with nothing that can be used", uri)
	}
}

// leads checks a Bitcoin claim that a calendar sent.
func (c *completer) leads(ctx context.Context, uri string, claim ots.Claim, a *answer) bool {
	height := claim.Attestation.Height()
	if len(claim.Msg) != len(bitcoin.Hash{}) {
		a.note = fmt.Sprintf("%s: sent a claim on block %d that is no merkle root; it was dropped", uri, height)
		return false
	}
	e := c.s.Judge.Chain.Root(ctx, height, bitcoin.Hash(claim.Msg))
	switch {
	case e.Verdict == bitcoin.Match && e.Rung >= c.s.Judge.Require:
		return true
	case e.Verdict == bitcoin.Mismatch:
		a.note = fmt.Sprintf("%s: sent a claim that does not lead to block %d; it was dropped", uri, height)
		return false
	case e.Verdict == bitcoin.Immature:
		a.note = fmt.Sprintf("%s: block %d has %d of %d confirmations", uri, height, e.Confirmations, bitcoin.MinConfirmations)
		return false
	case c.unchecked:
		return true
	}
	a.lost++
	a.note = fmt.Sprintf("%s: sent a claim on block %d that could not be checked", uri, height)
	return false
}

// A growth is a proof with what its calendars answered.
type growth struct {
	proof *ots.Proof // nil when it did not grow
	notes []string
	heard int // calendars that answered
	asked int
	lost  int // claims that could not be checked
}

// grow merges the answers into a copy of a proof. An answer that would make
// the file unreadable for others is left out, and its calendar named.
func (c *completer) grow(ctx context.Context, p *ots.Proof) growth {
	var g growth
	if c.foreign(verify.Waiting(p.Tree)) {
		g.notes = append(g.notes, "regtest: nothing is asked for or written into a proof that names a public calendar")
		return g
	}
	grown := p.Clone()
	for _, w := range c.waiting(ctx, p) {
		a := c.answers[question{w.URI, string(w.Commitment)}]
		if a == nil {
			continue
		}
		g.lost += a.lost
		if a.asked {
			g.asked++
		}
		if a.heard {
			g.heard++
		}
		if a.note != "" {
			g.notes = append(g.notes, a.note)
		}
		if a.tree == nil {
			continue
		}
		next := grown.Clone()
		_, err := next.Extend(a.tree)
		if err == nil {
			_, err = readBack(next)
		}
		if err != nil {
			g.notes = append(g.notes, fmt.Sprintf("%s: left out its answer: %v", w.URI, err))
			continue
		}
		grown = next
	}
	if len(p.Missing(grown)) > 0 {
		g.proof = grown
	}
	return g
}
