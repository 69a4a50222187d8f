package anchor

import (
	"bytes"
	"context"
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
	Changed []string // other bytes, or another mode; without a rev, also in the index or the work tree
	Missing []string
	Added   []string       // not in the anchor, which shows nothing about them; submodules, too
	Anchor  verify.Outcome // of the manifest alone

	same []string // paths of those
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
// with those of a commit; where rev is "", with those of HEAD, the index and the
// work tree, as far as git tracks them. The operand is the directory or
// its manifest. The result of Run is Changed where files that the anchor holds
// are not as they were; files added since change nothing. Calendars are asked as
// Verify does, and nothing is ever written.
func (s *Session) VerifyTree(ctx context.Context, operand, rev string, o VerifyOptions) (Run, TreeCompared, error) {
	ofHead := rev == ""
	if ofHead {
		rev = "HEAD"
	}
	c, err := s.Repo.Resolve(ctx, rev)
	if err != nil {
		return Run{}, TreeCompared{}, err
	}
	run := Run{Commit: c}
	m, r, err := s.readTree(ctx, operand)
	if err != nil {
		if r.blame(err); m.raw != nil && m.Manifest == nil {
			r.Outcome, r.Err = noManifest(err), nil
		}
		run.Results = []Result{r}
		return run, TreeCompared{}, ctx.Err()
	}
	cmp, err := s.compareTree(ctx, c, m)
	if err == nil && ofHead && s.Repo.Top() != "" {
		err = s.compareDisk(ctx, &cmp)
	}
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
		judged.Hint = "git log --stat -- " + s.spec(m.dir) + "  # shows what changed"
	}
	run.Results = []Result{judged}
	return run, cmp, ctx.Err()
}

// noManifest is the verdict on a file that should be a manifest and is none.
func noManifest(err error) verify.Outcome {
	o := verify.Outcome{Status: verify.Failed, Reason: err.Error()}
	if errors.Is(err, treeanchor.ErrVersion) {
		o.Status = verify.Unsupported
	}
	return o
}

// readTree finds the manifest that an operand means: in the work tree, else in
// HEAD, as proofs are. With an error that has bytes and no Manifest, they are
// none.
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
		return m, r, err
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
			t.same = append(t.same, m.dir+"/"+r.Path)
			continue
		}
		t.Changed = append(t.Changed, m.dir+"/"+r.Path)
	}
	for i, r := range m.Records() {
		if !there[i] {
			t.Missing = append(t.Missing, m.dir+"/"+r.Path)
		}
	}
	t.Same = len(t.same)
	slices.Sort(t.Changed)
	slices.Sort(t.Added)
	return t, nil
}

// compareDisk takes from the files that are the same in HEAD those that are
// another in the index or the work tree, as verify does with documents.
func (s *Session) compareDisk(ctx context.Context, t *TreeCompared) error {
	states, err := s.Repo.States(ctx, t.same)
	if err != nil {
		return err
	}
	for _, path := range t.same {
		switch st := states[path]; {
		case st.Clean():
			continue
		case st.Err == nil && st.Disk == "" && !st.DiskSymlink && !st.DiskOther:
			t.Missing = append(t.Missing, path)
		default:
			t.Changed = append(t.Changed, path)
		}
		t.Same--
	}
	slices.Sort(t.Changed)
	slices.Sort(t.Missing)
	return nil
}
