package bitcoin

import (
	"context"
	"errors"
	"fmt"
)

// maxMore is how many further sources are heard once one has dissented.
const maxMore = 2

// Root says whether the block at height has the merkle root. Sources are asked
// in order until one has a header with that root; that one suffices. A valid
// header with another root does not pass silently: up to two more are heard,
// and their agreement or contradiction is the verdict. A source that is
// unavailable, behind or inconsistent is no voice, but stands in Answers.
//
// Nothing is decided on a block that may still be replaced: with fewer than
// MinConfirmations the verdict is Immature, whatever the root, because a reorg
// makes honest explorers differ for a while.
//
// What was heard for one root does not change the verdict on another, so the
// order in which roots are asked about does not matter.
func (c *Chain) Root(ctx context.Context, height uint64, root Hash) Evidence {
	e := Evidence{Height: height}
	if height == 0 {
		h := c.network.Genesis()
		e.Verdict, e.Rung, e.Header = Mismatch, RungChain, &h
		if h.MerkleRoot() == root {
			e.Verdict = Match
		}
		return e
	}
	c.hear(ctx, &e, root)
	if !c.decide(&e) {
		e.Reason = unheard(height, e.Answers)
		return e
	}
	if last := c.network.LastHeight(); height > last || last-height < MinConfirmations-1 {
		c.ripen(ctx, &e)
	}
	return e
}

// hear asks sources in order and fills in their answers, until one agrees and
// none dissents, or maxMore have been heard after the first.
func (c *Chain) hear(ctx context.Context, e *Evidence, root Hash) {
	heard, dissent := 0, false
	for _, s := range c.sources {
		if heard > maxMore || heard > 0 && !dissent {
			return
		}
		a := Answer{Source: s.source.Name()}
		h, err := c.header(ctx, s, e.Height)
		if err != nil {
			a.Err = err
		} else {
			a.Header, a.Agrees = &h, h.MerkleRoot() == root
			heard++
			dissent = dissent || !a.Agrees
		}
		e.Answers = append(e.Answers, a)
	}
}

// decide sets the verdict by the headers among the answers. It returns false
// when there is none.
func (c *Chain) decide(e *Evidence) bool {
	for _, a := range e.Answers {
		switch {
		case a.Header == nil:
		case e.Header == nil:
			e.Header, e.Verdict = a.Header, Mismatch
			if a.Agrees {
				e.Verdict = Match
			}
		case a.Header.MerkleRoot() != e.Header.MerkleRoot():
			e.Header, e.Verdict, e.Rung = nil, Disputed, RungExplorer
			e.Reason = fmt.Sprintf("the sources contradict each other on block %d", e.Height)
			return true
		}
	}
	if e.Header == nil {
		return false
	}
	e.Rung = RungExplorer
	if _, known := c.network.Checkpoint(e.Height); known {
		e.Rung = RungChain // CheckHeader compared its hash with the table's
	}
	return true
}

// ripen keeps the verdict if the block is buried deep enough.
func (c *Chain) ripen(ctx context.Context, e *Evidence) {
	tip, err := c.highest(ctx, e.Answers)
	if err != nil {
		*e = Evidence{
			Height: e.Height, Answers: e.Answers,
			Reason: fmt.Sprintf("no source says how deep block %d lies: %v", e.Height, err),
		}
		return
	}
	// An explorer's tip may come from a cache older than its header.
	e.Confirmations = max(tip, e.Height) - e.Height + 1
	if e.Confirmations < MinConfirmations {
		e.Verdict = Immature
		e.Reason = fmt.Sprintf("%d of %d confirmations", e.Confirmations, MinConfirmations)
	}
}

// highest returns the highest tip of the sources that gave a header, so that one
// which lags, or lies, cannot hold up a verdict that others speak against. Only
// if none of them tells its tip are other sources asked, in order, and not those
// that were inconsistent: the tip of another chain says nothing.
func (c *Chain) highest(ctx context.Context, answers []Answer) (uint64, error) {
	var best uint64
	var why error
	told := false
	for i, a := range answers {
		if a.Header == nil {
			continue
		}
		tip, err := c.tip(ctx, c.sources[i])
		switch {
		case err == nil:
			best, told = max(best, tip), true
		case why == nil:
			why = fmt.Errorf("%s: %w", a.Source, err)
		}
	}
	for i := 0; i < len(c.sources) && !told; i++ {
		if i < len(answers) && (answers[i].Header != nil || errors.Is(answers[i].Err, ErrInconsistent)) {
			continue
		}
		if tip, err := c.tip(ctx, c.sources[i]); err == nil {
			best, told = tip, true
		}
	}
	if !told {
		return 0, why
	}
	return best, nil
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
