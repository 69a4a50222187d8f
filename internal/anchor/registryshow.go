package anchor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/registry"
)

// A ShownMonth is a month as its file has it. Nothing is said on its proof.
type ShownMonth struct {
	*registry.Month
	Path string
	Raw  []byte // the file
}

// MonthAt says which month is meant: one by its name, or the one in force at a
// date, or with neither the newest.
type MonthAt struct {
	Period *registry.Period
	Date   time.Time // midnight in UTC; zero: none
}

// ShowMonth reads a month of the chain that a commit holds; rev "" is HEAD. The
// error wraps registry.Faults where what is asked for is no registry, and is a
// Refusal where there is none.
func (s *Session) ShowMonth(ctx context.Context, rev string, which MonthAt) (gitrepo.Commit, ShownMonth, error) {
	s, c, list, err := s.monthsAt(ctx, rev)
	if err != nil {
		return c, ShownMonth{}, err
	}
	files := list.files
	for i := len(files) - 1; i >= 0; i-- {
		f := files[i]
		switch {
		case which.Period != nil && f.period != *which.Period:
			continue
		case !which.Date.IsZero() && f.period.Start().After(which.Date):
			continue
		}
		m, err := s.showMonth(ctx, c, f)
		if err == nil && !which.Date.IsZero() && day(m.Timestamp).After(which.Date) {
			continue // it was written after its month began, and after the date
		}
		return c, m, err
	}
	return c, ShownMonth{}, s.noMonth(c, files, which)
}

// noMonth says that there is no such month.
func (s *Session) noMonth(c gitrepo.Commit, files []monthFile, which MonthAt) error {
	switch {
	case len(files) == 0:
		return absent("git anchor registry snapshot  # makes the first month", "%s at %s holds no month", s.Config.OTS.RegistryPath, c.ID)
	case which.Period != nil:
		return absent("git anchor registry log  # lists the months", "there is no month %s at %s", which.Period, c.ID)
	}
	return absent("git anchor registry log  # lists the months", "no month was in force on %s: the first is %s", which.Date.Format(time.DateOnly), files[0].period)
}

// monthsAt lists the months that the commit of a revision holds, "" for HEAD, and
// hands out the session with that commit's configuration.
func (s *Session) monthsAt(ctx context.Context, rev string) (*Session, gitrepo.Commit, monthList, error) {
	if rev == "" {
		rev = "HEAD"
	}
	c, err := s.Repo.Resolve(ctx, rev)
	if err != nil {
		return s, c, monthList{}, err
	}
	on, err := s.of(ctx, c)
	if err != nil {
		return s, c, monthList{}, err
	}
	list, err := on.months(ctx, c, false)
	return on, c, list, err
}

func (s *Session) showMonth(ctx context.Context, c gitrepo.Commit, f monthFile) (ShownMonth, error) {
	raw, m, err := s.readMonth(ctx, c, f)
	if err != nil {
		return ShownMonth{}, fmt.Errorf("%s is no valid month of the registry: %w", f.path, err)
	}
	return ShownMonth{m, f.path, raw}, nil
}

func day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// A MonthLogged is one month of the timeline. Its proof's Result is at the same
// place of Run.
type MonthLogged struct {
	Period    registry.Period
	Path      string
	Hash      string            // "" where the file could not be read
	Timestamp time.Time         // zero where it is no valid month
	Changes   *registry.Changes // since the month before in the list; nil for the first, and where one of the two is none
	Brought   gitrepo.Commit    // the oldest commit that has these bytes there; ID "" where it is not known
	Err       error             // why it is no valid month
}

// CaughtUp reports whether a month was made after it was over.
func (l MonthLogged) CaughtUp() bool { return caughtUp(l.Period, l.Timestamp) }

// RegistryLog lists the months that a commit holds, newest first, what changed in
// each, and how far its proof is; rev "" is HEAD. No calendar is asked.
func (s *Session) RegistryLog(ctx context.Context, rev string) (Run, []MonthLogged, error) {
	s, c, list, err := s.monthsAt(ctx, rev)
	run, files := Run{Commit: c}, list.files
	if err != nil || len(files) == 0 {
		return run, nil, err
	}
	docs := make([]document, len(files))
	for i := range files {
		docs[i] = s.document(files[len(files)-1-i].path, true)
		docs[i].kind = config.KindRegistry
	}
	if run.Results, err = s.verifyDocuments(ctx, c, docs, rev != "", VerifyOptions{NoUpgrade: true, NoSearch: true}); err != nil {
		return run, nil, err
	}
	log := make([]MonthLogged, len(files))
	var before *registry.Month
	for i, f := range files {
		if err := ctx.Err(); err != nil {
			return run, nil, err
		}
		l := &log[len(files)-1-i]
		before = s.logMonth(ctx, c, f, before, l)
	}
	return run, log, s.brought(ctx, c, log)
}

// logMonth fills in what a month says, and returns it if it is one.
func (s *Session) logMonth(ctx context.Context, c gitrepo.Commit, f monthFile, before *registry.Month, l *MonthLogged) *registry.Month {
	_, m, err := s.readMonth(ctx, c, f)
	l.Period, l.Path, l.Err = f.period, f.path, err
	if m == nil {
		return nil
	}
	l.Hash = m.Hash()
	if err != nil {
		return nil
	}
	l.Timestamp = m.Timestamp
	if before != nil {
		changes := registry.Diff(before, m)
		l.Changes = &changes
	}
	return m
}

// brought finds the commits that brought the months' bytes. Where history cannot
// be had, they are left out.
func (s *Session) brought(ctx context.Context, c gitrepo.Commit, log []MonthLogged) error {
	ids := make([]string, len(log))
	var blobs []string
	for i, l := range log {
		if e, err := s.Repo.Entry(ctx, c, l.Path); err == nil && e.Regular() {
			ids[i] = e.ID
			blobs = append(blobs, e.ID)
		}
	}
	sites, err := s.Repo.Locate(ctx, blobs, c.ID)
	if errors.Is(err, gitrepo.ErrNoGit) {
		return nil
	}
	for i := range log {
		for _, site := range sites[ids[i]] {
			if site.Path == log[i].Path {
				log[i].Brought = site.First
			}
		}
	}
	return err
}
