package bitcoin

import (
	"context"
	"time"
)

// A Carrier hands over runs of headers. Nothing it says is trusted: whoever
// asked links the headers to what is known, or weighs their work.
type Carrier interface {
	// Name returns the host as it is printed, with the port if there is one.
	Name() string
	// Headers returns at most count headers: those of heights first, first+1, …,
	// the first of which has after as its previous block. It may return fewer,
	// up to the carrier's tip, and returns them all or an error. A zero after
	// means that the block before is not known: only carriers that go by height
	// can answer then. Errors wrap ErrUnavailable, ErrBehind or ErrInconsistent.
	Headers(ctx context.Context, after Hash, first uint64, count int) ([]Header, error)
}

// A Named is a carrier and whether the person named it: such a one alone
// suffices for rung work, where two that were found otherwise are needed.
type Named struct {
	Carrier
	ByPerson bool
}

// Options are where a Chain may look for headers. All zero, it knows the
// genesis block and nothing else.
type Options struct {
	Sources  []Source // explorers, in the order of asking
	Node     *Node    // the person's own; nil without one
	Carriers []Named  // those the person named are asked before the explorers
	// Find looks for further carriers, once, when those above do not suffice; nil:
	// there are none to find.
	Find   func(ctx context.Context) []Named
	Store  *Store  // headers kept on this machine; nil: none are
	Bundle *Bundle // headers that lie beside the proofs; nil: none do

	Require          Rung   // asking goes on until it is reached; zero means explorer
	MinConfirmations uint64 // below the constant of that name, 0 too, it is that constant

	Now func() time.Time // the clock that work is judged by; nil: time.Now
}
