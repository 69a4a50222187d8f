package action

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/report"
	"github.com/openllmo/git-anchor/internal/verify"
)

// A Job is the phase that works in the checkout. It has no token, but for
// pull-request mode, which fetches our own branch first.
type Job struct {
	Inputs  Inputs
	Event   Event
	Task    Task
	Session *anchor.Session
	Stamp   anchor.StampOptions // with which to stamp
	Text    report.Text
	Console *Console
	Getenv  func(string) string
	Environ []string // of this process
	Now     time.Time

	// Under is Session with another configuration: a change is judged by its base's.
	Under func(config.Config) (*anchor.Session, error)
}

// A Conclusion is how a run ended.
type Conclusion struct {
	Findings []Finding // those at level Error turn it red
	Publish  bool      // there is something to commit, which the steps that follow do
}

// A work is a run of a job.
type work struct {
	*Job
	findings
	checked *anchor.Checked
	made    []anchor.Run // what wrote files, in this order
	judged  anchor.Run
	notes   []string
}

// Run does the task, prints what came of it, tells the runner, and leaves a plan
// of what is to be committed. What goes wrong with a part is a finding; the error
// means that the run could not go on.
func (j *Job) Run(ctx context.Context) (Conclusion, error) {
	w := &work{Job: j, findings: findings{inputs: j.Inputs, now: j.Now}}
	if err := dropExtra(j.Getenv); err != nil {
		return Conclusion{}, err
	}
	for _, step := range []struct {
		due bool
		do  func(context.Context) error
	}{
		{j.Event.Change() != nil || j.Task.Check, w.compare},
		{j.Task.Writes() && j.Inputs.Delivery == PullRequest, w.adopt},
		{j.Task.Upgrade, w.upgrade},
		{j.Task.Stamp, w.stamp},
		{j.Task.Registry, w.registry},
		{j.Task.Upgrade && j.Task.List && !j.Task.Stamp, w.await},
		{j.Task.Verify || j.Task.List, w.verify},
	} {
		if !step.due {
			continue
		}
		if err := step.do(ctx); err != nil {
			return Conclusion{}, err
		}
	}
	publish, err := w.plan(ctx)
	if err != nil {
		return Conclusion{}, err
	}
	return Conclusion{w.list, publish}, w.tell(publish)
}

// compare judges a change, and from there on goes by its base's configuration.
func (w *work) compare(ctx context.Context) error {
	o := anchor.CheckOptions{Event: w.Event.Change(), ConfigPath: w.Inputs.Config}
	base, err := w.Session.Base(ctx, o)
	if err != nil {
		return err
	}
	conf, err := anchor.ConfigAt(ctx, w.Session.Repo, base, o.ConfigPath)
	if err != nil {
		return err
	}
	if w.Session, err = w.Under(conf); err != nil || !w.Task.Check {
		return err
	}
	checked, err := w.Session.Check(ctx, o)
	if err != nil {
		return err
	}
	w.checked = &checked
	w.Text.Check(checked)
	w.change(checked)
	return nil
}

// adopt takes the proofs that wait on our own branch into the work tree.
func (w *work) adopt(ctx context.Context) (err error) {
	remote, err := remoteOf(w.Event, w.Inputs.Token)
	if err != nil {
		return err
	}
	tip, err := gitrepo.OpenTip(ctx, w.Session.Repo, remote, w.Getenv)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tip.Close()) }()
	paths, err := w.Session.Adopt(ctx, tip, w.Inputs.ownBranch())
	if err != nil {
		return explain(err, w.Inputs)
	}
	if len(paths) > 0 {
		w.made = append(w.made, anchor.Run{Written: paths})
	}
	return nil
}

// upgrade completes pending proofs. What cannot be completed now stays as it is.
func (w *work) upgrade(ctx context.Context) error {
	run, err := w.Session.Upgrade(ctx, anchor.Selection{Operands: w.Inputs.Paths}, anchor.UpgradeOptions{Collect: true})
	return w.took(ctx, run, err, "Proofs not completed", "the next run tries again", func(some anchor.Run) { w.Text.Upgrade(some) })
}

// stamp anchors what is due, or what was named and has no proof.
func (w *work) stamp(ctx context.Context) error {
	if !w.Session.Config.OTS.Enabled {
		w.note("nothing is stamped: the configuration has [ots] enabled = false")
		return nil
	}
	o := w.Stamp
	o.Collect = true
	run, err := w.due(ctx, o)
	again := "the next push to the default branch, or a re-run, tries again"
	if name := run.Unasked(); name != "" {
		again = "if you trust it, put the calendar that a pool named on a line of its own in input calendars: " + name
	}
	return w.took(ctx, run, err, "Documents not anchored", again, func(some anchor.Run) { w.Text.Stamp(some, o.Min) })
}

