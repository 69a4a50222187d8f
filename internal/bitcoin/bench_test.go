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
