package bitcoin

import (
	"fmt"
	"time"
)

// MinConfirmations is how many blocks, its own included, a claim's block needs
// before anything is said of it: the last few may still be replaced.
const MinConfirmations = 6

// BundleFile is where the headers of a repository lie, at its root, and
// CacheName what the ones kept on this machine are called among the answers.
const (
	BundleFile = ".git-anchor.headers"
	CacheName  = "cache"
)

// A Verdict says how a merkle root compares with the block at its height.
type Verdict int

const (
	// Unknown: no source could say.
	Unknown Verdict = iota
	// Match: the block has that root, and no source that was asked dissents.
	Match
	// Mismatch: every source that answered has the same other root.
	Mismatch
	// Disputed: the sources contradict each other.
	Disputed
	// Immature: the block has too few confirmations, whatever its root.
	Immature
)

// String returns the verdict's name in lower case.
func (v Verdict) String() string {
	names := [...]string{"unknown", "match", "mismatch", "disputed", "immature"}
	if v < 0 || int(v) >= len(names) {
		return fmt.Sprintf("verdict %d", int(v))
	}
	return names[v]
}

// An Answer is what one source said of one height.
type Answer struct {
	Source string  // its name; BundleFile and CacheName for headers kept in files
	Header *Header // nil when there is none that passes the checks
	Err    error   // why there is none; wraps ErrUnavailable, ErrBehind or ErrInconsistent
	Agrees bool    // the header has the root that was asked about
}

// Evidence is a verdict with all that it rests on.
type Evidence struct {
	Verdict Verdict
	Rung    Rung // what the verdict trusts; RungPath while Unknown
	Height  uint64
	// Header is the one the verdict rests on; nil when there is none or when the
	// sources contradict each other.
	Header *Header
	// Confirmations counts the block and those above it. It is 0 where it was
	// not asked: the table covers the block, or there is no header.
	Confirmations uint64
	// NotAfter is the median time of the eleven blocks that follow; zero where
	// they are not at hand. See [ClaimDate].
	NotAfter time.Time
	// Reason says why the verdict is Unknown, Disputed or Immature, why a
	// Mismatch is one, and what decided where sources contradict each other.
	Reason string
	// Hints say how a higher rung could be reached; none from rung chain on.
	Hints []string
	// Answers holds all that were asked, in that order, explorers, node and
	// carriers alike, and the headers kept in files.
	Answers []Answer
}
