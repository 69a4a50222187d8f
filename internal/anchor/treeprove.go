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
// What is there is never overwritten. The error is a Refusal where something
// stands against it.
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
	} else if err := s.admitDerived(ctx, d); err != nil {
		return err
	}
	if err := s.Repo.ProofAttributes(ctx, to); err != nil {
		return refuse("", "%v", err)
	}
	if err = s.Repo.WriteFile(to, d.Raw, nil); errors.Is(err, gitrepo.ErrExists) {
		return refuse("--out names another place", "%s is there already", to)
	}
	if err == nil {
		d.Wrote = to
	}
	return err
}

// admitDerived refuses to put a proof beside a file for which stamp would not
// make one, or whose bytes at HEAD are not those that were anchored.
func (s *Session) admitDerived(ctx context.Context, derived *Derived) error {
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
	if err := s.acceptText(ctx, d, blob); err != nil {
		return err
	}
	past, pastErr := s.Repo.HistoryOf(ctx, []string{d.proof})
	r := d.result()
	r.Outcome.Digest = digest
	return s.unanchored(ctx, head, d, &r, states[d.proof], past[d.proof], pastErr, false)
}
