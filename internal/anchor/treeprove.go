package anchor

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"strings"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
)

// A Derived is the proof of one file of an anchored directory.
type Derived struct {
	Path  string // of the file, from the top
	Sum   [sha256.Size]byte
	Proof *ots.Proof
	Raw   []byte // the proof's bytes
	Wrote string // where they are, "" if nowhere
	From  string // the manifest's path
	Notes []string
}

// ProveFile derives the proof of one file from that of its directory, and writes
// it to out, or beside the file where out is ""; with out "-" it writes nothing.
// What is there is never overwritten, but for a proof of the same bytes all of
// whose claims the new one holds, such as one derived before the anchor was
// upgraded. The error is a Refusal where something stands against it.
func (s *Session) ProveFile(ctx context.Context, operand, file, out string) (Derived, error) {
	m, _, err := s.readTree(ctx, operand)
	if err != nil && m.raw != nil && m.Manifest == nil {
		err = refuse("", "%s: %v", m.doc.path, err)
	}
	if err != nil {
		return Derived{}, err
	}
	at, err := s.Repo.Rel(file)
	if err != nil {
		return Derived{}, &Refusal{Text: err.Error()}
	}
	name, below := strings.CutPrefix(at, m.dir+"/")
	i, ok := m.Find(name)
	if !below || !ok {
		return Derived{}, refuse("", "%s does not hold %s", m.doc.path, at)
	}
	anchored, err := ots.Parse(m.proof.raw)
	if err != nil {
		return Derived{}, refuse("git anchor info "+s.here(m.doc.proof), "%s: %v", m.doc.proof, err)
	}
	d := Derived{Path: at, Sum: m.Records()[i].Sum, From: m.doc.path}
	if m.note != "" {
		d.Notes = append(d.Notes, m.note)
	}
	if d.Proof, err = m.Derive(anchored, i); err != nil {
		return d, refuse("", "%s: %v", m.doc.proof, err)
	}
	if d.Raw, err = readBack(d.Proof); err != nil || out == "-" {
		return d, err
	}
	return d, s.writeDerived(ctx, &d, out)
}

// writeDerived writes a derived proof.
func (s *Session) writeDerived(ctx context.Context, d *Derived, out string) error {
	to := s.Config.ProofPath(d.Path)
	var err error
	if out != "" {
		if to, err = s.Repo.Rel(out); err != nil {
			return &Refusal{Text: err.Error(), Hint: "--out - writes it to standard output"}
		}
	}
	old, err := s.lessThan(ctx, d, to)
	if err == nil && out == "" {
		err = s.admitDerived(ctx, d, old)
	}
	if err != nil {
		return err
	}
	if err := s.Repo.ProofAttributes(ctx, to); err != nil {
		return refuse("", "%v", err)
	}
	err = s.Repo.WriteFile(to, d.Raw, old.raw)
	if errors.Is(err, gitrepo.ErrExists) || errors.Is(err, gitrepo.ErrChanged) {
		return refuse("--out names another place", "%s is there already", to)
	}
	if err != nil {
		return err
	}
	d.Wrote = to
	if old.raw != nil {
		d.Notes = append(d.Notes, "it took the place of a proof of these bytes that held fewer claims")
	}
	return nil
}

// lessThan reads the proof in the work tree that a derived one may take the
// place of: one of the same bytes that holds fewer claims, and neither it nor what
// HEAD or the index has there holds one that the new one lacks. Without such a
// proof raw is nil.
func (s *Session) lessThan(ctx context.Context, d *Derived, to string) (stored, error) {
	head, err := s.Repo.Resolve(ctx, "HEAD")
	if err != nil {
		return stored{}, err
	}
	st := s.load(ctx, head, to)
	if st.err != nil || st.head != nil || !st.disk || holds(st.raw, d.Proof) {
		return stored{}, nil
	}
	states, err := s.Repo.States(ctx, []string{to})
	if err != nil {
		return stored{}, err
	}
	state := states[to]
	var staged bytes.Buffer
	if state.Index != "" {
		if err := s.Repo.CopyBlob(ctx, state.Index, ots.MaxProof, &staged); err != nil {
			return stored{}, err
		}
	}
	if state.Err != nil || state.Unmerged || !containedIn(d.Proof, st.raw) ||
		st.recorded != nil && !containedIn(d.Proof, st.recorded) || state.Index != "" && !containedIn(d.Proof, staged.Bytes()) {
		return stored{}, nil
	}
	return st, nil
}

// containedIn says that raw is a proof of the same digest as p, all of whose
// claims p has.
func containedIn(p *ots.Proof, raw []byte) bool {
	old, err := ots.Parse(raw)
	return err == nil && twins(old, p) && len(p.Missing(old)) == 0
}

// admitDerived refuses to put a proof beside a file for which stamp would not
// make one, or whose bytes at HEAD are not those that were anchored. One that
// HEAD's grows into needs nothing else; a file that is in no commit speaks for
// nothing.
func (s *Session) admitDerived(ctx context.Context, derived *Derived, old stored) error {
	head, err := s.Repo.Resolve(ctx, "HEAD")
	if err != nil {
		return err
	}
	d := s.document(derived.Path, true)
	states, err := s.Repo.States(ctx, []string{d.path, d.proof})
	if err != nil {
		return err
	}
	blob, digest, err := s.admit(ctx, head, d, states[d.path])
	if err != nil {
		return err
	}
	if !bytes.Equal(digest, derived.Sum[:]) {
		return refuse("--out names another place", "HEAD's %s is not the file that was anchored: a proof beside it would not stand for it", d.path)
	}
	if old.recorded != nil {
		return nil
	}
	r := d.result()
	r.Outcome.Digest = digest
	if err := s.unmoved(ctx, &orphans{s: s, commit: head}, d, blob, &r); err != nil {
		return err
	}
	derived.Notes = append(derived.Notes, r.Notes...)
	if err := s.acceptText(ctx, d, blob); err != nil {
		return err
	}
	past, pastErr := s.Repo.HistoryOf(ctx, []string{d.proof})
	if old.raw != nil {
		return s.anchoredBefore(ctx, head, d, &r, past[d.proof], pastErr)
	}
	return s.unanchored(ctx, head, d, &r, states[d.proof], past[d.proof], pastErr, false)
}
