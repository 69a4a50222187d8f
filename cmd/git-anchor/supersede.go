package main

import (
	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/anchor"
)

func (r *runner) supersedeCommand() *cli.Command {
	return &cli.Command{
		Name:      "supersede",
		Usage:     "keep the proof of a document that must change as that of an earlier version",
		ArgsUsage: "<path>…",
		Description: "Moves PATH.ots to PATH.superseded-DIGEST.ots, where it is upgraded and verified as before, so that the new version can\n" +
			"be anchored: commit, then git anchor PATH. Nothing is ever overwritten. Refused for a document that did not change.\n" +
			"\"git anchor --supersede PATH\" does both at once.",
		Flags: flags(lookFlags(), []cli.Flag{
			&cli.BoolFlag{Name: "dry-run", Usage: "say what would be moved; write nothing"},
			&cli.BoolFlag{Name: "commit", Usage: "commit exactly the moves"},
		}),
		Action: r.supersede,
	}
}

func (r *runner) supersede(c *cli.Context) error {
	r.begin(c)
	if c.NArg() == 0 {
		return usage("supersede the proof of which document?")
	}
	s, err := r.open(c, noHeaders)
	if err != nil {
		return err
	}
	defer s.close()
	run, err := s.session.Supersede(c.Context, c.Args().Slice(), anchor.SupersedeOptions{DryRun: c.Bool("dry-run"), Commit: c.Bool("commit")})
	if r.record != nil {
		r.record.Fill(run)
	}
	if err != nil {
		r.show(func() { s.text.Supersede(run) })
		return err
	}
	return r.end(stamped(run), func() {
		s.text.Supersede(run)
		s.text.Commit(run)
		s.text.AfterSuperseding(run, c.Bool("commit"))
	})
}
