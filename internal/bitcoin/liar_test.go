package bitcoin

import (
	"context"
	"testing"
)

// told is a source that says what it is given.
type told struct {
	name    string
	headers map[uint64]Header
	tip     uint64
}

func (s told) Name() string                        { return s.name }
func (s told) Tip(context.Context) (uint64, error) { return s.tip, nil }
func (s told) Header(_ context.Context, height uint64) (Header, error) {
	if h, ok := s.headers[height]; ok {
		return h, nil
	}
	return Header{}, ErrBehind
}

// The date rests on the whole header: two that share only the root contradict
// each other, whoever is asked first.
func TestQuorumDate(t *testing.T) {
	true7 := regtestBlock(7)
	backdated := mined(Fields{Version: 1, Root: rootOf(7), Time: 1300000000, Bits: 0x207fffff}).Header()
	liar := told{"liar.example", map[uint64]Header{100: backdated}, 200}
	honest := told{"honest.example", map[uint64]Header{100: true7}, 200}
	for _, order := range [][]Source{{liar, honest}, {honest, liar}} {
		e := NewChain(Regtest(), Options{Sources: order, Require: RungQuorum}).Root(t.Context(), 100, rootOf(7))
		if e.Verdict != Disputed {
			t.Errorf("%s first: %s at rung %s", order[0].Name(), e.Verdict, e.Rung)
		}
	}
}

// One operator's tip does not bury a block at rung quorum.
func TestQuorumTip(t *testing.T) {
	block := map[uint64]Header{100: regtestBlock(7)}
	for tip, want := range map[uint64]Verdict{100: Immature, 104: Immature, 105: Match} {
		sources := []Source{told{"liar.example", block, 1 << 31}, told{"honest.example", block, tip}}
		e := NewChain(Regtest(), Options{Sources: sources, Require: RungQuorum}).Root(t.Context(), 100, rootOf(7))
		if e.Verdict != want || e.Confirmations != tip-100+1 {
			t.Errorf("honest tip %d: %s with %d confirmations, want %s", tip, e.Verdict, e.Confirmations, want)
		}
	}
}

// What no table and no chain can hold does not stay in a file of headers.
func TestPrune(t *testing.T) {
	n := Mainnet()
	var b Bundle
	far := n.LastHeight() + maxClimb + Period
	b.Add(far-far%Period, []Header{regtestBlock(1)})
	b.Add(Period, []Header{regtestBlock(2)}) // covered, and leads nowhere
	near := n.LastHeight() + 1
	b.Add(near, []Header{regtestBlock(3)}) // above the table: nobody can say yet
	if b.Prune(n); len(b.Heights()) != 1 || b.Heights()[0][0] != near {
		t.Errorf("left: %v", b.Heights())
	}
}
