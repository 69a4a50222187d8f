package bitcoin

import "fmt"

// Link reports why a run of headers does not lead to the table: nil means that
// run[0] is the header at height first, whoever handed it over. The run has to
// end on a row of the table, within one period; every header names the one
// before it by its hash, states the period's difficulty and meets it.
//
// The hash alone decides: that of the row covers the header before it, and so
// on down. Difficulty is checked as well because it costs nothing, and would
// show a table that is wrong.
func (n *Network) Link(first uint64, run []Header) error {
	if len(run) == 0 || len(run) > Period {
		return fmt.Errorf("%d headers, not between 1 and %d", len(run), Period)
	}
	end := first + uint64(len(run)) - 1
	want, known := n.Checkpoint(end)
	if !known || end < first || end/Period != first/Period {
		return fmt.Errorf("headers %d to %d do not end on the row of their period in the table", first, end)
	}
	bits, _ := n.bits(first / Period) // known: the row is
	limit, err := expand(bits)
	if err != nil {
		return err
	}
	var hash Hash
	for i := range run {
		h := &run[i]
		switch {
		case i > 0 && h.Prev() != hash:
			return fmt.Errorf("header %d does not follow header %d: its block before is %s, not %s",
				first+uint64(i), first+uint64(i)-1, h.Prev(), hash)
		case h.Bits() != bits:
			return fmt.Errorf("difficulty %08x is not %08x, that of %s at height %d", h.Bits(), bits, n.name, first+uint64(i))
		}
		if hash = h.Hash(); hash.number().cmp(limit) > 0 {
			return fmt.Errorf("block %s at height %d does not meet difficulty %08x", hash, first+uint64(i), bits)
		}
	}
	if hash != want {
		return fmt.Errorf("the headers end in block %s, not in %s, the %s block at height %d", hash, want, n.name, end)
	}
	return nil
}

// periodEnd returns the height of the last block of the period of height.
func periodEnd(height uint64) uint64 { return height - height%Period + Period - 1 }
