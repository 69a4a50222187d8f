package anchor

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/registry"
	"github.com/openllmo/git-anchor/internal/verify"
)

// judgeChain takes the months' steps, one month after the other.
func (s *Session) judgeChain(ctx context.Context, c gitrepo.Commit, files []monthFile, results []Result, v *RegistryVerified) error {
	var before *link
	var odd []string // months that are not in canonical form
	v.Dir, v.Day = s.Config.OTS.RegistryPath, s.Config.OTS.MonthlyAnchorDay
	v.Months, v.misnamed = make([]MonthVerified, len(files)), map[registry.Period]string{}
	for i, f := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		_, m, err := s.readMonth(ctx, c, f)
		month := MonthVerified{Period: f.period, Path: f.path}
		if m != nil {
			month.Hash, month.Timestamp = m.Hash(), m.Timestamp
		}
		v.Months[i] = month
		if p, ok := claimed(m); ok && slices.ContainsFunc(files, func(other monthFile) bool { return other.period == p }) {
			v.Findings = append(v.Findings, fmt.Sprintf("two files claim to be %s: %s, and by its version %s", p, path.Join(path.Dir(f.path), p.File()), f.path))
		} else if ok {
			v.misnamed[p] = f.path
		}
		if err == nil && !m.Canonical {
			odd = append(odd, f.period.String())
		}
		l := &link{err: err, seen: &v.Months[i], result: &results[i]}
		if m != nil {
			l.month, l.logs = m.Bare(), m.AuditLogs // the next link needs no more of it
		}
		s.steps(l, before, v.clock)
		v.Findings = append(v.Findings, l.rewritten(before)...)
		before = l
		v.Head = month.Hash
	}
	if len(odd) > 0 {
		v.Notes = append(v.Notes, "not in the canonical form that git anchor writes, which is no failure: "+strings.Join(odd, ", "))
	}
	return nil
}

// claimed is the month that a file says it is, where that is another than its name
// says.
func claimed(m *registry.Month) (registry.Period, bool) {
	if m == nil {
		return registry.Period{}, false
	}
	p, err := registry.ParsePeriod(m.Version)
	return p, err == nil && p != m.Period
}

// A link is a month on its way through judgeChain.
type link struct {
	month  *registry.Month // nil where its bytes could not be read
	logs   map[string]registry.Summary
	err    error // why it is no registry
	seen   *MonthVerified
	result *Result
}

func (s *Session) steps(l, before *link, now time.Time) {
	steps := &l.seen.Steps
	steps[StepProof] = l.proof()
	steps[StepStructure] = l.structure()
	steps[StepCalendars] = s.calendarStep(l)
	steps[StepBlock] = l.block(s.Config.OTS.MonthlyAnchorDay, now)
	steps[StepHash] = l.hash(before)
	steps[StepDate] = l.date(s.Config.OTS.MonthlyAnchorDay)
}

// loaded reports whether the month's proof could be read.
func (l *link) loaded() bool { return l.result.Outcome.Hash != 0 }

func (l *link) proof() Step {
	switch o := l.result.Outcome; {
	case l.loaded():
		return Step{State: StepOK, Text: l.result.Proof}
	case l.result.Err != nil:
		return Step{State: StepOpen, Text: l.result.Err.Error()}
	case l.result.Refusal != nil:
		return Step{State: StepSkipped, Text: l.result.Refusal.Text}
	case o.Status == verify.Undecided || o.Status == verify.Unsupported:
		return Step{State: StepOpen, Text: l.result.Proof + ": " + o.Reason}
	default:
		return Step{State: StepFailed, Text: l.result.Proof + ": " + o.Reason}
	}
}

func (l *link) structure() Step {
	switch {
	case errors.Is(l.err, gitrepo.ErrMissingObject):
		return Step{State: StepOpen, Text: l.err.Error()}
	case l.err != nil:
		return Step{State: StepFailed, Text: l.err.Error()}
	}
	return Step{State: StepOK}
}

// calendarStep says whether the calendars whose promises the proof holds are
// known. Where a block holds it they do not matter any more.
func (s *Session) calendarStep(l *link) Step {
	o := l.result.Outcome
	if !l.loaded() || len(o.Claims) == 0 {
		return Step{State: StepSkipped}
	}
	known := 0
	var unknown []string
	for _, c := range o.Claims {
		switch uri := c.Attestation.URI(); {
		case c.Attestation.Kind() != ots.KindPending:
		case s.Calendars.Policy.MayAsk(uri):
			known++
		case !slices.Contains(unknown, uri):
			unknown = append(unknown, uri)
		}
	}
	what := "not known: " + strings.Join(unknown[:min(len(unknown), maxUnknown)], ", ")
	if more := len(unknown) - maxUnknown; more > 0 {
		what += fmt.Sprintf(" and %d more", more)
	}
	switch {
	case len(unknown) == 0 && known == 0:
		return Step{State: StepOK, Text: "none is waited for"}
	case len(unknown) == 0:
		return Step{State: StepOK}
	case known > 0 || o.Status == verify.Confirmed:
		return Step{State: StepOK, Text: what}
	}
	return Step{State: StepFailed, Text: what + ", and no block holds the proof (git config --add anchor.calendar names one that you trust)"}
}

// maxUnknown is how many calendars are named that are not known.
const maxUnknown = 4

