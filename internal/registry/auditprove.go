package registry

import (
	"errors"
	"fmt"
	"io"

	"github.com/openllmo/git-anchor/internal/strictjson"
)

// Why an entry is not proven.
var (
	ErrNoEntry   = errors.New("there is no such entry")
	ErrAmbiguous = errors.New("the text that its hash covers can be read in two ways: no proof can show which entry it is")
	ErrNoLog     = errors.New("the month knows no log of this server")
)

// ProveEntry judges a log as ReadLog does, and proves its line n, from 1, under
// the root that the whole log has by the rule. The error is ReadLog's, or wraps
// ErrNoEntry or ErrAmbiguous.
func ProveEntry(r io.Reader, n uint64, rule string) (*EntryProof, error) {
	l := newLogReader(r)
	l.prove = n
	for {
		more, err := l.next()
		if err != nil {
			return nil, err
		}
		if !more {
			return l.proof(rule)
		}
	}
}

// ProveEntryUnder is ProveEntry under the root that a month has of the log, by the
// rule which that follows; only what the month knew of the log is read. The error
// may wrap ErrNoLog or be a *ProofFault, too: the log does not lead to that root.
func ProveEntryUnder(r io.Reader, n uint64, logs map[string]Summary) (*EntryProof, error) {
	l := newLogReader(r)
	l.prove = n
	var s Summary
	for {
		more, err := l.next()
		if err != nil {
			return nil, err
		}
		if l.count() == 1 {
			known := false
			if s, known = logs[l.server]; !known {
				return nil, fmt.Errorf("server %s: %w", strictjson.Quoted(l.server), ErrNoLog)
			}
		}
		if more && l.count() < s.Count {
			continue
		}
		rule, faults := s.Compare(l.summary())
		if len(faults) > 0 {
			f := faults[0]
			return nil, &ProofFault{"the log is not what the month says: its " + f.Member, f.Want, f.Have}
		}
		return l.proof(rule)
	}
}

// proof is that of the entry l.prove among those that were read.
func (l *logReader) proof(rule string) (*EntryProof, error) {
	switch {
	case l.prove == 0 || l.prove > l.count():
		return nil, fmt.Errorf("line %d of %d: %w", l.prove, l.count(), ErrNoEntry)
	case l.proven.Ambiguous():
		return nil, fmt.Errorf("line %d: %w", l.prove, ErrAmbiguous)
	}
	t := l.raw
	if rule == RuleText {
		t = l.byText
	}
	root, path := t.root()
	p := &EntryProof{Rule: t.rule, ServerID: l.server, Index: l.prove - 1, Count: l.count(), Entry: l.proven, Path: []string{}, Root: HashText(root)}
	for _, node := range path {
		p.Path = append(p.Path, HashText(node))
	}
	return p, nil
}
