package anchor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/openllmo/git-anchor/internal/calendar"
	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// StampOptions say where and how to stamp.
type StampOptions struct {
	Calendars []string // URLs to post to
	Min       int      // distinct calendars that must answer
	Timeout   time.Duration
	Supersede bool // keep a proof of an earlier version under another name, and replace it
	DryRun    bool // ask nobody, write nothing
	Commit    bool // commit exactly the new proofs
	Collect   bool // leave the commit to somebody else, and list in Run.Written what it takes
}

// Stamp anchors the committed bytes of documents: one submission for any
// number of them, one new proof beside each. What is refused stops nothing
// else. The error wraps calendar.ErrTooFew when too few calendars answered;
// nothing is written then.
func (s *Session) Stamp(ctx context.Context, operands []string, o StampOptions) (Run, error) {
	c, err := s.Repo.Resolve(ctx, "HEAD")
	if err != nil {
		return Run{}, err
	}
	run := Run{Commit: c}
	docs := s.named(operands, &run)
	err = s.stamp(ctx, docs, &run, o)
	return run, err
}

// stamp anchors those of the documents that nothing is said against. Each has
// a result in run.
func (s *Session) stamp(ctx context.Context, docs []document, run *Run, o StampOptions) error {
	digests, err := s.admitAll(ctx, run.Commit, docs, run, o)
	if err != nil {
		return err
	}
	stamping := run.accepted()
	if len(stamping) == 0 {
		return nil
	}
	if o.DryRun {
		for _, i := range stamping {
			run.Results[i].Action = Would
		}
		return nil
	}
	proofs, answers, err := s.submit(ctx, digests, run, o)
	if err != nil {
		return err
	}
	written := s.plant(ctx, run, stamping, proofs, answers, o.Min)
	if o.Commit || o.Collect {
		run.Written = written
	}
	if o.Commit && len(written) > 0 {
		run.Made, err = s.Repo.Commit(ctx, written, subject("Anchor", run.wrote()))
	}
	return err
}

// submit asks the calendars for one proof of each message. The proofs lead to
// the message that the answers begin with.
func (s *Session) submit(ctx context.Context, messages [][]byte, run *Run, o StampOptions) ([]*ots.Proof, []calendar.Answer, error) {
	root, proofs, err := ots.Aggregate(messages, s.Random)
	if err != nil {
		return nil, nil, err
	}
	answers, err := s.Calendars.Submit(ctx, root, o.Calendars, calendar.Options{Min: o.Min, Timeout: o.Timeout})
	for _, a := range answers {
		run.Posted = append(run.Posted, Posted{URL: a.Calendar, Names: a.Names, Err: a.Err})
	}
	return proofs, answers, err
}

// named gives every operand of stamp a result, and each path once.
func (s *Session) named(operands []string, run *Run) []document {
	var docs []document
	seen := map[string]bool{}
	for _, op := range operands {
		path, err := s.operand(op)
		switch {
		case err == nil && path == "":
			err = errors.New("this is the whole repository; name its documents")
		case err == nil && isEarlier(path):
			err = errors.New("this is the proof of an earlier version; name the document")
		}
		if err != nil {
			run.Results = append(run.Results, Result{Path: op, Kind: config.KindFile, Refusal: absent("", "%v", err)})
			continue
		}
		if !seen[path] {
			seen[path] = true
			d := s.document(path, true)
			docs = append(docs, d)
			run.Results = append(run.Results, d.result())
		}
	}
	return docs
}

// blame records an error as the refusal it is, or as a failure to read.
func (r *Result) blame(err error) {
	var refusal *Refusal
	if errors.As(err, &refusal) {
		r.Refusal = refusal
		return
	}
	r.Err = err
}

// accepted lists the results that nothing was said against.
func (run *Run) accepted() []int {
	var list []int
	for i, r := range run.Results {
		if r.Refusal == nil && r.Err == nil {
			list = append(list, i)
		}
	}
	return list
}

// wrote lists the new proofs of a run.
func (run *Run) wrote() []string {
	var list []string
	for _, r := range run.Results {
		if r.Action == Wrote {
			list = append(list, r.Proof)
		}
	}
	return list
}

// plant writes the proofs of the results at the given places, and returns the
// paths of those that are there then.
func (s *Session) plant(ctx context.Context, run *Run, places []int, proofs []*ots.Proof, answers []calendar.Answer, least int) []string {
	var files []gitrepo.File
	var grafted []*Result
	for n, i := range places {
		r := &run.Results[i]
		raw, err := r.graft(proofs[n], answers, least)
		file := gitrepo.File{Path: r.Proof, Data: raw}
		if err == nil && r.move != nil {
			file.Old = r.move.old
			err = s.keep(ctx, run.Commit, r.move, r)
		}
		if err != nil {
			r.blame(err)
			continue
		}
		files = append(files, file)
		grafted = append(grafted, r)
	}
	var written []string
	for n, err := range s.Repo.WriteFiles(files) {
		switch r := grafted[n]; {
		case errors.Is(err, gitrepo.ErrExists), errors.Is(err, gitrepo.ErrChanged):
			r.Refusal = refuse("git anchor verify "+s.here(r.Path), "another run anchored it at the same time: %s is there now", r.Proof)
		case err != nil:
			r.Err = err
		default:
			r.Action, r.Outcome.Status, r.Outcome.Reason = Wrote, verify.Pending, "Bitcoin confirms in a few hours"
			written = append(append(written, r.Proof), r.along...)
			if r.move != nil {
				written = append(written, r.move.to)
				r.Earlier = r.move.to
				r.Notes = append(r.Notes, "superseded: the proof of the earlier version is now "+r.move.to)
			}
		}
	}
	return written
}

// graft merges the calendars' answers into a proof and returns the bytes to
// write, which were read back.
func (r *Result) graft(p *ots.Proof, answers []calendar.Answer, least int) ([]byte, error) {
	p, err := r.stemmed(p)
	if err != nil {
		return nil, err
	}
	var kept []calendar.Answer
	for _, a := range answers {
		if a.Err != nil {
			continue
		}
		if len(a.Names) > maxPromises {
			r.Notes = append(r.Notes, fmt.Sprintf("left out the answer of %s: it names %d calendars, more than %d", a.Calendar, len(a.Names), maxPromises))
			continue
		}
		if _, err := p.Extend(a.Tree); err != nil {
			r.Notes = append(r.Notes, fmt.Sprintf("left out the answer of %s: %v", a.Calendar, err))
			continue
		}
		kept = append(kept, a)
	}
	r.tally(p)
	if n := calendar.Distinct(kept); n < least {
		return nil, fmt.Errorf("%w: %d of %d needed", calendar.ErrTooFew, n, least)
	}
	r.Outcome.Hash, r.Outcome.Stamped = p.Hash, p.Digest
	return readBack(p)
}

// Unasked is a calendar that a pool named, and that may be asked once the person
// allows it; "" if none did. It is hostile text.
func (run Run) Unasked() string {
	for _, p := range run.Posted {
		var unasked *calendar.Unasked
		if errors.As(p.Err, &unasked) && len(unasked.Could) > 0 {
			return unasked.Could[0]
		}
	}
	return ""
}
