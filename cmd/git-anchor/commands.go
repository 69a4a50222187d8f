package main

import (
	"time"

	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/calendar"
	"github.com/openllmo/git-anchor/internal/printable"
	"github.com/openllmo/git-anchor/internal/report"
)

// stampTimeout is how long calendars may take.
const stampTimeout = 5 * time.Second

func (r *runner) stampCommand() *cli.Command {
	return &cli.Command{
		Name:        "stamp",
		Usage:       "anchor the committed bytes of documents: PATH.ots is written beside each",
		ArgsUsage:   "<path>…",
		Description: "Stamps exactly the bytes of the blob at HEAD, never the working copy's. Refuses names that are not final,\nuncommitted edits, and documents that have or ever had a proof. \"git anchor <path>…\" is the same.",
		Flags: flags(lookFlags(), []cli.Flag{
			calendarFlag(toStamp), networkFlag(),
			&cli.IntFlag{Name: "min", Usage: "`N` distinct calendars must answer", DefaultText: "2, or 1 where there is only one"},
			&cli.DurationFlag{Name: "timeout", Value: stampTimeout, Usage: "how long the calendars may take"},
			&cli.BoolFlag{Name: "supersede", Usage: "keep the proof of an earlier version as supersede does, and write the new one in its place"},
			&cli.BoolFlag{Name: "dry-run", Usage: "say what would be stamped; ask nobody, write nothing"},
			&cli.BoolFlag{Name: "commit", Usage: "commit exactly the new proofs"},
		}),
		Action: r.stamp,
	}
}

func (r *runner) stamp(c *cli.Context) error {
	r.begin(c)
	if c.NArg() == 0 {
		return usage("stamp which document? git anchor <path>…")
	}
	s, err := r.open(c, noHeaders)
	if err != nil {
		return err
	}
	defer s.close()
	if !s.config.OTS.Enabled {
		return notEnabled()
	}
	o, err := stampOptions(c, s)
	if err != nil {
		return err
	}
	run, err := s.session.Stamp(c.Context, c.Args().Slice(), o)
	if r.record != nil {
		r.record.Fill(run)
	}
	if err != nil {
		r.show(func() { s.text.Stamp(run, o.Min) })
		return unasked(run, err)
	}
	return r.end(stamped(run), func() {
		s.text.Stamp(run, o.Min)
		s.text.Commit(run)
		s.text.Next(run, o.Commit)
	})
}

// notEnabled is why nothing is stamped in a repository that does not want it.
func notEnabled() error {
	return &failure{exitRefused, "the repository's configuration has [ots] enabled = false", "set enabled = true in .git-anchor.toml"}
}

func stampOptions(c *cli.Context, s *setting) (anchor.StampOptions, error) {
	o := anchor.StampOptions{
		Calendars: c.StringSlice("calendar"),
		Timeout:   c.Duration("timeout"),
		Supersede: c.Bool("supersede"),
		DryRun:    c.Bool("dry-run"),
		Commit:    c.Bool("commit"),
	}
	if err := s.askable(&o, c.IsSet("min"), c.Int("min")); err != nil {
		return o, err
	}
	if o.Timeout <= 0 {
		return o, usage("--timeout must be more than 0")
	}
	return o, nil
}

// askable settles which calendars are asked, those of o first, and how many of them
// must answer: least where it is given.
func (s *setting) askable(o *anchor.StampOptions, given bool, least int) error {
	o.Min = s.config.OTS.MinCalendars
	switch {
	case len(o.Calendars) > 0:
		o.Min = min(max(o.Min, 2), len(o.Calendars))
	case s.regtest:
		return usage("regtest has no calendars of its own: name one with --calendar")
	case len(s.config.OTS.Calendars) > 0:
		o.Calendars = s.config.OTS.Calendars
	default:
		o.Calendars = calendar.Pools()
	}
	if given {
		o.Min = least
	}
	if o.Min < 1 || o.Min > len(o.Calendars) {
		return usage("--min %d is not between 1 and the %d calendars", o.Min, len(o.Calendars))
	}
	return nil
}

func (r *runner) upgradeCommand() *cli.Command {
	return &cli.Command{
		Name:      "upgrade",
		Usage:     "ask the calendars what became of pending proofs, and write those that grew",
		ArgsUsage: "[path]…",
		Description: "Asks each distinct commitment once. Writes only claims whose block header was checked (six confirmations), drops\nnothing, and does not touch proofs that did not grow. Without operands: all configured documents.\n" +
			"First it stamps records of evidence whose attempts reached too few calendars; not with --dry-run.",
		Flags: flags(lookFlags(), selectFlags(), sourceFlags(), []cli.Flag{
			calendarFlag(toAsk + "; evidence is stamped again at these alone"),
			&cli.BoolFlag{Name: "unchecked", Usage: "also write Bitcoin claims whose header could not be had, and say so"},
			&cli.BoolFlag{Name: "dry-run", Usage: "ask, but write nothing, and stamp no evidence"},
			&cli.BoolFlag{Name: "commit", Usage: "commit exactly the proofs that grew"},
			requireFlag(),
		}),
		Action: r.upgrade,
	}
}

