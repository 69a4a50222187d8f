package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/printable"
)

func (r *runner) findCommand() *cli.Command {
	return &cli.Command{
		Name:      "find",
		Usage:     "find in history the bytes that proofs are for, by their digests",
		ArgsUsage: "<proof, document or directory>…",
		Description: "Looks at likely places first, then at every object, reachable or not; text also with its line ends swapped, as old\n" +
			"proofs were made from work trees. Says where the bytes were committed, and in what today's file differs. Judges nothing.",
		Flags: flags(lookFlags(), []cli.Flag{
			&cli.StringFlag{Name: "write", Usage: "write the exact bytes into `DIR`"},
			&cli.StringFlag{Name: "rev", Usage: "only what commits of `REV` or a range brought"},
			&cli.BoolFlag{Name: "all-objects", Usage: "do not look at likely places first"},
		}),
		Action: r.find,
	}
}

func (r *runner) find(c *cli.Context) error {
	r.begin(c)
	if c.NArg() == 0 {
		return usage("find the bytes of which proof?")
	}
	s, err := r.open(c, noHeaders)
	if err != nil {
		return err
	}
	defer s.close()
	progress, clear := r.progress(c)
	found, stats, err := s.session.Find(c.Context, c.Args().Slice(), anchor.FindOptions{
		Rev: c.String("rev"), AllObjects: c.Bool("all-objects"), Write: c.String("write"), Progress: progress,
	})
	clear()
	if err != nil {
		return err
	}
	if r.record != nil {
		r.record.FillFind(found, stats)
	}
	return r.end(finding(found), func() { s.text.Find(found, stats) })
}

// finding is the failure that the results of find amount to, nil when all was
// found.
func finding(found []anchor.Found) *failure {
	var worst *failure
	for _, f := range found {
		if one := unfound(f); one != nil && (worst == nil || severity(one.code) > severity(worst.code)) {
			worst = one
		}
	}
	return worst
}

// unfound is why one proof's bytes were not found, nil when they were.
func unfound(f anchor.Found) *failure {
	name := printable.Text(f.Proof, longestPath)
	var refusal *anchor.Refusal
	var bad *ots.Error
	switch {
	case errors.As(f.Err, &refusal):
		return &failure{exitRefused, name + ": " + refusal.Text, refusal.Hint}
	case errors.As(f.Err, &bad):
		return explain(unreadable(f.Proof, f.Err))
	case f.Err != nil:
		return &failure{exitFatal, name + ": " + f.Err.Error(), ""}
	case f.Blob == "" && f.Lacks != "":
		return &failure{exitUndecided, name + ": no blob that is here has its digest, and " + f.Lacks, f.Remedy + ", then look again"}
	case f.Blob == "":
		return &failure{exitFailed, name + ": no blob here has its digest", "git fetch --all may bring other branches; the bytes may never have been committed"}
	case f.Elsewhere() && f.Lacks != "":
		return &failure{exitUndecided, fmt.Sprintf("%s: no commit of %s that is here brought blob %s, which it is for, and %s", name, f.Rev, f.Blob, f.Lacks), f.Remedy + ", then look again"}
	case f.Elsewhere():
		return &failure{exitFailed, fmt.Sprintf("%s: no commit of %s brought blob %s, which it is for", name, f.Rev, f.Blob), "leave out --rev"}
	}
	return nil
}

// progressEvery is how often a line about progress is drawn anew.
const progressEvery = 100 * time.Millisecond

// progress draws a line about how far a search is, on a terminal only; clear
// takes it away.
func (r *runner) progress(c *cli.Context) (draw func(done, total int64), clear func()) {
	f, ok := r.err.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) || c.Bool("q") || c.Bool("json") {
		return nil, func() {}
	}
	var last time.Time
	drawn := false
	return func(done, total int64) {
			if now := time.Now(); now.Sub(last) >= progressEvery {
				last, drawn = now, true
				fmt.Fprintf(f, "\rlooked at %d of %d blobs ", done, total)
			}
		}, func() {
			if drawn {
				fmt.Fprint(f, "\r\x1b[K")
			}
		}
}
