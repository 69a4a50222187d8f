package anchor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/openllmo/git-anchor/internal/calendar"
	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/gitrepo"
)

// keep writes files and record, and anchors it. Where that fails for another reason
// than calendars that could not be reached, what was written is taken back: also
// when the person interrupts it.
func (a *adding) keep(ctx context.Context) error {
	err := a.write(ctx)
	if err == nil && !a.o.NoAnchor {
		err = a.anchor(ctx)
	}
	r := &a.run.Results[0]
	switch failed := errors.Join(err, r.Err); {
	case ctx.Err() == nil && errors.Is(failed, calendar.ErrTooFew):
		a.out.Missed = true
		err = errors.Join(err, a.noteAttempt(ctx))
	case failed != nil || r.Refusal != nil:
		if a.s.load(context.WithoutCancel(ctx), a.run.Commit, a.doc.proof).raw != nil {
			return err // another run anchored it meanwhile: the record is that run's, too
		}
		return errors.Join(err, a.takeBack())
	case a.o.NoAnchor:
		r.Unknown = true
	}
	if a.o.Commit {
		return errors.Join(err, a.commit(ctx))
	}
	return err
}

// write puts the files where they belong, then the record, whose bytes are stored as
// a blob too, which no filter changes.
func (a *adding) write(ctx context.Context) error {
	for _, f := range a.files {
		data, err := f.source.read(ctx, f.File)
		if err == nil {
			err = a.put(ctx, f.path, data)
		}
		if err != nil {
			return err
		}
	}
	id, err := a.s.Repo.StoreBlob(ctx, a.raw)
	if err != nil {
		return err
	}
	a.run.Results[0].Blob = id
	return a.put(ctx, a.doc.path, a.raw)
}

func (a *adding) put(ctx context.Context, at string, data []byte) error {
	err := a.s.Repo.WriteFile(at, data, nil)
	if errors.Is(err, gitrepo.ErrExists) {
		return a.keptAsIs(ctx, at, data) // by an earlier run, or another one
	}
	if err == nil {
		a.out.Wrote = append(a.out.Wrote, at)
	}
	return err
}

func (a *adding) anchor(ctx context.Context) error {
	proofs, answers, err := a.s.submit(ctx, [][]byte{a.out.Record.Digest[:]}, &a.run, a.o.StampOptions)
	if err != nil {
		return err
	}
	a.out.Wrote = append(a.out.Wrote, a.s.plant(ctx, &a.run, []int{0}, proofs, answers, a.o.Min)...)
	return nil
}

// takeBack removes what this run wrote.
func (a *adding) takeBack() error {
	var failed error
	for _, at := range a.out.Wrote {
		data, err := a.s.Repo.ReadFile(at, evidence.MaxKept)
		if err == nil {
			err = a.s.Repo.RemoveFile(at, data)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			failed = errors.Join(failed, err)
		}
	}
	a.out.Wrote = nil
	return failed
}

// noteAttempt writes down that too few calendars could be reached.
func (a *adding) noteAttempt(ctx context.Context) error {
	at, err := a.s.noteAttempt(a.dir, a.run, a.o.Clock.UTC())
	if err == nil && at != "" {
		a.out.Wrote = append(a.out.Wrote, at)
	}
	return err
}

func (a *adding) commit(ctx context.Context) error {
	paths := []string{a.doc.path}
	for _, f := range a.files {
		paths = append(paths, f.path)
	}
	for _, p := range []string{a.doc.proof, path.Join(a.dir, evidence.AttemptsFile)} {
		if _, err := a.s.Repo.ReadFile(p, evidence.MaxRecord); err == nil {
			paths = append(paths, p)
		}
	}
	var err error
	a.run.Made, err = a.s.Repo.Commit(ctx, paths, subject("Add evidence", []string{a.out.ID}))
	if err != nil {
		return fmt.Errorf("commit the record: %w", err)
	}
	a.run.Written = paths
	return nil
}
