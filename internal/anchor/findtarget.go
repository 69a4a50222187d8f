package anchor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
)

// targets reads what an operand of Find stands for.
func (s *Session) targets(ctx context.Context, head gitrepo.Commit, op string) []Found {
	if op == "" {
		return []Found{{Proof: Quoted(op), Err: refuse("git anchor find .  # looks for what all proofs below are for", "the empty name names no proof")}}
	}
	at, err := s.Repo.Rel(op)
	if err != nil {
		return []Found{outsideTarget(op)}
	}
	names, ok, err := s.proofsIn(ctx, head, at)
	if err != nil {
		return []Found{{Proof: op, Err: err}}
	}
	if ok {
		if len(names) == 0 {
			return []Found{{Proof: op, Err: refuse("", "there is no proof in %s", op)}}
		}
		var all []Found
		for _, name := range names {
			all = append(all, s.target(ctx, head, name))
		}
		return all
	}
	if !proofNamed(at) {
		beside := s.Config.ProofPath(at)
		if st := s.load(ctx, head, beside); st.raw != nil || st.err != nil {
			return []Found{s.target(ctx, head, beside)}
		}
	}
	f := s.target(ctx, head, at)
	if errors.Is(f.Err, ots.ErrNotProof) && !proofLike(path.Base(at)) {
		f.Err = s.unproven(ctx, head, at)
	}
	return []Found{f}
}

// unproven refuses a document of which there is no proof to look for.
func (s *Session) unproven(ctx context.Context, head gitrepo.Commit, at string) error {
	d := s.document(at, true)
	for _, e := range s.withEarlier(ctx, head, []document{d}, &Run{}) {
		if e.earlier {
			return refuse("git anchor find "+s.here(e.proof), "it is a document, and there is no proof %s, only that of an earlier version", d.proof)
		}
	}
	return refuse("git anchor "+s.here(at)+"  # anchors it; to find what another file proves, name that: git anchor find FILE.ots",
		"it is a document, and there is no proof %s", d.proof)
}

// target reads one proof of the repository, from the work tree or else from
// HEAD.
func (s *Session) target(ctx context.Context, head gitrepo.Commit, at string) Found {
	f := Found{Proof: at, names: documentNames(at)}
	if old, ok := s.earlier(at); ok {
		f.Document = old.path
	} else if doc, ok := s.Config.DocumentPath(at); ok {
		f.Document = doc
	}
	st := s.load(ctx, head, at)
	switch {
	case st.raw != nil:
		f.read(st.raw)
	case st.err != nil && !errors.Is(st.err, gitrepo.ErrNotFound):
		f.Err = st.err
	default:
		f.Err = refuse("git log --stat -- "+s.spec(at)+"  # shows what became of it", "there is no proof %s", at)
	}
	return f
}

// outsideTarget reads a proof that lies in no repository, or not in this one.
func outsideTarget(name string) Found {
	if _, err := os.Lstat(name + ".ots"); err == nil && !proofLike(filepath.Base(name)) {
		name += ".ots" // it is the document
	}
	f := Found{Proof: name, names: documentNames(filepath.ToSlash(name))}
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		f.Err = refuse("", "there is no file %s", name)
		return f
	}
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("read %s: %w", name, gitrepo.ErrNotRegular)
	}
	if err != nil {
		f.Err = err
		return f
	}
	in, err := os.Open(name)
	if err != nil {
		f.Err = err
		return f
	}
	defer in.Close()
	raw, err := io.ReadAll(io.LimitReader(in, ots.MaxEncoded+1))
	if err != nil {
		f.Err = err
		return f
	}
	f.read(raw)
	return f
}

// read takes the digest out of a proof in whatever form.
func (f *Found) read(raw []byte) *ots.Proof {
	raw, form, err := ots.Decode(raw)
	if err != nil {
		f.Err = err
		return nil
	}
	p, err := ots.Parse(raw)
	if err != nil {
		f.Err = err
		return nil
	}
	f.Form, f.Hash, f.Digest = form, p.Hash, slices.Clone(p.Digest)
	return p
}

// proofsIn lists the proofs below a directory, by their names; ok is false for
// what is none.
func (s *Session) proofsIn(ctx context.Context, head gitrepo.Commit, dir string) (names []string, ok bool, err error) {
	onDisk, err := s.Repo.DiskNames(dir, proofLike)
	for _, name := range onDisk {
		names = append(names, path.Join(dir, name))
	}
	if ok = err == nil; !ok && (head.ID == "" || !s.isDirectory(ctx, head, dir)) {
		return nil, false, nil
	}
	if head.ID != "" {
		entries, err := s.Repo.FilesUnder(ctx, head, []string{dir}, func(p string) bool { return proofLike(path.Base(p)) })
		var some gitrepo.PathErrors
		if err != nil && !errors.As(err, &some) {
			return nil, true, err
		}
		for _, e := range entries {
			names = append(names, e.Path)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), true, nil
}

// proofLike accepts the names of files that may hold a proof in any form:
// a.md.ots, a.md.ots.draft, a.md.ots.asc.
func proofLike(name string) bool {
	return strings.HasSuffix(name, ".ots") || strings.Contains(name, ".ots.")
}

// documentNames are the names, in whatever directory, of the document that a
// proof's name speaks of. LIPs were .mdx files before they moved.
func documentNames(proof string) []string {
	name := path.Base(proof)
	if doc, ok := Superseded(name); ok {
		name = doc
	} else if i := strings.LastIndex(name, ".ots"); i > 0 {
		name = name[:i]
	}
	if name == "" || name == "." || name == "/" {
		return nil
	}
	names := []string{name}
	if stem, ok := strings.CutSuffix(name, ".mdx"); ok {
		names = append(names, stem+".md")
	} else if stem, ok := strings.CutSuffix(name, ".md"); ok {
		names = append(names, stem+".mdx")
	}
	return names
}
