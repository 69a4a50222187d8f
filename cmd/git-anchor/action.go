package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/action"
	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/fetch"
	"github.com/openllmo/git-anchor/internal/printable"
	"github.com/openllmo/git-anchor/internal/report"
)

func (r *runner) actionCommand() *cli.Command {
	return &cli.Command{
		Name:      "action",
		Usage:     "what the GitHub Action runs, one step each: work, the repository's own command, publishing",
		ArgsUsage: "run | before | commit",
		Description: "Takes no flags: inputs are read from INPUT_NAME, the event from GITHUB_EVENT_NAME and GITHUB_EVENT_PATH. run works in\n" +
			"the checkout and leaves a plan of what is to be committed; before runs the command that input before_commit names,\n" +
			"without a token; commit, which has the token, publishes the plan and reads nothing of the checkout.",
		Action: r.action,
	}
}

// guide is what who writes a workflow reads.
const guide = "https://github.com/openllmo/git-anchor/blob/main/docs/actions.md"

// An acting is one phase of the action.
type acting struct {
	*runner
	inputs  action.Inputs
	event   action.Event
	console *action.Console
	told    bool // the runner knows already why the run fails
}

func (r *runner) action(c *cli.Context) error {
	a := &acting{runner: r, console: action.NewConsole(r.commands, r.err, r.getenv)}
	err := a.phase(c)
	if err == nil || a.told {
		return err
	}
	f := advised(err)
	if f.code == exitUsage && f.hint == "" {
		f.hint = "the inputs are explained at " + guide
	}
	text := printable.Text(f.text, longestLine)
	var lost error
	if a.inputs.Summary {
		lost = a.console.Summarize([]byte(report.Stopped(text, f.hint)))
	}
	if a.inputs.Annotations && a.console.OnRunner() { // elsewhere the error line says it
		lost = errors.Join(lost, a.console.Annotate([]action.Finding{{Level: action.Error, Title: "git-anchor", Text: text, Hint: f.hint}}))
	}
	if lost != nil {
		fmt.Fprintf(r.err, "note: %s\n", printable.Text(lost.Error(), longestLine))
	}
	return f
}

func (a *acting) phase(c *cli.Context) error {
	if c.NArg() != 1 {
		return usage("action run, action before or action commit?")
	}
	var err error
	if a.inputs, err = action.ParseInputs(a.getenv); err != nil {
		return usage("%v", err)
	}
	// From here on no process that this one starts finds it in its environment.
	if err := os.Unsetenv("INPUT_TOKEN"); err != nil {
		return err
	}
	if a.event, err = action.ReadEvent(a.getenv); err != nil {
		return err
	}
	switch c.Args().First() {
	case "run":
		return a.run(c)
	case "before":
		return a.before(c)
	case "commit":
		return a.commit(c)
	}
	return usage("action run, before or commit, not %q", printable.Text(c.Args().First(), longestWord))
}

// run works in the checkout. Where there is something to commit it ends well,
// and leaves the code to end with to the last step.
func (a *acting) run(c *cli.Context) error {
	task, err := a.event.Task(a.inputs)
	if err != nil {
		return err
	}
	from := headersAsked
	if !task.Check && !task.Verify && !task.Writes() {
		from = headersAtHand
	}
	s, c, err := a.enter(c, from)
	if err != nil {
		return err
	}
	defer s.close()
	job := action.Job{
		Inputs: a.inputs, Event: a.event, Task: task, Session: s.session, Text: s.text,
		Console: a.console, Getenv: a.getenv, Environ: os.Environ(), Now: time.Now(),
		Under: func(conf config.Config) (*anchor.Session, error) { return a.under(c, s, conf, from) },
	}
	if task.Stamp || task.Registry && s.config.Registry.Named() {
		if job.Stamp, err = stampOptions(c, s); err != nil {
			return err
		}
	}
	done, err := job.Run(c.Context)
	if err != nil {
		return err
	}
	f := concluded(done.Findings)
	a.told = true
	switch {
	case done.Publish && f != nil:
		s.text.Note("%s; the action ends with exit code %d when what was made is committed", f.text, f.code)
		return a.console.Output("exit", strconv.Itoa(f.code))
	case done.Publish:
		return a.console.Output("exit", "0")
	case f != nil:
		return f
	}
	return nil
}

// concluded is the failure that findings amount to.
func concluded(findings []action.Finding) *failure {
	codes := map[action.Word]int{
		action.Disputed: exitDisputed, action.Undecided: exitUndecided, action.Refused: exitRefused, action.Pending: exitPending,
	}
	var worst *failure
	for _, x := range findings {
		if x.Level != action.Error {
			continue
		}
		f := &failure{exitFailed, x.Text, x.Hint}
		if code, ok := codes[x.Word]; ok {
			f.code = code
		}
		if x.Path != "" {
			f.text = printable.Text(x.Path, longestPath) + ": " + x.Text
		}
		if worst == nil || severity(f.code) > severity(worst.code) {
			worst = f
		}
	}
	return worst
}

// before runs the repository's own command.
func (a *acting) before(c *cli.Context) error {
	s, c, err := a.enter(c, noHeaders)
	if err != nil {
		return err
	}
	defer s.close()
	command := action.Command{
		Event: a.event, Session: s.session, Getenv: a.getenv, Environ: os.Environ(), Out: a.out, Err: a.err, Note: s.text.Note,
	}
	return command.Run(c.Context)
}

// commit publishes the plan, and ends as the run ended that made it.
func (a *acting) commit(c *cli.Context) error {
	code, err := strconv.Atoi(a.getenv("INPUT_EXIT"))
	if err != nil || code < 0 || code > 255 {
		return usage("INPUT_EXIT is no exit code: action commit follows action run")
	}
	regtest := a.inputs.Network == "regtest"
	publication := action.Publication{
		Inputs: a.inputs, Event: a.event, Console: a.console, Getenv: a.getenv, Now: time.Now(),
		Text:  report.Text{Out: a.out, Err: a.err, Regtest: regtest},
		Fetch: fetch.New(fetch.Config{UserAgent: userAgent(), Getenv: a.getenv}),
	}
	if !regtest {
		publication.Delivery.Network = bitcoin.Mainnet()
	}
	if err := publication.Run(c.Context); err != nil {
		return err
	}
	if code != exitDone {
		a.told = true
		return &failure{code, "the step that ran found what the workflow fails on", "its annotations, and the job summary, say what"}
	}
	return nil
}

// advised is explain for what the phases of the action return.
func advised(err error) *failure {
	var advice *action.Advice
	var command *action.CommandError
	switch {
	case errors.As(err, &advice):
		return &failure{exitFatal, advice.Text, advice.Hint}
	case errors.As(err, &command):
		return &failure{exitFatal, command.Error() + ": nothing is committed", "its own output, above, says why"}
	}
	return explain(err)
}
