package anchor

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// maxNoteLines is how many proofs one note may hold. We write one; a merge of
// notes leaves one of each side.
const maxNoteLines = 64

// A note is what NotesRef holds about an object.
type note struct {
	proof   *ots.Proof // all that its lines say of the object's bytes; nil: nothing
	foreign bool       // it has lines that are no proof of them
}

// parseNote reads a note on an object with the given SHA-256: a proof a line, in
// base64. Empty lines do not count. The error wraps ots.ErrTooLarge.
func parseNote(text, digest []byte) (note, error) {
	var n note
	lines := 0
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		if lines++; lines > maxNoteLines {
			return note{}, fmt.Errorf("the note has more than %d lines: %w", maxNoteLines, ots.ErrTooLarge)
		}
		raw, form, err := ots.Decode(line)
		var p *ots.Proof
		if err == nil {
			p, err = ots.Parse(raw)
		}
		switch {
		case err != nil || form != ots.FormBase64 || p.Hash != ots.SHA256 || !bytes.Equal(p.Digest, digest):
			n.foreign = true
		case n.proof == nil:
			n.proof = p
		default:
			if err := n.proof.Merge(p); err != nil {
				return note{}, fmt.Errorf("the note's lines together: %w", err)
			}
		}
	}
	return n, nil
}

// noteOf is a note that holds a proof, given as its bytes.
func noteOf(raw []byte) []byte {
	return append([]byte(base64.StdEncoding.EncodeToString(raw)), '\n')
}

// An anchored object is one on its way through a use case.
type anchored struct {
	result int // its place in the run
	id     string
	digest []byte // SHA-256 of its bytes
	note   note
}

// anchored finds the objects that revisions mean, or all that have notes, gives
// each a result, and reads its note. What cannot be read is a result already.
func (s *Session) anchored(ctx context.Context, revs []string, run *Run) ([]anchored, error) {
	notes, err := s.Repo.Notes(ctx, NotesRef)
	if err == nil && len(revs) == 0 {
		revs, err = notes.Objects(ctx)
	}
	if err != nil {
		return nil, err
	}
	var list []anchored
	seen := map[string]bool{}
	for _, rev := range revs {
		r := Result{Path: rev, Kind: "object", Proof: NotesRef}
		a, err := s.findAnchored(ctx, notes, rev, &r)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			r.blame(err)
		}
		if r.Object != "" && seen[r.Object] {
			continue
		}
		seen[r.Object] = true
		run.Results = append(run.Results, r)
		if a.id != "" {
			a.result = len(run.Results) - 1
			list = append(list, a)
		}
	}
	return list, nil
}

// findAnchored finds one object and its note; the zero value where the result
// says what is in the way.
func (s *Session) findAnchored(ctx context.Context, notes gitrepo.Notes, rev string, r *Result) (anchored, error) {
	if strings.Contains(rev, ":./") || strings.Contains(rev, ":../") {
		// git would read it from the directory that we start it in.
		return anchored{}, refuse("", "name the path from the top of the repository, behind the colon: REV:dir/file")
	}
	o, err := s.Repo.Object(ctx, rev)
	switch {
	case errors.Is(err, gitrepo.ErrMissingObject):
		s.lacking(r, err)
		return anchored{}, nil
	case errors.Is(err, gitrepo.ErrTooLarge):
		r.Kind, r.Object = o.Kind, o.ID
		r.unread(err)
		return anchored{}, nil
	case errors.Is(err, gitrepo.ErrNoCommit), errors.Is(err, gitrepo.ErrUnborn), errors.Is(err, gitrepo.ErrNotFound):
		return anchored{}, refuse("", "%v", err)
	case err != nil:
		return anchored{}, err
	}
	r.Kind, r.Object = o.Kind, o.ID
	sum := sha256.Sum256(o.Data)
	a := anchored{id: o.ID, digest: sum[:]}
	text, err := notes.On(ctx, o.ID)
	if err == nil {
		a.note, err = parseNote(text, a.digest)
	}
	if errors.Is(err, gitrepo.ErrTooLarge) || errors.Is(err, ots.ErrTooLarge) {
		r.Outcome, r.Hint = verify.Outcome{Status: verify.Unsupported, Reason: err.Error()}, showNote(o.ID)
		return anchored{}, nil
	}
	if err != nil {
		return anchored{}, err
	}
	return a, nil
}

// lacking says that an object is not in this clone, so that nothing is known.
func (s *Session) lacking(r *Result, err error) {
	r.Outcome, r.Hint = verify.Outcome{Status: verify.Undecided, Reason: err.Error()}, "git fetch"
	if shallow, err := s.Repo.Shallow(); err == nil && shallow {
		r.Hint = "git fetch --unshallow"
	}
}

// held says that there is a proof to judge; where there is none, the result
// tells.
func (r *Result) held(a anchored) bool {
	switch {
	case a.note.proof != nil && a.note.foreign:
		r.Notes = append(r.Notes, "the note on it also holds what is no proof of its bytes")
	case a.note.proof != nil:
	case a.note.foreign:
		r.Outcome = verify.Outcome{Status: verify.Failed, Reason: "the note on it in " + NotesRef + " holds no proof of its bytes"}
		r.Hint = showNote(r.Object)
	default:
		r.Outcome = verify.Outcome{Status: verify.Missing, Reason: "there is no proof of this " + r.Kind + " in " + NotesRef}
		r.Hint = "git anchor object " + Quoted(r.Path) + "  # if others have one: git fetch origin " + NotesRef + ":" + NotesRef
	}
	return a.note.proof != nil
}

func foreignNote(r *Result) *Refusal {
	return refuse(showNote(r.Object), "the note on this %s in %s holds what is no proof of its bytes, and nothing is written over it", r.Kind, NotesRef)
}

func showNote(id string) string { return "git notes --ref=anchors show " + id + "  # shows it" }
