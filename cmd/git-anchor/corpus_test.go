package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/corpus"
)

// verdict is one line of the corpus: what the reference library says.
type verdict struct {
	File         string
	OK           bool
	Category     string
	HashOp       string `json:"hash_op"`
	FileDigest   string `json:"file_digest"`
	Original     string
	Attestations []struct {
		Type   string
		Height uint64
	}
}

func verdicts(t *testing.T, dir string) []verdict {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "expected.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var list []verdict
	for dec := json.NewDecoder(bytes.NewReader(raw)); dec.More(); {
		var v verdict
		if err := dec.Decode(&v); err != nil {
			t.Fatal(err)
		}
		list = append(list, v)
	}
	if len(list) == 0 {
		t.Fatal("expected.jsonl is empty")
	}
	return list
}

// trueHeaders reads the corpus' mainnet headers by height.
func trueHeaders(t *testing.T, dir string) map[uint64]bitcoin.Header {
	t.Helper()
	headers := map[uint64]bitcoin.Header{}
	run := func(name string, first uint64) {
		raw, err := os.ReadFile(filepath.Join(dir, "headers", name))
		if err != nil {
			t.Fatal(err)
		}
		for h := first; len(raw) >= bitcoin.HeaderSize; h++ {
			headers[h] = bitcoin.Header(raw[:bitcoin.HeaderSize])
			raw = raw[bitcoin.HeaderSize:]
		}
	}
	run("0-1999.bin", 0)
	run("822527-830592.bin", 822527)
	singles, err := os.ReadFile(filepath.Join(dir, "headers", "singles.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(singles)) {
		f := strings.Fields(line)
		height, err := strconv.ParseUint(f[0], 10, 64)
		if err != nil {
			continue // the heading
		}
		raw, err := hex.DecodeString(f[2])
		if err != nil || len(raw) != bitcoin.HeaderSize {
			t.Fatalf("singles.tsv: height %d: bad header", height)
		}
		headers[height] = bitcoin.Header(raw)
	}
	return headers
}

// explorer serves headers as Esplora does, each as spoil returns it.
func explorer(t *testing.T, headers map[uint64]bitcoin.Header, spoil func(bitcoin.Header) bitcoin.Header) string {
	t.Helper()
	byHash := map[string]bitcoin.Header{}
	for _, h := range headers {
		byHash[h.Hash().String()] = h
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /block-height/{h}", func(w http.ResponseWriter, r *http.Request) {
		height, err := strconv.ParseUint(r.PathValue("h"), 10, 64)
		h, ok := headers[height]
		if err != nil || !ok {
			http.Error(w, "Block not found", http.StatusNotFound)
			return
		}
		fmt.Fprint(w, h.Hash())
	})
	mux.HandleFunc("GET /block/{hash}/header", func(w http.ResponseWriter, r *http.Request) {
		h, ok := byHash[r.PathValue("hash")]
		if !ok {
			http.Error(w, "Block not found", http.StatusNotFound)
			return
		}
		h = spoil(h)
		fmt.Fprintf(w, "%x", h[:])
	})
	mux.HandleFunc("GET /blocks/{h}", func(w http.ResponseWriter, r *http.Request) {
		height, err := strconv.ParseUint(r.PathValue("h"), 10, 64)
		if _, ok := headers[height]; err != nil || !ok {
			http.Error(w, "Block not found", http.StatusNotFound)
			return
		}
		if err := json.NewEncoder(w).Encode(blockList(headers, height, spoil)); err != nil {
			t.Error(err)
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// blockList is Esplora's list of up to ten blocks from a height downwards, each
// as spoil returns it under its true hash.
func blockList(headers map[uint64]bitcoin.Header, height uint64, spoil func(bitcoin.Header) bitcoin.Header) []map[string]any {
	var list []map[string]any
	for h, ok := headers[height]; ok && len(list) < 10; h, ok = headers[height] {
		id := h.Hash().String()
		h = spoil(h)
		list = append(list, map[string]any{
			"id": id, "height": height, "version": h.Version(), "timestamp": h.Time().Unix(), "bits": h.Bits(),
			"nonce": h.Nonce(), "merkle_root": h.MerkleRoot().String(), "previousblockhash": h.Prev().String(),
		})
		height--
	}
	return list
}

func asIs(h bitcoin.Header) bitcoin.Header { return h }

// outcomeJSON is what these tests read of --json.
type outcomeJSON struct {
	Exit      int
	Documents []struct {
		Status, Reason, Rung string
		Height               uint64
		ClaimDate            string `json:"claim_date"`
		Sources, Findings    []string
		Claims               []struct {
			Kind, Status string
			Height       uint64
		}
	}
}

// verifyJSON runs verify in this process.
func verifyJSON(t *testing.T, args ...string) outcomeJSON {
	t.Helper()
	var out, errs bytes.Buffer
	env := map[string]string{"HOME": t.TempDir(), "XDG_CACHE_HOME": t.TempDir(), "GIT_CONFIG_NOSYSTEM": "1"}
	code := run(context.Background(), append([]string{"verify", "--json", "--no-upgrade"}, args...), stdio{strings.NewReader(""), &out, &errs}, func(k string) string { return env[k] })
	var o outcomeJSON
	if err := json.Unmarshal(out.Bytes(), &o); err != nil {
		t.Fatalf("verify %q: %v\n%s%s", args, err, out.Bytes(), errs.Bytes())
	}
	if o.Exit != code || len(o.Documents) != 1 {
		t.Fatalf("verify %q: exit %d, its JSON says %d, %d documents", args, code, o.Exit, len(o.Documents))
	}
	return o
}

// TestCorpusConfirmed verifies every real proof whose block header is known.
func TestCorpusConfirmed(t *testing.T) {
	dir := corpus.Dir(t)
	headers := trueHeaders(t, dir)
	url := explorer(t, headers, asIs)
	const notThisRoot = "emb_base64_ffea851e__regression.test.ts.ots"
	proofs := map[uint64]int{} // confirmed claims by height
	total := 0
	failed, files := 0, 0
	for _, v := range verdicts(t, dir) {
		earliest, known := uint64(0), false
		for _, a := range v.Attestations {
			if _, ok := headers[a.Height]; a.Type == "bitcoin" && ok && (!known || a.Height < earliest) {
				earliest, known = a.Height, true
			}
		}
		if !v.OK || !known {
			continue
		}
		args := []string{"--explorer", url, "--proof", filepath.Join(dir, v.File)}
		if original := filepath.Join(dir, v.Original); v.Original != "" && exists(original) {
			files++
			args = append(args, "--file", original)
		} else {
			args = append(args, "--digest", v.FileDigest)
		}
		o := verifyJSON(t, args...)
		d := o.Documents[0]
		if strings.HasSuffix(v.File, notThisRoot) {
			failed++
			if o.Exit != exitFailed || d.Status != "failed" {
				t.Errorf("%s: %s (exit %d), want failed: it leads to another root", v.File, d.Status, o.Exit)
			}
			continue
		}
		date := bitcoin.ClaimDate(headers[earliest], time.Time{}).Format("2006-01-02")
		rung := "explorer"
		if (earliest+1)%bitcoin.Period == 0 {
			rung = "chain" // a row of the embedded table
		}
		if o.Exit != exitDone || d.Status != "confirmed" || d.Height != earliest || d.ClaimDate != date || d.Rung != rung {
			t.Errorf("%s: %s (%s) at block %d, %s, rung %s, exit %d; want confirmed at block %d, %s", v.File, d.Status, d.Reason, d.Height, d.ClaimDate, d.Rung, o.Exit, earliest, date)
		}
		total++
		for _, c := range d.Claims {
			if _, ok := headers[c.Height]; c.Kind != "bitcoin" || !ok {
				continue
			}
			if c.Status != "confirmed" {
				t.Errorf("%s: the claim on block %d is %s", v.File, c.Height, c.Status)
			}
			proofs[c.Height]++
		}
	}
	if len(proofs) == 0 || failed != 1 || files == 0 {
		t.Fatalf("%d heights, %d proofs of another root, %d with their document: the corpus is not what it was", len(proofs), failed, files)
	}
	t.Logf("%d proofs confirmed at %d heights, %d of them with the document itself", total, len(proofs), files)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// TestCorpusVersionZero: a file of version 0 is refused as such.
func TestCorpusVersionZero(t *testing.T) {
	dir := corpus.Dir(t)
	found := 0
	for _, v := range verdicts(t, dir) {
		if !strings.HasSuffix(v.File, "05800f76__bad-stamp.txt.ots") {
			continue
		}
		found++
		o := verifyJSON(t, "--offline", "--digest", strings.Repeat("00", 32), "--proof", filepath.Join(dir, v.File))
		d := o.Documents[0]
		if o.Exit != exitUndecided || d.Status != "unsupported" || !strings.Contains(d.Reason, "version") {
			t.Errorf("%s: %s: %s (exit %d)", v.File, d.Status, d.Reason, o.Exit)
		}
	}
	if found != 1 {
		t.Fatalf("found %d such files, want 1", found)
	}
}

// TestCorpusLyingExplorer: a source whose header does not hash to the block it
// names, has other bits or no work is excluded and named.
func TestCorpusLyingExplorer(t *testing.T) {
	dir := corpus.Dir(t)
	headers := trueHeaders(t, dir)
	proof := ""
	digest := ""
	for _, v := range verdicts(t, dir) {
		if strings.HasSuffix(v.File, "6862e8e6__index.html.ots") {
			proof, digest = filepath.Join(dir, v.File), v.FileDigest
		}
	}
	if proof == "" {
		t.Fatal("the proof with claims in whole periods is not there")
	}
	lies := map[string]func(bitcoin.Header) bitcoin.Header{
		"hash": func(h bitcoin.Header) bitcoin.Header { h[40] ^= 1; return h },
		"bits": func(h bitcoin.Header) bitcoin.Header { h[72] ^= 1; return h },
		"work": func(h bitcoin.Header) bitcoin.Header { h[76] ^= 1; return h },
	}
	honest := explorer(t, headers, asIs)
	for name, lie := range lies {
		t.Run(name, func(t *testing.T) {
			liar := explorer(t, headers, lie)
			host := strings.TrimPrefix(liar, "http://")
			alone := verifyJSON(t, "--explorer", liar, "--digest", digest, "--proof", proof)
			d := alone.Documents[0]
			if alone.Exit != exitUndecided || d.Status != "undecided" || !strings.Contains(strings.Join(d.Findings, "\n"), "excluded "+host) {
				t.Errorf("alone: %s: %s (exit %d), findings %q", d.Status, d.Reason, alone.Exit, d.Findings)
			}
			both := verifyJSON(t, "--explorer", liar, "--explorer", honest, "--digest", digest, "--proof", proof)
			d = both.Documents[0]
			if both.Exit != exitDone || d.Status != "confirmed" || d.Height != 826360 || !strings.Contains(strings.Join(d.Findings, "\n"), "excluded "+host) {
				t.Errorf("with an honest one: %s: %s (exit %d), findings %q", d.Status, d.Reason, both.Exit, d.Findings)
			}
		})
	}
}
