package anchor

import (
	"context"
	"crypto/sha256"
	"errors"

	"github.com/openllmo/git-anchor/internal/calendar"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// NotesRef keeps the proofs of git objects: the note on an object holds one
// proof a line, in base64, of the bytes that "git cat-file <type> <id>" prints.
// Lines of several clones may be put together in any order, as git's note merges
// union and cat_sort_uniq do; reading merges them.
const NotesRef = "refs/notes/anchors"

// An anchored object is one on its way through a use case.
type anchored struct {
	result int // its place in the run
	id     string
	digest []byte // SHA-256 of its bytes
	note   note
}

// StampObjects anchors the bytes of commits, tags, trees and blobs, which stay
// as they are: a revision means its object itself, a tag is not followed. One
// submission for all of them, one commit on NotesRef. Errors are as Stamp's.
func (s *Session) StampObjects(ctx context.Context, revs []string, o StampOptions) (Run, error) {
	var run Run
	list, err := s.anchored(ctx, revs, &run)
	if err != nil {
		return run, err
	}
	for i := range run.Results {
		if r := &run.Results[i]; r.Outcome.Status != verify.Unjudged { // what cannot be read
			r.Refusal, r.Outcome = refuse(r.Hint, "%s", r.Outcome.Reason), verify.Outcome{}
		}
	}
	var due []anchored
	var digests [][]byte
	for _, a := range list {
		r := &run.Results[a.result]
		r.Outcome.Digest = a.digest
		switch {
		case a.note.foreign:
			r.Refusal = foreignNote(r)
		case a.note.proof != nil:
			r.Refusal = refuse("git anchor object --verify "+Quoted(r.Path), "already anchored: %s holds a proof of this %s", NotesRef, r.Kind)
		case o.DryRun:
			r.Action, r.Notes = Would, []string{about(r.Kind, r.Object)}
		default:
			r.Notes = []string{about(r.Kind, r.Object)}
			due, digests = append(due, a), append(digests, a.digest)
		}
	}
	if len(due) == 0 {
		return run, nil
	}
	if err := s.Repo.Committer(ctx); err != nil {
		return run, err // before anybody is asked
	}
	root, proofs, err := ots.Aggregate(digests, s.Random)
	if err != nil {
		return run, err
	}
	answers, err := s.Calendars.Submit(ctx, root, o.Calendars, calendar.Options{Min: o.Min, Timeout: o.Timeout})
	for _, a := range answers {
		run.Posted = append(run.Posted, Posted{URL: a.Calendar, Names: a.Names, Err: a.Err})
	}
	if err != nil {
		return run, err
	}
	w := writing{s: s, run: &run, verb: "Anchor", proofs: map[string]*ots.Proof{}}
	for i, a := range due {
		r := &run.Results[a.result]
		if _, err := r.graft(proofs[i], answers, o.Min); err != nil {
			r.blame(err)
			continue
		}
		w.add(a, proofs[i])
	}
	for _, r := range w.into(ctx, true) {
		r.Action, r.Outcome.Status, r.Outcome.Reason = Wrote, verify.Pending, "Bitcoin confirms in a few hours"
	}
	return run, w.err
}

// VerifyObjects judges the proofs that NotesRef holds for the bytes of objects;
// without revisions those of all objects it names. A proof without a Bitcoin
// claim is first asked for at its calendars; nothing is written.
func (s *Session) VerifyObjects(ctx context.Context, revs []string, o VerifyOptions) (Run, error) {
	var run Run
	list, err := s.anchored(ctx, revs, &run)
	if err != nil {
		return run, err
	}
	var judged []loose
	for _, a := range list {
		r := &run.Results[a.result]
		if r.held(a) {
			r.Notes = append(r.Notes, about(r.Kind, r.Object))
			judged = append(judged, loose{r, a.note.proof, a.digest})
		}
	}
	s.judgeLoose(ctx, judged, o)
	for i := range run.Results {
		r := &run.Results[i]
		if r.Action == Grew {
			r.Notes = append(r.Notes, "the proof grew: git anchor object --upgrade "+Quoted(r.Path)+" writes it")
		}
	}
	return run, ctx.Err()
}

// UpgradeObjects is Upgrade for the proofs in NotesRef, which it writes in one
// commit; without revisions it is about all of them.
func (s *Session) UpgradeObjects(ctx context.Context, revs []string, o UpgradeOptions) (Run, error) {
	var run Run
	list, err := s.anchored(ctx, revs, &run)
	if err != nil {
		return run, err
	}
	comp := s.completer(o.Unchecked)
	var held []anchored
	for _, a := range list {
		r := &run.Results[a.result]
		if a.note.foreign {
			r.Refusal = foreignNote(r)
		} else if r.held(a) {
			held = append(held, a)
			comp.note(comp.questions(ctx, a.note.proof))
		}
	}
	comp.ask(ctx)
	w := writing{s: s, run: &run, verb: "Upgrade", proofs: map[string]*ots.Proof{}}
	for _, a := range held {
		if err := ctx.Err(); err != nil {
			return run, err
		}
		r, p := &run.Results[a.result], a.note.proof
		g := comp.grow(ctx, p)
		if g.proof != nil {
			p = g.proof
		}
		r.Notes = append(r.Notes, g.notes...)
		r.tally(p)
		r.Outcome = s.Judge.Claims(ctx, p)
		r.settle(g, hasBlock(p))
		switch {
		case g.proof != nil && o.DryRun:
			r.Action = Would
		case g.proof != nil:
			w.add(a, p)
		}
	}
	for _, r := range w.into(ctx, false) {
		r.Action = Upgraded
	}
	return run, errors.Join(w.err, ctx.Err())
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
		o, err := s.Repo.Object(ctx, rev)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.Is(err, gitrepo.ErrMissingObject):
			run.Results = append(run.Results, Result{Path: rev, Kind: "object"})
			run.Results[len(run.Results)-1].lacking(err)
			continue
		case err != nil:
			run.Results = append(run.Results, Result{Path: rev, Kind: "object", Refusal: &Refusal{Text: err.Error()}})
			continue
		case seen[o.ID]:
			continue
		}
		seen[o.ID] = true
		run.Results = append(run.Results, Result{Path: rev, Kind: o.Kind, Object: o.ID, Proof: NotesRef})
		sum := sha256.Sum256(o.Data)
		a := anchored{result: len(run.Results) - 1, id: o.ID, digest: sum[:]}
		text, err := notes.On(ctx, o.ID)
		if err == nil {
			a.note, err = parseNote(text, a.digest)
		}
		if err != nil {
			run.Results[a.result].unreadableNote(err)
			continue
		}
		list = append(list, a)
	}
	return list, nil
}

// lacking says that an object is not in this clone, so that nothing is known.
func (r *Result) lacking(err error) {
	r.Outcome, r.Hint = verify.Outcome{Status: verify.Undecided, Reason: err.Error()}, "git fetch"
}

// unreadableNote says why a note is left alone: past a limit of ours, or lost.
func (r *Result) unreadableNote(err error) {
	if errors.Is(err, gitrepo.ErrTooLarge) || errors.Is(err, ots.ErrTooLarge) {
		r.Outcome = verify.Outcome{Status: verify.Unsupported, Reason: err.Error()}
		r.Hint = showNote(r.Object)
		return
	}
	r.Err = err
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
		r.Hint = "git anchor object " + Quoted(r.Path) + "  (if others have one: git fetch origin " + NotesRef + ":" + NotesRef + ")"
	}
	return a.note.proof != nil
}

func foreignNote(r *Result) *Refusal {
	return refuse(showNote(r.Object), "the note on this %s in %s holds what is no proof of its bytes, and nothing is written over it", r.Kind, NotesRef)
}

func showNote(id string) string { return "git notes --ref=anchors show " + id + " shows it" }
