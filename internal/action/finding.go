package action

// A Word names something that may be wrong; input fail_on lists them.
type Word string

// The words, worst first.
const (
	Violation Word = "violation" // a change breaks a rule
	Changed   Word = "changed"   // a document is not what was stamped
	Failed    Word = "failed"    // a proof is malformed, or leads to no block
	Missing   Word = "missing"   // there is no proof where one is due
	Disputed  Word = "disputed"  // sources contradict each other
	Undecided Word = "undecided" // it could not be found out
	Refused   Word = "refused"   // a document that is due was not stamped
	Pending   Word = "pending"   // for longer than max_pending_days
)

// Words lists them, worst first.
func Words() []Word {
	return []Word{Violation, Changed, Failed, Missing, Disputed, Undecided, Refused, Pending}
}

// A Level is how loudly a finding is said.
type Level int

// The levels. A Quiet finding stands in the summary only.
const (
	Quiet Level = iota
	Notice
	Warning
	Error
)

// A Finding is one thing that somebody should know.
type Finding struct {
	Level Level
	Word  Word   // "" for a notice
	Path  string // from the top, raw bytes; "" for the run as a whole
	Line  int    // from 1; 0: the file as a whole
	Title string
	Text  string
	Hint  string // one thing to type or change, "" if there is none
}
