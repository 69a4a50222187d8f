package main

import (
	"os"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/printable"
	"github.com/openllmo/git-anchor/internal/registry"
)

// snapshotFlags are those of all commands that make months.
func snapshotFlags() []cli.Flag {
	return []cli.Flag{
		calendarFlag(toStamp), networkFlag(),
		&cli.IntFlag{Name: "min", Usage: "`N` distinct calendars must answer", DefaultText: "2, or 1 where there is only one"},
		&cli.DurationFlag{Name: "timeout", Value: stampTimeout, Usage: "how long the calendars may take"},
		&cli.DurationFlag{Name: "command-timeout", Value: anchor.CommandTimeout, Usage: "how long the configuration's command may take"},
		&cli.StringFlag{Name: "now", Usage: "what counts as now, as `RFC3339`; it is the month's timestamp, too", DefaultText: "the clock; the timestamp is HEAD's"},
		&cli.BoolFlag{Name: "dry-run", Usage: "say what would be made; ask nobody, write nothing"},
		&cli.BoolFlag{Name: "commit", Usage: "commit exactly the months and their proofs"},
	}
}

func (r *runner) registrySnapshotCommand() *cli.Command {
	return &cli.Command{
		Name:  "snapshot",
		Usage: "write the next month from its sources, linked to the one before, and anchor it",
		Description: "Reads the files that [registry] of the configuration names, at HEAD, or takes what its command prints; that runs only with\n" +
			"git config anchor.allowCommands true, also with --dry-run. The same commit gives the same bytes, unless --now is given.\n" +
			"Refuses a month that exists, is in the future or leaves a gap, a chain that is broken or would be begun anew, a source that\n" +
			"fails or is empty, and an audit log that does not begin with the entries which earlier months sum up.",
		Flags: flags(lookFlags(), snapshotFlags(), []cli.Flag{
			&cli.StringFlag{Name: "month", Usage: "the month, as `YYYY-MM`", DefaultText: "the next one"},
		}),
		Action: r.registrySnapshot,
	}
}

func (r *runner) registryDueCommand() *cli.Command {
	return &cli.Command{
		Name:  "due",
		Usage: "make each month whose day has come, those that were missed as well, and complete those without a proof",
		Description: "A month is due on ots.monthly_anchor_day, or on its last day where it is shorter, in UTC. What is there already is left\n" +
			"alone, so that it may run every day; the Action runs it by its schedule. Sources are read as snapshot does.",
		Flags:  flags(lookFlags(), snapshotFlags()),
		Action: r.registryDue,
	}
}

func (r *runner) registrySnapshot(c *cli.Context) error {
	return r.making(c, func(s *setting, o anchor.SnapshotOptions) (anchor.Run, func(), error) {
		run, err := s.session.Snapshot(c.Context, o)
		if r.record != nil {
			r.record.Fill(run)
		}
		return run, func() { s.text.Snapshot(run, o.Min) }, err
	})
}

func (r *runner) registryDue(c *cli.Context) error {
	return r.making(c, func(s *setting, o anchor.SnapshotOptions) (anchor.Run, func(), error) {
		due, err := s.session.RegistryDue(c.Context, o)
		if r.record != nil {
			r.record.FillDue(due)
		}
		return due.Run, func() { s.text.Due(due, o.Min) }, err
	})
}

// making opens a session, makes months and tells what came of it.
func (r *runner) making(c *cli.Context, do func(*setting, anchor.SnapshotOptions) (anchor.Run, func(), error)) error {
	r.begin(c)
	if c.NArg() > 0 {
		return usage("%s takes no operand: the configuration names its sources", c.Command.Name)
	}
	s, err := r.open(c, noHeaders)
	if err != nil {
		return err
	}
	defer s.close()
	if !s.config.OTS.Enabled {
		return notEnabled()
	}
	o, err := snapshotOptions(c, s)
	if err != nil {
		return err
	}
	run, tell, err := do(s, o)
	if err != nil {
		r.show(func() { s.text.Snapshot(run, o.Min) })
		return unasked(run, err)
	}
	return r.end(stamped(run), func() {
		tell()
		s.text.Commit(run)
		s.text.AfterSnapshot(run, o.Commit)
	})
}

// clock is what counts as now.
func clock(c *cli.Context) (time.Time, error) {
	now := c.String("now")
	if now == "" {
		return time.Now(), nil
	}
	t, err := time.Parse(time.RFC3339, now)
	if err != nil {
		return t, usage("--now is a time like 2026-01-01T00:00:00Z, not %q", printable.Text(now, longestWord))
	}
	return t, nil
}

func snapshotOptions(c *cli.Context, s *setting) (anchor.SnapshotOptions, error) {
	o := anchor.SnapshotOptions{
		AllowCommand: s.person.AllowCommands, CommandTimeout: c.Duration("command-timeout"), Environ: os.Environ(),
	}
	var err error
	if o.StampOptions, err = stampOptions(c, s); err != nil {
		return o, err
	}
	if o.CommandTimeout <= 0 {
		return o, usage("--command-timeout must be more than 0")
	}
	if o.Clock, err = clock(c); err != nil {
		return o, err
	}
	if c.IsSet("now") {
		o.Timestamp = o.Clock
	}
	if !s.regtest {
		o.Latest = anchor.LatestTimestamp(time.Now())
	}
	if month := c.String("month"); month != "" {
		p, err := registry.ParsePeriod(month)
		if err != nil {
			return o, usage("--month: %v", err)
		}
		o.Month = &p
	}
	return o, nil
}
