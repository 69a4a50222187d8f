package bitcoin

import (
	"context"
	"encoding/binary"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// synthetic is a chain of its own, as cheap as regtest's but with a table and
// retargets. Its network knows the first tabled periods.
type synthetic struct {
	*Network
	headers []Header // from the genesis block on
}

// synthesize mines a chain of count headers, spaced in seconds.
func synthesize(t testing.TB, tabled, count int, seconds uint32) synthetic {
	t.Helper()
	first := genesis(1600000000, 0x207fffff, 0)
	for first.CheckWork() != nil {
		first = genesis(1600000000, 0x207fffff, first.Nonce()+1)
	}
	s := synthetic{&Network{name: "synthetic", genesis: first}, []Header{first}}
	s.headers = s.mine(t, s.headers, count-1, seconds)
	s.table = s.tableTo(t, tabled)
	return s
}

// mine returns the headers with more after the last, whose roots no other call
// makes.
func (s synthetic) mine(t testing.TB, headers []Header, more int, seconds uint32) []Header {
	t.Helper()
	headers = slices.Clone(headers)
	for range more {
		last := headers[len(headers)-1]
		f := Fields{Version: 1, Prev: last.Hash(), Time: last.seconds() + seconds, Bits: last.Bits()}
		if len(headers)%Period == 0 {
			f.Bits = retargeted(t, headers[len(headers)-Period], last, s.genesis.Bits())
		}
		binary.LittleEndian.PutUint64(f.Root[:], minings.Add(1))
		headers = append(headers, mined(f).Header())
	}
	return headers
}

// minings tells blocks at one height apart.
var minings atomic.Uint64

// tableTo is the binary table of the first periods.
func (s synthetic) tableTo(t testing.TB, periods int) string {
	t.Helper()
	last := s.headers[periods*Period-1]
	table := binary.LittleEndian.AppendUint32(nil, uint32(periods))
	table = binary.LittleEndian.AppendUint32(table, last.seconds())
	table = binary.LittleEndian.AppendUint32(table, 0)
	for p := range periods {
		end := s.headers[(p+1)*Period-1]
		hash := end.Hash()
		table = append(table, hash[:]...)
		table = binary.LittleEndian.AppendUint32(table, retargeted(t, s.headers[p*Period], end, s.genesis.Bits()))
		table = append(table, byte(ByWork))
	}
	return string(table)
}

// above returns the headers above the table.
func (s synthetic) above() []Header { return s.headers[s.LastHeight()+1:] }

// now is a minute after the last header.
func (s synthetic) now() time.Time { return s.headers[len(s.headers)-1].Time().Add(time.Minute) }

// A bringer is a carrier of headers from memory that may twist what it brings.
type bringer struct {
	name    string
	headers []Header // from the genesis block on
	twist   func([]Header) []Header
	err     error
	asked   atomic.Int64
}

func (b *bringer) Name() string { return b.name }

func (b *bringer) Headers(_ context.Context, _ Hash, first uint64, count int) ([]Header, error) {
	b.asked.Add(1)
	if b.err != nil {
		return nil, b.err
	}
	if first >= uint64(len(b.headers)) {
		return nil, lacks(first)
	}
	run := b.headers[first:]
	run = slices.Clone(run[:min(len(run), count)])
	if b.twist != nil {
		run = b.twist(run)
	}
	return run, nil
}

// whole returns the corpus' headers of a whole period.
func whole(t testing.TB, headers map[uint64]Header, period uint64) []Header {
	t.Helper()
	return stretch(t, headers, period*Period, Period)
}

// stretch returns headers of the corpus from a height on.
func stretch(t testing.TB, headers map[uint64]Header, first uint64, count int) []Header {
	t.Helper()
	run := make([]Header, count)
	for i := range run {
		h, ok := headers[first+uint64(i)]
		if !ok {
			t.Fatalf("the corpus has no header %d", first+uint64(i))
		}
		run[i] = h
	}
	return run
}
