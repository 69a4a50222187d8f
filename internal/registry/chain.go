package registry

import (
	"fmt"
	"time"
)

// Kinds of ChainFault.
const (
	FaultGenesis   = "genesis"   // the first month names a month before it
	FaultGap       = "gap"       // months between are missing
	FaultTwice     = "twice"     // a month is there twice, or comes after a later one
	FaultLink      = "link"      // the link is not the hash of the month before
	FaultBackwards = "backwards" // the timestamp is before that of the month before
)

// A ChainFault is a month that does not follow the one before.
type ChainFault struct {
	Kind   string
	Period Period // the month whose link or place is wrong: the later of two
	Text   string // a sentence without hashes, fit to be printed
	Want   string // the hash that the month should name; "" for twice and backwards
	Have   string // the hash that it names, "" where it names none
}

// CheckLink judges m as the month after prev, or as the first where prev is nil.
func CheckLink(prev, m *Month) []ChainFault {
	var faults []ChainFault
	add := func(kind, want, format string, args ...any) {
		f := ChainFault{Kind: kind, Period: m.Period, Text: fmt.Sprintf(format, args...), Want: want}
		if want != "" {
			f.Have = m.Previous
		}
		faults = append(faults, f)
	}
	switch {
	case prev == nil && m.Previous != Genesis:
		add(FaultGenesis, Genesis, "earlier months are missing: %s is the first there is, and names a month before it", m.Period)
	case prev == nil:
	case !prev.Period.Before(m.Period):
		add(FaultTwice, "", "%s comes after %s: a month is there twice or out of order", m.Period, prev.Period)
	case prev.Period.Next() != m.Period && m.Previous == prev.Hash():
		add(FaultGap, prev.Hash(), "%s left out, and %s was linked to %s", missing(prev.Period, m.Period), m.Period, prev.Period)
	case prev.Period.Next() != m.Period:
		add(FaultGap, prev.Hash(), "%s missing: %s names another month before it than %s", missing(prev.Period, m.Period), m.Period, prev.Period)
	case m.Previous != prev.Hash():
		add(FaultLink, prev.Hash(), "%s does not name the bytes that %s has: one of the two was edited or replaced", m.Period, prev.Period)
	}
	// A month without a timestamp has a fault of its own for it.
	if prev != nil && !m.Timestamp.IsZero() && m.Timestamp.Before(prev.Timestamp) {
		add(FaultBackwards, "", "the timestamp of %s, %s, is before that of %s, %s", m.Period, m.Timestamp.Format(time.RFC3339Nano), prev.Period, prev.Timestamp.Format(time.RFC3339Nano))
	}
	return faults
}

// missing are the months between two, and the verb.
func missing(a, b Period) string {
	if a.Next() == b.Prev() {
		return a.Next().String() + " is"
	}
	return fmt.Sprintf("%s to %s are", a.Next(), b.Prev())
}

// CheckChain judges months that are sorted by period. Any change to the bytes of a
// month is found by the link of the next one; what it cannot find is a change to
// the last month, and that months after it are missing: for those, compare the
// Hash of the last with one that was kept elsewhere.
func CheckChain(months []*Month) []ChainFault {
	var faults []ChainFault
	var prev *Month
	for _, m := range months {
		faults = append(faults, CheckLink(prev, m)...)
		prev = m
	}
	return faults
}
