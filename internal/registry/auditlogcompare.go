package registry

import (
	"fmt"
	"io"

	"github.com/openllmo/git-anchor/internal/printable"
	"github.com/openllmo/git-anchor/internal/strictjson"
)

// A LogComparison is an audit log beside what a month says of it. A log grows:
// what came after the month's entries is judged by itself alone.
type LogComparison struct {
	Log     LogSummary     // of the whole log
	Known   bool           // the month has a summary of this server's log
	Summary Summary        // that summary
	Rule    string         // that its root follows: RuleRaw or RuleText, "" for neither
	Since   uint64         // entries that came after it
	Faults  []SummaryFault // where the log is not what it says
}

// A SummaryFault is where a log is not what a month says of it.
type SummaryFault struct {
	Member string // of the summary
	Want   string // that the month says: a count or a hash, foreign text
	Have   string // that the log has
	Line   uint64 // the entry that the hash is of; 0 where the whole log is meant
}

func (f SummaryFault) String() string {
	want := printable.Text(f.Want, 2*strictjson.MaxShown)
	switch {
	case f.Member == memberCount:
		return fmt.Sprintf("the log has %s, and the month sums up %s", entries(f.Have), want)
	case f.Line > 0:
		return fmt.Sprintf("line %d: %s is %s, and should be %s", f.Line, f.Member, f.Have, want)
	}
	return fmt.Sprintf("%s is %s, and should be %s", f.Member, f.Have, want)
}

// memberCount is the member of a summary that counts.
const memberCount = "entries_count"

func entries(count string) string {
	if count == "1" {
		return "1 entry"
	}
	return count + " entries"
}

// CompareLog judges an audit log as ReadLog does, and holds its beginning, as
// long as the month knew it, to the summary that the month has of its server. The
// error is ReadLog's.
func CompareLog(r io.Reader, logs map[string]Summary) (LogComparison, error) {
	var c LogComparison
	var then LogSummary
	l := newLogReader(r)
	for {
		more, err := l.next()
		if err != nil {
			return LogComparison{}, err
		}
		if !more {
			break
		}
		if l.count() == 1 {
			c.Summary, c.Known = logs[l.server]
		}
		if c.Known && l.count() == c.Summary.Count {
			then = l.summary()
		}
	}
	c.Log = l.summary()
	if !c.Known {
		return c, nil
	}
	if then.Count == 0 {
		then = c.Log // too short, or the month has seen no entry
	}
	c.Since = c.Log.Count - then.Count
	c.Rule, c.Faults = c.Summary.Compare(then)
	return c, nil
}

// Compare holds a log to a summary of it: exactly its entries, no more. It says
// which rule the summary's root follows, RuleRaw where both are the same, "" where
// there are faults. Where the count differs, or a hash does, so must what follows
// from it, and is no fault of its own.
func (s Summary) Compare(l LogSummary) (rule string, faults []SummaryFault) {
	if s.Count != l.Count {
		return "", []SummaryFault{{memberCount, fmt.Sprint(s.Count), fmt.Sprint(l.Count), 0}}
	}
	if s.First != l.First {
		faults = append(faults, SummaryFault{"first_entry_hash", s.First, l.First, 1})
	}
	if s.Last != l.Last {
		faults = append(faults, SummaryFault{"last_entry_hash", s.Last, l.Last, l.Count})
	}
	switch {
	case len(faults) > 0:
		return "", faults
	case s.Root == l.RawRoot:
		return RuleRaw, nil
	case s.Root == l.TextRoot:
		return RuleText, nil
	}
	return "", []SummaryFault{{"merkle_root", s.Root, l.RawRoot + " by rule raw and " + l.TextRoot + " by rule text", 0}}
}

// Rewrites reports whether a log that comes to s cannot be one that came to was
// before, and was only appended to: it has fewer entries, another first one, or
// another last one of as many.
func (s Summary) Rewrites(was Summary) bool {
	return was.Count > 0 && (s.Count < was.Count || s.First != was.First || s.Count == was.Count && s.Last != was.Last)
}
