package anchor

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
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

	// A calendar answers with a block, or not yet; one that answers with further
	// promises must not fill a proof up to the limits with them.
	maxPromises     = 8       // calendars named by one answer
	maxPromiseBytes = 1 << 10 // of an answer's paths to them
	maxPromised     = 16      // pending claims of a proof that grows by promises; real ones have 4

	// maxFailures is after how many failures in a row a host is left alone for
	// the rest of the run: a silent one must not cost a timeout for every proof.
	maxFailures = 3
)

// A question is a commitment and the calendar that knows what became of it.
// Proofs of one batch share it, and it is asked once a run.
type question struct{ uri, commitment string }

// An answer is what a calendar said, reduced to what may be written.
type answer struct {
	tree     *ots.Tree // the paths that end in a block, nil if there is none
	promises *ots.Tree // those that end in a further promise
	notes    []string  // why nothing, or not all of it, is taken; none while pending
	asked    bool      // false: its calendar may not be asked
	heard    bool      // the calendar answered, "not yet" included
	lost     []string  // why claims were left out that could not be judged
}

func (a *answer) note(format string, args ...any) {
	a.notes = append(a.notes, fmt.Sprintf(format, args...))
}

// A completer asks calendars what became of pending claims.
type completer struct {
	s         *Session
	unchecked bool // take Bitcoin claims whose header could not be had
	answers   map[question]*answer
	open      []question // noted and not asked yet
	hosts     map[string]bool

	mu       sync.Mutex
	failures map[string]int // in a row, by calendar
}

func (s *Session) completer(unchecked bool) *completer {
	return &completer{s: s, unchecked: unchecked, answers: map[question]*answer{}, hosts: map[string]bool{}, failures: map[string]int{}}
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
	return slices.ContainsFunc(w.Blocks[:min(len(w.Blocks), maxBlocks)], func(b ots.Claim) bool {
		return c.s.Judge.Claim(ctx, b).Status != verify.Failed
	})
}

// questions lists what a proof makes us ask.
func (c *completer) questions(ctx context.Context, p *ots.Proof) []question {
	var list []question
	for _, w := range c.waiting(ctx, p) {
		list = append(list, question{w.URI, string(w.Commitment)})
	}
	return list
}

// note takes up questions, each once.
func (c *completer) note(list []question) {
	for _, q := range list {
		if c.answers[q] != nil {
			continue
		}
		a := &answer{}
		c.answers[q] = a
		if why := c.forbidden(q.uri); why != "" {
			a.note("%s", why)
		} else {
			c.open = append(c.open, q)
		}
	}
}

// ask puts every question noted to its calendar.
func (c *completer) ask(ctx context.Context) {
	each(ctx, len(c.open), func(i int) { c.put(ctx, c.open[i], c.answers[c.open[i]]) })
	c.open = nil
}

// each calls f for 0 to n-1, several at once, and waits for them; no further
// one is begun once the context has ended.
func each(ctx context.Context, n int, f func(i int)) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, parallel)
	for i := range n {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			break
		}
		wg.Go(func() {
			f(i)
			<-slots
		})
	}
	wg.Wait()
}

// forbidden says why a calendar named by a proof is not asked, "" if it is.
func (c *completer) forbidden(uri string) string {
	policy := c.s.Calendars.Policy
	switch {
	case policy.MayAsk(uri) && !policy.MayWrite(uri):
		return fmt.Sprintf("%s is a calendar on this machine, which proves nothing: only --network regtest asks it", uri)
	case !policy.MayAsk(uri):
		return fmt.Sprintf("%s is not a calendar that may be asked (git config --add anchor.calendar URL allows one)", uri)
	}
	u, err := url.Parse(uri)
	if err != nil {
		return fmt.Sprintf("%s is not a URL", uri)
	}
	if c.hosts[u.Host] || policy.Named(uri) {
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
	if c.tired(q.uri) {
		a.note("%s: not asked again in this run after %d failures in a row", q.uri, maxFailures)
		return
	}
	tree, err := c.s.Calendars.Complete(ctx, q.uri, []byte(q.commitment))
	var notYet *calendar.NotYet
	a.heard = err == nil || errors.As(err, &notYet)
	c.count(q.uri, a.heard || errors.Is(err, calendar.ErrAnswer))
	switch {
	case err == nil:
		c.sift(ctx, q.uri, tree, a)
	case !a.heard:
		a.note("%s: %v", q.uri, err)
	}
}

// tired reports whether a calendar failed so often that it is left alone.
func (c *completer) tired(uri string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failures[uri] >= maxFailures
}

// count takes note of whether a calendar was there.
func (c *completer) count(uri string, there bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failures[uri]++
	if there {
		c.failures[uri] = 0
	}
}

// sift keeps of an answer the paths that end in a Bitcoin claim that leads to
// its header, or in a pending claim at a calendar that may be asked.
func (c *completer) sift(ctx context.Context, uri string, tree *ots.Tree, a *answer) {
	blocks, promises := 0, 0
	a.tree = tree.Keep(func(claim ots.Claim) bool {
		if claim.Attestation.Kind() != ots.KindBitcoin {
			return false
		}
		if blocks++; blocks == maxBlocks+1 {
			a.note("%s: answered with more than %d Bitcoin claims", uri, maxBlocks)
		}
		return blocks <= maxBlocks && c.leads(ctx, uri, claim, a)
	})
	a.promises = tree.Keep(func(claim ots.Claim) bool {
		kept := claim.Attestation.Kind() == ots.KindPending && c.s.Calendars.Policy.MayWrite(claim.Attestation.URI())
		if kept {
			promises++
		}
		return kept
	})
	if promises > maxPromises || a.promises != nil && len(a.promises.Bytes()) > maxPromiseBytes {
		a.promises = nil
		a.note("%s: answered with too many promises, %d; they were left out", uri, promises)
	}
	if a.tree == nil && a.promises == nil && len(a.notes) == 0 {
		a.note("%s: answered with nothing that can be used", uri)
	}
}

// leads judges a Bitcoin claim that a calendar sent.
func (c *completer) leads(ctx context.Context, uri string, claim ots.Claim, a *answer) bool {
	judged := c.s.Judge.Claim(ctx, claim)
	switch {
	case judged.Status == verify.Confirmed:
		return true
	case judged.Status == verify.Undecided && judged.Evidence.Verdict == bitcoin.Unknown && c.unchecked:
		return true
	case judged.Status == verify.Failed:
		a.note("%s: sent a false claim, which was dropped: %s", uri, judged.Reason)
	case judged.Status == verify.Pending:
		a.note("%s: %s", uri, judged.Reason)
	default:
		a.lost = append(a.lost, judged.Reason)
		a.note("%s: sent a claim that was not taken: %s", uri, judged.Reason)
	}
	return false
}
