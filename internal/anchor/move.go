package anchor

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
)

// A move is a proof on its way to where proofs of earlier versions are kept.
type move struct {
	proof *ots.Proof // with all that HEAD's holds
	raw   []byte     // its bytes: as they were, where nothing had to be merged in
	old   []byte     // what its old place in the work tree holds, nil: nothing
	to    string     // the new place
}

// planMove finds out what superseding a document's proof takes, and whether it can
// be done without losing anything. It writes nothing.
func (s *Session) planMove(ctx context.Context, c gitrepo.Commit, d document, state gitrepo.State, r *Result) (*move, error) {
	st := s.load(ctx, c, d.proof)
	switch {
	case st.err != nil:
		return nil, refuse("", "%s cannot be read: %v", d.proof, st.err)
	case st.raw == nil:
		return nil, s.nothingToMove(ctx, c, d)
	case state.Err != nil:
		return nil, fmt.Errorf("compare %s with the index: %w", d.proof, state.Err)
	case state.Unmerged || state.Staged && state.Edited:
		return nil, refuse("git show "+Quoted(":"+d.proof)+"  # shows it", "the index holds another version of %s, which would be lost", d.proof)
	}
	p, err := ots.Parse(st.raw)
	if err != nil {
		return nil, refuse("git anchor info "+s.here(d.proof), "%s cannot be superseded: it is no proof that can be read: %v", d.proof, err)
	}
	m := &move{proof: p, raw: st.raw, to: SupersededPath(d.base(), p)}
	if st.disk {
		m.old = st.raw
	}
	if err := s.unlost(ctx, c, d, st, m, r); err != nil {
		return nil, err
	}
	if err := s.destination(ctx, m); err != nil {
		return nil, err
	}
	_, err = s.merged(ctx, c, m, &Result{}) // its notes are for the run that writes
	return m, err
}

// nothingToMove refuses a document that has no proof.
func (s *Session) nothingToMove(ctx context.Context, c gitrepo.Commit, d document) error {
	beside := s.withEarlier(ctx, c, []document{{path: d.path, proof: d.proof, named: true}}, &Run{})
	for _, e := range beside {
		if e.earlier {
			return refuse("git anchor "+s.here(d.path)+"  # anchors the present version", "there is no proof %s to supersede; that of an earlier version is %s already", d.proof, e.proof)
		}
	}
	return refuse("", "there is no proof %s to supersede", d.proof)
}

// unlost merges what HEAD's proof holds into the work tree's. One for other
// bytes must be kept as that of an earlier version already.
func (s *Session) unlost(ctx context.Context, c gitrepo.Commit, d document, st stored, m *move, r *Result) error {
	if !st.disk || st.recorded == nil && st.head == nil {
		return nil
	}
	if st.head == nil {
		recorded, err := ots.Parse(st.recorded)
		if err != nil {
			return refuse("", "HEAD's %s cannot be read, so that its claims could be lost: %v", d.proof, err)
		}
		if _, kept := s.keptAs(ctx, c, d, recorded); kept && !twins(recorded, m.proof) {
			return nil
		}
	}
	before := m.proof.Clone()
	if err := s.recover(d, st, m.proof, r); err != nil {
		return err
	}
	if len(before.Missing(m.proof)) == 0 {
		m.proof = before
		return nil
	}
	var err error
	m.raw, err = readBack(m.proof)
	return err
}

// destination refuses a place whose bytes git would change or not commit.
func (s *Session) destination(ctx context.Context, m *move) error {
	if err := s.Repo.ProofAttributes(ctx, m.to); err != nil {
		if errors.Is(err, gitrepo.ErrAttributes) {
			return refuse("add the line *.ots binary to .gitattributes", "%v", err)
		}
		return err
	}
	ignored, err := s.Repo.Ignored(ctx, []string{m.to})
	if err == nil && ignored[m.to] != nil {
		return refuse("", "%s: %v", m.to, ignored[m.to])
	}
	return err
}

// keep writes a proof to where those of earlier versions are kept, merged with
// what is there.
func (s *Session) keep(ctx context.Context, c gitrepo.Commit, m *move, r *Result) error {
	for range writeAttempts - 1 {
		err := s.keepOnce(ctx, c, m, r)
		if !errors.Is(err, gitrepo.ErrChanged) && !errors.Is(err, gitrepo.ErrExists) {
			return err
		}
	}
	return s.keepOnce(ctx, c, m, r)
}

func (s *Session) keepOnce(ctx context.Context, c gitrepo.Commit, m *move, r *Result) error {
	file, err := s.merged(ctx, c, m, r)
	if err != nil || file == nil {
		return err
	}
	return s.Repo.WriteFile(file.Path, file.Data, file.Old)
}

// merged is the file to write at the new place, nil where it holds everything
// already. What is no proof of the same digest stays, and is a refusal.
func (s *Session) merged(ctx context.Context, c gitrepo.Commit, m *move, r *Result) (*gitrepo.File, error) {
	st := s.load(ctx, c, m.to)
	switch {
	case st.err != nil:
		return nil, refuse("", "something else is where the proof would be kept: %s: %v", m.to, st.err)
	case st.raw == nil:
		return &gitrepo.File{Path: m.to, Data: m.raw}, nil
	}
	there, err := ots.Parse(st.raw)
	if err != nil {
		return nil, refuse("", "something else is where the proof would be kept: %s: %v", m.to, err)
	}
	if !twins(there, m.proof) {
		return nil, refuse("", "something else is where the proof would be kept: %s is for another digest", m.to)
	}
	file := &gitrepo.File{Path: m.to}
	if st.disk {
		file.Old = st.raw
	}
	whole := there.Clone()
	if err := s.recover(document{proof: m.to}, st, whole, r); err != nil {
		return nil, err
	}
	if err := whole.Merge(m.proof); err != nil {
		return nil, refuse("", "the proof cannot be merged into %s: %v", m.to, err)
	}
	switch {
	case len(there.Missing(whole)) == 0 && st.disk:
		return nil, nil
	case len(there.Missing(whole)) == 0:
		file.Data = st.raw
	case len(m.proof.Missing(whole)) == 0:
		file.Data = bytes.Clone(m.raw)
	default:
		file.Data, err = readBack(whole)
	}
	return file, err
}
