package registry

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
	Want   string // genesis, gap, link: the hash that the month should name
	Have   string // and the one it names
}

// CheckLink judges m as the month after prev, or as the first where prev is nil.
func CheckLink(prev, m *Month) []ChainFault { return nil }

// CheckChain judges months that are sorted by period.
func CheckChain(months []*Month) []ChainFault {
	var faults []ChainFault
	var prev *Month
	for _, m := range months {
		faults = append(faults, CheckLink(prev, m)...)
		prev = m
	}
	return faults
}
