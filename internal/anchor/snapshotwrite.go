package anchor

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"github.com/openllmo/git-anchor/internal/calendar"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
)

// end anchors what was made, unless the run went wrong, or was refused, which a
// result says. A refusal that none says is an error.
func (w *snapshotting) end(ctx context.Context, err error) (Run, error) {
	if isRefusal(err) && len(w.run.Results) > 0 {
		return w.run, nil
	}
	if err == nil {
		err = w.anchor(ctx)
	}
	return w.run, err
}

// anchor asks the calendars for one proof of each month, and writes months and
// proofs, oldest first: one that cannot be written stops those that link to it.
func (w *snapshotting) anchor(ctx context.Context) error {
	if err := w.admit(ctx); err != nil {
		return err
	}
	var digests [][]byte
	for _, i := range w.run.accepted() {
		r := &w.run.Results[i]
		r.Notes = append(r.Notes, w.notes...)
		w.notes = nil
		if w.o.DryRun {
			r.Action = Would
		}
		digests = append(digests, r.Outcome.Digest)
	}
	if len(digests) == 0 || w.o.DryRun {
		return nil
	}
	proofs, answers, err := w.s.submit(ctx, digests, &w.run, w.o.StampOptions)
	if err != nil {
		return err
	}
	return w.write(ctx, proofs, answers)
}

// admit says of each month what stands against anchoring it. Where one cannot be
// made, neither can those that would link to it.
func (w *snapshotting) admit(ctx context.Context) error {
	docs := make([]document, len(w.made))
	for i, one := range w.made {
		docs[i] = one.document
	}
	around, err := w.s.surroundings(ctx, docs, w.o.StampOptions)
	if err != nil {
		return err
	}
	for i, one := range w.made {
		r := &w.run.Results[i]
		if i > 0 && !w.made[i-1].there && w.run.Results[i-1].Refusal != nil {
			r.Refusal = refuse("", "the month before it is not made: %s", w.run.Results[i-1].Refusal.Text)
			continue
		}
		if err := w.admitOne(ctx, one, around, r); err != nil {
			if err := refusable(err); !isRefusal(err) {
				return err
			}
			r.blame(refusable(err))
		}
	}
	return nil
}

func (w *snapshotting) admitOne(ctx context.Context, one pending, around surroundings, r *Result) error {
	s := w.s
	if err := s.acceptName(one.document); err != nil {
		return err
	}
	if !one.there {
		switch st := around.states[one.path]; {
		case st.Err != nil:
			return refuse("", "%s: %v", one.path, st.Err)
		case st != gitrepo.State{}:
			return refuse("", "something is at %s already", one.path)
		}
	}
	if one.there {
		if err := s.leftBehind(ctx, w.run.Commit, one.document); err != nil {
			return err
		}
	}
	if w.o.Commit || w.o.Collect {
		ignored, err := s.Repo.Ignored(ctx, []string{one.path})
		if err != nil {
			return err
		}
		if ignored[one.path] != nil {
			return refuse("", "%s: %v", one.path, ignored[one.path])
		}
	}
	if err := s.Repo.Kept(ctx, one.path, one.raw); err != nil {
		if errors.Is(err, gitrepo.ErrAttributes) {
			return refuse("add the line *.json -filter -ident -working-tree-encoding to .gitattributes", "%v", err)
		}
		return err
	}
	if err := around.place(one.proof); err != nil {
		return err
	}
	return s.unanchored(ctx, w.run.Commit, one.document, r, around.states[one.proof], around.history[one.proof], around.pastErr(one.proof), false)
}

// write writes each month's file, then its proof. A month that gets no proof is
// taken back, and none after it is written.
func (w *snapshotting) write(ctx context.Context, proofs []*ots.Proof, answers []calendar.Answer) error {
	var written []string
	for n, i := range w.run.accepted() {
		one, r := w.made[i], &w.run.Results[i]
		if err := ctx.Err(); err != nil {
			return err
		}
		if !w.writeMonth(ctx, one, r) {
			break
		}
		planted := w.s.plant(ctx, &w.run, []int{i}, proofs[n:n+1], answers, w.o.Min)
		switch {
		case len(planted) == 0 && one.there:
			continue
		case len(planted) == 0:
			if err := w.s.Repo.RemoveFile(one.path, one.raw); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		case one.disk || !one.there:
			planted = append(planted, one.path)
		}
		if written = append(written, planted...); len(planted) == 0 {
			break
		}
	}
	w.stop()
	return w.commit(ctx, written)
}

// writeMonth stores a month's bytes as a blob, which no filter changes, and
// writes its file where there is none.
func (w *snapshotting) writeMonth(ctx context.Context, one pending, r *Result) bool {
	var err error
	if r.Blob, err = w.s.Repo.StoreBlob(ctx, one.raw); err == nil && !one.there {
		err = w.s.Repo.WriteFile(one.path, one.raw, nil)
	}
	if errors.Is(err, gitrepo.ErrExists) {
		err = refuse("git anchor registry show "+r.Snapshot.Period.String(), "another run made it at the same time: %s is there now", one.path)
	}
	if err != nil {
		r.blame(err)
	}
	return err == nil
}

// stop says of the months that were not written why.
func (w *snapshotting) stop() {
	for i := range w.run.Results {
		if r := &w.run.Results[i]; r.Snapshot != nil && r.Action == None && r.Refusal == nil && r.Err == nil {
			r.Refusal = refuse("git anchor registry due", "not made: the month before it could not be written")
		}
	}
}

// commit takes months that earlier runs left uncommitted along: a later one
// without them would be a gap.
func (w *snapshotting) commit(ctx context.Context, written []string) error {
	if w.o.DryRun || !w.o.Commit && !w.o.Collect {
		return nil
	}
	var months []string
	for i := range w.run.Results {
		if r := &w.run.Results[i]; r.Action == Wrote {
			months = append(months, r.Path)
		}
	}
	for _, f := range w.files {
		st := w.s.load(ctx, w.run.Commit, w.s.Config.ProofPath(f.path))
		if !f.disk || !st.disk || slices.Contains(written, f.path) {
			continue
		}
		written, months = append(written, f.path), append(months, f.path)
		if st.recorded == nil {
			written = append(written, w.s.Config.ProofPath(f.path))
		}
	}
	if w.run.Written = written; !w.o.Commit || len(written) == 0 {
		return nil
	}
	slices.Sort(months)
	var err error
	w.run.Made, err = w.s.Repo.Commit(ctx, written, subject("Anchor", months))
	return err
}
