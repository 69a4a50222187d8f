package anchor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/calendar"
	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/gitrepo"
)

// noteAttempt adds to a record's log that a run reached too few calendars, and
// returns the log's path, "" where it is full.
func (s *Session) noteAttempt(dir string, run Run, at time.Time) (string, error) {
	file := path.Join(dir, evidence.AttemptsFile)
	old, err := s.Repo.ReadFile(file, evidence.MaxAttempts)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	attempt := evidence.Attempt{At: at}
	for _, p := range run.Posted {
		answer := evidence.AttemptAnswer{URL: p.URL}
		if p.Err != nil {
			answer.Error = p.Err.Error()
		}
		attempt.Calendars = append(attempt.Calendars, answer)
	}
	log := evidence.AppendAttempt(old, attempt)
	if bytes.Equal(log, old) {
		return "", nil
	}
	return file, s.Repo.WriteFile(file, log, old)
}

// attempts reads the log of a record: the work tree's, else, and with byRev, the
// commit's.
func (s *Session) attempts(ctx context.Context, c gitrepo.Commit, dir string, byRev bool) ([]evidence.Attempt, error) {
	file := path.Join(dir, evidence.AttemptsFile)
	raw, err := []byte(nil), gitrepo.ErrNoWorkTree
	if !byRev {
		raw, err = s.Repo.ReadFile(file, evidence.MaxAttempts)
	}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, gitrepo.ErrNoWorkTree) {
		var blob *gitrepo.Blob
		blob, err = s.Repo.Blob(ctx, c, file)
		switch {
		case errors.Is(err, gitrepo.ErrNotFound):
			return nil, nil
		case err == nil && blob.Size > evidence.MaxAttempts:
			return nil, gitrepo.ErrTooLarge
		case err == nil:
			raw, err = blob.Bytes(ctx)
		}
	}
	if err != nil {
		return nil, err
	}
	return evidence.ParseAttempts(raw)
}

// RetryEvidence stamps the committed records whose earlier attempts reached too few
// calendars, and writes down where that fails again. The results are those
// records; with none, nobody is asked. The error is as Stamp's.
func (s *Session) RetryEvidence(ctx context.Context, sel Selection, o StampOptions, clock time.Time) (Run, error) {
	c, err := s.Repo.Resolve(ctx, "HEAD")
	if err != nil {
		return Run{}, err
	}
	logs, err := s.Repo.FilesUnder(ctx, c, []string{evidenceDir}, func(p string) bool { return path.Base(p) == evidence.AttemptsFile })
	if err != nil {
		return Run{}, err
	}
	var due []string
	for _, log := range logs {
		at := path.Join(path.Dir(log.Path), evidence.RecordFile)
		if idOf(at) == "" || !s.within(at, sel.Operands) || s.load(ctx, c, s.Config.ProofPath(at)).raw != nil {
			continue
		}
		if _, err := s.Repo.Blob(ctx, c, at); err == nil {
			due = append(due, path.Join(s.Repo.Top(), at))
		}
	}
	if len(due) == 0 {
		return Run{Commit: c}, nil
	}
	run, err := s.Stamp(ctx, due, o)
	if ctx.Err() != nil || !errors.Is(err, calendar.ErrTooFew) {
		return run, err
	}
	var wrote []string
	for _, r := range run.Results {
		if r.Refusal != nil {
			continue
		}
		log, noted := s.noteAttempt(path.Dir(r.Path), run, clock)
		if err = errors.Join(err, noted); log != "" {
			wrote = append(wrote, log)
		}
	}
	if o.Commit && len(wrote) > 0 {
		made, failed := s.Repo.Commit(ctx, wrote, subject("Note vain attempts in", wrote))
		if failed != nil {
			return run, errors.Join(err, fmt.Errorf("commit the logs of attempts: %w", failed))
		}
		run.Made, run.Written = made, wrote
	}
	return run, err
}

// within says that a path is one of the operands, or below one; without operands
// every path is.
func (s *Session) within(at string, operands []string) bool {
	for _, op := range operands {
		p, err := s.operand(op)
		if err == nil && (p == "" || p == at || strings.HasPrefix(at, p+"/")) {
			return true
		}
	}
	return len(operands) == 0
}
