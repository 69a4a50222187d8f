package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/corpus"
	"github.com/openllmo/git-anchor/internal/devnet"
)

// nobody is an explorer that cannot be reached.
const nobody = "http://127.0.0.1:9"

// TestNodeFaults: what a node's state makes of a verdict that rests on it.
func TestNodeFaults(t *testing.T) {
	net, err := devnet.Start(devnet.Options{Immediate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := net.Close(); err != nil {
			t.Error(err)
		}
	})
	root := net.HeaderAt(50).MerkleRoot()
	proof, digest := rootClaim(t, root[:], 50)
	for _, test := range []struct{ fault, want, says string }{
		{"", "confirmed/node/0", ""},
		{"pruned", "confirmed/node/0", ""},
		{"warmup", "undecided/-/4", "warming up"},
		{"ibd", "undecided/-/4", "still downloading the chain"},
		{"wrongchain", "undecided/-/4", "another network"},
		{"401", "undecided/-/4", "password"},
		{"longheaders", "undecided/-/4", "164 bytes"},
	} {
		t.Run("node "+test.fault, func(t *testing.T) {
			url := net.RPC()
			if test.fault != "" {
				url = net.Fault(test.fault, url)
			}
			home := t.TempDir()
			got, said := bareVerdict(t, home, home, digest, proof, "--network", "regtest", "--require", "node", "--node", url)
			t.Logf("%s  %s", got, said)
			if got != test.want {
				t.Errorf("%s: %s", got, said)
			}
			out := plainVerify(t, home, "--network", "regtest", "--require", "node", "--node", url, "--digest", digest, "--proof", proof)
			if !strings.Contains(out, test.says) {
				t.Errorf("the output does not say %q:\n%s", test.says, out)
			}
		})
	}
}

// plainVerify returns all that verify prints.
func plainVerify(t *testing.T, home string, args ...string) string {
	t.Helper()
	var out strings.Builder
	env := map[string]string{"HOME": home, "GIT_CONFIG_NOSYSTEM": "1", "CI": "true"}
	run(t.Context(), append([]string{"verify", "--no-upgrade", "-v"}, args...), stdio{strings.NewReader(""), &out, &out}, func(k string) string { return env[k] })
	return out.String()
}

// periodsOf gives a period of headers as a file has it.
func periodsOf(headers map[uint64]bitcoin.Header) func(n uint64) []byte {
	return func(n uint64) []byte {
		var raw []byte
		for h := n * bitcoin.Period; h < (n+1)*bitcoin.Period; h++ {
			header := headers[h]
			raw = append(raw, header[:]...)
		}
		return raw
	}
}

// TestFileFaults: headers in files are believed only when they link.
func TestFileFaults(t *testing.T) {
	dir := corpus.Dir(t)
	proof, digest := claimed(t, dir, rootstock)
	period := periodsOf(trueHeaders(t, dir))
	flipped := period(409)
	flipped[100*bitcoin.HeaderSize+40] ^= 1
	for name, file := range map[string][]byte{
		"cache truncated": period(409)[:1000], "cache swapped": period(410), "cache flipped": flipped, "cache empty": {},
	} {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			path := filepath.Join(home, "cache", "git-anchor", "headers", "mainnet", "0409.bin")
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, file, 0o644); err != nil {
				t.Fatal(err)
			}
			got, said := bareVerdict(t, home, home, digest, proof, "--offline")
			t.Logf("%s  %s", got, said)
			if got != "undecided/-/4" {
				t.Errorf("offline: %s: %s", got, said)
			}
			peer := startPeer(t, wholePeriods(t, dir)).Addr()
			if got, said := bareVerdict(t, home, home, digest, proof, "--peer", peer, "--explorer", nobody); got != "confirmed/chain/0" {
				t.Errorf("with a peer: %s: %s", got, said)
			}
		})
	}
}

// TestMirrorFaults: so are those from a mirror.
func TestMirrorFaults(t *testing.T) {
	dir := corpus.Dir(t)
	proof, digest := claimed(t, dir, rootstock)
	period := periodsOf(trueHeaders(t, dir))
	for name, serve := range map[string]uint64{"mirror right": 0, "mirror of another period": 1} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				var n uint64
				if _, err := fmt.Sscanf(r.URL.Path, "/%d.bin", &n); err != nil || n < 409 || n > 410 {
					http.NotFound(w, r)
					return
				}
				if _, err := w.Write(period(409 + (n - 409) ^ serve)); err != nil {
					t.Error(err)
				}
			}))
			defer server.Close()
			home := t.TempDir()
			got, said := bareVerdict(t, home, home, digest, proof, "--require", "chain", "--mirror", server.URL, "--explorer", nobody)
			t.Logf("%s  %s", got, said)
			want := "confirmed/chain/0"
			if serve == 1 {
				want = "undecided/-/4"
			}
			if got != want {
				t.Errorf("%s: %s", got, said)
			}
		})
	}
}

// TestBundleFault: a damaged file beside the proofs is named, and not used.
func TestBundleFault(t *testing.T) {
	repo := t.TempDir()
	gitIn(t, repo, "init", "-q")
	if err := os.WriteFile(filepath.Join(repo, bitcoin.BundleFile), []byte("no headers\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	root := make([]byte, 32)
	proof, digest := rootClaim(t, root, 1000)
	got, said := bareVerdict(t, repo, t.TempDir(), digest, proof, "--offline")
	t.Logf("%s  %s", got, said)
	if got != "undecided/-/4" {
		t.Errorf("%s: %s", got, said)
	}
}

// TestCheapHeader: a header of the first difficulty, shown for a block of today
// by an explorer that does not even have the table's last block.
func TestCheapHeader(t *testing.T) {
	h := header(t, forged)
	root := h.MerkleRoot()
	proof, digest := rootClaim(t, root[:], 970_000)
	home := t.TempDir()
	got, said := bareVerdict(t, home, home, digest, proof, "--explorer", explorer(t, map[uint64]bitcoin.Header{970_000: h}, asIs))
	t.Logf("%s  %s", got, said)
	if got != "undecided/-/4" {
		t.Errorf("%s: %s", got, said)
	}
}