func (l *link) block(day int, now time.Time) Step {
	o := l.result.Outcome
	switch o.Status {
	case verify.Confirmed:
		return Step{State: StepOK, Text: fmt.Sprintf("block %d, rung %s", o.Height, o.Rung)}
	case verify.Pending:
		_, until := l.seen.Period.Window(day)
		return l.pending(until, now)
	case verify.Undecided, verify.Unsupported, verify.Disputed:
		return Step{State: StepOpen, Text: o.Reason}
	case verify.Failed:
		if l.loaded() {
			return Step{State: StepFailed, Text: o.Reason}
		}
	}
	return Step{State: StepSkipped}
}

// hash compares the month's bytes with what the proof is for, and its link with
// the bytes of the month before.
func (l *link) hash(before *link) Step {
	wrong, gap := l.unlinked(before)
	word := ""
	switch changed := l.result.Outcome.Status == verify.Changed; {
	case changed && len(wrong) == 0 && l.uncommitted():
		word = WordUncommitted
	case !changed && gap:
		word = WordGap
	case !changed && len(wrong) > 0:
		word = WordLink
	}
	if l.result.Outcome.Status == verify.Changed {
		wrong = slices.Insert(wrong, 0, l.changed())
	}
	switch {
	case len(wrong) > 0:
		return Step{State: StepFailed, Text: strings.Join(wrong, "; "), Word: word}
	case l.month == nil || !l.loaded():
		return Step{State: StepSkipped, Text: "there is nothing to compare"}
	case before != nil && before.month == nil:
		return Step{State: StepOpen, Text: "the link cannot be compared: " + before.seen.Path + " cannot be read"}
	}
	return Step{State: StepOK}
}

// changed says how a month differs from what its proof is for.
func (l *link) changed() string {
	o := l.result.Outcome
	if l.month == nil || l.uncommitted() {
		return o.Reason
	}
	return fmt.Sprintf("%s has %s, and %s is for %s:%x", l.seen.Path, l.seen.Hash, l.result.Proof, o.Hash, o.Stamped)
}

// unlinked says what is wrong with the link to the month before, and whether that
// is a gap. Where that month was edited, its proof and this link agree against it.
func (l *link) unlinked(before *link) (wrong []string, gap bool) {
	if l.month == nil || l.month.Previous == "" || before != nil && before.month == nil {
		return nil, false
	}
	var prev *registry.Month
	if before != nil {
		prev = before.month
	}
	for _, f := range registry.CheckLink(prev, l.month) {
		text := f.Text
		l.seen.earlier = l.seen.earlier || f.Kind == registry.FaultGenesis
		gap = gap || f.Kind == registry.FaultGap || f.Kind == registry.FaultGenesis
		switch {
		case f.Want == "" || f.Want == f.Have:
		case before == nil:
			text += fmt.Sprintf("; it names %s, and the first month names %s", f.Have, f.Want)
		default:
			text += fmt.Sprintf("; it names %s, and %s has %s", f.Have, before.seen.Period, f.Want)
		}
		if f.Kind == registry.FaultLink && before.proves(f.Have) {
			text += "; " + before.result.Proof + " is for what it names, so that " + before.seen.Path + " was edited since"
			before.seen.Steps[StepHash].Text += ", and so is the link of " + l.seen.Period.String()
		}
		wrong = append(wrong, text)
	}
	return wrong, gap
}

// rewritten says which audit logs are, by this month, not those that the month
// before summed up: a log is only ever appended to.
func (l *link) rewritten(before *link) []string {
	if before == nil || l.err != nil || before.err != nil {
		return nil
	}
	var list []string
	for _, id := range slices.Sorted(maps.Keys(l.logs)) {
		old, ok := before.logs[id]
		now := l.logs[id]
		if !ok || !now.Rewrites(old) {
			continue
		}
		what := fmt.Sprintf("%d entries from %s to %s, and before that %d from %s to %s", now.Count, now.First, now.Last, old.Count, old.First, old.Last)
		list = append(list, fmt.Sprintf("%s: the audit log of %s was rewritten since %s, and not only appended to: it has %s", l.seen.Period, id, before.seen.Period, what))
	}
	return list
}

// uncommitted reports whether the month is as it was stamped in the commit, and
// not in the work tree.
func (l *link) uncommitted() bool { return l.proves(l.seen.Hash) }

// proves reports whether the month's proof is for the bytes with this hash.
func (l *link) proves(hash string) bool {
	o := l.result.Outcome
	return o.Hash == ots.SHA256 && registry.HashText([sha256.Size]byte(o.Stamped)) == hash
}

// date says whether the block's date lies in the month's window: a chain that was
// rewritten later has the later dates.
func (l *link) date(day int) Step {
	o := l.result.Outcome
	switch o.Status {
	case verify.Confirmed:
	case verify.Pending:
		if l.seen.Steps[StepBlock].State != StepWaits {
			return Step{State: StepSkipped}
		}
		return Step{State: StepWaits}
	default:
		return Step{State: StepSkipped}
	}
	from, until := l.seen.Period.Window(day)
	at := o.ClaimDate.Format(time.DateOnly)
	switch {
	case o.ClaimDate.Before(from):
		return Step{State: StepFailed, Text: fmt.Sprintf("anchored %s, before the month began", at)}
	case o.ClaimDate.After(until):
		return Step{State: StepFailed, Text: fmt.Sprintf("anchored late: %s is after %s, by when the month had to be anchored", at, until.Format(time.DateOnly))}
	}
	if m := l.month; m != nil && !m.Timestamp.Before(o.ClaimDate.AddDate(0, 0, 1)) {
		return Step{State: StepFailed, Text: fmt.Sprintf("it says that it was made %s, after its proof, which is of %s", m.Timestamp.Format(time.RFC3339), at)}
	}
	return Step{State: StepOK, Text: at}
}
