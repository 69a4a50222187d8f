package ots

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// small is the size in bytes of what the benchmarks call a small proof.
const small = 1 << 10

// BenchmarkParseCorpus parses and evaluates the real proofs under 1 KB.
func BenchmarkParseCorpus(b *testing.B) {
	dir, all := verdicts(b)
	var files [][]byte
	for _, v := range all {
		if !v.OK || v.Size >= small {
			continue
		}
		file, err := os.ReadFile(filepath.Join(dir, v.File))
		if err != nil {
			b.Fatal(err)
		}
		files = append(files, file)
	}
	if len(files) == 0 {
		b.Fatal("no small proof in the corpus")
	}
	parseEach(b, files)
}

// BenchmarkParseMade does the same with one proof made here: four calendars,
// each after a dozen operations, as a fresh stamp of a busy hour has them.
func BenchmarkParseMade(b *testing.B) { parseEach(b, [][]byte{typicalProof()}) }

func typicalProof() []byte {
	var nodes [][]byte
	for i := range byte(4) {
		nodes = append(nodes, chain(
			opArg(Append, bytes.Repeat([]byte{i + 1}, 32)), op(SHA256), opArg(Prepend, bytes.Repeat([]byte{i + 2}, 32)), op(SHA256),
			opArg(Append, bytes.Repeat([]byte{i + 3}, 32)), op(SHA256), opArg(Prepend, []byte("\x6a\x63\xd8\xc4")), opArg(Append, bytes.Repeat([]byte{i}, 8)),
			pending("https://alice.btc.calendar.opentimestamps.org")))
	}
	return file(chain(opArg(Append, make([]byte, 16)), op(SHA256), fork(nodes...)))
}

// parseEach measures Parse, which evaluates, and Parse with Claims, which is
// what a verdict starts from.
func parseEach(b *testing.B, files [][]byte) {
	b.Run("Parse", func(b *testing.B) {
		b.ReportAllocs()
		n := 0
		for b.Loop() {
			if _, err := Parse(files[n%len(files)]); err != nil {
				b.Fatal(err)
			}
			n++
		}
		b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "proofs/s")
	})
	b.Run("ParseAndClaims", func(b *testing.B) {
		b.ReportAllocs()
		n := 0
		for b.Loop() {
			p, err := Parse(files[n%len(files)])
			if err != nil || len(p.Claims()) == 0 {
				b.Fatal("no claims", err)
			}
			n++
		}
		b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "proofs/s")
	})
}

func BenchmarkBytes(b *testing.B) {
	p, err := Parse(typicalProof())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		p.Bytes()
	}
}
