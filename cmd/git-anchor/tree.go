package main

import (
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/anchor"
)

func (r *runner) treeCommand() *cli.Command {
	return &cli.Command{
		Name:      "tree",
		Usage:     "anchor all files of a directory by one proof, and prove single ones by it",
		ArgsUsage: "<rev>:<dir> | --verify <dir> | --prove <dir>.anchor <file>",
		Description: "Writes DIR.anchor, which lists the files that the directory has at the revision, and its proof DIR.anchor.ots, which is\n" +
			"upgraded and verified like any other. --verify compares the files with HEAD's. --prove writes FILE.ots, which any\n" +
			"OpenTimestamps client reads: it shows that the file existed, and DIR.anchor with its proof that it stood at its path.",
		Flags: flags(lookFlags(), sourceFlags(), []cli.Flag{
			calendarFlag(toStamp),
			&cli.IntFlag{Name: "min", Usage: "`N` distinct calendars must answer", DefaultText: "2, or 1 where there is only one"},
			&cli.DurationFlag{Name: "timeout", Value: stampTimeout, Usage: "how long the calendars may take"},
			&cli.BoolFlag{Name: "supersede", Usage: "take the place of an earlier anchor of the directory, whose proof is kept as supersede does"},
			&cli.BoolFlag{Name: "dry-run", Usage: "say what would be anchored; ask nobody, write nothing"},
			&cli.BoolFlag{Name: "commit", Usage: "commit exactly the anchor and its proof"},
			&cli.BoolFlag{Name: "verify", Usage: "judge the anchor's proof, and compare the files"},
			&cli.StringFlag{Name: "rev", Usage: "with --verify: compare with `REV` instead of HEAD"},
			offlineFlag(),
			&cli.BoolFlag{Name: "no-upgrade", Usage: "with --verify: do not ask calendars about pending proofs"},
			requireFlag(),
			&cli.BoolFlag{Name: "prove", Usage: "derive the proof of a single file"},
			&cli.StringFlag{Name: "out", Usage: "with --prove: write it to `FILE`, not beside the file; - for standard output"},
		}),
		Action: r.tree,
	}
}

func (r *runner) tree(c *cli.Context) error {
	r.begin(c)
	switch {
	case c.Bool("verify") && c.Bool("prove"):
		return usage("--verify and --prove are two things")
	case c.Bool("verify"):
		return r.treeVerify(c)
	case c.Bool("prove"):
		return r.treeProve(c)
	}
	if err := stray(c, "rev", "no-upgrade", "offline", "require", "out"); err != nil {
		return err
	}
	if c.NArg() != 1 {
		return usage("anchor which directory? git anchor tree HEAD:<dir>, one at a time")
	}
	rev, dir, ok := splitRevision(c.Args().First())
	if !ok {
		return usage("%q names no revision: git anchor tree HEAD:%s", c.Args().First(), c.Args().First())
	}
	s, err := r.open(c, noHeaders)
	if err != nil {
		return err
	}
	defer s.close()
	o, err := stampOptions(c, s)
	if err != nil {
		return err
	}
	run, err := s.session.Tree(c.Context, rev, dir, o)
	if r.record != nil {
		r.record.Fill(run)
	}
	if err != nil {
		r.show(func() { s.text.Tree(run, o.Min) })
		return err
	}
	return r.end(stamped(run), func() {
		s.text.Tree(run, o.Min)
		s.text.Commit(run)
		s.text.AfterTree(run, o.Commit)
	})
}

// splitRevision takes <rev>:<dir> apart as git does: at the first colon that is
// not in braces.
func splitRevision(operand string) (rev, dir string, ok bool) {
	depth := 0
	for i := range len(operand) {
		switch operand[i] {
		case '{':
			depth++
		case '}':
			depth--
		case ':':
			if depth == 0 {
				return operand[:i], operand[i+1:], i > 0
			}
		}
	}
	return "", "", false
}

func (r *runner) treeVerify(c *cli.Context) error {
	if err := stray(c, "min", "timeout", "supersede", "dry-run", "commit", "out"); err != nil {
		return err
	}
	if c.NArg() != 1 {
		return usage("verify the anchor of which directory? git anchor tree --verify <dir>")
	}
	must, err := required(c)
	if err != nil {
		return err
	}
	s, err := r.open(c, unless(c.Bool("offline")))
	if err != nil {
		return err
	}
	defer s.close()
	run, compared, err := s.session.VerifyTree(c.Context, c.Args().First(), c.String("rev"), verifyOptions(c))
	if err != nil {
		return err
	}
	if r.record != nil {
		r.record.Fill(run)
		r.record.FillTree(compared)
	}
	return r.end(verifying(c, s, must).failure(run), func() { s.text.TreeVerified(run, compared) })
}

func (r *runner) treeProve(c *cli.Context) error {
	if err := stray(c, "min", "timeout", "supersede", "dry-run", "commit", "rev", "no-upgrade", "offline", "require"); err != nil {
		return err
	}
	if c.NArg() != 2 {
		return usage("prove which file by which anchor? git anchor tree --prove <dir>.anchor <file>")
	}
	toOutput := c.String("out") == "-"
	if toOutput && r.record != nil {
		return usage("--json and --out - both write to standard output")
	}
	s, err := r.open(c, noHeaders)
	if err != nil {
		return err
	}
	defer s.close()
	d, err := s.session.ProveFile(c.Context, c.Args().Get(0), c.Args().Get(1), c.String("out"))
	var refused *anchor.Refusal
	if errors.As(err, &refused) {
		return &failure{exitRefused, refused.Text, refused.Hint}
	}
	if err != nil {
		return err
	}
	if r.record != nil {
		r.record.FillProof(d.Proof, len(d.Raw), true)
		r.record.FillDerived(d)
	}
	if toOutput {
		if _, err := r.out.Write(d.Raw); err != nil {
			return fmt.Errorf("write the proof: %w", err)
		}
	}
	return r.end(nil, func() { s.text.Derived(d) })
}

// stray refuses flags that have no say in what was asked for.
func stray(c *cli.Context, names ...string) error {
	for _, n := range names {
		if c.IsSet(n) {
			return usage("--%s has no meaning here", n)
		}
	}
	return nil
}
