package anchor

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/treeanchor"
)

// treeSuffix is what the manifest of a directory's files is named by, beside
// the directory.
const treeSuffix = ".anchor"

// A Tree is a directory's files as they are anchored.
type Tree struct {
	Dir   string // from the top
	Files int
	LFS   int // of them Git LFS pointers
}

// Tree anchors all files of a directory at a revision by one proof: it writes
// their manifest, dir.anchor, and its proof beside it. dir counts from the top,
// as in git, and from the working directory where it begins with "./" or "../".
// Run has one result, about the manifest. The error wraps calendar.ErrTooFew
// when too few calendars answered; nothing is written then.
func (s *Session) Tree(ctx context.Context, rev, dir string, o StampOptions) (Run, error) {
	if s.Repo.Top() == "" {
		return Run{}, fmt.Errorf("anchor a directory: %w", gitrepo.ErrNoWorkTree)
	}
	c, err := s.Repo.Resolve(ctx, rev)
	if err != nil {
		return Run{}, err
	}
	run := Run{Commit: c}
	if dir, err = s.treeDir(dir); err != nil {
		run.Results = []Result{{Path: dir, Kind: "file", Refusal: &Refusal{Text: err.Error()}}}
		return run, nil
	}
	d := s.document(dir+treeSuffix, true)
	run.Results = []Result{d.result()}
	r := &run.Results[0]
	m, err := s.admitTree(ctx, c, d, r, o)
	switch {
	case err != nil && ctx.Err() != nil:
		return run, ctx.Err()
	case err != nil:
		r.blame(err)
	case o.DryRun:
		r.Action = Would
	default:
		err = s.stampTree(ctx, m, &run, o)
		return run, err
	}
	return run, nil
}

// treeDir is a directory as git's <rev>:<path> has it, from the top.
func (s *Session) treeDir(dir string) (string, error) {
	at := strings.TrimSuffix(dir, "/")
	if at == "." || at == ".." || strings.HasPrefix(at, "./") || strings.HasPrefix(at, "../") {
		var err error
		if at, err = s.Repo.Rel(at); err != nil {
			return dir, err
		}
	}
	if at == "" {
		return dir, errors.New("this is the whole repository; name a directory of it")
	}
	return at, gitrepo.CheckPath(at)
}

// admitTree makes the manifest, unless something stands against it.
func (s *Session) admitTree(ctx context.Context, c gitrepo.Commit, d document, r *Result, o StampOptions) (*treeanchor.Manifest, error) {
	if err := s.acceptName(d); err != nil {
		return nil, err
	}
	dir := strings.TrimSuffix(d.path, treeSuffix)
	entries, err := s.Repo.Subtree(ctx, c, dir)
	switch {
	case err == nil && len(entries) == 0:
		err = refuse("", "%s has no files at %s", dir, c.ID)
	case errors.Is(err, gitrepo.ErrNotFound):
		err = refuse("git ls-tree -rd --name-only "+c.ID+" lists its directories", "%v", err)
	}
	if err != nil {
		return nil, refusable(err)
	}
	if err := s.treeFree(ctx, d, r, o); err != nil {
		return nil, err
	}
	r.Tree = &Tree{Dir: dir}
	records, err := s.records(ctx, entries, r.Tree)
	if err != nil {
		return nil, err
	}
	var key treeanchor.Key
	if _, err := io.ReadFull(s.Random, key[:]); err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	m, err := treeanchor.New(key, records)
	if err != nil {
		return nil, refuse("", "%v", err)
	}
	if err := r.grown(m); err != nil {
		return nil, err
	}
	r.stem, _ = m.Stem()
	r.Outcome.Digest = r.stem.Digest
	if r.Tree.LFS > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("Git LFS pointers: %d; git holds some 130 bytes of text for each, and the anchor is for those", r.Tree.LFS))
	}
	return m, nil
}

