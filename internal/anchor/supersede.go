package anchor

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
)

// What SupersededPath puts between a path, a digest and the end.
const (
	supersededMark = ".superseded-"
	supersededEnd  = ".ots"
	digits         = 2 * sha256.Size
)

// draftSuffix ends the proofs of earlier versions that LLMO kept by hand. They
// are read and upgraded, and never made.
const draftSuffix = ".ots.draft"

// SupersededPath is where the proof of an earlier version is kept:
// doc.superseded-<64 hex digits>.ots, by the SHA-256 that the proof is for, or
// that of its digest where its file hash is another. doc is the path of the
// document's proof without .ots: of the document itself, but for registries.
func SupersededPath(doc string, p *ots.Proof) string {
	digest := p.Digest
	if p.Hash != ots.SHA256 {
		sum := sha256.Sum256(digest)
		digest = sum[:]
	}
	return doc + supersededMark + hex.EncodeToString(digest) + supersededEnd
}

// Superseded tells, for the path of a proof of an earlier version, whose it is,
// as SupersededPath takes it; so it does for LLMO's doc.ots.draft.
func Superseded(proof string) (doc string, ok bool) {
	stem, isDraft := strings.CutSuffix(proof, draftSuffix)
	if isDraft {
		doc, ok = stem, true
	} else if stem, ok = strings.CutSuffix(proof, supersededEnd); ok && len(stem) > digits {
		doc, ok = strings.CutSuffix(stem[:len(stem)-digits], supersededMark)
		ok = ok && strings.Trim(stem[len(stem)-digits:], "0123456789abcdef") == ""
	} else {
		ok = false
	}
	if !ok || doc == "" || strings.HasSuffix(doc, "/") {
		return "", false
	}
	return doc, true
}

// twins says that two proofs are about the same digest; nil is about none.
func twins(p, q *ots.Proof) bool {
	return p != nil && q != nil && p.Hash == q.Hash && bytes.Equal(p.Digest, q.Digest)
}

// SupersedeOptions say how far superseding goes.
type SupersedeOptions struct {
	DryRun bool // write nothing
	Commit bool // commit exactly the moves
}

// Supersede moves the proofs of documents that changed to where proofs of
// earlier versions are kept (SupersededPath), so that the documents can be
// anchored anew. A result's Proof is the new place. What is refused stops
// nothing else. A run that was stopped between is completed by the next one:
// the proof is at both places then, never at none.
func (s *Session) Supersede(ctx context.Context, operands []string, o SupersedeOptions) (Run, error) {
	if s.Repo.Top() == "" {
		return Run{}, fmt.Errorf("supersede proofs: %w", gitrepo.ErrNoWorkTree)
	}
	c, err := s.Repo.Resolve(ctx, "HEAD")
	if err != nil {
		return Run{}, err
	}
	run := Run{Commit: c}
	docs := s.named(operands, &run)
	paths := make([]string, 0, 2*len(docs))
	for _, d := range docs {
		paths = append(paths, d.path, d.proof)
	}
	states, err := s.Repo.States(ctx, paths)
	if err != nil {
		return run, err
	}
	byPath := map[string]document{}
	for _, d := range docs {
		byPath[d.path] = d
	}
	var removed []string
	for i := range run.Results {
		r := &run.Results[i]
		if r.Refusal != nil {
			continue
		}
		d := byPath[r.Path]
		if err := s.supersede(ctx, c, d, states[d.path], states[d.proof], r, o.DryRun); err != nil {
			if ctx.Err() != nil {
				return run, ctx.Err()
			}
			r.blame(err)
			continue
		}
		if st := states[d.proof]; r.Action == Moved {
			run.Written = append(run.Written, r.Proof)
			if st.Head != "" || st.Index != "" {
				removed = append(removed, d.proof)
			}
		}
	}
	if o.Commit && len(run.Written) > 0 {
		subjects := removed
		if len(subjects) != 1 {
			subjects = run.Written
		}
		run.Made, err = s.Repo.Commit(ctx, run.Written, subject("Supersede", subjects), removed...)
	}
	return run, err
}

// supersede moves the proof of one document, or finds that an earlier run did.
func (s *Session) supersede(ctx context.Context, c gitrepo.Commit, d document, doc, proof gitrepo.State, r *Result, dryRun bool) error {
	if s.isMonth(d) {
		return s.notOfMonth(ctx, c, d)
	}
	var m *move
	for attempt := 1; ; attempt++ {
		var err error
		if m, err = s.planMove(ctx, c, d, proof, r); err == nil {
			err = s.outdated(ctx, c, d, doc, m.proof)
		}
		if err == nil && !dryRun {
			err = s.move(ctx, c, d, m, r)
		}
		if err == nil {
			break
		}
		if !errors.Is(err, gitrepo.ErrChanged) || attempt == writeAttempts {
			return err
		}
	}
	if r.Action = Moved; dryRun {
		r.Action = Would
	}
	r.Proof, r.Superseded = m.to, true
	r.Outcome.Hash, r.Outcome.Stamped = m.proof.Hash, m.proof.Digest
	r.tally(m.proof)
	return nil
}

// move writes the new place first: whoever is stopped between has both.
// ErrChanged is another run's growing the proof meanwhile.
func (s *Session) move(ctx context.Context, c gitrepo.Commit, d document, m *move, r *Result) error {
	if err := s.keep(ctx, c, m, r); err != nil {
		return err
	}
	// One that is gone already may have left a killed run's temporary.
	err := s.Repo.RemoveFile(d.proof, m.old)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if _, gone := s.Repo.ReadFile(d.proof, ots.MaxProof); errors.Is(gone, fs.ErrNotExist) {
		return nil // another run moved it, too
	}
	return fmt.Errorf("%s was copied to %s and could not be removed (do it again): %w", d.proof, m.to, err)
}

// outdated refuses to supersede a proof that stands for the document as it is.
func (s *Session) outdated(ctx context.Context, c gitrepo.Commit, d document, st gitrepo.State, p *ots.Proof) error {
	blob, err := s.Repo.Blob(ctx, c, d.path)
	switch {
	case err != nil && refusable(err) == err && !errors.Is(err, gitrepo.ErrNotFound):
		return err
	case err != nil: // deleted, or a file no more
		return nil
	case st.Err != nil:
		return fmt.Errorf("compare the work tree with the commit: %w", st.Err)
	case difference(st) != "":
		return nil
	}
	digest, err := blob.Digest(ctx, p.Hash.NewHash())
	if err != nil {
		return err
	}
	if bytes.Equal(digest, p.Digest) {
		return refuse("", "nothing to supersede: %s is the proof of the document as it is now", d.proof)
	}
	return nil
}
