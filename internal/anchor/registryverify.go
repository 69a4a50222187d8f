package anchor

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/registry"
	"github.com/openllmo/git-anchor/internal/verify"
)

// RegistryOptions say how a chain of registries is judged.
type RegistryOptions struct {
	VerifyOptions
	Rev        string // "" is HEAD
	ExpectHead string // "sha256:" and 64 hex digits that the newest month must have; "": none
}

// RegistryVerified is what can be said about a chain of monthly registries.
type RegistryVerified struct {
	Months   []MonthVerified // oldest first; the results of Run are in the same order
	Head     string          // hash of the newest month's bytes, "" where there is none
	Findings []string        // failures that are no single month's
	Notes    []string        // what else a reader should know
}

// A MonthVerified is one month of the chain.
type MonthVerified struct {
	Period    registry.Period
	Path      string
	Hash      string    // "sha256:" and hex of the file's bytes; "" where they could not be read
	Timestamp time.Time // that it gives itself; zero where it is no registry
	Steps     [Steps]Step
}

// The steps of a month, in their order.
const (
	StepProof     = iota // the proof loads
	StepStructure        // the month is a registry, and the one that its name says
	StepCalendars        // the calendars that the proof waits for are known
	StepBlock            // a Bitcoin block holds what the proof leads to
	StepHash             // the bytes are those of the proof, and link to the month before
	StepDate             // the block's date lies in the month's window
	Steps
)

// A StepState is what became of a step. The zero value is a failure.
type StepState int

// The states of a step.
const (
	StepFailed  StepState = iota
	StepOK                // it holds
	StepWaits             // no block holds the proof yet
	StepOpen              // it could not be found out, or sources contradict each other
	StepSkipped           // an earlier step leaves nothing to judge
)

// A Step is one step of a month, judged.
type Step struct {
	State StepState
	Text  string // what was found, without a full stop
}

// VerifyRegistry judges the whole chain of registries that a commit holds, each
// month in six steps. Run has one result a month. The proofs are judged, and their
// calendars asked, as Verify does. The error means that the run could not go on.
func (s *Session) VerifyRegistry(ctx context.Context, o RegistryOptions) (Run, *RegistryVerified, error) {
	rev := o.Rev
	if rev == "" {
		rev = "HEAD"
	}
	c, err := s.Repo.Resolve(ctx, rev)
	if err != nil {
		return Run{}, nil, err
	}
	run, v := Run{Commit: c}, &RegistryVerified{}
	list, err := s.months(ctx, c, o.Rev == "")
	if errors.Is(err, errRegistryPlace) {
		v.Findings = append(v.Findings, err.Error())
		return run, v, nil
	}
	if err != nil {
		return run, v, err
	}
	files := v.listed(list)
	docs := make([]document, len(files))
	for i, f := range files {
		docs[i] = s.document(f.path, true)
		docs[i].kind = config.KindRegistry
	}
	if run.Results, err = s.verifyDocuments(ctx, c, docs, o.Rev != "", o.VerifyOptions); err != nil {
		return run, v, err
	}
	if err := s.judgeChain(ctx, c, files, run.Results, v); err != nil {
		return run, v, err
	}
	if err := s.strayProofs(ctx, c, v); err != nil {
		return run, v, err
	}
	v.expect(o.ExpectHead)
	return run, v, ctx.Err()
}

// listed leaves out what is no month of the commit, and says so.
func (v *RegistryVerified) listed(list monthList) []monthFile {
	for _, odd := range list.odd {
		v.Findings = append(v.Findings, odd+" looks like a month and is none: months are named YYYY-MM.json")
	}
	var files []monthFile
	for _, f := range list.files {
		if f.disk {
			v.Notes = append(v.Notes, f.path+" is not committed, and was not judged")
			continue
		}
		files = append(files, f)
	}
	return files
}

// judgeChain takes the months' steps, one month after the other.
func (s *Session) judgeChain(ctx context.Context, c gitrepo.Commit, files []monthFile, results []Result, v *RegistryVerified) error {
	var before *link
	var odd []string // months that are not in canonical form
	v.Months = make([]MonthVerified, len(files))
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
		if err == nil && !m.Canonical {
			odd = append(odd, f.period.String())
		}
		l := &link{err: err, seen: &v.Months[i], result: &results[i]}
		if m != nil {
			l.month = m.Bare() // the next link needs no more of it
		}
		s.steps(l, before)
		before = l
		v.Head = month.Hash
	}
	if len(odd) > 0 {
		v.Notes = append(v.Notes, "not in the canonical form that git anchor writes, which is no failure: "+strings.Join(odd, ", "))
	}
	return nil
}

