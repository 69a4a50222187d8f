package anchor

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/gitrepo"
)

// Selection says which documents a use case is about.
type Selection struct {
	Operands []string // documents, proofs or directories; none: all configured documents
	All      bool     // every proof in the tree too, whatever the configuration
	Rev      string   // "" is HEAD
}

// choose lists the documents of a selection. Operands that cannot be documents
// are results with a refusal already.
func (s *Session) choose(ctx context.Context, c gitrepo.Commit, sel Selection) ([]document, Run, error) {
	run := Run{Commit: c}
	if len(sel.Operands) == 0 {
		docs, others, err := s.configured(ctx, c, "", sel.All)
		run.Others = others
		err = run.unlisted(err)
		return docs, run, err
	}
	var docs []document
	seen := map[string]bool{}
	add := func(d document) {
		if !seen[d.proof] {
			seen[d.proof] = true
			docs = append(docs, d)
		}
	}
	for _, op := range sel.Operands {
		path, err := s.operand(op)
		if err != nil {
			run.Results = append(run.Results, Result{Path: op, Kind: config.KindFile, Refusal: absent("", "%v", err)})
			continue
		}
		if old, ok := s.earlier(path); ok {
			old.named = true
			add(old)
			continue
		}
		if s.isDirectory(ctx, c, path) {
			under, _, err := s.configured(ctx, c, path, true)
			if err = run.unlisted(err); err != nil {
				return nil, run, err
			}
			for _, d := range under {
				add(d)
			}
			continue
		}
		add(s.document(path, true))
	}
	if sel.All {
		more, _, err := s.configured(ctx, c, "", true)
		if err = run.unlisted(err); err != nil {
			return nil, run, err
		}
		for _, d := range more {
			add(d)
		}
	}
	docs = s.withEarlier(ctx, c, docs, &run)
	return docs, run, nil
}

func (s *Session) isDirectory(ctx context.Context, c gitrepo.Commit, path string) bool {
	if path == "" {
		return true
	}
	_, err := s.Repo.Blob(ctx, c, path)
	return errors.Is(err, gitrepo.ErrDirectory)
}

// configured lists, by path, the documents below dir that a rule names; with
// proofs also those that have a proof in the tree or on disk beside them. Each
// is followed by the proofs of its earlier versions. Without proofs, others
// counts the documents' proofs in the tree that this leaves out.
func (s *Session) configured(ctx context.Context, c gitrepo.Commit, dir string, proofs bool) (docs []document, others int, err error) {
	l := listing{s: s, dir: dir, proofs: proofs, found: map[string]document{}}
	_, err = s.Repo.Files(ctx, c, func(path string) bool {
		l.take(path)
		return false
	})
	var some gitrepo.PathErrors
	if err != nil && !errors.As(err, &some) {
		return nil, 0, err
	}
	if bad := l.onDisk(ctx); len(bad) > 0 {
		maps.Copy(bad, some)
		err = bad
	}
	docs = slices.SortedFunc(maps.Values(l.found), func(a, b document) int {
		return cmp.Or(strings.Compare(a.path, b.path), strings.Compare(a.proof, b.proof))
	})
	return docs, l.others, err
}

// A listing finds documents in a tree.
type listing struct {
	s      *Session
	dir    string              // below which, "" for the top
	proofs bool                // also what has a proof and is not configured
	found  map[string]document // by proof
	others int
}

func (l *listing) inside(path string) bool {
	return l.dir == "" || strings.HasPrefix(path, l.dir+"/")
}

// take looks at one file of the tree.
func (l *listing) take(path string) {
	if old, ok := l.s.earlier(path); ok {
		l.takeEarlier(old)
		return
	}
	if !strings.HasSuffix(path, ".ots") {
		if _, ok := l.s.Config.Match(path); l.inside(path) && (ok || l.proofs && l.s.besideOnDisk(path)) {
			l.add(path)
		}
		return
	}
	doc, ok := l.s.Config.DocumentPath(path)
	_, configured := l.s.Config.Match(doc)
	switch {
	case !ok || !l.inside(path) && !l.inside(doc):
	case l.proofs || configured:
		l.add(doc)
	default:
		l.others++
	}
}

func (l *listing) add(path string) {
	d := l.s.document(path, false)
	l.found[d.proof] = d
}

func (l *listing) takeEarlier(d document) {
	if _, configured := l.s.Config.Match(d.path); (configured || l.proofs) && (l.inside(d.path) || l.inside(d.proof)) {
		l.found[d.proof] = d
	}
}

// onDisk adds the proofs of earlier versions that are not committed yet.
func (l *listing) onDisk(ctx context.Context) gitrepo.PathErrors {
	dirs := map[string]bool{}
	for proof := range l.found {
		dirs[path.Dir(proof)] = true
	}
	bad := gitrepo.PathErrors{}
	for _, dir := range slices.Sorted(maps.Keys(dirs)) {
		docs, err := l.s.earlierIn(ctx, nil, dir)
		if err != nil {
			bad[dir] = err
		}
		for _, d := range docs {
			l.takeEarlier(d)
		}
	}
	return bad
}

// unlisted turns an error about some paths of a tree into results of their own:
// they stop nobody from judging the others.
func (run *Run) unlisted(err error) error {
	var some gitrepo.PathErrors
	if !errors.As(err, &some) {
		return err
	}
	for _, path := range slices.Sorted(maps.Keys(some)) {
		run.Results = append(run.Results, Result{Path: path, Kind: config.KindFile, Err: some[path]})
	}
	return nil
}

// besideOnDisk reports whether a document's proof is in the work tree, perhaps
// not committed yet. What it is, and whether it may be read, load finds out.
func (s *Session) besideOnDisk(path string) bool {
	if s.Repo.Top() == "" {
		return false
	}
	_, err := os.Lstat(filepath.Join(s.Repo.Top(), filepath.FromSlash(s.Config.ProofPath(path))))
	return err == nil
}
