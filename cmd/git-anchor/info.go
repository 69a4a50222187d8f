package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/printable"
	"github.com/openllmo/git-anchor/internal/report"
	"github.com/openllmo/git-anchor/internal/verify"
)

func (r *runner) infoCommand() *cli.Command {
	return &cli.Command{
		Name:        "info",
		Usage:       "print what a proof says, operation by operation",
		ArgsUsage:   "<proof, document, commit or tag>…",
		Description: "Takes any .ots file (- for standard input), or a document that has one beside it; and a commit or tag, for the\nOpenTimestamps signature in it. Nothing is checked and nobody asked.",
		Flags:       []cli.Flag{jsonFlag(), &cli.BoolFlag{Name: "v", Aliases: []string{"verbose"}, Usage: "show every intermediate message"}},
		Action:      r.info,
	}
}

func (r *runner) info(c *cli.Context) error {
	r.begin(c)
	if c.NArg() == 0 {
		return usage("info about which proof?")
	}
	if c.NArg() > 1 && r.record != nil {
		return usage("info --json takes one proof at a time")
	}
	var worst error
	for _, name := range c.Args().Slice() {
		if c.NArg() > 1 {
			fmt.Fprintf(r.out, "%s:\n", printable.Text(name, longestPath))
		}
		if err := r.infoAbout(c, name); err != nil {
			if c.NArg() == 1 {
				return err
			}
			f := explain(err)
			fmt.Fprintf(r.err, "%s\n", printable.Text(f.text, longestLine))
			if worst == nil || severity(f.code) > severity(explain(worst).code) {
				worst = f
			}
		}
	}
	return worst
}

// proofBeside is the proof a name stands for: itself, or name.ots if that is there.
func proofBeside(name string) string {
	if name == "-" || strings.HasSuffix(name, ".ots") {
		return name
	}
	if _, err := os.Stat(name + ".ots"); err == nil {
		return name + ".ots"
	}
	return name
}

// infoAbout prints the proof that a name stands for: a file's, else the
// timestamp in the commit or tag of that name.
func (r *runner) infoAbout(c *cli.Context, name string) error {
	file := proofBeside(name)
	if _, err := os.Lstat(file); name == "-" || !errors.Is(err, fs.ErrNotExist) {
		return r.infoOne(c, file)
	}
	s, err := r.open(c, noHeaders)
	if err != nil {
		return r.infoOne(c, file) // it says that there is no such file
	}
	defer s.close()
	revs, _, err := s.session.Revisions(c.Context, []string{name})
	if err != nil || len(revs) == 0 {
		return r.infoOne(c, file)
	}
	return r.infoTimestamp(c, s, revs[0])
}

// infoTimestamp prints the OpenTimestamps signature of a commit or tag, as a
// proof of what is signed.
func (r *runner) infoTimestamp(c *cli.Context, s *setting, rev anchor.Revision) error {
	g, err := s.session.Timestamp(c.Context, rev)
	var p *ots.Proof
	if err == nil {
		p, err = g.Proof()
	}
	switch {
	case errors.Is(err, ots.ErrNoGitTimestamp):
		return &failure{exitFailed, fmt.Sprintf("%s: the %s carries no OpenTimestamps timestamp", rev.Name, rev.Kind), "git anchor object " + anchor.Quoted(rev.Name) + "  # anchors it as it is"}
	case errors.Is(err, gitrepo.ErrTooLarge):
		return &failure{exitUndecided, err.Error(), ""}
	case errors.Is(err, gitrepo.ErrMissingObject), errors.Is(err, gitrepo.ErrCorrupt):
		return err
	case err != nil:
		return unreadable(rev.Name, err)
	}
	if r.record != nil {
		r.record.FillTimestamp(rev, g, p)
		return r.end(nil, nil)
	}
	s.text.Timestamp(rev, g)
	return report.Info(r.out, p, c.Bool("v"))
}

func (r *runner) infoOne(c *cli.Context, name string) error {
	raw, err := r.readProof(name)
	if errors.Is(err, fs.ErrNotExist) {
		return noSuchProof(name)
	}
	if err != nil {
		return err
	}
	p, err := ots.Parse(raw)
	switch {
	case errors.Is(err, ots.ErrNotProof) && name != "-" && !strings.HasSuffix(name, ".ots"):
		return &failure{exitFailed, fmt.Sprintf("%s: there is no proof %s.ots", name, name), "git anchor " + anchor.Quoted(name)}
	case err != nil:
		return unreadable(name, err)
	}
	if r.record != nil {
		r.record.FillProof(p, len(raw), bytes.Equal(raw, p.Bytes()))
		return r.end(nil, nil)
	}
	return report.Info(r.out, p, c.Bool("v"))
}

// noSuchProof is about a name that is nothing: no file, and no commit or tag.
func noSuchProof(name string) error {
	if strings.HasSuffix(name, ".ots") {
		return &failure{exitFatal, "there is no proof " + name, "git log --stat -- " + anchor.Quoted(name) + "  # shows what became of one; paths count from the working directory"}
	}
	return &failure{exitFatal, "there is no file " + name + ", no proof " + name + ".ots, and no commit or tag of that name", "name a proof or its document; paths count from the working directory"}
}

// unreadable turns a parser's error into the failure that verify would give it.
func unreadable(name string, err error) error {
	o := verify.Unreadable(err)
	f := judging{}.one(anchor.Result{Path: name, Outcome: o})
	switch {
	case errors.Is(err, ots.ErrNotProof):
		f.hint = "a proof is a binary file that begins with the text OpenTimestamps"
	case errors.Is(err, ots.ErrTruncated):
		f.hint = "restore the whole file, for example from git's history"
	case f.code == exitFailed:
		f.hint = "" // it would be to do what was just done
	}
	return f
}
