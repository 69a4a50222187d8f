package bitcoin

import "fmt"

// handOver returns the run that a carrier has put together, if it has headers
// that follow one another, the first of them the block after (zero: that is not
// known). This is a cheap check that lets the carrier's own error say what is
// wrong with it; it does not link the run to anything.
func handOver(after Hash, first uint64, run []Header) ([]Header, error) {
	if len(run) == 0 {
		return nil, fmt.Errorf("%w: no header at height %d", ErrBehind, first)
	}
	if err := checkRun(after, first, run); err != nil {
		return nil, err
	}
	return run, nil
}

// checkRun reports whether headers follow one another and a block.
func checkRun(after Hash, first uint64, run []Header) error {
	for i := range run {
		if prev := run[i].Prev(); after != (Hash{}) && prev != after {
			return fmt.Errorf("%w: its block %d follows %s, not %s", ErrInconsistent, first+uint64(i), prev, after)
		}
		after = run[i].Hash()
	}
	return nil
}

// splitHeaders cuts raw headers, one after the other, apart.
func splitHeaders(raw []byte) ([]Header, error) {
	if len(raw)%HeaderSize != 0 {
		return nil, fmt.Errorf("%w: %d bytes are no whole number of %d-byte headers", ErrInconsistent, len(raw), HeaderSize)
	}
	run := make([]Header, len(raw)/HeaderSize)
	for i := range run {
		run[i] = Header(raw[i*HeaderSize:])
	}
	return run, nil
}