// A link is a month on its way through judgeChain.
type link struct {
	month  *registry.Month // nil where its bytes could not be read
	err    error           // why it is no registry
	seen   *MonthVerified
	result *Result
}

func (s *Session) steps(l, before *link) {
	steps := &l.seen.Steps
	steps[StepProof] = l.proof()
	steps[StepStructure] = l.structure()
	steps[StepCalendars] = s.calendarStep(l)
	steps[StepBlock] = l.block()
	steps[StepHash] = l.hash(before)
	steps[StepDate] = l.date(s.Config.OTS.MonthlyAnchorDay)
}

// loaded reports whether the month's proof could be read.
func (l *link) loaded() bool { return l.result.Outcome.Hash != 0 }

func (l *link) proof() Step {
	switch o := l.result.Outcome; {
	case l.loaded():
		return Step{StepOK, l.result.Proof}
	case l.result.Err != nil:
		return Step{StepOpen, l.result.Err.Error()}
	case l.result.Refusal != nil:
		return Step{StepSkipped, l.result.Refusal.Text}
	case o.Status == verify.Undecided || o.Status == verify.Unsupported:
		return Step{StepOpen, l.result.Proof + ": " + o.Reason}
	default:
		return Step{StepFailed, l.result.Proof + ": " + o.Reason}
	}
}

func (l *link) structure() Step {
	switch {
	case errors.Is(l.err, gitrepo.ErrMissingObject):
		return Step{StepOpen, l.err.Error()}
	case l.err != nil:
		return Step{StepFailed, l.err.Error()}
	}
	return Step{State: StepOK}
}

