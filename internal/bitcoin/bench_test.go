package bitcoin

import (
	"io"
	"testing"
)

// BenchmarkCheckHeader checks one header under the rules of its height; ops are
// headers.
func BenchmarkCheckHeader(b *testing.B) {
	n, h := Mainnet(), parseHeader(b, forged)
	b.ReportAllocs()
	for b.Loop() {
		if err := n.CheckHeader(1000, h); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTable looks up the last row from nothing, as a run's start does.
func BenchmarkTable(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, known := Mainnet().Checkpoint(lastHeight); !known {
			b.Fatal("the last row is not in the table")
		}
	}
}

// BenchmarkParseBlocks reads 4 MiB of JSON, as a full block has.
func BenchmarkParseBlocks(b *testing.B) {
	const size = 4 << 20
	blocks := `[` + blockJSON(b, regtestBlock(1), height, true) + `]`
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		r, w := io.Pipe()
		go func() {
			fill(w, size, 64, blocks)
			w.Close()
		}()
		if _, err := parseBlocks(r, height); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLink links one whole period.
func BenchmarkLink(b *testing.B) {
	s := synthesize(b, 1, Period, 600)
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Link(0, s.headers); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCheckWork weighs a chain under the full rules; ops are headers.
func BenchmarkCheckWork(b *testing.B) {
	s := synthesize(b, 1, 51*Period, 600)
	run, now := s.above(), s.now()
	b.ReportAllocs()
	for n := 0; n < b.N; n += len(run) {
		if _, err := s.CheckWork(run, now); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWarm judges one claim by a new chain with a warm cache, as a run
// without any network does.
func BenchmarkWarm(b *testing.B) {
	s := synthesize(b, 1, Period, 600)
	store := storeIn(b, b.TempDir())
	if err := store.Put(s.Network, 0, s.headers); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if e := NewChain(s.Network, Options{Store: store}).Root(b.Context(), 7, s.headers[7].MerkleRoot()); e.Rung != RungChain {
			b.Fatal(e)
		}
	}
}

// BenchmarkBundle reads a bundle of 36 whole periods and one run out of it.
func BenchmarkBundle(b *testing.B) {
	s := synthetic{Network: Regtest()}
	s.headers = s.mineRegtest(b, 36*Period)
	var bundle Bundle
	for p := range uint64(36) {
		bundle.Add(p*Period, s.headers[p*Period:(p+1)*Period])
	}
	raw := bundle.Bytes()
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		parsed, err := ParseBundle(raw)
		if err != nil {
			b.Fatal(err)
		}
		if _, ok := parsed.Run(20*Period + 5); !ok {
			b.Fatal("no run")
		}
	}
}
