package main

import (
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/report"
)

func (r *runner) legacyCommand() *cli.Command {
	return &cli.Command{
		Name:      "legacy",
		Usage:     "list proofs whose documents moved on: how far each is, and where its bytes are",
		ArgsUsage: "[dir]",
		Description: "Of the proofs in dir that have no document beside them or are in text, else of all in static/spec/lips/legacy, else of\n" +
			"all in the tree that have no document beside them. Says of other files what they are: formats of 2015, Git LFS pointers, base64, ASCII armour. Asks nobody unless --online or\n" +
			"--upgrade.",
		Flags: flags(lookFlags(), sourceFlags(), []cli.Flag{
			calendarFlag(toAsk),
			&cli.BoolFlag{Name: "online", Usage: "check Bitcoin claims against block headers"},
			&cli.BoolFlag{Name: "upgrade", Usage: "ask the calendars what became of pending ones first, and write those that grew"},
			&cli.BoolFlag{Name: "commit", Usage: "with --upgrade: commit exactly the proofs that grew"},
			&cli.BoolFlag{Name: "convert", Usage: "write the binary proof beside each in base64 or ASCII armour"},
			&cli.StringFlag{Name: "write", Usage: "refresh the table in `FILE` between <!-- git-anchor legacy --> and <!-- /git-anchor legacy -->"},
		}),
		Action: r.legacy,
	}
}

func (r *runner) legacy(c *cli.Context) error {
	r.begin(c)
	if c.NArg() > 1 {
		return usage("legacy takes one directory")
	}
	if c.Bool("commit") && !c.Bool("upgrade") {
		return usage("--commit takes --upgrade: nothing else is committed")
	}
	from := headersAsked
	if !c.Bool("online") && !c.Bool("upgrade") {
		from = headersAtHand
		if flag := sourceNamed(c); flag != "" {
			return usage("--%s takes --online or --upgrade: without these nobody is asked", flag)
		}
	}
	s, err := r.open(c, from)
	if err != nil {
		return err
	}
	defer s.close()
	progress, clear := r.progress(c)
	run, err := s.session.Legacy(c.Context, c.Args().First(), anchor.LegacyOptions{
		Convert: c.Bool("convert"), Upgrades: c.Bool("upgrade"), Upgrade: anchor.UpgradeOptions{Commit: c.Bool("commit")}, Progress: progress,
	})
	clear()
	if err != nil {
		return explainRefusal(err)
	}
	failed := legacyFailure(run)
	var table string
	var wrote bool
	if file := c.String("write"); file != "" {
		text := report.Markdown{Regtest: s.regtest}.LegacyTable(run)
		if table, wrote, err = s.session.WriteTable(file, anchor.LegacyTable, text); err != nil {
			table = ""
			f := explainRefusal(err)
			if failed == nil || severity(f.code) > severity(failed.code) {
				failed = f
			}
		}
	}
	if r.record != nil {
		r.record.FillLegacy(run, table, wrote)
	}
	return r.end(failed, func() {
		s.text.Legacy(run)
		s.text.Commit(run.Upgrade)
		if table != "" {
			s.text.Table(table, wrote)
		}
	})
}

// explainRefusal is explain for an error that may be a refusal.
func explainRefusal(err error) *failure {
	var refusal *anchor.Refusal
	if errors.As(err, &refusal) {
		return &failure{exitRefused, refusal.Text, refusal.Hint}
	}
	return explain(err)
}

// legacyFailure is the failure that the results of legacy amount to: what the
// upgrade came upon, and proofs that cannot be read or whose bytes are lost.
func legacyFailure(run anchor.LegacyRun) *failure {
	worst := judging{}.failure(run.Upgrade)
	for _, l := range run.Proofs {
		if f := unfound(l.Found); f != nil && (worst == nil || severity(f.code) > severity(worst.code)) {
			worst = f
		}
	}
	return worst
}