func requireFlag() cli.Flag {
	return &cli.StringFlag{Name: "require", Usage: "`confirmed`, or a rung (explorer, quorum, work, chain, node) to reach: exit 3 while a proof is pending or its file hash is weak, 4 below the rung"}
}

func (r *runner) upgrade(c *cli.Context) error {
	r.begin(c)
	must, err := required(c)
	if err != nil {
		return err
	}
	s, err := r.open(c, headersAsked)
	if err != nil {
		return err
	}
	defer s.close()
	sel := anchor.Selection{Operands: c.Args().Slice(), All: c.Bool("all")}
	if err := r.retryEvidence(c, s, sel); err != nil {
		return err
	}
	run, err := s.session.Upgrade(c.Context, sel, anchor.UpgradeOptions{
		Unchecked: c.Bool("unchecked"), DryRun: c.Bool("dry-run"), Commit: c.Bool("commit"),
	})
	if r.record != nil {
		r.record.Fill(run)
	}
	if err != nil {
		if len(run.Results) > 0 {
			r.show(func() { s.text.Upgrade(run) })
		}
		return err
	}
	return r.end(judging{required: must, rung: s.trusted.require}.failure(run), func() {
		s.text.Upgrade(run)
		s.text.Commit(run)
		s.text.Next(run, c.Bool("commit"))
	})
}

func (r *runner) statusCommand() *cli.Command {
	return &cli.Command{
		Name:        "status",
		Usage:       "list the documents and how far their proofs are",
		ArgsUsage:   "[path]…",
		Description: "Asks no network unless --online, and exits 0 whatever the states are. Without operands: all configured documents.\n--write refreshes a table between the lines <!-- git-anchor status --> and <!-- /git-anchor status --> of a Markdown file.",
		Flags: flags(lookFlags(), selectFlags(), sourceFlags(), []cli.Flag{
			&cli.StringFlag{Name: "rev", Usage: "the documents of `REV` instead of HEAD"},
			&cli.BoolFlag{Name: "online", Usage: "check Bitcoin claims against block headers"},
			&cli.BoolFlag{Name: "porcelain", Usage: "one stable tab-separated line a document: state, height, date, calendars anchored, calendars, digest, path"},
			&cli.StringFlag{Name: "write", Usage: "refresh the table in `FILE`"},
			&cli.BoolFlag{Name: "check", Usage: "with --write: write nothing, and exit 1 where the table is stale"},
			&cli.BoolFlag{Name: "z", Usage: "as --porcelain, with lines ended by NUL and paths not quoted"},
		}),
		Action: r.status,
	}
}

func (r *runner) status(c *cli.Context) error {
	r.begin(c)
	porcelain := c.Bool("porcelain") || c.Bool("z")
	if porcelain && c.Bool("json") {
		return usage("--porcelain and -z contradict --json")
	}
	if c.Bool("check") && c.String("write") == "" {
		return usage("check the table of which file? --write FILE --check")
	}
	from := headersAsked
	if !c.Bool("online") {
		from = headersAtHand
		if flag := sourceNamed(c); flag != "" {
			return usage("--%s takes --online: without it nobody is asked", flag)
		}
	}
	s, err := r.open(c, from)
	if err != nil {
		return err
	}
	defer s.close()
	run, err := s.session.Status(c.Context, anchor.Selection{Operands: c.Args().Slice(), All: c.Bool("all"), Rev: c.String("rev")})
	if err != nil {
		return err
	}
	table, wrote, failed := statusTable(c, s, run)
	if r.record != nil {
		r.record.Fill(run)
		r.record.FillTable(table, wrote)
	}
	return r.end(failed, func() {
		if porcelain {
			s.text.Porcelain(run, c.Bool("z"))
		} else {
			s.text.Status(run, c.Bool("online"), time.Now())
		}
		if table != "" {
			s.text.Table(table, wrote)
		}
	})
}

// statusTable writes or checks the table that --write names; path is "" where
// none is written and none is up to date.
func statusTable(c *cli.Context, s *setting, run anchor.Run) (path string, wrote bool, f *failure) {
	file := c.String("write")
	if file == "" {
		return "", false, nil
	}
	text := report.Markdown{Regtest: s.regtest}.StatusTable(run)
	if c.Bool("check") {
		path, stale, err := s.session.CheckTable(file, anchor.StatusTable, text)
		switch {
		case err != nil:
			return "", false, explainRefusal(err)
		case stale:
			return "", false, &failure{exitFailed, "the table in " + printable.Text(path, longestPath) + " is stale", "the same command without --check refreshes it"}
		}
		return path, false, nil
	}
	path, wrote, err := s.session.WriteTable(file, anchor.StatusTable, text)
	if err != nil {
		return "", false, explainRefusal(err)
	}
	return path, wrote, nil
}
