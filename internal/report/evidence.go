package report

import (
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/evidence"
)

// evidenceStates are the words for items, those first that ask for attention.
func evidenceStates() []string {
	return []string{anchor.EvidenceRefused, evidence.Failed, anchor.EvidenceUnchecked, anchor.EvidenceOpen, evidence.Pending, evidence.Confirmed}
}

// EvidenceAdded writes what became of a record that was to be added.
func (t Text) EvidenceAdded(run anchor.Run, a *anchor.EvidenceAdded, needed int) {
	if len(run.Results) == 0 {
		return
	}
	r := run.Results[0]
	dir := show(path.Dir(r.Path))
	switch {
	case r.Refusal != nil || r.Err != nil:
		t.Stamp(run, needed)
		return
	case a.There:
		fmt.Fprintln(t.Out, t.mark("is there already: "+dir))
		for _, n := range r.Notes {
			t.say("    note: %s", show(n))
		}
		return
	case r.Action == anchor.Would:
		fmt.Fprintln(t.Out, t.mark(fmt.Sprintf("would add %s, SHA-256 %x", dir, a.Record.Digest)))
	case a.Missed:
		t.Stamp(anchor.Run{Commit: run.Commit, Posted: run.Posted}, needed)
		fmt.Fprintln(t.Out, t.mark("kept without a proof: "+dir))
	case r.Unknown:
		fmt.Fprintln(t.Out, t.mark("added, not anchored: "+dir))
	default:
		t.Stamp(run, needed)
	}
	t.say("    evidence %s, SHA-256 %x", show(a.ID), a.Record.Digest)
	for _, f := range a.Away {
		t.say("    note: %s has %d bytes, more than git servers take: its digest is recorded, and it has to be kept elsewhere", show(f.Name), f.Size)
	}
	for _, p := range a.Wrote {
		t.say("    wrote %s", show(p))
	}
}

// AfterEvidence says what to do once a record was added.
func (t Text) AfterEvidence(run anchor.Run, a *anchor.EvidenceAdded, committed bool) {
	if a.There || len(a.Wrote) == 0 {
		return
	}
	dir := anchor.Quoted(path.Dir(run.Results[0].Path))
	later := "git anchor upgrade" + t.network() + " " + dir
	switch {
	case run.Results[0].Unknown && !a.Missed:
		later = "git anchor " + anchor.Quoted(run.Results[0].Path)
	case a.Missed:
		later += "  # tries again"
	}
	if !committed {
		later = "git add " + dir + " && git commit; then " + later
	}
	t.say("  (%s)", show(later))
}

// EvidenceList writes a line for each item; now is the clock that ages are counted
// by, and status keeps all others out where it is not "".
func (t Text) EvidenceList(items []anchor.EvidenceItem, status string, now time.Time) {
	if len(items) == 0 {
		fmt.Fprintln(t.Out, t.mark("no evidence here: git anchor evidence add URL"))
		return
	}
	fmt.Fprintf(t.Out, "%s\n\n", t.mark(evidenceCounts(items)))
	for _, i := range items {
		if status != "" && i.State() != status {
			continue
		}
		sign, more := evidenceMark(i)
		fields := []string{more, calendars(i.Result, now), evidenceURL(i)}
		fields = slices.DeleteFunc(fields, func(f string) bool { return f == "" })
		line := fmt.Sprintf("  %s %-12s %s   %s", sign, i.State(), show(i.ID), strings.Join(fields, "   "))
		fmt.Fprintln(t.Out, t.paintWord(i.State(), strings.TrimRight(t.mark(line), " ")))
	}
}

func evidenceURL(i anchor.EvidenceItem) string {
	if i.Record == nil {
		return ""
	}
	return show(i.Record.URL)
}

// evidenceCounts says how many items are in each state.
func evidenceCounts(items []anchor.EvidenceItem) string {
	counts := map[string]int{}
	for _, i := range items {
		counts[i.State()]++
	}
	var parts []string
	for _, word := range slices.Backward(evidenceStates()) {
		if counts[word] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[word], word))
		}
	}
	return fmt.Sprintf("%s  (%s)", strings.Join(parts, ", "), count(len(items), "record"))
}

// evidenceMark is the sign of an item's state, and what is said beside the word.
func evidenceMark(i anchor.EvidenceItem) (sign, more string) {
	row := verdictRow(i.Result)
	switch state := i.State(); {
	case len(i.Broken) > 0:
		return "✘", show(i.Broken[0])
	case i.Result.Unknown && len(i.Attempts) > 0:
		last := i.Attempts[len(i.Attempts)-1]
		return "✘", fmt.Sprintf("%s to anchor it reached too few calendars, last on %s", count(len(i.Attempts), "attempt"), day(last.At))
	case state == evidence.Failed:
		return "✘", row.more
	case len(i.Unread) > 0:
		return "?", show(i.Unread[0].Error())
	case state == evidence.Confirmed:
		return "✔", fmt.Sprintf("block %s   %s", row.block, row.date)
	}
	return row.sign, row.more
}

