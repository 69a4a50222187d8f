package anchor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/lip"
	"github.com/openllmo/git-anchor/internal/verify"
)

// StampDue stamps every configured document of HEAD that policy accepts and
// that has no proof. The results are those documents: stamped, refused, or
// Missing where a proof was deleted, which is no reason to make another one.
// Documents that are anchored already, or not to be anchored yet (a Draft, a
// placeholder), are counted in Run.NotDue. Errors are as Stamp's.
func (s *Session) StampDue(ctx context.Context, o StampOptions) (Run, error) {
	c, err := s.Repo.Resolve(ctx, "HEAD")
	if err != nil {
		return Run{}, err
	}
	run := Run{Commit: c}
	docs, others, err := s.configured(ctx, c, "", false)
	if err = run.unlisted(err); err != nil {
		return run, err
	}
	run.Others = others
	var due []document
	for _, d := range docs {
		if err := ctx.Err(); err != nil {
			return run, err
		}
		if d.earlier {
			continue
		}
		if !s.isDue(ctx, c, d) {
			run.NotDue++
			continue
		}
		due = append(due, d)
		run.Results = append(run.Results, d.result())
	}
	if len(due) == 0 {
		return run, nil
	}
	err = s.stamp(ctx, due, &run, o)
	for i := range run.Results {
		run.Results[i].lost()
	}
	return run, err
}

// isDue says that a document has no proof, and that nothing tells it to wait.
// Whatever else is wrong with it, stamping finds out.
func (s *Session) isDue(ctx context.Context, c gitrepo.Commit, d document) bool {
	if st := s.load(ctx, c, d.proof); st.raw != nil || st.err != nil {
		return false
	}
	return !s.waits(ctx, c, d)
}

// waits says that a document is not there, or that policy has it wait.
func (s *Session) waits(ctx context.Context, c gitrepo.Commit, d document) bool {
	blob, err := s.Repo.Blob(ctx, c, d.path)
	if errors.Is(err, gitrepo.ErrNotFound) {
		return true
	}
	if err == nil {
		err = s.acceptName(d)
	}
	if err == nil {
		err = s.acceptText(ctx, d, blob)
	}
	if err == nil {
		err = s.acceptEvidence(ctx, c, d)
	}
	var refused *Refusal
	return errors.As(err, &refused) && refused.NotYet()
}

// NotYet says that a document is in order, and is to be anchored later or never.
func (r *Refusal) NotYet() bool {
	return slices.ContainsFunc(r.Findings, func(f lip.Finding) bool { return f.NotYet })
}

// lost turns the refusal of a document whose proof was deleted into the finding
// that it is where nobody asked for a proof by name.
func (r *Result) lost() {
	if r.Refusal != nil && r.Refusal.deleted {
		r.Outcome = verify.Outcome{Status: verify.Missing, Reason: r.Refusal.Text}
		r.Hint, r.Refusal = r.Refusal.Hint, nil
	}
}

// ConfigAt reads the configuration of a commit; path is where it lies there,
// "" for config.File. Without such a file it is the default.
func ConfigAt(ctx context.Context, repo *gitrepo.Repo, c gitrepo.Commit, path string) (config.Config, error) {
	if path == "" {
		path = config.File
	}
	blob, err := repo.Blob(ctx, c, path)
	if errors.Is(err, gitrepo.ErrNotFound) && path == config.File {
		return config.Default(), nil
	}
	if err == nil && blob.Size > config.MaxFile {
		err = gitrepo.ErrTooLarge
	}
	var raw []byte
	if err == nil {
		raw, err = blob.Bytes(ctx)
	}
	if err != nil {
		return config.Config{}, fmt.Errorf("read %s at %s: %w", path, c.ID, err)
	}
	conf, err := config.Parse(raw)
	if err != nil {
		return config.Config{}, fmt.Errorf("at %s: %w", c.ID, err)
	}
	return conf, nil
}
