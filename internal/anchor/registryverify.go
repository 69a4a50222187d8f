package anchor

import (
	"context"
	"errors"
	"fmt"
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