// EvidenceCard writes all that is known of one item, and its custody log.
func (t Text) EvidenceCard(i anchor.EvidenceItem, custody []evidence.Entry, now time.Time) {
	sign, more := evidenceMark(i)
	fmt.Fprintln(t.Out, t.paintWord(i.State(), t.mark(strings.TrimRight(fmt.Sprintf("%s %s   %s", sign, i.State(), more), " "))))
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(t.Out, "  %-12s %s\n", name, value)
		}
	}
	line("", t.meaning(i))
	line("id", show(i.ID))
	line("calendars", calendars(i.Result, now))
	if r := i.Record; r != nil {
		line("url", show(r.URL))
		line("title", show(r.Title))
		line("sha256", hex.EncodeToString(r.Digest[:]))
		for _, f := range []struct {
			name string
			file *evidence.File
		}{{"whois", r.WHOIS}, {"dns", r.DNS}, {"hosting", r.Hosting}} {
			if f.file != nil {
				line(f.name, fileLine(*f.file))
			}
		}
		for n, m := range r.Matches {
			where := ""
			if m.Where != "" {
				where = "   (" + show(m.Where) + ")"
			}
			line(fmt.Sprintf("match %d", n+1), "“"+show(m.Quote)+"”"+where)
		}
		for _, f := range r.Attachments {
			line("attachment", fileLine(f))
		}
		line("by", claimText(r.By))
		if !r.ObservedAt.IsZero() {
			line("observed", claimText(r.ObservedAt.Format(time.RFC3339)))
		}
		line("note", claimText(r.Note))
	}
	for _, b := range i.Broken {
		line("✘", show(b))
	}
	for _, err := range i.Unread {
		line("?", show(err.Error()))
	}
	for _, a := range i.Attempts {
		line("attempt", fmt.Sprintf("%s reached too few calendars of %d", a.At.Format(time.RFC3339), len(a.Calendars)))
	}
	for _, n := range i.Result.Notes {
		line("note:", show(n))
	}
	for _, e := range custody {
		text := fmt.Sprintf("%d. %s   %s by %s: %s", e.N, e.At.Format(time.RFC3339), e.Kind, show(e.By), show(e.Claim))
		if said := e.SignatureText(); said != "" {
			text += "; signature: " + said
		}
		line("custody", text)
	}
}

// meaning says in a sentence what a state shows, and what not.
func (t Text) meaning(i anchor.EvidenceItem) string {
	switch {
	case t.Regtest:
		return "This is a rehearsal."
	case i.State() == evidence.Confirmed:
		return fmt.Sprintf("These exact bytes existed no later than %s (UTC). Whether they are true, and who wrote them, it does not show.", day(i.Result.Outcome.ClaimDate))
	case i.State() == evidence.Pending:
		return "No block holds it yet: it shows nothing to anybody else."
	}
	return ""
}

func fileLine(f evidence.File) string {
	where := f.Path()
	if !f.Kept() {
		where = f.Name + ", kept elsewhere"
	}
	return fmt.Sprintf("%s   %s   %s", show(where), count(int(f.Size), "byte"), hex.EncodeToString(f.SHA256[:]))
}

// claimText is what the record says of itself.
func claimText(s string) string {
	if s == "" {
		return ""
	}
	return show(s) + "   (claimed)"
}

// EvidenceVerified writes the verdict on each record, and a summary.
func (t Text) EvidenceVerified(items []anchor.EvidenceItem) {
	checked, away := 0, 0
	for _, i := range items {
		checked, away = checked+i.Checked, away+i.Away
		sign, more := evidenceMark(i)
		if i.State() == evidence.Confirmed && t.Quiet {
			continue
		}
		line := fmt.Sprintf("%s %-12s %s   %s", sign, i.State(), show(i.ID), more)
		fmt.Fprintln(t.Out, t.paintWord(i.State(), t.mark(strings.TrimRight(line, " "))))
		for _, b := range i.Broken[min(1, len(i.Broken)):] {
			t.say("    %s", show(b))
		}
		for _, n := range i.Result.Notes {
			t.say("    note: %s", show(n))
		}
	}
	if len(items) == 0 {
		fmt.Fprintln(t.Out, t.mark("no evidence here: git anchor evidence add URL"))
		return
	}
	text := fmt.Sprintf("%s; %s compared", evidenceCounts(items), count(checked, "file"))
	if away > 0 {
		text += fmt.Sprintf(", %d kept elsewhere and not compared", away)
	}
	fmt.Fprintln(t.Out, t.mark(text))
}

// EvidenceBundled says what was written to be handed over.
func (t Text) EvidenceBundled(i anchor.EvidenceItem, b *anchor.EvidenceBundle) {
	if b == nil {
		t.EvidenceVerified([]anchor.EvidenceItem{i})
		t.say("nothing was written")
		return
	}
	fmt.Fprintln(t.Out, t.mark(fmt.Sprintf("wrote %s: %s, %s, %s", show(b.Out), show(i.ID), i.State(), count(b.Files, "file"))))
	if i.State() == evidence.Pending {
		t.say("note: its proof is pending and shows nothing yet: git anchor upgrade%s --commit, some hours after stamping", t.network())
	}
	if b.Away > 0 {
		t.say("note: %s of it kept elsewhere: hand them over, too", count(b.Away, "file"))
	}
	if b.Above {
		t.say("note: its block lies above the table in this program, so that no headers are kept for it")
	}
}

// Imported says what became of a proof that was imported.
func (t Text) Imported(run anchor.Run) {
	r := run.Results[0]
	switch {
	case r.Refusal != nil || r.Err != nil:
		t.Stamp(run, 0)
	case r.Action == anchor.Complete:
		fmt.Fprintln(t.Out, t.mark("nothing to add: "+show(r.Proof)+" holds all of it"))
	default:
		verb := "wrote "
		if r.Action == anchor.Upgraded {
			verb = "added to "
		}
		fmt.Fprintln(t.Out, t.mark(verb+show(r.Proof)))
		t.say("  (%s)", adding([]string{r.Proof}))
	}
}
