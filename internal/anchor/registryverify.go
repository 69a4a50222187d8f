package anchor

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/registry"
)

// RegistryOptions say how a chain of registries is judged.
type RegistryOptions struct {
	VerifyOptions
	Rev        string // "" is HEAD
	ExpectHead string // "sha256:" and 64 hex digits of a month that the chain must have; "": none
	Clock      time.Time
}

// RegistryVerified is what can be said about a chain of monthly registries.
type RegistryVerified struct {
	Months   []MonthVerified // oldest first; the results of Run are in the same order
	Head     string          // hash of the newest month's bytes, "" where there is none
	Findings []string        // failures that are no single month's
	Notes    []string        // what else a reader should know
	Dir      string          // where the months are, by the commit's configuration
	Day      int             // of the month on which they are due, by the same
	Hint     string          // one thing to type about a month that is not where it was, "" if there is none

	clock    time.Time
	stray    []registry.Period          // months of which only the proof is there
	misnamed map[registry.Period]string // files that say they are a month which is not there
}

// A MonthVerified is one month of the chain.
type MonthVerified struct {
	Period    registry.Period
	Path      string
	Hash      string    // "sha256:" and hex of the file's bytes; "" where they could not be read
	Timestamp time.Time // that it gives itself; zero where it is no registry
	Steps     [Steps]Step

	overdue bool // no block holds it, as far as is known, and none can any more that is in time
	earlier bool // the first of the chain that is there, and it names one before it
}

// CaughtUp reports whether a month was made after it was over, of what was true
// by then.
func (m MonthVerified) CaughtUp() bool { return caughtUp(m.Period, m.Timestamp) }

func caughtUp(p registry.Period, made time.Time) bool {
	return !made.IsZero() && p.Before(registry.PeriodOf(made))
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
	Word  string // for it, where the usual one would mislead: WordGap, WordUncommitted
}

// Words for what is wrong with a month's bytes or link, other than that they
// differ.
const (
	WordGap         = "gap"          // a month before it is missing, or came in between
	WordUncommitted = "uncommitted"  // the commit is right, and the work tree is another
	WordLink        = "link differs" // the bytes are right, and the month before is another than the link names
)

// VerifyRegistry judges the whole chain of registries that a commit holds, each
// month in six steps. Run has one result a month. The proofs are judged, and their
// calendars asked, as Verify does. Where months lie and when they are due is what
// the commit's configuration says. The error means that the run could not go on.
func (s *Session) VerifyRegistry(ctx context.Context, o RegistryOptions) (Run, *RegistryVerified, error) {
	rev := o.Rev
	if rev == "" {
		rev = "HEAD"
	}
	c, err := s.Repo.Resolve(ctx, rev)
	if err != nil {
		return Run{}, nil, err
	}
	run, v := Run{Commit: c}, &RegistryVerified{clock: o.Clock}
	unused, err := s.UnusedConfig(ctx, o.Rev)
	if unused != "" {
		v.Notes = append(v.Notes, unused)
	}
	if err == nil {
		s, err = s.of(ctx, c)
	}
	if err != nil {
		return run, v, err
	}
	v.Dir = s.Config.OTS.RegistryPath
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
	v.catchUps()
	if err := errors.Join(s.emptied(ctx, c, v), s.mend(ctx, c, v)); err != nil {
		return run, v, err
	}
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
			v.Findings = append(v.Findings, fmt.Sprintf("%s is the proof of a month that is not there", path.Join(dir, name)))
			if p, ok := registry.ParsePeriodFile(strings.TrimSuffix(name, ".ots")); ok {
				v.stray = append(v.stray, p)
			}
		}
	}
	return err
}

// expect looks for the month that somebody remembers: the newest one, or one that
// the chain has gone on since.
func (v *RegistryVerified) expect(head string) {
	if head == "" {
		return
	}
	n := len(v.Months)
	switch at := slices.IndexFunc(v.Months, func(m MonthVerified) bool { return m.Hash == head }); {
	case n == 0:
		v.Findings = append(v.Findings, "no month is there, and one with "+head+" was expected: the months were deleted")
	case at < 0:
		v.Findings = append(v.Findings, fmt.Sprintf("no month has %s, which was expected: the newest is %s with %s, so that months were cut off or replaced", head, v.Months[n-1].Period, v.Months[n-1].Hash))
	case at == n-1:
		v.Notes = append(v.Notes, fmt.Sprintf("%s is the month that was expected, and the newest", v.Months[at].Period))
	case at == n-2:
		v.Notes = append(v.Notes, fmt.Sprintf("%s is the month that was expected; the chain has gone on since: 1 month after it", v.Months[at].Period))
	default:
		v.Notes = append(v.Notes, fmt.Sprintf("%s is the month that was expected; the chain has gone on since: %d months after it", v.Months[at].Period, n-1-at))
	}
}

// catchUps notes the months that were made after their month.
func (v *RegistryVerified) catchUps() {
	var list []string
	for _, m := range v.Months {
		if m.CaughtUp() {
			list = append(list, m.Period.String()+" (made "+date(m.Timestamp)+")")
		}
	}
	if len(list) > 0 {
		v.Notes = append(v.Notes, "caught up after their month, with what was true when they were made: "+strings.Join(list, ", "))
	}
}
