package report

import (
	"fmt"
	"strings"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// Legacy writes a line for each proof whose document is not beside it any more,
// and what can be done about it.
func (t Text) Legacy(run anchor.LegacyRun) {
	if len(run.Proofs) == 0 {
		where := "the tree"
		if run.Dir != "" {
			where = show(run.Dir)
		}
		fmt.Fprintln(t.Out, "no legacy proofs in "+where)
		return
	}
	for _, l := range run.Proofs {
		word, more := legacyState(l)
		line := fmt.Sprintf("%-12s %s   %s", word, show(l.Proof), more)
		fmt.Fprintln(t.Out, t.paintWord(word, strings.TrimRight(t.mark(line), " ")))
		if t.Quiet {
			continue
		}
		if l.Err == nil {
			t.say("    %s", foundLine(l.Found))
		}
		if line := todayLine(l.Found); line != "" {
			t.say("    %s", line)
		}
		if l.Err == nil {
			t.say("    %s", upgradable(l))
		}
		if l.Converted != "" {
			t.say("    the binary proof is %s", show(l.Converted))
		}
		for _, n := range l.Notes {
			t.say("    note: %s", show(n))
		}
	}
}

// Table says whether a table in a file was refreshed.
func (t Text) Table(path string, wrote bool) {
	if wrote {
		t.say("refreshed the table in %s", show(path))
		return
	}
	t.say("the table in %s is up to date", show(path))
}

// legacyState is one word about a proof, and what belongs to it.
func legacyState(l anchor.Legacy) (word, more string) {
	if l.Err != nil {
		return "unreadable", show(l.Err.Error())
	}
	row := rowOf(anchor.Result{Path: l.Proof, Outcome: l.Outcome})
	word, more = row.word, row.more
	if l.Of > 0 {
		more = strings.TrimSpace(fmt.Sprintf("%s   %d of %d calendars", more, l.Anchored, l.Of))
	}
	if l.Action == anchor.Upgraded {
		more += "   upgraded"
	}
	return word, more
}

// upgradable says whether an upgrade could get any further.
func upgradable(l anchor.Legacy) string {
	switch {
	case l.Form != ots.FormBinary && l.Converted == "":
		return "it is in " + l.Form.String() + ", which other clients do not read: --convert writes the binary proof beside it"
	case len(l.Waits) > 0:
		return "upgrade: possible, " + count(len(l.Waits), "calendar") + " may be asked"
	case len(l.Silent) > 0:
		return "upgrade: not possible, as " + show(strings.Join(l.Silent, " ")) + " may not be asked (git config --add anchor.calendar URL allows it)"
	}
	return "upgrade: nothing is waited for"
}

// LegacyTable is what Legacy says, as a Markdown table for a file of the
// repository: it says nothing that changes by itself.
func (m Markdown) LegacyTable(run anchor.LegacyRun) string {
	var b strings.Builder
	if m.Regtest {
		b.WriteString("regtest, proves nothing\n\n")
	}
	b.WriteString("| Proof | State | Bytes that were stamped | Today |\n|---|---|---|---|\n")
	for _, l := range run.Proofs {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", code(l.Proof), tableState(l), tableWhere(l), tableToday(l))
	}
	if len(run.Proofs) == 0 {
		b.WriteString("| none | | | |\n")
	}
	return b.String()
}

func tableState(l anchor.Legacy) string {
	if l.Err != nil {
		return "unreadable: " + quiet(l.Err.Error())
	}
	row := rowOf(anchor.Result{Outcome: l.Outcome})
	if row.block != "" {
		return fmt.Sprintf("confirmed: block %s, %s", row.block, row.date)
	}
	if row.claimed != "" && l.Outcome.Status == verify.Undecided {
		return "claims block " + row.claimed
	}
	return l.Outcome.Status.String()
}

func tableWhere(l anchor.Legacy) string {
	switch {
	case l.Blob == "":
		return "not found"
	case len(l.Sites) > 0:
		return code(brief12(l.Sites[0].First.ID) + ":" + l.Sites[0].Path)
	}
	return "blob " + code(l.Blob)
}

func tableToday(l anchor.Legacy) string {
	switch {
	case l.Blob == "" || l.TodayPath == "":
		return ""
	case len(l.Today) == 0:
		return code(l.TodayPath) + ", the same"
	}
	return code(l.TodayPath) + ": " + quiet(strings.Join(l.Today, "; "))
}

// code writes a path as code; one with signs that mean something in code or in
// a table or may begin a comment, or with a blank at an end, is escaped.
func code(path string) string {
	if text := show(path); !strings.ContainsAny(text, "`|\\<") && strings.TrimSpace(text) == text && text != "" {
		return "`" + text + "`"
	}
	return "<code>" + prose(path) + "</code>"
}

type legacyJSON struct {
	Dir    string            `json:"dir,omitempty"`
	Proofs []legacyProofJSON `json:"proofs"`
	Table  string            `json:"table,omitempty"` // file whose table was looked after
	Wrote  bool              `json:"wrote,omitempty"` // it changed
}

type legacyProofJSON struct {
	foundJSON
	Status    string   `json:"status"`
	Reason    string   `json:"reason,omitempty"`
	Rung      string   `json:"rung,omitempty"`
	Height    *uint64  `json:"height,omitempty"`
	ClaimDate string   `json:"claim_date,omitempty"`
	Action    string   `json:"action,omitempty"`
	Converted string   `json:"converted,omitempty"`
	Waits     []string `json:"waits_for,omitempty"`
	Silent    []string `json:"may_not_ask,omitempty"`
	Anchored  int      `json:"calendars_anchored"`
	Of        int      `json:"calendars"`
}

// FillLegacy puts what Legacy found into the record; table is the file whose
// table was looked after, "" for none.
func (rec *Record) FillLegacy(run anchor.LegacyRun, table string, wrote bool) {
	row := &legacyJSON{Dir: run.Dir, Proofs: []legacyProofJSON{}, Table: table, Wrote: wrote}
	for _, l := range run.Proofs {
		p := legacyProofJSON{
			foundJSON: foundRow(l.Found), Status: l.Outcome.Status.String(), Reason: l.Outcome.Reason, Action: string(l.Action),
			Converted: l.Converted, Waits: l.Waits, Silent: l.Silent, Anchored: l.Anchored, Of: l.Of,
		}
		if l.Outcome.Status == verify.Confirmed {
			p.Rung, p.Height, p.ClaimDate = l.Outcome.Rung.String(), &l.Outcome.Height, day(l.Outcome.ClaimDate)
		}
		if l.Err != nil {
			p.Status = "error"
		}
		row.Proofs = append(row.Proofs, p)
	}
	rec.Legacy, rec.Made = row, run.Upgrade.Made
}
