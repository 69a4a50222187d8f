package bitcoin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/corpus"
)

// trueHeaders returns the mainnet headers of the corpus by height.
func trueHeaders(t testing.TB) map[uint64]Header {
	t.Helper()
	dir := filepath.Join(corpus.Dir(t), "headers")
	headers := make(map[uint64]Header)
	for _, run := range []struct{ first, last uint64 }{{0, 1999}, {822527, 830592}} {
		name := fmt.Sprintf("%d-%d.bin", run.first, run.last)
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if want := int(run.last-run.first+1) * HeaderSize; len(raw) != want {
			t.Fatalf("%s has %d bytes, want %d", name, len(raw), want)
		}
		height := run.first
		for raw := range slices.Chunk(raw, HeaderSize) {
			headers[height] = Header(raw)
			height++
		}
	}
	maps.Copy(headers, listedHeaders(t, filepath.Join(dir, "singles.tsv")))
	return headers
}

// listedHeaders reads height, hash and header, separated by tabs.
func listedHeaders(t testing.TB, file string) map[uint64]Header {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	headers := make(map[uint64]Header)
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		column := strings.Split(line, "\t")
		height, err := strconv.ParseUint(column[0], 10, 64)
		if err != nil || len(column) < 3 {
			t.Fatalf("%s: bad line %q", file, line)
		}
		h := parseHeader(t, column[2])
		if h.Hash().String() != column[1] {
			t.Fatalf("%s: header %d hashes to %s, not %s", file, height, h.Hash(), column[1])
		}
		headers[height] = h
	}
	if len(headers) == 0 {
		t.Fatalf("%s holds no header", file)
	}
	return headers
}

// staleHeader returns a header with true work for height 823226 that is not on
// the main chain.
func staleHeader(t testing.TB) Header {
	t.Helper()
	h, ok := listedHeaders(t, filepath.Join(corpus.Dir(t), "headers", "stale.tsv"))[staleHeight]
	if !ok {
		t.Fatal("the corpus has no stale header")
	}
	return h
}

const staleHeight = 823226

func TestCorpusHeaders(t *testing.T) {
	n := Mainnet()
	headers := trueHeaders(t)
	links, rows, retargets := 0, 0, 0
	for height, h := range headers {
		if err := n.CheckHeader(height, h); err != nil {
			t.Errorf("true header %d: %v", height, err)
		}
		if before, ok := headers[height-1]; ok && height > 0 {
			links++
			if h.Prev() != before.Hash() {
				t.Errorf("header %d does not link to the one before", height)
			}
		}
		if hash, known := n.Checkpoint(height); known && height > 0 {
			rows++
			if h.Hash() != hash {
				t.Errorf("table has %s at %d, the true hash is %s", hash, height, h.Hash())
			}
		}
		if hash, known := n.Checkpoint(height - 1); known && height > 1 && h.Prev() != hash {
			t.Errorf("header %d does not link to the table's row before", height)
		}
		first, ok := headers[height+1-Period]
		if (height+1)%Period != 0 || !ok {
			continue
		}
		retargets++
		if want, known := n.bits(height/Period + 1); !known || want != retargeted(t, first, h, 0x1d00ffff) {
			t.Errorf("after %d the table has bits %08x, computed %08x", height, want, retargeted(t, first, h, 0x1d00ffff))
		}
	}
	t.Logf("%d headers, %d links, %d rows, %d retargets", len(headers), links, rows, retargets)
	if len(headers) < 10000 || links < 10000 || rows < 400 || retargets < 4 {
		t.Errorf("too few: %d headers, %d links, %d rows, %d retargets", len(headers), links, rows, retargets)
	}
}

// retargeted computes the bits of the period after the one with these first and
// last headers: the target in proportion to the time taken, within a factor of
// four, at most the easiest, in compact form.
func retargeted(t testing.TB, first, last Header, easiest uint32) uint32 {
	t.Helper()
	const span = Period * 600
	taken := last.Time().Unix() - first.Time().Unix()
	taken = min(max(taken, span/4), span*4)
	was, err := expand(last.Bits())
	if err != nil {
		t.Fatal(err)
	}
	next := new(big.Int).Mul(was.integer(), big.NewInt(taken))
	next.Div(next, big.NewInt(span))
	if limit := slowExpand(easiest); next.Cmp(limit) > 0 {
		next = limit
	}
	raw := next.Bytes()
	if raw[0] >= 0x80 {
		raw = append([]byte{0}, raw...)
	}
	mantissa := append(bytes.Clone(raw), 0, 0)
	return uint32(len(raw))<<24 | uint32(mantissa[0])<<16 | uint32(mantissa[1])<<8 | uint32(mantissa[2])
}

// TestCorpusStale: work and bits cannot tell a block that was left behind from
// one of the main chain.
func TestCorpusStale(t *testing.T) {
	stale, main := staleHeader(t), trueHeaders(t)[staleHeight]
	if stale.Prev() != main.Prev() || stale.Hash() == main.Hash() {
		t.Error("the stale header is not a sibling of the true one")
	}
	if err := Mainnet().CheckHeader(staleHeight, stale); err != nil {
		t.Error(err)
	}
}

// TestCorpusExplorers reads the block bodies of explorers that were collected,
// among them testnet's, which mempool.space serves too.
func TestCorpusExplorers(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpus.Dir(t), "explorers", "*_block_*.json"))
	if err != nil {
		t.Fatal(err)
	}
	blocks, testnet := 0, 0
	for _, file := range files {
		var b struct {
			ID, Previousblockhash, Merkle_root, Header string
			Height                                     uint64
			Version                                    int32
			Timestamp, Bits, Nonce                     uint32
			Extras                                     struct{ Header string }
		}
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(body, &b); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		hash := func(s string) Hash {
			h, err := ParseHash(s)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			return h
		}
		h := Fields{b.Version, hash(b.Previousblockhash), hash(b.Merkle_root), b.Timestamp, b.Bits, b.Nonce}.Header()
		if h.Hash() != hash(b.ID) {
			t.Errorf("%s: rebuilt header hashes to %s", file, h.Hash())
		}
		if raw := b.Extras.Header; raw != "" && raw != fmt.Sprintf("%x", h[:]) {
			t.Errorf("%s: rebuilt header differs from the one it holds", file)
		}
		blocks++
		err = Mainnet().CheckHeader(b.Height, h)
		if b.Height < 2000000 {
			if err != nil {
				t.Errorf("%s: %v", file, err)
			}
			continue
		}
		testnet++
		want := fmt.Sprintf("difficulty %08x at height %d is less than a quarter of the last one known", b.Bits, b.Height)
		if err == nil || err.Error() != want {
			t.Errorf("%s: error %v, want %s", file, err, want)
		}
	}
	if blocks < 9 || testnet < 4 {
		t.Errorf("only %d blocks, %d of testnet", blocks, testnet)
	}
}
