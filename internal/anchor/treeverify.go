package anchor

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/treeanchor"
	"github.com/openllmo/git-anchor/internal/verify"
)

// A TreeCompared is what became of a directory's files since they were anchored.
// Paths count from the top; a path that the anchor holds and that is the same is
// in none of the lists.
type TreeCompared struct {
	Dir     string
	Files   int // that the anchor holds
	Same    int
	Changed []string // other bytes, or another mode
	Missing []string
	Added   []string       // not in the anchor, which shows nothing about them; submodules, too
	Anchor  verify.Outcome // of the manifest alone
}

// A manifest is a tree anchor as it lies beside its directory.
type manifest struct {
	*treeanchor.Manifest
	doc   document
	dir   string
	raw   []byte
	proof stored
	note  string // what a reader should know about where it was found
}

// VerifyTree judges the proof of a directory's manifest and compares its files
// with those of a commit, HEAD where rev is "". The operand is the directory or
// its manifest. The result of Run is Changed where files that the anchor holds
// are not as they were; files added since change nothing. Calendars are asked as
// Verify does, and nothing is ever written.
func (s *Session) VerifyTree(ctx context.Context, operand, rev string, o VerifyOptions) (Run, TreeCompared, error) {
	if rev == "" {
		rev = "HEAD"
	}
	c, err := s.Repo.Resolve(ctx, rev)
	if err != nil {
		return Run{}, TreeCompared{}, err
	}
	run := Run{Commit: c}
	m, r, err := s.readTree(ctx, operand)
	if err != nil {
		if r.blame(err); r.Refusal == nil && errors.Is(err, errManifest) {
			r.Outcome, r.Err = verify.Outcome{Status: verify.Failed, Reason: err.Error()}, nil
		}
		run.Results = []Result{r}
		return run, TreeCompared{}, ctx.Err()
	}
	cmp, err := s.compareTree(ctx, c, m)
	if err != nil {
		return run, cmp, err
	}
	judged := s.VerifyProof(ctx, m.doc.path, m.proof.raw, func(h ots.Tag) ([]byte, error) {
		sum := h.NewHash()
		sum.Write(m.raw)
		return sum.Sum(nil), nil
	}, o)
	judged.Kind, judged.Proof, judged.Tree = r.Kind, r.Proof, &Tree{Dir: m.dir, Files: cmp.Files}
	judged.Notes = append(judged.Notes, m.notes()...)
	if judged.Action == Grew {
		judged.Notes = append(judged.Notes, "the proof could grow: git anchor upgrade "+s.here(m.doc.path))
	}
	cmp.Anchor = judged.Outcome
	if n := len(cmp.Changed) + len(cmp.Missing); n > 0 && judged.Err == nil {
		judged.Outcome.Status = verify.Changed
		judged.Outcome.Reason = fmt.Sprintf("%d of the %d files that were anchored are not as they were", n, cmp.Files)
		judged.Hint = "git log --stat -- " + s.here(m.dir) + " shows what changed"
	}
	run.Results = []Result{judged}
	return run, cmp, ctx.Err()
}

// errManifest is a file that should be a manifest and is none.
var errManifest = errors.New("not a tree anchor")

// readTree finds the manifest that an operand means: in the work tree, else in
// HEAD, as proofs are.
func (s *Session) readTree(ctx context.Context, operand string) (manifest, Result, error) {
	at, err := s.Repo.Rel(strings.TrimSuffix(operand, "/"))
	if err == nil && at == "" {
		err = errors.New("this is the whole repository; name a directory that was anchored")
	}
	if err != nil {
		return manifest{}, Result{Path: operand, Kind: "file"}, &Refusal{Text: err.Error()}
	}
	at = strings.TrimSuffix(at, ".ots")
	if !strings.HasSuffix(at, treeSuffix) {
		at += treeSuffix
	}
	m := manifest{doc: s.document(at, true), dir: strings.TrimSuffix(at, treeSuffix)}
	r := m.doc.result()
	head, err := s.Repo.Resolve(ctx, "HEAD")
	if err != nil {
		return m, r, err
	}
	if err := s.readManifest(ctx, head, &m); err != nil {
		return m, r, err
	}
	if m.Manifest, err = treeanchor.Parse(m.raw); err != nil {
		return m, r, fmt.Errorf("%w: %w", errManifest, err)
	}
	m.proof = s.load(ctx, head, m.doc.proof)
	switch {
	case m.proof.err != nil:
		return m, r, m.proof.err
	case m.proof.raw == nil:
		return m, r, refuse("git anchor "+s.here(at), "there is no proof %s", m.doc.proof)
	}
	return m, r, nil
}

