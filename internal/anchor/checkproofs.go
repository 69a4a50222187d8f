package anchor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// A side of a change.
type side bool

const (
	atBase side = false
	atHead side = true // as a merge would have it: the base with what the change touches
)

// blob finds the regular file at a path, nil where there is none.
func (c *changing) blob(ctx context.Context, at side, path string) (*gitrepo.Blob, error) {
	commit := c.base
	if ch, ok := c.touched[path]; ok && at == atHead {
		if !ch.New.Regular() {
			return nil, nil
		}
		commit = c.head
	}
	blob, err := c.s.Repo.Blob(ctx, commit, path)
	for _, kind := range []error{gitrepo.ErrNotFound, gitrepo.ErrSymlink, gitrepo.ErrSubmodule, gitrepo.ErrDirectory, gitrepo.ErrNotRegular, gitrepo.ErrTooLarge, gitrepo.ErrBadPath} {
		if errors.Is(err, kind) {
			return nil, nil
		}
	}
	return blob, err
}

// A proofFile is a proof as one side holds it.
type proofFile struct {
	path string
	id   string // blob id, "" where there is no regular file
	size int
	p    *ots.Proof // nil where it cannot be read, for which err says why
	err  error
}

// proof reads the proof at a path.
func (c *changing) proof(ctx context.Context, at side, path string) (proofFile, error) {
	f := proofFile{path: path}
	blob, err := c.blob(ctx, at, path)
	if err != nil || blob == nil {
		return f, err
	}
	f.id, f.size = blob.ID, int(blob.Size)
	switch {
	case blob.Size > ots.MaxProof:
		f.err = fmt.Errorf("it has %d bytes, more than the %d that are read: %w", blob.Size, ots.MaxProof, ots.ErrTooLarge)
		return f, nil
	case at == atHead && blob.Size > ots.MaxWritten && c.isNew(path, blob.ID):
		f.err = fmt.Errorf("it has %d bytes, more than the %d that may be written: %w", blob.Size, ots.MaxWritten, ots.ErrTooLarge)
		return f, nil
	case c.parsed+blob.Size > maxParsed:
		f.err = fmt.Errorf("%w: the proofs of this change have more than %d bytes", errTooMuch, maxParsed)
		return f, nil
	}
	c.parsed += blob.Size
	raw, err := blob.Bytes(ctx)
	if err != nil {
		return f, err
	}
	f.p, f.err = ots.Parse(raw)
	return f, nil
}

// errTooMuch: nothing is said of what was not read.
var errTooMuch = errors.New("not read")

// isNew reports whether a proof's bytes came with the change.
func (c *changing) isNew(path, id string) bool {
	ch, touched := c.touched[path]
	return touched && ch.Old.ID != id && !c.left[id]
}

// stands reports whether a proof is for the document at a path. Of one that is
// too large to be read, or whose path is, the base's is taken for it, and the
// head's as long as nothing touches it: so where the base had the proof alone.
func (c *changing) stands(ctx context.Context, at side, p *ots.Proof, path string) (bool, error) {
	if ch, touched := c.touched[path]; at == atBase || !touched {
		_, err := c.s.Repo.Blob(ctx, c.base, path)
		if errors.Is(err, gitrepo.ErrTooLarge) || errors.Is(err, gitrepo.ErrBadPath) && (touched && ch.Old.Regular() || !touched) {
			return true, nil
		}
	}
	return c.isOf(ctx, at, p, path)
}

// isOf reports whether a proof is for the bytes at a path, all of which were read.
func (c *changing) isOf(ctx context.Context, at side, p *ots.Proof, path string) (bool, error) {
	blob, err := c.blob(ctx, at, path)
	if err != nil || blob == nil {
		return false, err
	}
	key := blob.ID + p.Hash.String()
	if c.digests[key] == nil {
		if c.digests[key], err = blob.Digest(ctx, p.Hash.NewHash()); err != nil {
			return false, err
		}
	}
	return bytes.Equal(c.digests[key], p.Digest), nil
}

