package main

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/printable"
	"github.com/openllmo/git-anchor/internal/verify"
)

func onlineFlag() cli.Flag {
	return &cli.BoolFlag{Name: "online", Usage: "check Bitcoin claims against block headers"}
}

func (r *runner) evidenceListCommand() *cli.Command {
	return &cli.Command{
		Name:        "list",
		Usage:       "list the records and how far their proofs are",
		Description: "Asks no network unless --online. A record is pending, confirmed, or failed: its digests do not fit, or an attempt to\nanchor it reached too few calendars. What cannot be found out now is unchecked, never failed. The files that\nrecords name are compared with their digests.",
		Flags: flags(lookFlags(), sourceFlags(), []cli.Flag{
			onlineFlag(),
			&cli.StringFlag{Name: "status", Usage: "only those that are `STATE`: pending, confirmed, failed, unchecked or \"not anchored\""},
		}),
		Action: r.evidenceList,
	}
}

func (r *runner) evidenceList(c *cli.Context) error {
	r.begin(c)
	if c.NArg() > 0 {
		return usage("evidence list takes no operand: git anchor evidence show ID")
	}
	status := c.String("status")
	states := []string{evidence.Pending, evidence.Confirmed, evidence.Failed, anchor.EvidenceUnchecked, anchor.EvidenceOpen}
	if status != "" && !slices.Contains(states, status) {
		return usage("--status is one of %s, not %q", strings.Join(states, ", "), printable.Text(status, longestWord))
	}
	s, err := r.openOnline(c)
	if err != nil {
		return err
	}
	defer s.close()
	run, items, err := s.session.Evidence(c.Context, anchor.EvidenceSelection{Files: true, VerifyOptions: looking()})
	if err != nil {
		return err
	}
	if r.record != nil {
		run, items = ofState(run, items, status)
		r.record.FillEvidence(run, items, nil)
	}
	return r.end(nil, func() {
		s.text.EvidenceList(items, status, time.Now())
		s.suggestOnline(c, items, "list")
	})
}

// ofState keeps the items of a state, all where it is "".
func ofState(run anchor.Run, items []anchor.EvidenceItem, status string) (anchor.Run, []anchor.EvidenceItem) {
	if status == "" {
		return run, items
	}
	run.Results = nil
	items = slices.DeleteFunc(items, func(i anchor.EvidenceItem) bool { return i.State() != status })
	for _, i := range items {
		run.Results = append(run.Results, i.Result)
	}
	return run, items
}

// looking is how items are judged where nothing is to be written or asked for.
func looking() anchor.VerifyOptions { return anchor.VerifyOptions{NoUpgrade: true, NoSearch: true} }

// openOnline opens a session that asks for headers with --online alone.
func (r *runner) openOnline(c *cli.Context) (*setting, error) {
	if flag := sourceNamed(c); flag != "" && !c.Bool("online") {
		return nil, usage("--%s takes --online: without it nobody is asked", flag)
	}
	return r.open(c, unless(!c.Bool("online")))
}

// suggestOnline says how a block is checked that a proof names, where nobody was asked.
func (s *setting) suggestOnline(c *cli.Context, items []anchor.EvidenceItem, command string) {
	if !c.Bool("online") && slices.ContainsFunc(items, func(i anchor.EvidenceItem) bool { return i.Result.Outcome.Status == verify.Undecided }) {
		network := ""
		if s.regtest {
			network = " --network regtest"
		}
		s.text.Note("nobody was asked about blocks: git anchor evidence %s%s --online", command, network)
	}
}

func (r *runner) evidenceShowCommand() *cli.Command {
	return &cli.Command{
		Name:        "show",
		Usage:       "print all that is known of a record: its state, what it says, its files and its custody log",
		ArgsUsage:   "<id>",
		Description: "Asks no network unless --online. The custody log is made from git's history: what it says are claims of whoever made\nthe commits, and signatures are seen, not judged.",
		Flags:       flags(lookFlags(), sourceFlags(), []cli.Flag{onlineFlag()}),
		Action:      r.evidenceShow,
	}
}

