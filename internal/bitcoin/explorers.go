package bitcoin

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// maxMore is how many further sources are heard once one has dissented.
const maxMore = 2

// hear asks explorers in order and keeps their answers, until one agrees and
// none dissents; where rung quorum is wanted, until two independent ones agree.
// A valid header with another root does not pass silently: up to maxMore are
// heard after the first.
func (q *query) hear(ctx context.Context) {
	heard, dissent := 0, false
	var agree []string
	var first *Header
	for _, s := range q.sources {
		enough := heard > 0 && (q.require != RungQuorum || operators(agree) >= 2)
		if dissent && heard > maxMore || !dissent && enough {
			return
		}
		a := Answer{Source: s.source.Name()}
		h, err := q.explored(ctx, s)
		if err != nil {
			a.Err = err
		} else {
			a.Header, a.Agrees = &h, h.MerkleRoot() == q.root
			if first == nil {
				first = &h
			}
			heard++
			dissent = dissent || !a.Agrees || contradict(q.root, *first, h)
			agree = append(agree, a.Source)
		}
		q.add(a, s)
	}
}

// explored returns the header that an explorer has. One whose word is wanted
// above the table is first asked for the table's last block: one that has
// another there follows a chain that left Bitcoin.
func (q *query) explored(ctx context.Context, s *asked) (Header, error) {
	last := q.network.LastHeight()
	if last > 0 && q.Height > last {
		if _, err := q.header(ctx, s, last); err != nil {
			return Header{}, fmt.Errorf("asked for block %d, the last of the table: %w", last, err)
		}
	}
	return q.header(ctx, s, q.Height)
}

// contradict reports whether two headers cannot both be the block's. With the
// root that was asked about every byte counts: the date rests on the others.
// With another root, that they share it is what is said of both.
func contradict(root Hash, a, b Header) bool {
	return a.MerkleRoot() != b.MerkleRoot() || a.MerkleRoot() == root && a != b
}

// weigh sets the verdict by the headers that explorers gave.
func (q *query) weigh() {
	var names []string
	var one *Header
	for i, a := range q.Answers {
		switch {
		case q.voices[i] == nil || a.Header == nil:
		case one == nil:
			one, names = a.Header, append(names, a.Source)
		case contradict(q.root, *one, *a.Header):
			q.Header, q.Verdict, q.Rung = nil, Disputed, RungExplorer
			q.Reason = fmt.Sprintf("the sources contradict each other on block %d", q.Height)
			return
		default:
			names = append(names, a.Source)
		}
	}
	if one == nil {
		return
	}
	rung := RungExplorer
	if operators(names) >= 2 {
		rung = RungQuorum
	}
	if _, known := q.network.Checkpoint(q.Height); known {
		rung = RungChain // CheckHeader compared its hash with the table's
	}
	q.settle(*one, rung, nil)
}

// highest returns the highest tip of the explorers that gave a header, so that
// one which lags, or lies, cannot hold up a verdict that others speak against.
// Only if none of them tells its tip are others asked, in order, and not those
// that were inconsistent: the tip of another chain says nothing.
func (q *query) highest(ctx context.Context) (uint64, error) {
	var best uint64
	var why error
	told := false
	tips := make(map[string]uint64) // the highest that each operator tells
	said := make(map[*asked]Answer)
	for i, a := range q.Answers {
		s := q.voices[i]
		if s == nil {
			continue
		}
		said[s] = a
		if a.Header == nil {
			continue
		}
		tip, err := q.tip(ctx, s)
		switch {
		case err == nil:
			best, told = max(best, tip), true
			tips[operator(a.Source)] = max(tips[operator(a.Source)], tip)
		case why == nil:
			why = fmt.Errorf("%s: %w", a.Source, err)
		}
	}
	if q.Rung == RungQuorum {
		// One liar must not bury a block: what two operators reach counts.
		delete(tips, "")
		all := slices.Sorted(maps.Values(tips))
		if len(all) < 2 {
			return 0, errors.New("fewer than two operators tell their tip")
		}
		return all[len(all)-2], nil
	}
	for i := 0; i < len(q.sources) && !told; i++ {
		if a, asked := said[q.sources[i]]; asked && (a.Header != nil || errors.Is(a.Err, ErrInconsistent)) {
			continue
		}
		tip, err := q.tip(ctx, q.sources[i])
		switch {
		case err == nil:
			best, told = tip, true
		case why == nil:
			why = fmt.Errorf("%s: %w", q.sources[i].source.Name(), err)
		}
	}
	if told {
		return best, nil
	}
	if why == nil {
		why = errors.New("there is none to ask")
	}
	return 0, why
}
