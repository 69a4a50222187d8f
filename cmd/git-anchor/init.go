package main

import (
	_ "embed"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/printable"
)

// workflow is docs/examples/all.yml.
//
//go:embed workflow.yml
var workflow []byte

func (r *runner) initCommand() *cli.Command {
	return &cli.Command{
		Name:  "init",
		Usage: "write a configuration and a workflow for this repository, or a hook that checks what is pushed",
		Description: "Writes .git-anchor.toml for the documents it finds, .github/workflows/git-anchor.yml and, where there is none,\n" +
			".gitattributes. What exists is named and left alone.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "dry-run", Usage: "print what would be written; write nothing"},
			&cli.BoolFlag{Name: "hook", Usage: "install a pre-push hook, and nothing else: git anchor check before every push"},
		},
		Action: r.initRepository,
	}
}

func (r *runner) initRepository(c *cli.Context) error {
	r.begin(c)
	if c.NArg() > 0 {
		return usage("init is about the whole repository, and takes no operand: %q", c.Args().First())
	}
	s, err := r.open(c, noHeaders)
	if err != nil {
		return err
	}
	defer s.close()
	if c.Bool("hook") {
		return r.initHook(c, s)
	}
	starts, err := s.session.Init(c.Context, workflow, c.Bool("dry-run"))
	wrote := false
	for _, f := range starts {
		if f.Guess != "" && !f.Kept {
			fmt.Fprintf(r.err, "note: %s: %s\n", f.Path, printable.Text(f.Guess, longestLine))
		}
		switch {
		case f.Kept && f.Hint != "":
			fmt.Fprintf(r.err, "%s is there already, and stays as it is: %s\n", f.Path, f.Hint)
		case f.Kept:
			fmt.Fprintf(r.err, "%s is there already, and stays as it is\n", f.Path)
		case c.Bool("dry-run"):
			fmt.Fprintf(r.out, "==> %s <==\n%s\n", f.Path, f.Data)
		case f.Wrote:
			wrote = true
			fmt.Fprintf(r.out, "wrote %s\n", f.Path)
		}
	}
	if wrote {
		fmt.Fprintln(r.err, "  (look them over, put the SHA of a release into the workflow, and commit them)")
	}
	return err
}

func (r *runner) initHook(c *cli.Context, s *setting) error {
	h, err := s.session.InstallHook(c.Context, c.Bool("dry-run"))
	if err != nil {
		return err
	}
	path := printable.Text(h.Path, longestPath)
	switch {
	case h.Foreign || h.Outside:
		fmt.Fprintf(r.out, "%s", h.Script)
		why := "another hook is there, and stays as it is: " + path
		if h.Outside {
			why = "core.hooksPath leads out of this repository, where others run the same hooks; nothing was written: " + path
		}
		return &failure{exitRefused, why, `save what was printed as FILE, and put this line into that hook yourself: sh FILE "$@" || exit`}
	case h.Current:
		fmt.Fprintf(r.out, "%s is there already\n", path)
	case c.Bool("dry-run"):
		fmt.Fprintf(r.out, "==> %s <==\n%s", path, h.Script)
	case h.Replaced:
		fmt.Fprintf(r.out, "replaced an older version of %s\n", path)
	default:
		fmt.Fprintf(r.out, "wrote %s\n", path)
	}
	return nil
}