// treeFree refuses a directory that has, or had, an anchor, and places whose
// bytes git would change or not commit.
func (s *Session) treeFree(ctx context.Context, d document, r *Result, o StampOptions) error {
	head, err := s.Repo.Resolve(ctx, "HEAD")
	if err != nil {
		return err
	}
	places := []string{d.path, d.proof}
	states, err := s.Repo.States(ctx, places)
	if err != nil {
		return err
	}
	attributes, err := s.Repo.ProofAttributesOf(ctx, places)
	if err != nil {
		return err
	}
	ignored := map[string]error{}
	if o.Commit {
		if ignored, err = s.Repo.Ignored(ctx, places); err != nil {
			return err
		}
	}
	for _, p := range places {
		switch st := states[p]; {
		case errors.Join(st.Err, ignored[p]) != nil:
			return refuse("", "%s: %v", p, errors.Join(st.Err, ignored[p]))
		case attributes[p] != nil:
			return refuse("add the line *"+path.Ext(p)+" binary to .gitattributes", "%v", attributes[p])
		}
	}
	have, proof := states[d.path], states[d.proof]
	past, pastErr := s.Repo.HistoryOf(ctx, []string{d.proof})
	switch {
	case o.Supersede && have.Head != "" && have.Clean() && proof != gitrepo.State{}:
		if r.old, err = s.Repo.ReadFile(d.path, treeanchor.MaxManifest); err != nil {
			return refuse("", "%v", err)
		}
		if r.move, err = s.planMove(ctx, head, d, proof, r); err != nil {
			return err
		}
	case have != gitrepo.State{} || proof.Disk != "":
		return s.treeThere(d, have, proof)
	}
	if r.move == nil {
		return s.unanchored(ctx, head, d, r, proof, past[d.proof], pastErr, false)
	}
	return s.anchoredBefore(ctx, head, d, r, past[d.proof], pastErr)
}

// treeThere refuses to anchor a directory over a manifest that is there.
func (s *Session) treeThere(d document, have, proof gitrepo.State) error {
	at := s.here(d.path)
	switch {
	case have.Disk == "" && have.Head+have.Index != "" && !have.DiskSymlink && !have.DiskOther:
		return refuse("git restore "+at, "already anchored: HEAD or the index holds %s, and the work tree lacks it", d.path)
	case proof == gitrepo.State{}:
		return refuse("git add "+at+" && git commit -- "+at+" && git anchor "+at, "%s is there already, and no proof of it", d.path)
	case have == gitrepo.State{}:
		return refuse("git anchor supersede "+at+"  # keeps it as that of an earlier version", "already anchored: %s is there, and no %s", d.proof, d.path)
	case have.Head == "" || !have.Clean():
		return refuse("git add "+at+" "+s.here(d.proof)+" && git commit", "already anchored by %s, which is not committed as it is", d.path)
	}
	return refuse("git anchor tree --verify "+at+"  # compares; git anchor tree --supersede <rev>:<dir> keeps the earlier proof beside the new one",
		"already anchored by %s", d.path)
}

// grown refuses to replace an anchor by another one of the same files.
func (r *Result) grown(m *treeanchor.Manifest) error {
	old, err := treeanchor.Parse(r.old)
	if r.old == nil || err != nil || !slices.Equal(old.Records(), m.Records()) {
		return nil
	}
	return refuse("", "nothing to supersede: %s holds these files as they are", r.Path)
}

// records hashes the files of a directory. Files of the same bytes are read once.
func (s *Session) records(ctx context.Context, entries []gitrepo.Entry, t *Tree) ([]treeanchor.Record, error) {
	sums := map[string][sha256.Size]byte{}
	lfs := map[string]bool{}
	list := make([]treeanchor.Record, 0, len(entries))
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rec := treeanchor.Record{Mode: treeMode(e), Path: strings.TrimPrefix(e.Path, t.Dir+"/")}
		if e.Submodule() {
			return nil, refuse("", "%v: %s", treeanchor.ErrSubmodule, e.Path)
		}
		sum, known := sums[e.ID]
		if !known {
			blob, err := s.Repo.BlobOf(ctx, e)
			if err != nil {
				return nil, refusable(err)
			}
			digest, err := blob.Digest(ctx, sha256.New())
			if err != nil {
				return nil, refusable(err)
			}
			copy(sum[:], digest)
			sums[e.ID], lfs[e.ID] = sum, blob.LFS()
		}
		rec.Sum = sum
		list = append(list, rec)
		if lfs[e.ID] && !e.Symlink() {
			t.LFS++
		}
	}
	t.Files = len(list)
	return list, nil
}

// treeMode is a file's mode as git writes it today.
func treeMode(e gitrepo.Entry) treeanchor.Mode {
	switch {
	case e.Symlink():
		return treeanchor.Symlink
	case e.Mode&0o100 != 0:
		return treeanchor.Executable
	}
	return treeanchor.Regular
}
