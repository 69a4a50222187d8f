package anchor

import (
	"context"
	"errors"
	"fmt"
	"path"
	"time"

	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/registry"
)

// SnapshotOptions say which month of the registry is made, and how.
type SnapshotOptions struct {
	StampOptions
	Month     *registry.Period // nil: the next one
	Timestamp time.Time        // the month's; zero: when HEAD was committed
	Clock     time.Time        // what counts as now
	Latest    time.Time        // that Timestamp may be; zero: any, for rehearsals

	AllowCommand   bool          // the command that the configuration names may run
	Forbidden      *Refusal      // why it may not; nil: the person did not allow it
	ConfigPath     string        // of the configuration; "": config.File
	CommandTimeout time.Duration // 0: CommandTimeout
	Environ        []string      // of this process, for the command
}

// A Snapshot is what a result says of a month of the registry.
type Snapshot struct {
	Period    registry.Period
	Bytes     int
	Hash      string // of the file, as the next month will name it
	Previous  string // that it names itself
	Timestamp time.Time

	Maintainers, Servers, Logs int

	There  bool // the file was there already, and lacked its proof or its commit
	Missed bool // it is made after its month
}

// Snapshot makes the next month of the registry from the sources that the
// configuration names, links it to the one before, and anchors it. Nothing is
// written before the whole chain is judged and enough calendars answered. Run
// has one result, about the month. Errors are as Stamp's.
func (s *Session) Snapshot(ctx context.Context, o SnapshotOptions) (Run, error) {
	w, err := s.snapshots(ctx, o)
	if err == nil {
		err = w.one(ctx)
	}
	return w.end(ctx, err)
}

// A snapshotting makes months on top of the chain that is there.
type snapshotting struct {
	s     *Session
	o     SnapshotOptions
	run   Run
	given bool            // the timestamp is the person's, not HEAD's
	files []monthFile     // that are there, oldest first
	last  *registry.Month // the newest, made ones included; nil: there is none
	made  []pending       // one for each result that something is to be written for

	logs    map[string]summedUp // by server_id: what months said last of the logs that matter now
	content *registry.Content   // read once: it is the same for each month
	notes   []string            // on the sources
}

// A summedUp log is one that a month says something of.
type summedUp struct {
	registry.Summary
	in registry.Period
}

// A pending month is one to be anchored.
type pending struct {
	document
	raw   []byte
	there bool // in HEAD, or in the work tree
	disk  bool // only in the work tree
}

// snapshots judges the chain that HEAD and the work tree hold.
func (s *Session) snapshots(ctx context.Context, o SnapshotOptions) (*snapshotting, error) {
	w := &snapshotting{s: s, o: o}
	if s.Repo.Top() == "" {
		return w, fmt.Errorf("make a month of the registry: %w", gitrepo.ErrNoWorkTree)
	}
	var err error
	if w.run.Commit, err = s.Repo.Resolve(ctx, "HEAD"); err != nil {
		return w, err
	}
	if err := w.committed(ctx); err != nil {
		return w, w.about(s.Config.OTS.RegistryPath, err)
	}
	if w.given = !o.Timestamp.IsZero(); !w.given {
		w.o.Timestamp = w.run.Commit.When
	}
	if t := w.o.Timestamp; !o.Latest.IsZero() && t.After(o.Latest) {
		text, hint := w.stamped()
		return w, w.about(s.Config.OTS.RegistryPath, refuse(hint, "%s, which is to come: no proof that is made before it is good for it", text))
	}
	list, err := s.months(ctx, w.run.Commit, true)
	if err != nil {
		if err = refusable(err); errors.Is(err, errRegistryPlace) {
			err = refuse("", "%v", err)
		}
		return w, w.about(s.Config.OTS.RegistryPath, err)
	}
	w.files = list.files
	return w, w.judge(ctx)
}

// stamped says which timestamp a month would have, and whose it is; hint is what
// gives it another.
func (w *snapshotting) stamped() (text, hint string) {
	text = "the timestamp would be " + w.o.Timestamp.UTC().Format(time.RFC3339)
	if w.given {
		return text, "set the clock, or give another --now"
	}
	return text + ", the time of commit " + briefly(w.run.Commit),
		"git commit --allow-empty -m 'Begin from a right clock'  # the time of a new commit counts; or give --now"
}

// about gives a run its one result where an error is a refusal, and hands back
// any other.
func (w *snapshotting) about(path string, err error) error {
	var refused *Refusal
	if !errors.As(err, &refused) {
		return err
	}
	w.run.Results = []Result{{Path: path, Kind: config.KindRegistry, Refusal: refused}}
	return refused
}

