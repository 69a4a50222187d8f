package anchor

import (
	"context"
	"fmt"

	"github.com/openllmo/git-anchor/internal/ots"
)

// A writing puts proofs of objects into NotesRef, in one commit.
type writing struct {
	s      *Session
	run    *Run
	verb   string // of the commit's message
	list   []anchored
	proofs map[string]*ots.Proof // by object
	wrote  map[string]bool
	err    error // nothing was written
}

func (w *writing) add(a anchored, p *ots.Proof) {
	w.list = append(w.list, a)
	w.proofs[a.id] = p
}

// into writes the notes and returns the results of those that changed. A new
// proof takes no other one's place; one that grew is merged with what is there
// now, which another run may have written since.
func (w *writing) into(ctx context.Context, fresh bool) []*Result {
	if len(w.list) == 0 {
		return nil
	}
	w.wrote = map[string]bool{}
	byID := map[string]anchored{}
	var ids []string
	for _, a := range w.list {
		byID[a.id] = a
		ids = append(ids, a.id)
	}
	message := fmt.Sprintf("%s %d objects\n", w.verb, len(ids))
	if len(ids) == 1 {
		message = fmt.Sprintf("%s %s %s\n", w.verb, w.run.Results[w.list[0].result].Kind, ids[0])
	}
	w.run.Made, w.err = w.s.Repo.EditNotes(ctx, NotesRef, ids, message, func(id string, now []byte, err error) []byte {
		a := byID[id]
		r := &w.run.Results[a.result]
		r.Err, r.Refusal = nil, nil
		text, err := w.edited(a, r, now, err, fresh)
		if err != nil {
			r.blame(err)
		}
		w.wrote[id] = text != nil
		return text
	})
	if w.err != nil {
		return nil
	}
	var results []*Result
	for _, a := range w.list {
		if w.wrote[a.id] {
			results = append(results, &w.run.Results[a.result])
		}
	}
	return results
}

// edited is what the note on an object shall hold, nil for what it holds now.
func (w *writing) edited(a anchored, r *Result, now []byte, err error, fresh bool) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	n, err := parseNote(now, a.digest)
	if err != nil {
		return nil, err
	}
	p := w.proofs[a.id].Clone()
	switch {
	case n.foreign:
		return nil, foreignNote(r)
	case n.proof != nil && fresh:
		return nil, refuse("git anchor object --verify "+Quoted(r.Path), "another run anchored it at the same time: %s holds a proof now", NotesRef)
	case n.proof != nil && len(n.proof.Missing(p)) == 0:
		return nil, nil // another run wrote as much
	case n.proof != nil:
		if err := p.Merge(n.proof); err != nil {
			return nil, err
		}
	}
	raw, err := readBack(p)
	if err != nil {
		return nil, err
	}
	return noteOf(raw), nil
}
