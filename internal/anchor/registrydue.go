package anchor

import (
	"context"
	"errors"
	"fmt"
	"path"
	"time"

	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/registry"
)

// A DueRun is a run of RegistryDue.
type DueRun struct {
	Run
	Missed []registry.Period // of its months those that are made after their month
	Next   registry.Period   // the month that is due next; zero where the chain was refused
	On     time.Time         // and the day
}

// RegistryDue makes each month of the registry whose anchor day has been reached
// and that is not there, oldest first, and completes months that lack their
// proof and are what the sources say. One whose proof was deleted is refused: that is no reason to make another
// one. Where nothing is due the run has no results. Errors are as
// Stamp's.
func (s *Session) RegistryDue(ctx context.Context, o SnapshotOptions) (DueRun, error) {
	w, err := s.snapshots(ctx, o)
	if err == nil {
		err = w.due(ctx)
	}
	known := err == nil
	run, err := w.end(ctx, err)
	due := DueRun{Run: run}
	if known {
		due.Next = registry.PeriodOf(o.Clock)
		if w.last != nil {
			due.Next = w.last.Period.Next()
		}
		due.On = due.Next.Due(s.Config.OTS.MonthlyAnchorDay)
	}
	for _, r := range run.Results {
		if r.Snapshot != nil && r.Snapshot.Missed && !r.Snapshot.There {
			due.Missed = append(due.Missed, r.Snapshot.Period)
		}
	}
	return due, err
}

// due adds the months to complete and to make.
func (w *snapshotting) due(ctx context.Context) error {
	day := w.s.Config.OTS.MonthlyAnchorDay
	if current := registry.PeriodOf(w.o.Clock); w.last != nil && current.Before(w.last.Period) {
		return w.about(w.files[len(w.files)-1].path, refuse("set the clock, or give --now", "the clock is before the last month: it says %s, and %s is there", date(w.o.Clock), w.last.Period))
	}
	if err := w.complete(ctx); err != nil {
		return err
	}
	var newest registry.Period
	if w.last != nil {
		newest = w.last.Period
	}
	due, more := registry.DuePeriods(newest, w.last != nil, day, w.o.Clock)
	if more {
		return w.about(path.Join(w.s.Config.OTS.RegistryPath, due[0].File()), refuse("set the clock, or give --now",
			"more than %d months are due after %s, which is the newest: so many are not caught up", registry.MaxDue, newest))
	}
	for _, p := range due {
		var refused *Refusal
		err := w.add(ctx, p)
		if errors.As(err, &refused) {
			d := w.s.document(path.Join(w.s.Config.OTS.RegistryPath, p.File()), true)
			r := d.result()
			r.Refusal = refused
			w.run.Results = append(w.run.Results, r)
			break // those that lack a proof are completed all the same
		}
		if err != nil {
			return err
		}
	}
	for i := range w.made {
		w.late(&w.run.Results[i], day)
	}
	if len(w.made) == 0 {
		return w.commit(ctx, nil)
	}
	return nil
}

// complete adds the months that are there without a proof.
func (w *snapshotting) complete(ctx context.Context) error {
	for _, f := range w.files {
		if err := ctx.Err(); err != nil {
			return err
		}
		d := w.s.document(f.path, true)
		if st := w.s.load(ctx, w.run.Commit, d.proof); st.raw != nil || st.err != nil {
			if _, err := ots.Parse(st.raw); err != nil || st.err != nil {
				w.note(d.proof + " cannot be read, and is left as it is: git anchor registry verify says more")
			}
			continue
		}
		raw, m, err := w.s.readMonth(ctx, w.run.Commit, f)
		if err != nil {
			return w.about(f.path, w.s.badMonth(f, err))
		}
		if err := w.fromSources(ctx, f, m); err != nil {
			return w.about(f.path, err)
		}
		w.take(pending{document: d, raw: raw, there: true, disk: f.disk}, m)
	}
	return nil
}

// late says beforehand what verify will say of a month that is anchored now.
func (w *snapshotting) late(r *Result, day int) {
	p := r.Snapshot.Period
	on := p.Due(day)
	switch days := int(w.o.Clock.Sub(on).Hours() / 24); {
	case r.Snapshot.There:
	case r.Snapshot.Missed:
		r.Notes = append(r.Notes, fmt.Sprintf("%s was missed: it was due on %s, and says what is so now, not what was so then", p, date(on)))
	case days == 1:
		r.Notes = append(r.Notes, fmt.Sprintf("%s is a day late: it was due on %s", p, date(on)))
	case days > 1:
		r.Notes = append(r.Notes, fmt.Sprintf("%s is %d days late: it was due on %s", p, days, date(on)))
	}
	if _, until := p.Window(day); !w.o.Clock.Before(until.AddDate(0, 0, 1)) {
		r.Notes = append(r.Notes, fmt.Sprintf("git anchor registry verify will call it anchored late: its claim had to lie no later than %s", date(until)))
	}
}
