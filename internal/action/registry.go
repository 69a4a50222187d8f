package action

import (
	"context"
	"errors"

	"github.com/openllmo/git-anchor/internal/anchor"
)

// registry makes the months of the registry that are due.
func (w *work) registry(ctx context.Context) error {
	conf := w.Session.Config
	if !conf.OTS.Enabled || !conf.Registry.Named() {
		return nil
	}
	o := anchor.SnapshotOptions{StampOptions: w.Stamp, Clock: w.Now, Environ: w.Environ, ConfigPath: w.Inputs.Config}
	o.Collect = true
	if !w.Text.Regtest {
		o.Latest = anchor.LatestTimestamp(w.Now)
	}
	due, err := w.months(ctx, o)
	if ctx.Err() == nil && len(due.Missed) > 0 {
		w.note("months of the registry that were missed, and are made up for now: %d, from %s on", len(due.Missed), due.Missed[0])
	}
	return w.took(ctx, due.Run, err, "Registry not anchored", "the next run by the schedule tries again", func(some anchor.Run) { w.Text.Snapshot(some, o.Min) })
}

// months runs the rule of what is due, where the repository's own command is
// what months are made from as before_commit is run: with nothing in reach by
// which it could speak for somebody else.
func (w *work) months(ctx context.Context, o anchor.SnapshotOptions) (anchor.DueRun, error) {
	if w.Session.Config.Registry.Command == "" || !w.Inputs.AllowCommands {
		return w.Session.RegistryDue(ctx, o)
	}
	if name := w.token(); name != "" {
		o.Forbidden = &anchor.Refusal{
			Text: "the registry is made by a command of the repository, which never runs in a step that has a token, and this one has: " + name,
			Hint: "leave it out of the environment of the job; with commit: pull-request, name files in place of the command",
		}
		return w.Session.RegistryDue(ctx, o)
	}
	left, err := adopting()
	if err != nil {
		o.Forbidden = &anchor.Refusal{Text: "the registry is made by a command of the repository, which cannot be run: " + err.Error()}
		return w.Session.RegistryDue(ctx, o)
	}
	o.AllowCommand = true
	due, err := w.Session.RegistryDue(ctx, o)
	return due, errors.Join(err, left.end(), clearFiles(w.Getenv))
}

// token names a token that is in this step's environment, where any process of
// the same user could read it.
func (w *work) token() string {
	if w.Inputs.Token != "" {
		return "input token"
	}
	for _, name := range []string{"GITHUB_TOKEN", "GH_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_RUNTIME_TOKEN"} {
		if w.Getenv(name) != "" {
			return name
		}
	}
	return ""
}