// kept sees to it that the head holds what the base's proof at a path does.
func (c *changing) kept(ctx context.Context, path string) error {
	old, err := c.proof(ctx, atBase, path)
	if err != nil || old.id == "" {
		return err
	}
	if errors.Is(old.err, errTooMuch) {
		c.unread(path, old.err)
		return nil
	}
	if old.p == nil {
		if !c.sameBytes(old) {
			c.broken(path, verify.RuleReplaced, c.restore(path), "the proof cannot be read (%v), and so must stay as it is, byte for byte", old.err)
		}
		return nil
	}
	holders, err := c.holders(ctx, old)
	if err != nil {
		return err
	}
	var lost []ots.Claim
	for _, h := range holders {
		if lost = h.p.Missing(old.p); len(lost) == 0 {
			return c.stale(ctx, old, h)
		}
	}
	if ok, err := c.goesAlong(ctx, old); err != nil || ok {
		return err // movedMonths says what is wrong there
	}
	if len(holders) > 0 {
		c.broken(holders[0].path, verify.RuleWeakened, c.restore(path), "the proof lost what it held in %s: %s", briefly(c.base), claims(lost))
		return nil
	}
	return c.explain(ctx, old)
}

// unread is the breach that nothing is known of a proof, for want of room.
func (c *changing) unread(path string, why error) {
	c.breach(path, verify.Fault{Rule: verify.RuleTooLarge, Status: verify.Undecided, Text: why.Error(), Hint: "bring the proofs in several changes"})
}

// sameBytes says that the head holds a file of the base byte for byte, perhaps
// under another proof's name.
func (c *changing) sameBytes(old proofFile) bool {
	ch, touched := c.touched[old.path]
	return !touched || ch.New.ID == old.id && ch.New.Regular() || slices.ContainsFunc(c.arrived[old.id], proofNamed)
}

// holders lists the head's proofs for a base proof's digest, where they count:
// beside the document, wherever it moved; under the name of a superseded proof
// of it; where the base had it, when it stood beside no document of its own; and
// when there was no such document, beside any that it is for.
func (c *changing) holders(ctx context.Context, old proofFile) ([]proofFile, error) {
	doc := documentOf(c.s.Config, old.path)
	orphaned, err := c.orphaned(ctx, doc)
	if err != nil {
		return nil, err
	}
	to := c.movedTo(doc)
	var list []proofFile
	if month, proof, ok := c.laidOut(doc); ok {
		f, err := c.proof(ctx, atHead, proof)
		if err != nil {
			return nil, err
		}
		if twins(f.p, old.p) {
			if ok, err = c.isOf(ctx, atHead, f.p, month); err != nil {
				return nil, err
			}
			if ok {
				list = append(list, f)
			}
		}
	}
	for _, path := range c.places(old) {
		f, err := c.proof(ctx, atHead, path)
		if err != nil {
			return nil, err
		}
		beside := documentOf(c.s.Config, path)
		_, superseded := Superseded(path)
		own := beside == doc || to != "" && beside == to
		if !twins(f.p, old.p) || !own && (superseded || !orphaned) {
			continue
		}
		counts := superseded
		switch {
		case superseded:
		case path == old.path:
			counts, err = c.stays(ctx, old, doc)
		default: // a new place counts for nothing beside what could not be read
			counts, err = c.isOf(ctx, atHead, f.p, beside)
		}
		if err != nil {
			return nil, err
		}
		if counts {
			list = append(list, f)
		}
	}
	return list, nil
}

// stays reports whether a proof counts where the base had it: still beside its
// document, or beside none as before.
func (c *changing) stays(ctx context.Context, old proofFile, doc string) (bool, error) {
	stood, err := c.stands(ctx, atBase, old.p, doc)
	if err != nil || !stood {
		return !stood, err
	}
	return c.stands(ctx, atHead, old.p, doc)
}

// orphaned says that the base has nothing where a proof's document would be.
func (c *changing) orphaned(ctx context.Context, doc string) (bool, error) {
	_, err := c.s.Repo.Entry(ctx, c.base, doc)
	switch {
	case errors.Is(err, gitrepo.ErrNotFound):
		return true, nil
	case errors.Is(err, gitrepo.ErrBadPath):
		return false, nil
	}
	return false, err
}

// places lists where the head may hold what the base's proof does.
func (c *changing) places(old proofFile) []string {
	stem := strings.TrimSuffix(old.path, ".ots")
	if s, ok := Superseded(old.path); ok {
		stem = s
	}
	list := append([]string{old.path, SupersededPath(stem, old.p), stem + draftSuffix}, c.newProofs[digestKey(old.p)]...)
	slices.Sort(list)
	return slices.Compact(list)
}
