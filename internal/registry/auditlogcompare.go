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
	Text string // which member of the summary
	Want string // that the month says: a count or a hash, foreign text
	Have string // that the log has
}

func (f SummaryFault) String() string {
	return fmt.Sprintf("%s is %s, and should be %s", f.Text, f.Have, printable.Text(f.Want, 2*strictjson.MaxShown))
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
// which rule the summary's root follows, RuleRaw where both are the same.
func (s Summary) Compare(l LogSummary) (rule string, faults []SummaryFault) {
	differ := func(text, want, have string) {
		if want != have {
			faults = append(faults, SummaryFault{text, want, have})
		}
	}
	differ("entries_count", fmt.Sprint(s.Count), fmt.Sprint(l.Count))
	differ("first_entry_hash", s.First, l.First)
	differ("last_entry_hash", s.Last, l.Last)
	switch s.Root {
	case l.RawRoot:
		rule = RuleRaw
	case l.TextRoot:
		rule = RuleText
	default:
		differ("merkle_root by rule raw", s.Root, l.RawRoot)
		differ("merkle_root by rule text", s.Root, l.TextRoot)
	}
	return rule, faults
}
