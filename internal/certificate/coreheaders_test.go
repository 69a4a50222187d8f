package certificate_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/corpus"
)

// genesis is the header of block 0.
const genesis = "01000000" + "0000000000000000000000000000000000000000000000000000000000000000" +
	"3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a" + "29ab5f49" + "ffff001d" + "1dac2b7c"

func TestCoreChecksHeaders(t *testing.T) {
	raw, err := hex.DecodeString(genesis)
	if err != nil {
		t.Fatal(err)
	}
	compareHeaders(t, [][]byte{raw}, 5000)
}

func TestCoreChecksRealHeaders(t *testing.T) {
	dir := filepath.Join(corpus.Dir(t), "headers")
	var headers [][]byte
	for _, name := range []string{"0-1999.bin", "822527-830592.bin"} {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		headers = slices.AppendSeq(headers, slices.Chunk(raw, bitcoin.HeaderSize))
	}
	for _, h := range headers {
		if _, why := describeHeader(h); why != "" {
			t.Fatalf("real header %x: %s", h, why)
		}
	}
	compareHeaders(t, headers, 3*len(headers))
}

// compareHeaders asks about headers and about mutants of them.
func compareHeaders(t *testing.T, headers [][]byte, mutants int) {
	t.Helper()
	r := rand.New(rand.NewPCG(15, 16))
	var questions []question
	for _, h := range headers {
		questions = append(questions, question{'h', h})
	}
	for i := range mutants {
		questions = append(questions, question{'h', mutateHeader(r, headers[i%len(headers)])})
	}
	classes := map[string]int{}
	for i, got := range ask(t, questions) {
		want, class := describeHeader(questions[i].data)
		if got != want {
			t.Errorf("header %x: %s\nin Go %s", questions[i].data, got, want)
		}
		classes[class]++
	}
	t.Log(classes)
	for _, class := range []string{"", "size", "bits", "work"} {
		if classes[class] == 0 {
			t.Errorf("no header of class %q among %v", class, classes)
		}
	}
}

// mutateHeader changes a bit, or states another difficulty, or another length.
func mutateHeader(r *rand.Rand, h []byte) []byte {
	h = bytes.Clone(h)
	switch r.IntN(8) {
	case 0:
		return h[:r.IntN(len(h))]
	case 1:
		return append(h, randomBytes(r, 1+r.IntN(84))...)
	case 2, 3:
		h[r.IntN(len(h))] ^= 1 << r.IntN(8)
	case 4: // few bytes of difficulty
		binary.LittleEndian.PutUint32(h[72:], r.Uint32N(5)<<24|r.Uint32N(1<<24)>>r.IntN(24))
	case 5: // many, at the end of 256 bits
		binary.LittleEndian.PutUint32(h[72:], (30+r.Uint32N(6))<<24|r.Uint32N(1<<24)>>r.IntN(24))
	case 6:
		binary.LittleEndian.PutUint32(h[72:], r.Uint32())
	case 7: // met by half of all hashes, or fewer
		binary.LittleEndian.PutUint32(h[72:], 32<<24|r.Uint32N(1<<23)>>r.IntN(3))
	}
	return h
}

// describeHeader says of a header what testdata/answer.js says, and why it is
// refused, "" if it is not.
func describeHeader(raw []byte) (line, why string) {
	h, err := bitcoin.ParseHeader(raw)
	if err != nil {
		return "size", "size"
	}
	err = h.CheckWork()
	switch {
	case err == nil:
	case strings.Contains(err.Error(), "does not meet its own difficulty"):
		why = "work"
	default:
		why = "bits"
	}
	root := h.MerkleRoot()
	return fmt.Sprintf("%s %x %d %d %s", h.Hash(), root[:], h.Time().Unix(), h.Bits(), why), why
}
