// Package verify judges OpenTimestamps proofs: whether they are for these
// bytes, and whether their Bitcoin claims lead to real block headers.
//
// Start with Judge.Proof. It returns an Outcome, which is a value and never
// an error: the zero Outcome is Unjudged, a failure, so that a branch that
// forgets to decide cannot pass for a verdict. Reading the document, the proof
// and the headers is the caller's part; this package reads only what it is
// handed, contacts no calendar (judging must not need the parties judged) and
// writes nothing.
package verify

import (
	"time"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/ots"
)

// Status says what is known about a document and its proof.
type Status int

// The states a document can be in. Unjudged is the zero value and a failure.
const (
	Unjudged    Status = iota
	Confirmed          // a Bitcoin claim leads to a header of the required rung
	Pending            // no Bitcoin claim yet, or fewer than six confirmations
	Changed            // the bytes are not those that were stamped
	Failed             // the proof is malformed, or leads to no block
	Missing            // there is no proof where one is due
	Disputed           // sources contradict each other about a block
	Undecided          // it could not be found out
	Unsupported        // a version, hash or operation we do not know, or past a limit of ours
)

var statusWords = [...]string{"unjudged", "confirmed", "pending", "changed", "failed", "missing", "disputed", "undecided", "unsupported"}

// String returns the status in lower case, as in JSON output.
func (s Status) String() string {
	if s < 0 || int(s) >= len(statusWords) {
		return statusWords[Unjudged]
	}
	return statusWords[s]
}

// MarshalText writes the status as its lower-case word.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Limits on what one proof may make us ask (SECURITY.md, "Proofs"). Past
// either the outcome is Unsupported, never a verdict on a part.
const (
	MaxBitcoinClaims = 64
	MaxPendingClaims = 64
	MaxOtherClaims   = 64 // of kinds that are listed and not judged
)

// A Claim is one attestation of a proof, judged.
type Claim struct {
	Attestation ots.Attestation
	Msg         []byte           // what it attests; a merkle root, in internal order, for Bitcoin
	Status      Status           // Unjudged for kinds that are not judged (Litecoin, Ethereum, unknown)
	Evidence    bitcoin.Evidence // of a Bitcoin claim that was looked up
	Reason      string           // why the status is what it is
}

// An Outcome is what can be said about one document and its proof.
type Outcome struct {
	Status Status
	Reason string // one sentence without a full stop; "" when Confirmed

	// Of the earliest Bitcoin claim that reaches the required rung; only when Confirmed.
	Rung      bitcoin.Rung
	Height    uint64
	Header    bitcoin.Header
	ClaimDate time.Time // "existed no later than", a UTC day
	BlockTime time.Time // the header's own time, set by its miner
	NotAfter  time.Time // median time of the eleven blocks that follow; zero where they are not at hand

	// Confirmations of a claim that waits for its six blocks; 0 otherwise.
	Confirmations uint64

	Hash     ots.Tag  // file hash of the proof, 0 when it could not be read
	Stamped  []byte   // digest that the proof is for
	Digest   []byte   // digest of the bytes judged; nil when they were not hashed
	WeakHash bool     // the file hash is not SHA-256: satisfies no requirement
	Claims   []Claim  // every attestation, in the proof's order
	Findings []string // what else a reader should know, bad claims beside a good one included
	Hints    []string // how a higher rung could be reached
}

// Sources returns the names of the sources that agreed with the claim the
// outcome rests on; none for a header that is in the binary.
func (o Outcome) Sources() []string {
	for _, c := range o.Claims {
		if c.Status != Confirmed || c.Evidence.Height != o.Height || c.Evidence.Rung != o.Rung {
			continue
		}
		var names []string
		for _, a := range c.Evidence.Answers {
			if a.Agrees {
				names = append(names, a.Source)
			}
		}
		return names
	}
	return nil
}

// Calendars counts the distinct calendars a proof names and those of them
// below whose claim a Bitcoin claim stands.
func Calendars(t *ots.Tree) (anchored, all int) {
	seen := map[string]bool{} // URI to whether it anchored
	for _, w := range Waiting(t) {
		seen[w.URI] = seen[w.URI] || len(w.Blocks) > 0
	}
	for _, done := range seen {
		if done {
			anchored++
		}
	}
	return anchored, len(seen)
}

// A Wait is a pending attestation and the Bitcoin claims that stand below it,
// which are the calendar's answers that the proof already holds.
type Wait struct {
	URI        string
	Commitment []byte
	Blocks     []ots.Claim
}

// Waiting lists the pending attestations of a tree, in its order, in one walk:
// a hostile proof has thousands of them, each above thousands of claims.
func Waiting(t *ots.Tree) []Wait {
	w := waiting{}
	w.walk(t)
	for i, span := range w.spans {
		w.waits[i].Blocks = w.blocks[span[0]:span[1]:span[1]]
	}
	return w.waits
}

// waiting collects waits, and for each of them which of the blocks found on
// the walk lie below it.
type waiting struct {
	waits  []Wait
	spans  [][2]int
	blocks []ots.Claim
}

func (w *waiting) walk(t *ots.Tree) {
	first, start := len(w.waits), len(w.blocks)
	for _, a := range t.Attestations {
		switch a.Kind() {
		case ots.KindPending:
			w.waits = append(w.waits, Wait{URI: a.URI(), Commitment: t.Msg})
			w.spans = append(w.spans, [2]int{start, start})
		case ots.KindBitcoin:
			w.blocks = append(w.blocks, ots.Claim{Attestation: a, Msg: t.Msg})
		}
	}
	last := len(w.waits)
	for _, b := range t.Branches {
		w.walk(b.Tree)
	}
	for i := first; i < last; i++ {
		w.spans[i][1] = len(w.blocks)
	}
}
