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
	voices := c.hear(ctx, &e, root)
	if len(voices) == 0 {
		e.Reason = unheard(height, e.Answers)
		return e
	}
	c.decide(&e)
	if c.network.LastHeight() >= height+MinConfirmations-1 {
		return e
	}
	return c.ripen(ctx, e, voices)
}

// hear asks sources in order, fills in the answers, and returns the sources
// that gave a valid header.
func (c *Chain) hear(ctx context.Context, e *Evidence, root Hash) []*asked {
	var voices []*asked
	agreed, dissented := false, false
	for _, s := range c.sources {
		if agreed && !dissented || len(voices) > maxMore {
			break
		}
		a := Answer{Source: s.source.Name()}
		if h, err := c.header(ctx, s, e.Height); err != nil {
			a.Err = err
		} else {
			a.Header, a.Agrees = &h, h.MerkleRoot() == root
			agreed, dissented = agreed || a.Agrees, dissented || !a.Agrees
			voices = append(voices, s)
		}
		e.Answers = append(e.Answers, a)
	}
	return voices
}

// decide sets the verdict by the headers among the answers, of which there is
// at least one.
func (c *Chain) decide(e *Evidence) {
	e.Rung = RungExplorer
	if _, known := c.network.Checkpoint(e.Height); known {
		e.Rung = RungChain // CheckHeader compared its hash with the table's
	}
	for _, a := range e.Answers {
		switch {
		case a.Header == nil:
		case e.Header == nil:
			e.Header, e.Verdict = a.Header, Mismatch
			if a.Agrees {
				e.Verdict = Match
			}
		case a.Header.MerkleRoot() != e.Header.MerkleRoot():
			e.Header, e.Verdict = nil, Disputed
			e.Reason = fmt.Sprintf("the sources contradict each other on block %d", e.Height)
			return
		}
	}
}

// ripen keeps the verdict if the block is buried deep enough, by the highest
// tip of the sources that gave a header: one that lags, or lies, cannot hold up
// a verdict that others speak against. Only if none of them tells its tip are
// the others asked, in order.
func (c *Chain) ripen(ctx context.Context, e Evidence, voices []*asked) Evidence {
	tip, err := c.highest(ctx, voices)
	for i := 0; err != nil && i < len(c.sources); i++ {
		var next error
		if tip, next = c.tip(ctx, c.sources[i]); next == nil {
			err = nil
		}
	}
	if err != nil {
		return Evidence{
			Height: e.Height, Answers: e.Answers,
			Reason: fmt.Sprintf("no source says how deep block %d lies: %v", e.Height, err),
		}
	}
	// An explorer's tip may come from a cache older than its header.
	e.Confirmations = max(tip, e.Height) - e.Height + 1
	if e.Confirmations < MinConfirmations {
		e.Verdict = Immature
		e.Reason = fmt.Sprintf("%d of %d confirmations", e.Confirmations, MinConfirmations)
	}
	return e
}

// highest returns the highest tip of the sources, and an error if none tells.
func (c *Chain) highest(ctx context.Context, sources []*asked) (uint64, error) {
	var best uint64
	var reasons []error
	for _, s := range sources {
		tip, err := c.tip(ctx, s)
		if err != nil {
			reasons = append(reasons, fmt.Errorf("%s: %w", s.source.Name(), err))
			continue
		}
		best = max(best, tip)
	}
	if len(reasons) == len(sources) {
		return 0, errors.Join(reasons...)
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