func (w *work) due(ctx context.Context, o anchor.StampOptions) (anchor.Run, error) {
	if len(w.Inputs.Paths) == 0 {
		return w.Session.StampDue(ctx, o)
	}
	bare, err := w.unanchored(ctx)
	if err != nil || len(bare) == 0 {
		return anchor.Run{}, err
	}
	return w.Session.Stamp(ctx, bare, o)
}

// await warns of documents that are due, where the run stamps none: the one that
// was to do it failed, or never was. Of those that were named verify says it.
func (w *work) await(ctx context.Context) error {
	if !w.Session.Config.OTS.Enabled || len(w.Inputs.Paths) > 0 {
		return nil
	}
	run, err := w.Session.StampDue(ctx, anchor.StampOptions{DryRun: true})
	if err != nil {
		return err
	}
	w.findings.awaited(run)
	return nil
}

// unanchored are the documents among the operands that have no proof, as
// operands that hold in any directory.
func (w *work) unanchored(ctx context.Context) ([]string, error) {
	run, err := w.Session.Verify(ctx, anchor.Selection{Operands: w.Inputs.Paths}, anchor.VerifyOptions{NoUpgrade: true, NoSearch: true})
	if err != nil {
		return nil, err
	}
	var bare []string
	for _, r := range run.Results {
		if r.Unknown || r.Outcome.Status == verify.Missing {
			bare = append(bare, filepath.Join(w.Session.Repo.Top(), filepath.FromSlash(r.Path)))
		}
	}
	return bare, nil
}

// took keeps what a part of the run made. Its failure is a finding, which says
// what tries again, and what it wrote before is committed all the same.
func (w *work) took(ctx context.Context, run anchor.Run, err error, title, again string, show func(anchor.Run)) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	advise(run.Results)
	some := run
	some.Others, some.Results = 0, slices.DeleteFunc(slices.Clone(run.Results), uneventful)
	if len(some.Results) > 0 || len(some.Posted) > 0 {
		show(some)
	}
	w.findings.made(run)
	if err != nil {
		w.fatal("", title, err, again)
	}
	w.made = append(w.made, run)
	return nil
}

// uneventful is a result about which the verdicts, which follow, say enough.
func uneventful(r anchor.Result) bool {
	if len(r.Notes) > 0 || len(r.Outcome.Findings) > 0 {
		return false
	}
	return r.Action == anchor.None && r.Refusal == nil && r.Err == nil && r.Outcome.Status != verify.Undecided || r.Action == anchor.Complete
}

// verify judges all documents as they are now. No calendar is asked: upgrade did,
// and a proof in a change is anybody's text. In a change the versions that were
// stamped are not looked for either: the check tells what changed, and how many
// documents did is anybody's choice.
func (w *work) verify(ctx context.Context) (err error) {
	w.judged, err = w.Session.Verify(ctx, anchor.Selection{Operands: w.Inputs.Paths}, anchor.VerifyOptions{NoUpgrade: true, NoSearch: w.Event.Change() != nil})
	if err != nil {
		return err
	}
	advise(w.judged.Results)
	w.overlay()
	w.hush()
	if w.Task.Verify {
		w.Text.Verify(w.judged)
		w.findings.judged(w.judged)
	}
	if w.Task.List {
		w.Text.Status(w.judged, w.Task.Verify, w.Now)
	}
	return nil
}

// overlay puts the refusal of a document that is due in the place of "not
// anchored".
func (w *work) overlay() {
	refused := map[string]anchor.Result{}
	for _, run := range w.made {
		for _, r := range run.Results {
			if r.Refusal != nil && !r.Refusal.NotYet() || r.Err != nil {
				refused[r.Path] = r
			}
		}
	}
	for i, r := range w.judged.Results {
		if better, ok := refused[r.Path]; ok && r.Unknown {
			w.judged.Results[i] = better
		}
	}
}

// advise has documents that were named wait as any other, for what policy does
// not want anchored yet lacks nothing; and it says of history that is cut off
// how a workflow gets it.
func advise(results []anchor.Result) {
	for i := range results {
		r := &results[i]
		if r.NotYet {
			r.Unknown, r.Outcome, r.Hint = true, verify.Outcome{}, ""
		}
		r.Hint = inWorkflow(r.Hint)
		if r.Refusal != nil {
			r.Refusal.Text, r.Refusal.Hint = inWorkflow(r.Refusal.Text), inWorkflow(r.Refusal.Hint)
		}
		for n, note := range r.Notes {
			r.Notes[n] = inWorkflow(note)
		}
	}
}

// hush drops the notes on proofs that this run wrote: they say to commit them.
func (w *work) hush() {
	written := map[string]bool{}
	for _, run := range w.made {
		for _, path := range run.Written {
			written[path] = true
		}
	}
	for i, r := range w.judged.Results {
		if written[r.Proof] && w.Inputs.Delivery != Nothing {
			w.judged.Results[i].Notes = nil
		}
	}
}

func (w *work) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	w.Text.Note("%s", text)
	w.notes = append(w.notes, text)
}
