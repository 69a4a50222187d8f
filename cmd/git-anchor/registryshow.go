package main

import (
	"errors"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/registry"
	"github.com/openllmo/git-anchor/internal/report"
)

func ofRevFlag() cli.Flag {
	return &cli.StringFlag{Name: "rev", Usage: "the months of `REV` instead of HEAD"}
}

func (r *runner) registryShowCommand() *cli.Command {
	return &cli.Command{
		Name:      "show",
		Usage:     "print a month, the newest, or the one in force at a date",
		ArgsUsage: "[YYYY-MM]",
		Description: "A month is in force from its first day, or the day of its timestamp where that is later, until the next one is. What\n" +
			"is printed is what the file says: registry verify judges whether it was anchored.",
		Flags: flags(lookFlags(), []cli.Flag{
			&cli.StringFlag{Name: "at", Usage: "the month in force on `DATE` (YYYY-MM-DD, UTC)"},
			ofRevFlag(),
		}),
		Action: r.registryShow,
	}
}

func (r *runner) registryShow(c *cli.Context) error {
	r.begin(c)
	var which anchor.MonthAt
	switch {
	case c.NArg() > 1 || c.NArg() == 1 && c.IsSet("at"):
		return usage("show which month? git anchor registry show [YYYY-MM | --at DATE]")
	case c.NArg() == 1:
		p, err := month(c.Args().First())
		if err != nil {
			return err
		}
		which.Period = &p
	case c.IsSet("at"):
		var err error
		if which.Date, err = time.Parse(time.DateOnly, c.String("at")); err != nil {
			return usage("--at is a date as in 2026-03-15, not %q", c.String("at"))
		}
	}
	s, err := r.open(c, noHeaders)
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.noteConfig(c); err != nil {
		return err
	}
	commit, m, err := s.session.ShowMonth(c.Context, c.String("rev"), which)
	if err != nil {
		return noMonth(err)
	}
	if r.record != nil {
		r.record.Commit = commit.ID
		r.record.FillMonth(m, which.Date)
	}
	return r.end(nil, func() { s.text.Month(m) })
}

// noteConfig says where the work tree's configuration is not what counts.
func (s *setting) noteConfig(c *cli.Context) error {
	unused, err := s.session.UnusedConfig(c.Context, c.String("rev"))
	if unused != "" {
		s.text.Note("%s", unused)
	}
	return err
}

// month reads an operand that names a month.
func month(operand string) (registry.Period, error) {
	p, err := registry.ParsePeriod(operand)
	if err != nil {
		return p, usage("%v", err)
	}
	return p, nil
}

// noMonth is the failure where a month that was asked for cannot be shown.
func noMonth(err error) error {
	var refused *anchor.Refusal
	var faults registry.Faults
	switch {
	case errors.As(err, &refused):
		return &failure{exitRefused, refused.Text, refused.Hint}
	case errors.As(err, &faults):
		return &failure{exitFailed, err.Error(), "git anchor registry verify  # judges the whole chain"}
	}
	return err
}

func (r *runner) registryDiffCommand() *cli.Command {
	return &cli.Command{
		Name:      "diff",
		Usage:     "print who joined, left and changed from one month to another",
		ArgsUsage: "<YYYY-MM> <YYYY-MM>",
		Description: "Compares maintainers by id and servers by server_id, field by field, the rule for signatures, how far audit logs grew,\n" +
			"and what else the files hold. Timestamps and links, which always differ, are left out.",
		Flags:  flags(lookFlags(), []cli.Flag{ofRevFlag(), markdownFlag()}),
		Action: r.registryDiff,
	}
}

func (r *runner) registryDiff(c *cli.Context) error {
	r.begin(c)
	if c.NArg() != 2 {
		return usage("compare which months? git anchor registry diff YYYY-MM YYYY-MM")
	}
	if err := r.oneForm(c); err != nil {
		return err
	}
	var which [2]registry.Period
	for i := range which {
		var err error
		if which[i], err = month(c.Args().Get(i)); err != nil {
			return err
		}
	}
	s, err := r.open(c, noHeaders)
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.noteConfig(c); err != nil {
		return err
	}
	var months [2]anchor.ShownMonth
	for i := range which {
		commit, m, err := s.session.ShowMonth(c.Context, c.String("rev"), anchor.MonthAt{Period: &which[i]})
		if err != nil {
			return noMonth(err)
		}
		if months[i] = m; r.record != nil {
			r.record.Commit = commit.ID
		}
	}
	changes := registry.Diff(months[0].Month, months[1].Month)
	if r.record != nil {
		r.record.FillDiff(months[0], months[1], changes)
	}
	return r.end(nil, func() {
		if c.Bool("markdown") {
			r.out.Write(report.Markdown{}.MonthsDiff(months[0], months[1], changes))
			return
		}
		s.text.MonthsDiff(months[0], months[1], changes)
	})
}

func (r *runner) registryLogCommand() *cli.Command {
	return &cli.Command{
		Name:  "log",
		Usage: "list the months, newest first: what changed in each, and how far its proof is",
		Description: "Each line has the month, when it was made (caught up: after it was over), the state of its proof with block and date, how much was added (+), removed (-)\n" +
			"and changed (~) since the month before, and the commit that brought the file. Asks no network unless --online, and\n" +
			"judges no links: that is what registry verify is for.",
		Flags: flags(lookFlags(), sourceFlags(), []cli.Flag{
			ofRevFlag(),
			&cli.BoolFlag{Name: "online", Usage: "check Bitcoin claims against block headers"},
		}),
		Action: r.registryLog,
	}
}

func (r *runner) registryLog(c *cli.Context) error {
	r.begin(c)
	if c.NArg() > 0 {
		return usage("registry log takes no operand: it lists the whole chain")
	}
	if flag := sourceNamed(c); flag != "" && !c.Bool("online") {
		return usage("--%s takes --online: without it nobody is asked", flag)
	}
	s, err := r.open(c, unless(!c.Bool("online")))
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.noteConfig(c); err != nil {
		return err
	}
	run, log, err := s.session.RegistryLog(c.Context, c.String("rev"))
	if err != nil {
		return err
	}
	if r.record != nil {
		r.record.Fill(run)
		r.record.FillLog(log)
	}
	return r.end(nil, func() { s.text.MonthsLog(run, log) })
}
