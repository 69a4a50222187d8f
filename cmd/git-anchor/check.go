package main

import (
	"context"
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/printable"
	"github.com/openllmo/git-anchor/internal/verify"
)

func (r *runner) checkCommand() *cli.Command {
	return &cli.Command{
		Name:  "check",
		Usage: "check that a change weakens no anchor",
		Description: "Compares two commits: whatever proof the base holds, the head must hold at least as much, beside its document or\n" +
			"superseded; and what is new in a proof must be confirmed now, or promised by a calendar that may be asked. Asks for\n" +
			"block headers only when a Bitcoin claim is new, and no calendar. The configuration is the base's. What is not committed is not judged.",
		Flags: flags(lookFlags(), sourceFlags(), []cli.Flag{
			calendarFlag(toTrust), offlineFlag(),
			&cli.StringFlag{Name: "base", Usage: "compare with `REV`", DefaultText: "the default branch of origin"},
			&cli.StringFlag{Name: "head", Value: "HEAD", Usage: "judge `REV`"},
		}),
		Action: r.check,
	}
}

func (r *runner) check(c *cli.Context) error {
	r.begin(c)
	if c.NArg() > 0 {
		return usage("check is about the whole change, and takes no path: %q", c.Args().First())
	}
	o := anchor.CheckOptions{Base: c.String("base"), Head: c.String("head")}
	s, err := r.openWith(c, unless(c.Bool("offline")), func(ctx context.Context, repo *gitrepo.Repo) (config.Config, error) {
		base, err := (&anchor.Session{Repo: repo}).Base(ctx, o)
		if err != nil {
			return config.Config{}, err
		}
		return anchor.ConfigAt(ctx, repo, base, "")
	})
	if err != nil {
		return err
	}
	defer s.close()
	checked, err := s.session.Check(c.Context, o)
	if err != nil {
		return err
	}
	if r.record != nil {
		r.record.FillCheck(checked)
	}
	return r.end(breached(checked), func() { s.text.Check(checked) })
}

// breached is the failure that the breaches of a change amount to.
func breached(checked anchor.Checked) *failure {
	var worst *failure
	for _, b := range checked.Findings {
		f := &failure{exitFailed, printable.Text(b.Path, longestPath) + ": " + b.Text, b.Hint}
		switch b.Status {
		case verify.Undecided:
			f.code = exitUndecided
		case verify.Disputed:
			f.code = exitDisputed
		}
		if worst == nil || severity(f.code) > severity(worst.code) {
			worst = f
		}
	}
	return worst
}

// baseless is the failure where a change cannot be compared with anything.
func baseless(err error) *failure {
	var missing *anchor.NoBase
	if !errors.As(err, &missing) {
		return nil
	}
	return &failure{exitUndecided, missing.Text, missing.Hint}
}
