package objects

import (
	"bytes"
	"slices"
)

// copies says which of a pack's objects, by position in its index, are
// somewhere else too.
type copies struct {
	p     *pack
	x     *index
	later []uint64 // a bit for each: it was in a pack before this one, or in this one before
	other []uint64 // there is another copy
}

type allCopies []*copies

func (c *copies) isLater(pos uint32) bool  { return c.later[pos/64]>>(pos%64)&1 != 0 }
func (c *copies) hasOther(pos uint32) bool { return c.other[pos/64]>>(pos%64)&1 != 0 }

func mark(set []uint64, pos uint32) { set[pos/64] |= 1 << (pos % 64) }

// place is an object of one of the packs.
type place struct {
	id   []byte
	pack int32
	pos  uint32
}

// newCopies compares the packs' indexes, one first byte after the other.
func newCopies(packs []*pack) (allCopies, error) {
	var all allCopies
	for _, p := range packs {
		x, err := p.index()
		if err != nil {
			return nil, err
		}
		words := x.count/64 + 1
		all = append(all, &copies{p, x, make([]uint64, words), make([]uint64, words)})
	}
	var places []place
	for first := range 256 {
		places = places[:0]
		for i, c := range all {
			lo, hi := c.x.bucket(byte(first))
			for pos := lo; pos < hi; pos++ {
				id, err := c.x.id(pos, nil)
				if err != nil {
					return nil, err
				}
				places = append(places, place{id, int32(i), uint32(pos)})
			}
		}
		slices.SortFunc(places, func(a, b place) int {
			if c := bytes.Compare(a.id, b.id); c != 0 {
				return c
			}
			return int(a.pack - b.pack)
		})
		for i, here := range places {
			if i > 0 && bytes.Equal(places[i-1].id, here.id) {
				before := places[i-1]
				mark(all[here.pack].later, here.pos)
				mark(all[here.pack].other, here.pos)
				mark(all[before.pack].other, before.pos)
			}
		}
	}
	return all, nil
}

// without leaves out the loose objects that are packed too.
func (all allCopies) without(ids []ID) []ID {
	return slices.DeleteFunc(ids, func(id ID) bool {
		packed := false
		for _, c := range all {
			pos, err := c.x.search(id.bytes())
			if err != nil || pos >= c.x.count {
				continue
			}
			if got, err := c.x.id(pos, nil); err == nil && bytes.Equal(got, id.bytes()) {
				mark(c.other, uint32(pos))
				packed = true
			}
		}
		return packed
	})
}