// readManifest reads the manifest's bytes.
func (s *Session) readManifest(ctx context.Context, head gitrepo.Commit, m *manifest) error {
	var recorded []byte
	blob, err := s.Repo.Blob(ctx, head, m.doc.path)
	if err == nil && blob.Size <= treeanchor.MaxManifest {
		recorded, err = blob.Bytes(ctx)
	}
	if err != nil && !errors.Is(err, gitrepo.ErrNotFound) {
		return refusable(err)
	}
	m.raw, err = s.Repo.ReadFile(m.doc.path, treeanchor.MaxManifest)
	switch {
	case errors.Is(err, fs.ErrNotExist) && recorded == nil:
		return refuse("git anchor tree HEAD:"+Quoted(m.dir), "there is no %s", m.doc.path)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, gitrepo.ErrNoWorkTree):
		m.raw = recorded
	case err != nil:
		return refusable(err)
	case recorded == nil:
		m.note = m.doc.path + " is not committed yet"
	case !bytes.Equal(m.raw, recorded):
		m.note = m.doc.path + " in the work tree is another than the one in HEAD"
	}
	if m.raw == nil {
		return refuse("", "there is no %s", m.doc.path)
	}
	return nil
}

// notes are what a reader should know about a manifest and its proof.
func (m manifest) notes() []string {
	var notes []string
	if m.note != "" {
		notes = append(notes, m.note)
	}
	p, err := ots.Parse(m.proof.raw)
	if err != nil {
		return notes
	}
	if _, err := m.Derive(p, 0); errors.Is(err, treeanchor.ErrNotLinked) {
		notes = append(notes, "no proof of a single file can be derived: "+treeanchor.ErrNotLinked.Error())
	}
	return notes
}

// noteTree says of a document that it lists the files of a directory.
func (s *Session) noteTree(ctx context.Context, h *holding, r *Result) {
	if h.doc.earlier || !strings.HasSuffix(h.doc.path, treeSuffix) || h.blob == nil || h.blob.Size > treeanchor.MaxManifest {
		return
	}
	raw, err := h.blob.Bytes(ctx)
	if err != nil || !treeanchor.Is(raw) {
		return
	}
	m, err := treeanchor.Parse(raw)
	if err != nil {
		r.Notes = append(r.Notes, fmt.Sprintf("it begins as a tree anchor, and is none: %v", err))
		return
	}
	r.Notes = append(r.Notes, fmt.Sprintf("it lists %d files: git anchor tree --verify %s compares them", len(m.Records()), s.here(h.doc.path)))
}

// compareTree compares the files of a manifest with those of a commit.
func (s *Session) compareTree(ctx context.Context, c gitrepo.Commit, m manifest) (TreeCompared, error) {
	t := TreeCompared{Dir: m.dir, Files: len(m.Records())}
	entries, err := s.Repo.Subtree(ctx, c, m.dir)
	if err != nil && !errors.Is(err, gitrepo.ErrNotFound) {
		return t, err
	}
	there := make([]bool, t.Files)
	var both []gitrepo.Entry
	for _, e := range entries {
		i, ok := m.Find(strings.TrimPrefix(e.Path, m.dir+"/"))
		switch {
		case !ok:
			t.Added = append(t.Added, e.Path)
		case e.Submodule():
			there[i], t.Changed = true, append(t.Changed, e.Path)
		default:
			there[i], both = true, append(both, e)
		}
	}
	now, err := s.records(ctx, both, &Tree{Dir: m.dir})
	if err != nil {
		return t, err
	}
	for _, r := range now {
		i, _ := m.Find(r.Path)
		if m.Records()[i] == r {
			t.Same++
			continue
		}
		t.Changed = append(t.Changed, m.dir+"/"+r.Path)
	}
	for i, r := range m.Records() {
		if !there[i] {
			t.Missing = append(t.Missing, m.dir+"/"+r.Path)
		}
	}
	slices.Sort(t.Changed)
	slices.Sort(t.Added)
	return t, nil
}

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
		return Derived{}, fmt.Errorf("%s: %w", m.doc.proof, err)
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
