package main

import (
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/anchor"
)

func (r *runner) objectCommand() *cli.Command {
	return &cli.Command{
		Name:      "object",
		Usage:     "anchor commits, tags, trees and blobs themselves, without rewriting them",
		ArgsUsage: "<rev>…",
		Description: "Stamps the bytes of the object that a revision names, a tag's own where it names a tag: what git cat-file prints of it.\n" +
			"The proof is kept in the notes under " + anchor.NotesRef + ", of which other clones hear when it is pushed. A commit\n" +
			"names its files by SHA-1: to anchor files, anchor them or their directory. Without a revision --verify, --upgrade\n" +
			"and --list are about every object that has a proof there.",
		Flags: flags(lookFlags(), sourceFlags(), []cli.Flag{
			&cli.BoolFlag{Name: "verify", Usage: "judge the proofs of the objects"},
			&cli.BoolFlag{Name: "upgrade", Usage: "ask the calendars what became of pending proofs, and write those that grew"},
			&cli.BoolFlag{Name: "list", Usage: "list the objects and how far their proofs are; ask nobody"},
			calendarFlag("to submit to, or that may be asked about pending proofs, too"),
			&cli.IntFlag{Name: "min", Usage: "`N` distinct calendars must answer", DefaultText: "2, or 1 where there is only one"},
			&cli.DurationFlag{Name: "timeout", Value: 5 * time.Second, Usage: "how long the calendars may take"},
			&cli.BoolFlag{Name: "dry-run", Usage: "write nothing; without --upgrade ask nobody, either"},
			&cli.BoolFlag{Name: "unchecked", Usage: "also write Bitcoin claims whose header could not be had, and say so"},
			offlineFlag(),
			&cli.BoolFlag{Name: "no-upgrade", Usage: "do not ask calendars about pending proofs"},
			requireFlag(),
		}),
		Action: r.object,
	}
}

// objectModes says with which of --verify, --upgrade and --list, or none of
// them (stamp), a flag means anything. Others take all.
func objectModes() map[string][]string {
	modes := map[string][]string{
		"calendar": {"stamp", "verify", "upgrade"}, "min": {"stamp"}, "timeout": {"stamp"}, "dry-run": {"stamp", "upgrade"},
		"unchecked": {"upgrade"}, "offline": {"verify"}, "no-upgrade": {"verify"}, "require": {"verify", "upgrade"},
		"min-confirmations": {"verify", "upgrade"},
	}
	for _, name := range sourceNames() {
		modes[name] = []string{"verify", "upgrade"}
	}
	return modes
}

// objectMode is what object is asked to do; flags that have no say in it are
// refused, and so are several modes at once.
func objectMode(c *cli.Context) (string, error) {
	mode := "stamp"
	for _, name := range []string{"verify", "upgrade", "list"} {
		if !c.Bool(name) {
			continue
		}
		if mode != "stamp" {
			return "", usage("--%s and --%s at once", mode, name)
		}
		mode = name
	}
	modes := objectModes()
	for _, f := range c.Command.Flags {
		name := f.Names()[0]
		if in := modes[name]; in != nil && c.IsSet(name) && !slices.Contains(in, mode) {
			if mode == "stamp" {
				return "", usage("--%s takes --%s", name, in[0])
			}
			return "", usage("--%s means nothing with --%s", name, mode)
		}
	}
	if mode == "stamp" && c.NArg() == 0 {
		return "", usage("anchor which object? git anchor object <rev>…")
	}
	return mode, nil
}

func (r *runner) object(c *cli.Context) error {
	r.begin(c)
	mode, err := objectMode(c)
	if err != nil {
		return err
	}
	must, err := required(c)
	if err != nil {
		return err
	}
	from := map[string]headersFrom{"stamp": noHeaders, "list": headersAtHand, "verify": unless(c.Bool("offline")), "upgrade": headersAsked}[mode]
	s, err := r.open(c, from)
	if err != nil {
		return err
	}
	defer s.close()
	if mode == "stamp" {
		return r.stampObjects(c, s)
	}
	var run anchor.Run
	revs := c.Args().Slice()
	switch mode {
	case "verify":
		run, err = s.session.VerifyObjects(c.Context, revs, verifyOptions(c))
	case "upgrade":
		run, err = s.session.UpgradeObjects(c.Context, revs, anchor.UpgradeOptions{Unchecked: c.Bool("unchecked"), DryRun: c.Bool("dry-run")})
	default:
		run, err = s.session.VerifyObjects(c.Context, revs, anchor.VerifyOptions{NoUpgrade: true})
	}
	if r.record != nil {
		r.record.Fill(run)
	}
	if err != nil {
		return err
	}
	if len(run.Results) == 0 {
		return r.end(nil, func() { s.text.NoObjects() })
	}
	switch mode {
	case "verify":
		return r.end(verifying(c, s, must).failure(run), func() { s.text.Verify(run) })
	case "upgrade":
		return r.end(judging{required: must, rung: s.trusted.require}.failure(run), func() {
			s.text.Upgrade(run)
			s.text.NextObjects(run)
		})
	}
	return r.end(nil, func() { s.text.Objects(run, time.Now()) })
}

func (r *runner) stampObjects(c *cli.Context, s *setting) error {
	if !s.config.OTS.Enabled {
		return notEnabled()
	}
	o, err := stampOptions(c, s)
	if err != nil {
		return err
	}
	run, err := s.session.StampObjects(c.Context, c.Args().Slice(), o)
	if r.record != nil {
		r.record.Fill(run)
	}
	if err != nil {
		r.show(func() { s.text.Stamp(run, o.Min) })
		return err
	}
	return r.end(stamped(run), func() {
		s.text.Stamp(run, o.Min)
		s.text.NextObjects(run)
	})
}
