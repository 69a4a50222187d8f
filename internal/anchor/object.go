package anchor

import (
	"context"
	"errors"

	"github.com/openllmo/git-anchor/internal/calendar"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// NotesRef keeps the proofs of git objects: the note on an object holds one
// proof a line, in base64, of the bytes that "git cat-file <type> <id>" prints.
// Lines of several clones may be put together in any order, as git's note merges
// union and cat_sort_uniq do; reading merges them.
const NotesRef = "refs/notes/anchors"

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