// calendarStep says whether the calendars whose promises the proof holds are
// known. Where a block holds it they do not matter any more.
func (s *Session) calendarStep(l *link) Step {
	o := l.result.Outcome
	if !l.loaded() {
		return Step{StepSkipped, ""}
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
	switch {
	case len(unknown) == 0 && known == 0 && len(o.Claims) > 0:
		return Step{StepOK, "none is waited for"}
	case len(unknown) == 0:
		return Step{State: StepOK}
	case known > 0 || o.Status == verify.Confirmed:
		return Step{StepOK, what}
	}
	return Step{StepFailed, what + ", and no block holds the proof"}
}

// maxUnknown is how many calendars are named that are not known.
const maxUnknown = 4

func (l *link) block() Step {
	o := l.result.Outcome
	switch o.Status {
	case verify.Confirmed:
		return Step{StepOK, fmt.Sprintf("block %d, rung %s", o.Height, o.Rung)}
	case verify.Pending:
		return Step{StepWaits, o.Reason}
	case verify.Undecided, verify.Unsupported, verify.Disputed:
		return Step{StepOpen, o.Reason}
	case verify.Failed:
		if l.loaded() {
			return Step{StepFailed, o.Reason}
		}
	}
	return Step{StepSkipped, ""}
}

// hash compares the month's bytes with what the proof is for, and its link with
// the bytes of the month before.
func (l *link) hash(before *link) Step {
	var wrong []string
	o := l.result.Outcome
	if o.Status == verify.Changed {
		wrong = append(wrong, l.changed())
	}
	wrong = append(wrong, l.unlinked(before)...)
	switch {
	case len(wrong) > 0:
		return Step{StepFailed, strings.Join(wrong, "; ")}
	case l.month == nil || !l.loaded():
		return Step{StepSkipped, "there is nothing to compare"}
	case before != nil && before.month == nil:
		return Step{StepOpen, "the link cannot be compared: " + before.seen.Path + " cannot be read"}
	}
	return Step{State: StepOK}
}

// changed says how a month differs from what its proof is for.
func (l *link) changed() string {
	o := l.result.Outcome
	if l.month == nil || l.proves(l.seen.Hash) {
		return o.Reason // of the work tree
	}
	return fmt.Sprintf("%s has %s, and %s is for %s:%x", l.seen.Path, l.seen.Hash, l.result.Proof, o.Hash, o.Stamped)
}

// unlinked says what is wrong with the link to the month before. Where that month
// was edited, its proof and this link agree against it.
func (l *link) unlinked(before *link) []string {
	if l.month == nil || l.month.Previous == "" || before != nil && before.month == nil {
		return nil
	}
	var prev *registry.Month
	if before != nil {
		prev = before.month
	}
	var wrong []string
	for _, f := range registry.CheckLink(prev, l.month) {
		text := f.Text
		if f.Want != "" {
			text += fmt.Sprintf(": it names %s, and it should be %s", f.Have, f.Want)
		}
		if f.Kind == registry.FaultLink && before.proves(f.Have) {
			text += "; " + before.result.Proof + " is for what the link names, so that " + before.seen.Path + " was edited since"
			before.seen.Steps[StepHash].Text += ", and so is the link of " + l.seen.Period.String()
		}
		wrong = append(wrong, text)
	}
	return wrong
}

// proves reports whether the month's proof is for the bytes with this hash.
func (l *link) proves(hash string) bool {
	o := l.result.Outcome
	return o.Hash == ots.SHA256 && hashed(o.Stamped) == hash
}

func hashed(digest []byte) string { return "sha256:" + hex.EncodeToString(digest) }

// date says whether the block's date lies in the month's window: a chain that was
// rewritten later has the later dates.
func (l *link) date(day int) Step {
	o := l.result.Outcome
	switch o.Status {
	case verify.Confirmed:
	case verify.Pending:
		return Step{StepWaits, ""}
	default:
		return Step{StepSkipped, ""}
	}
	from, until := l.seen.Period.Window(day)
	at := o.ClaimDate.Format(time.DateOnly)
	switch {
	case o.ClaimDate.Before(from):
		return Step{StepFailed, fmt.Sprintf("anchored %s, before the month began", at)}
	case o.ClaimDate.After(until):
		return Step{StepFailed, fmt.Sprintf("anchored late: %s is after %s, by when the month had to be anchored", at, until.Format(time.DateOnly))}
	}
	return Step{StepOK, at}
}

// strayProofs finds proofs of months that the commit does not hold: of a month
// that was deleted the proof may be left.
func (s *Session) strayProofs(ctx context.Context, c gitrepo.Commit, v *RegistryVerified) error {
	dir := s.Config.OTS.ProofsPath
	names, err := s.registryNames(ctx, c, dir, func(name string) bool {
		doc, ok := strings.CutSuffix(name, ".ots")
		return ok && isMonthLike(doc)
	})
	if errors.Is(err, errRegistryPlace) {
		v.Findings = append(v.Findings, err.Error())
		return nil
	}
	have := map[string]bool{}
	for _, m := range v.Months {
		have[m.Period.File()+".ots"] = true
	}
	for _, name := range names {
		if !have[name] {
			v.Findings = append(v.Findings, fmt.Sprintf("%s/%s is the proof of a month that is not there", dir, name))
		}
	}
	return err
}

// expect compares the newest month with the one that somebody remembers.
func (v *RegistryVerified) expect(head string) {
	if head == "" || head == v.Head {
		return
	}
	if len(v.Months) == 0 {
		v.Findings = append(v.Findings, "no month is there, and "+head+" was expected: the tail is missing")
		return
	}
	newest := v.Months[len(v.Months)-1]
	text := fmt.Sprintf("the newest month is %s with %s, and %s was expected: the tail is missing or another", newest.Period, newest.Hash, head)
	for _, m := range v.Months {
		if m.Hash == head {
			text = fmt.Sprintf("the newest month is %s with %s, and %s was expected, which is %s: months were added since", newest.Period, newest.Hash, head, m.Period)
		}
	}
	v.Findings = append(v.Findings, text)
}

// Faults lists every failure, each with the month that it is about.
func (v *RegistryVerified) Faults() []string {
	var list []string
	for _, m := range v.Months {
		for _, step := range m.Steps {
			if step.State == StepFailed {
				list = append(list, m.Period.String()+": "+step.Text)
			}
		}
	}
	return append(list, v.Findings...)
}

// State is that of a month as a whole, its worst step's.
func (m MonthVerified) State() StepState {
	for _, state := range []StepState{StepFailed, StepOpen, StepWaits} {
		if slices.ContainsFunc(m.Steps[:], func(s Step) bool { return s.State == state }) {
			return state
		}
	}
	if m.Steps[StepBlock].State != StepOK {
		return StepOpen
	}
	return StepOK
}