// one makes the month that was asked for.
func (w *snapshotting) one(ctx context.Context) error {
	p, err := w.choose(ctx)
	at := path.Join(w.s.Config.OTS.RegistryPath, p.File())
	if err == nil {
		err = w.add(ctx, p)
	}
	if err != nil {
		return w.about(at, err)
	}
	w.late(&w.run.Results[0], w.s.Config.OTS.MonthlyAnchorDay)
	return nil
}

// choose is the month to make: the one after the newest, or the current one
// where there is none.
func (w *snapshotting) choose(ctx context.Context) (registry.Period, error) {
	current := registry.PeriodOf(w.o.Clock)
	next := current
	if w.last != nil {
		next = w.last.Period.Next()
	}
	p := next
	if w.o.Month != nil {
		p = *w.o.Month
	}
	begins := func(p registry.Period) string { return date(p.Start()) }
	switch {
	case w.last != nil && current.Before(w.last.Period):
		return p, refuse("set the clock, or give --now", "the clock is before the last month: it says %s, and %s is there", date(w.o.Clock), w.last.Period)
	case w.last != nil && p.Before(next):
		return p, w.taken(ctx, p)
	case w.last != nil && next.Before(p):
		return p, refuse("git anchor registry snapshot --month "+next.String(), "months have no gaps: the one after %s is %s", w.last.Period, next)
	case current.Before(p) && w.o.Month == nil:
		return p, refuse(w.unfinished(ctx, w.files[len(w.files)-1]), "%s is there already; the next is %s, which begins on %s", w.last.Period, p, begins(p))
	case current.Before(p):
		return p, refuse("", "%s is in the future: it begins on %s", p, begins(p))
	}
	return p, nil
}

// taken refuses a month that is there, or would come before all that are.
func (w *snapshotting) taken(ctx context.Context, p registry.Period) error {
	for _, f := range w.files {
		if f.period == p {
			hint := w.unfinished(ctx, f)
			if hint == "" {
				hint = "git anchor registry show " + p.String()
			}
			return refuse(hint, "%s is there already, and is never written over", f.path)
		}
	}
	return refuse("", "%s is before the first month of the chain, %s", p, w.files[0].period)
}

// unfinished is what to type where a month that is there lacks its proof or its
// commit, as a run that was stopped leaves it.
func (w *snapshotting) unfinished(ctx context.Context, f monthFile) string {
	const due = "git anchor registry due --commit"
	switch st := w.s.load(ctx, w.run.Commit, w.s.Config.ProofPath(f.path)); {
	case st.raw == nil && st.err == nil:
		return due + "  # completes it: it has no proof"
	case f.disk:
		return due + "  # commits it"
	}
	return ""
}

// date is a time as a day, in UTC.
func date(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// add makes a month after the newest one, and a result for it.
func (w *snapshotting) add(ctx context.Context, p registry.Period) error {
	if err := w.read(ctx); err != nil {
		return err
	}
	previous := registry.Genesis
	if w.last != nil {
		previous = w.last.Hash()
	}
	raw, m, err := registry.Write(p, w.o.Timestamp, previous, *w.content)
	if err != nil {
		return w.badContent(err)
	}
	if err := w.follows(m); err != nil {
		return err
	}
	if faults := registry.CheckLink(w.last, m); len(faults) > 0 {
		f := faults[0]
		if f.Kind == registry.FaultBackwards {
			text, hint := w.stamped()
			return refuse(hint, "%s, and that of %s, the month before, is later: %s", text, w.last.Period, w.last.Timestamp.UTC().Format(time.RFC3339))
		}
		return refuse("", "%s%s", f.Text, hashes(f))
	}
	w.last = m.Bare()
	d := w.s.document(path.Join(w.s.Config.OTS.RegistryPath, p.File()), true)
	w.take(pending{document: d, raw: raw}, m)
	return nil
}

// take adds a month to those to be anchored.
func (w *snapshotting) take(one pending, m *registry.Month) *Result {
	r := one.result()
	r.Outcome.Digest = m.Digest[:]
	r.Snapshot = &Snapshot{
		Period: m.Period, Bytes: len(one.raw), Hash: m.Hash(), Previous: m.Previous, Timestamp: m.Timestamp,
		Maintainers: len(m.Maintainers), Servers: len(m.Servers), Logs: len(m.AuditLogs), There: one.there,
		Missed: m.Period.Before(registry.PeriodOf(w.o.Clock)),
	}
	w.made, w.run.Results = append(w.made, one), append(w.run.Results, r)
	return &w.run.Results[len(w.run.Results)-1]
}
