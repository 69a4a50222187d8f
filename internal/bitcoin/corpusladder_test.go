package bitcoin

import (
	"encoding/json"
	"errors"
	"net/http"
	"path"
	"strconv"
	"strings"
	"testing"
)

// mirrorOf serves the whole periods of the corpus' headers as files.
func mirrorOf(t *testing.T, headers map[uint64]Header) (Carrier, *server) {
	t.Helper()
	web := serve(t, func(w http.ResponseWriter, r *http.Request) {
		period, err := strconv.ParseUint(strings.TrimSuffix(path.Base(r.URL.Path), ".bin"), 10, 64)
		if _, ok := headers[period*Period+Period-1]; err != nil || !ok {
			http.NotFound(w, r)
			return
		}
		for _, h := range whole(t, headers, period) {
			if _, err := w.Write(h[:]); err != nil {
				return
			}
		}
	})
	return NewMirror(web.URL, loopback(), true), web
}

// TestCorpusLadder reaches rung chain for four real claims from a mirror, then
// from the cache that this leaves, then from a file beside the proofs.
func TestCorpusLadder(t *testing.T) {
	headers := trueHeaders(t)
	claims := []uint64{826360, 826444, 826503, 827356}
	store := storeIn(t, t.TempDir())
	mirror, web := mirrorOf(t, headers)
	check := func(t *testing.T, source string, o Options) *Chain {
		t.Helper()
		c := NewChain(Mainnet(), o)
		for _, height := range claims {
			e := c.Root(t.Context(), height, headers[height].MerkleRoot())
			if e.Verdict != Match || e.Rung != RungChain || len(e.Answers) != 1 || !strings.HasPrefix(e.Answers[0].Source, source) {
				t.Errorf("block %d: %+v", height, e)
			}
			if e.NotAfter.Before(headers[height].Time()) || e.NotAfter.After(headers[height+11].Time().Add(clockSlack)) {
				t.Errorf("block %d not after %s", height, e.NotAfter)
			}
		}
		return c
	}
	c := check(t, "127.0.0.1:", Options{Carriers: []Named{{mirror, true}}, Store: store})
	if n := web.count(".bin"); n != 2 {
		t.Errorf("%d files fetched for two periods", n)
	}
	check(t, CacheName, Options{Store: store})
	var b Bundle
	for _, height := range claims {
		run, err := c.Headers(t.Context(), height)
		if err != nil {
			t.Fatal(err)
		}
		b.Add(height, run)
	}
	fresh, err := ParseBundle(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	check(t, BundleFile, Options{Bundle: fresh})
	if n := web.count(".bin"); n != 2 {
		t.Errorf("%d files fetched in all", n)
	}
}

// listing serves lists of ten blocks downwards, as Esplora does.
func listing(t *testing.T, known map[uint64]Header) *server {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		top, err := strconv.ParseUint(strings.TrimPrefix(r.URL.Path, "/blocks/"), 10, 64)
		if _, ok := known[top]; err != nil || !ok {
			http.Error(w, "Block not found", http.StatusNotFound)
			return
		}
		var blocks []map[string]any
		for height := top; height > top-esploraPage; height-- {
			h, ok := known[height]
			if !ok {
				break // of those below the run nothing is wanted
			}
			blocks = append(blocks, map[string]any{
				"id": h.Hash().String(), "height": height, "version": h.Version(), "timestamp": h.seconds(), "bits": h.Bits(),
				"nonce": h.Nonce(), "merkle_root": h.MerkleRoot().String(), "previousblockhash": h.Prev().String(),
			})
		}
		if err := json.NewEncoder(w).Encode(blocks); err != nil {
			t.Error(err)
		}
	})
}

// TestCorpusShortRun: eleven real headers are enough where the claim lies at
// the end of its period, from a file and from an explorer's lists.
func TestCorpusShortRun(t *testing.T) {
	const first, count = 455605, 11
	run := stretch(t, trueHeaders(t), first, count)
	var b Bundle
	b.Add(first, run)
	if e := NewChain(Mainnet(), Options{Bundle: &b}).Root(t.Context(), first, run[0].MerkleRoot()); e.Verdict != Match || e.Rung != RungChain {
		t.Errorf("from a file: %+v", e)
	}
	known := make(map[uint64]Header)
	for i, h := range run {
		known[first+uint64(i)] = h
	}
	explorer := NewEsploraRun(listing(t, known).URL, loopback(), true)
	if e := NewChain(Mainnet(), Options{Carriers: []Named{{explorer, true}}}).Root(t.Context(), first, run[0].MerkleRoot()); e.Verdict != Match || e.Rung != RungChain {
		t.Errorf("from an explorer: %+v", e)
	}
	e := NewChain(Mainnet(), Options{Carriers: []Named{{explorer, true}}}).Root(t.Context(), first-60, run[0].MerkleRoot())
	if want := "unavailable: it is asked for at most 60 headers, not for the 71 from block 455545 to 455615"; e.Verdict != Unknown || e.Answers[0].Err.Error() != want {
		t.Errorf("too far from the end: %+v", e)
	}
}

// TestCorpusForgery: one lying explorer passes at rung explorer, named, and is
// refuted at rung chain; the stale header likewise.
func TestCorpusForgery(t *testing.T) {
	headers, toy, stale := trueHeaders(t), parseHeader(t, forged), staleHeader(t)
	liar, _ := esploraAt(t, map[uint64]Header{1000: toy, staleHeight: stale}, 963647)
	mirror, _ := mirrorOf(t, headers)
	for height, lie := range map[uint64]Header{1000: toy, staleHeight: stale} {
		e := NewChain(Mainnet(), Options{Sources: []Source{liar}}).Root(t.Context(), height, lie.MerkleRoot())
		if e.Verdict != Match || e.Rung != RungExplorer || e.Answers[0].Source != liar.Name() {
			t.Errorf("block %d at rung explorer: %+v", height, e)
		}
	}
	for _, named := range []bool{true, false} {
		c := NewChain(Mainnet(), Options{Sources: []Source{liar}, Carriers: []Named{{mirror, named}}, Require: RungChain})
		e := c.Root(t.Context(), staleHeight, stale.MerkleRoot())
		if want := "the header chain has another merkle root at block 823226"; e.Verdict != Mismatch || e.Rung != RungChain || !strings.HasSuffix(e.Reason, want) {
			t.Errorf("stale at rung chain: %+v", e)
		}
		if e := c.Root(t.Context(), staleHeight, headers[staleHeight].MerkleRoot()); e.Verdict != Match || e.Rung != RungChain {
			t.Errorf("the true header: %+v", e)
		}
	}
	// Of the forged header's period the corpus has the first 2,000 headers; the
	// forger can serve them, but nothing that leads from his own to the row.
	run := append(stretch(t, headers, 0, 1000), toy)
	run = append(run, stretch(t, headers, 1001, 999)...)
	for len(run) < Period {
		run = append(run, toy)
	}
	k := &bringer{name: "forger", headers: run}
	e := NewChain(Mainnet(), Options{Carriers: []Named{{k, true}}, Sources: []Source{liar}, Require: RungChain}).Root(t.Context(), 1000, toy.MerkleRoot())
	if e.Rung != RungExplorer || len(e.Answers) != 2 {
		t.Fatalf("forged: %+v", e)
	}
	if err := e.Answers[0].Err; !errors.Is(err, ErrInconsistent) || !strings.HasPrefix(err.Error(), "inconsistent: header 1000 does not follow header 999: ") {
		t.Errorf("forged: %v", err)
	}
}
