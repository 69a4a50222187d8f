package main

import (
	"errors"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/calendar"
)

// retryEvidence stamps records whose earlier attempts reached too few calendars,
// before upgrade asks about pending proofs. That it fails again stops nothing.
func (r *runner) retryEvidence(c *cli.Context, s *setting, sel anchor.Selection) error {
	if c.Bool("dry-run") || !s.config.OTS.Enabled || s.regtest && len(c.StringSlice("calendar")) == 0 {
		return nil
	}
	o := anchor.StampOptions{Calendars: c.StringSlice("calendar"), Timeout: stampTimeout, Commit: c.Bool("commit")}
	if err := s.askable(&o, false, 0); err != nil {
		return err
	}
	run, err := s.session.RetryEvidence(c.Context, sel, o, time.Now())
	if len(run.Results) == 0 {
		return err
	}
	if r.record != nil {
		r.record.Fill(run)
	}
	r.show(func() {
		s.text.Stamp(run, o.Min)
		s.text.Commit(run)
	})
	if errors.Is(err, calendar.ErrTooFew) {
		s.text.Note("%v: tried again in vain, which attempts.jsonl beside the records says", err)
		return nil
	}
	return err
}