func (r *runner) evidenceShow(c *cli.Context) error {
	r.begin(c)
	if c.NArg() != 1 {
		return usage("show which record? git anchor evidence show ID, one at a time")
	}
	s, err := r.openOnline(c)
	if err != nil {
		return err
	}
	defer s.close()
	run, items, err := s.session.Evidence(c.Context, anchor.EvidenceSelection{IDs: c.Args().Slice(), Files: true, Quotes: true, VerifyOptions: looking()})
	if err != nil {
		return err
	}
	if refused := items[0].Result.Refusal; refused != nil {
		return &failure{exitRefused, printable.Text(items[0].ID, longestPath) + ": " + refused.Text, refused.Hint}
	}
	custody, err := s.session.Custody(c.Context, run.Commit, items[0].ID)
	if anchor.NoHistory(err) {
		s.text.Note("no custody log: %v", err)
	} else if err != nil {
		return err
	}
	if r.record != nil {
		r.record.FillEvidence(run, items, custody)
	}
	return r.end(nil, func() {
		s.text.EvidenceCard(items[0], custody, time.Now())
		s.suggestOnline(c, items, "show "+items[0].ID)
	})
}

func (r *runner) evidenceVerifyCommand() *cli.Command {
	return &cli.Command{
		Name:        "verify",
		Usage:       "check records and the files that are kept with them: their digests, and that proofs lead to Bitcoin blocks",
		ArgsUsage:   "[id]…",
		Description: "As verify does for documents; besides, each file that a record names is compared with its digest, at HEAD and in the\nwork tree. Without operands: all records. Ends with a summary.",
		Flags: flags(lookFlags(), sourceFlags(), []cli.Flag{
			calendarFlag(toAsk), offlineFlag(), requireFlag(),
			&cli.BoolFlag{Name: "no-upgrade", Usage: "do not ask calendars about pending proofs"},
		}),
		Action: r.evidenceVerify,
	}
}

func (r *runner) evidenceVerify(c *cli.Context) error {
	r.begin(c)
	must, err := required(c)
	if err != nil {
		return err
	}
	s, err := r.open(c, unless(c.Bool("offline")))
	if err != nil {
		return err
	}
	defer s.close()
	run, items, err := s.session.Evidence(c.Context, anchor.EvidenceSelection{IDs: c.Args().Slice(), Files: true, VerifyOptions: verifyOptions(c)})
	if err != nil {
		return err
	}
	if r.record != nil {
		r.record.FillEvidence(run, items, nil)
	}
	return r.end(evidenceFailure(verifying(c, s, must), run, items), func() { s.text.EvidenceVerified(items) })
}

// evidenceFailure is what records and their proofs amount to.
func evidenceFailure(j judging, run anchor.Run, items []anchor.EvidenceItem) *failure {
	worst := j.failure(run)
	for _, i := range items {
		var f *failure
		switch {
		case len(i.Broken) > 0:
			f = &failure{exitFailed, printable.Text(i.ID, longestPath) + ": " + i.Broken[0], "git status evidence/" + i.ID + "; git log --stat -- evidence/" + i.ID + "  # show what changed"}
		case len(i.Unread) > 0:
			f = unreadFailure(i)
		case i.Result.Unknown && len(i.Attempts) > 0:
			f = &failure{exitUndecided, printable.Text(i.ID, longestPath) + ": it has no proof, and attempts to get one reached too few calendars", "git anchor upgrade evidence/" + i.ID + "  # tries again"}
		case i.Result.Unknown && j.required:
			f = &failure{exitPending, printable.Text(i.ID, longestPath) + ": it has no proof", "git anchor evidence/" + i.ID + "/record.json"}
		}
		if f != nil && (worst == nil || severity(f.code) > severity(worst.code)) {
			worst = f
		}
	}
	return worst
}

// unreadFailure is that of a record some of which cannot be read now.
func unreadFailure(i anchor.EvidenceItem) *failure {
	f := &failure{exitUndecided, printable.Text(i.ID, longestPath) + ": " + i.Unread[0].Error(), ""}
	if errors.Is(i.Unread[0], gitrepo.ErrMissingObject) {
		f.hint = "git fetch --refetch --no-filter"
	}
	return f
}
