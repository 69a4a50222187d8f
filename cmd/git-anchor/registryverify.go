package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/printable"
	"github.com/openllmo/git-anchor/internal/registry"
	"github.com/openllmo/git-anchor/internal/report"
)

// nowFlag is the clock of commands that judge whether a month's time is over.
func nowFlag() cli.Flag {
	return &cli.StringFlag{Name: "now", Usage: "what counts as now, as `RFC3339`: a pending proof is waited for until its month's last day", DefaultText: "the clock"}
}

func markdownFlag() cli.Flag { return &cli.BoolFlag{Name: "markdown", Usage: "write Markdown"} }

func (r *runner) registryVerifyCommand() *cli.Command {
	return &cli.Command{
		Name:  "verify",
		Usage: "check the chain of months, and that the proof of each leads to a Bitcoin block of its time",
		Description: "Judges every month that HEAD holds in six steps: its proof loads; it is a valid month, and that of its name; the calendars\n" +
			"it waits for are known; a Bitcoin block holds what the proof leads to; its bytes are those of the proof and link to the\n" +
			"month before; and the block's date is neither before the month nor more than seven days after the next month's anchor\n" +
			"day, so that a chain which was rewritten later is found. A tail that was cut off is found with --expect-head.\n" +
			"An anchor does not show that no other version was anchored: somebody may keep a second chain. What protects against\n" +
			"that is that others hold copies of the months, or of the hash of the newest one.",
		Flags: flags(lookFlags(), sourceFlags(), []cli.Flag{
			calendarFlag(toAsk), offlineFlag(),
			ofRevFlag(), nowFlag(),
			&cli.BoolFlag{Name: "no-upgrade", Usage: "do not ask calendars about pending proofs"},
			requireFlag(),
			&cli.StringFlag{Name: "expect-head", Usage: "a `HASH` (sha256:HEX) that was the newest month's once: the chain must still have it"},
			markdownFlag(),
		}),
		Action: r.registryVerify,
	}
}

func (r *runner) registryVerify(c *cli.Context) error {
	r.begin(c)
	if c.NArg() > 0 {
		return usage("registry verify takes no operand: it judges the whole chain")
	}
	if err := r.oneForm(c); err != nil {
		return err
	}
	must, err := required(c)
	if err != nil {
		return err
	}
	head, err := hashOf(c, "expect-head")
	if err != nil {
		return err
	}
	now, err := clock(c)
	if err != nil {
		return err
	}
	s, err := r.open(c, unless(c.Bool("offline")))
	if err != nil {
		return err
	}
	defer s.close()
	run, v, err := s.session.VerifyRegistry(c.Context, anchor.RegistryOptions{VerifyOptions: verifyOptions(c), Rev: c.String("rev"), ExpectHead: head, Clock: now})
	if err != nil {
		return err
	}
	if r.record != nil {
		r.record.Fill(run)
		r.record.FillRegistry(v)
	}
	proofs := verifying(c, s, must).failure(run)
	if must && len(v.Months) == 0 {
		proofs = &failure{exitUndecided, "nothing was judged: " + v.Dir + " at " + run.Commit.ID + " holds no month", "name a commit that has months: --rev REV"}
	}
	return r.end(s.chainFailure(c, proofs, v), func() {
		if c.Bool("markdown") {
			r.out.Write(report.Markdown{Regtest: s.regtest}.RegistryVerified(run, v))
			return
		}
		s.text.RegistryVerified(run, v)
	})
}

// chainFailure is what a chain's faults amount to, beside what the proofs do. What
// was told of them above is not said twice.
func (s *setting) chainFailure(c *cli.Context, proofs *failure, v *anchor.RegistryVerified) *failure {
	faults := v.Faults()
	switch overdue := v.Overdue(); {
	case proofs != nil && severity(proofs.code) > severity(exitFailed):
		return proofs
	case len(faults) > 0:
	case len(overdue) > 0 && (proofs == nil || severity(proofs.code) < severity(exitUndecided)):
		return &failure{exitUndecided, overdue[0], unheard(c)}
	default:
		return proofs
	}
	f := &failure{exitFailed, v.Brief(), "git log --stat -- " + anchor.Quoted(v.Dir) + "  # shows what changed"}
	if c.Bool("q") || c.Bool("json") {
		f.text = faults[0]
		if more := len(faults) - 1; more > 0 {
			f.text += fmt.Sprintf(" (and %d more)", more)
		}
	}
	switch {
	case v.Hint != "":
		f.hint = v.Hint
	case proofs != nil && proofs.code == exitFailed && proofs.hint != "":
		f.hint = proofs.hint
	}
	return f
}

// unheard is what to do where calendars did not say whether a block holds a proof.
func unheard(c *cli.Context) string {
	for _, flag := range []string{"offline", "no-upgrade"} {
		if c.Bool(flag) {
			return "leave out --" + flag
		}
	}
	if c.Command.Name == "registry bundle" {
		return "git anchor registry verify  # asks the calendars"
	}
	return "try again later"
}

// oneForm refuses two forms of output at once.
func (r *runner) oneForm(c *cli.Context) error {
	if c.Bool("markdown") && r.record != nil {
		return usage("--markdown contradicts --json")
	}
	return nil
}

// hashOf reads a flag that holds the hash of a month, "" where it is not given.
func hashOf(c *cli.Context, flag string) (string, error) {
	v := c.String(flag)
	if v != "" && !registry.IsHash(v) {
		return "", usage("--%s is sha256: and 64 lower-case hex digits, not %q", flag, printable.Text(v, 2*longestWord))
	}
	return v, nil
}
