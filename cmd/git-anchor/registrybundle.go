package main

import (
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/anchor"
)

func (r *runner) registryBundleCommand() *cli.Command {
	return &cli.Command{
		Name:  "bundle",
		Usage: "write the months, their proofs and how to check them, to publish",
		Description: "Writes a directory, or a .tar.gz (.tgz) archive, that can be checked without this repository and without git-anchor: months,\n" +
			"proofs, block headers, SHA256SUMS and a README. The chain is judged first; where it does not hold nothing is written.\n" +
			"The same commit gives the same bytes. What is there already is never written over.",
		Flags: flags(lookFlags(), sourceFlags(), []cli.Flag{
			offlineFlag(), ofRevFlag(), nowFlag(), requireFlag(),
			&cli.StringFlag{Name: "out", Usage: "`DIR` to make, or FILE.tar.gz (FILE.tgz)"},
			&cli.BoolFlag{Name: "no-headers", Usage: "leave block headers out: they take a node, mirror or peer to fetch them from"},
		}),
		Action: r.registryBundle,
	}
}

func (r *runner) registryBundle(c *cli.Context) error {
	r.begin(c)
	if c.NArg() > 0 || c.String("out") == "" {
		return usage("write it where? git anchor registry bundle --out DIR or FILE.tar.gz")
	}
	must, err := required(c)
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
	if err := s.noteConfig(c); err != nil {
		return err
	}
	run, v, made, err := s.session.BundleRegistry(c.Context, anchor.BundleOptions{Rev: c.String("rev"), Out: c.String("out"), NoHeaders: c.Bool("no-headers"), Clock: now})
	if r.record != nil {
		r.record.Fill(run)
		r.record.FillBundle(v, made)
	}
	var refused *anchor.Refusal
	switch {
	case errors.As(err, &refused):
		return &failure{exitRefused, refused.Text, refused.Hint}
	case errors.Is(err, anchor.ErrNoHeaders):
		return &failure{exitUndecided, err.Error(), "name a node, mirror or peer to fetch them from: --peer HOST; or leave them out: --no-headers"}
	case err != nil:
		return err
	}
	return r.end(s.chainFailure(c, verifying(c, s, must).failure(run), v), func() { s.text.Bundle(run, v, made) })
}
