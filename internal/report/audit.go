package report

import (
	"fmt"
	"maps"
	"slices"

	"github.com/openllmo/git-anchor/internal/registry"
)

// An Audit is what the check of an audit log found.
type Audit struct {
	Name     string                 // of the log's file
	Month    string                 // that it was compared with, "" for none
	Compared registry.LogComparison // without Fault
	Fault    *registry.LogFault     // that ended it
}

// Audit writes the outcome of an audit log's check, then what it comes to.
func (t Text) Audit(a Audit) {
	c := a.Compared
	l := c.Log
	switch {
	case a.Fault != nil:
		fmt.Fprintln(t.Out, t.red("Verification failed: "+at(a.Fault.Line)+show(a.Fault.Text)+"."))
		t.hashes(a.Fault.Stored, a.Fault.Computed)
		return
	case a.Month == "":
		fmt.Fprintln(t.Out, t.green(fmt.Sprintf("OK: %s of %s, from the first on, each by its hash.", entries(l.Count), show(l.ServerID))))
	case !c.Known:
		fmt.Fprintln(t.Out, t.red(fmt.Sprintf("Verification failed: %s sums up no log of %s.", a.Month, show(l.ServerID))))
	case len(c.Faults) > 0:
		fmt.Fprintln(t.Out, t.red(fmt.Sprintf("Verification failed: the log is not what %s says.", a.Month)))
		for _, f := range c.Faults {
			t.say("  %s", f)
		}
	default:
		fmt.Fprintln(t.Out, t.green(fmt.Sprintf("OK: %s what %s says (merkle root by rule %s).", known(c), a.Month, c.Rule)))
	}
	if len(c.Faults) == 0 || t.Verbose {
		t.logDetails(l)
	}
	switch {
	case c.Since == 1:
		t.say("  1 entry since, which is in order by itself: a later month says whether it stays")
	case c.Since > 0:
		t.say("  %s since, which are in order by themselves: a later month says whether they stay", entries(c.Since))
	case a.Month == "":
		t.say("  compared with no month: whoever has the log can make all of it anew (--registry compares)")
	}
	if a.Month != "" && c.Known && len(c.Faults) == 0 {
		t.whetherAnchored(a.Month)
	}
}

// whetherAnchored says what a comparison with a month's file leaves open.
func (t Text) whetherAnchored(month string) {
	t.say("  whether %s itself is anchored is not looked at here: git anchor registry verify says that", month)
}

// known are the entries of a log that a month sums up, and the verb.
func known(c registry.LogComparison) string {
	all, of := c.Log.Count, show(c.Log.ServerID)
	switch n := all - c.Since; {
	case all == 1:
		return "the only entry of " + of + " is"
	case c.Since == 0:
		return fmt.Sprintf("all %d entries of %s are", all, of)
	case n == 1:
		return fmt.Sprintf("1 of %d entries of %s is", all, of)
	default:
		return fmt.Sprintf("%d of %d entries of %s are", n, all, of)
	}
}

func (t Text) logDetails(l registry.LogSummary) {
	t.say("  entries                 %d", l.Count)
	t.say("  first                   %s", l.First)
	t.say("  last                    %s", l.Last)
	t.say("  merkle root, rule raw   %s", l.RawRoot)
	t.say("  merkle root, rule text  %s", l.TextRoot)
	if l.Ambiguous > 0 {
		t.Note("%s can be read in two ways, as the text that is hashed has no escaping: the hash stands for no content in particular", entries(l.Ambiguous))
	}
	if l.Further > 0 {
		t.Note("%s with members that no hash covers: these can be changed unseen", entries(l.Further))
	}
	if l.Unended {
		t.Note("the last line has no line feed")
	}
}

// hashes shows two that differ.
func (t Text) hashes(stored, computed string) {
	if computed != "" {
		t.say("  stored    %s", show(stored))
		t.say("  computed  %s", show(computed))
	}
}

func at(line uint64) string {
	if line == 0 {
		return ""
	}
	return fmt.Sprintf("line %d: ", line)
}

func entries(n uint64) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}

// EntryProof prints a proof's file, and what it is of.
func (t Text) EntryProof(p *registry.EntryProof) {
	fmt.Fprintf(t.Out, "%s", p.Bytes())
	t.say("proves line %d, one of %s of %s, under %s (rule %s)", p.Index+1, entries(p.Count), show(p.ServerID), p.Root, p.Rule)
}

// An EntryCheck is the check of a proof against a root.
type EntryCheck struct {
	Proof   *registry.EntryProof
	Month   string // whose Summary it is, "" where it was given otherwise
	Summary registry.Summary
	Verdict registry.EntryVerdict
}

// EntryCheck writes the outcome of a proof's check, and the entry.
func (t Text) EntryCheck(c EntryCheck) {
	p := c.Proof
	if f := c.Verdict.Fault; !c.Verdict.Good {
		fmt.Fprintln(t.Out, t.red("Verification failed: "+show(f.Text)+"."))
		t.hashes(f.Stored, f.Computed)
		return
	}
	whose := "the root that was given"
	if c.Month != "" {
		whose = "the root in " + c.Month
	}
	fmt.Fprintln(t.Out, t.green(fmt.Sprintf("OK: entry %d of %d of %s is under %s (rule %s).", p.Index+1, p.Count, show(p.ServerID), whose, p.Rule)))
	t.say("  job        %s (%s)", show(p.Entry.JobID), show(p.Entry.JobType))
	t.say("  timestamp  %s", show(p.Entry.Timestamp))
	t.say("  hash       %s", p.Entry.ThisLogHash)
	t.say("  root       %s", p.Root)
	for i, key := range slices.Sorted(maps.Keys(p.Entry.Metadata)) {
		if i == 0 {
			t.say("  metadata   (the text does not say where an item of metadata ends; shown as split at each comma)")
		}
		t.say("    %s: %s", show(key), show(p.Entry.Metadata[key]))
	}
	if c.Month != "" {
		t.whetherAnchored(c.Month)
	}
}
