package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/corpus"
	"github.com/openllmo/git-anchor/internal/devnet"
	"github.com/openllmo/git-anchor/internal/ots"
)

// rootClaim writes a proof without operations: the digest itself is claimed to
// be the merkle root of the block.
func rootClaim(t *testing.T, root []byte, height uint64) (proof, digest string) {
	t.Helper()
	p := &ots.Proof{Hash: ots.SHA256, Digest: root, Tree: &ots.Tree{Msg: root, Attestations: []ots.Attestation{ots.BitcoinAt(height)}}}
	proof = filepath.Join(t.TempDir(), "claim.ots")
	if err := os.WriteFile(proof, p.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return proof, hex.EncodeToString(root)
}

// bareVerdict runs verify on a bare digest and returns "status/rung/exit" and the
// rest of what was said.
func bareVerdict(t *testing.T, dir, home, digest, proof string, args ...string) (verdict, text string) {
	t.Helper()
	o, code := anchorJSON(t, dir, home, append([]string{"verify", "--json", "--no-upgrade", "--digest", digest, "--proof", proof}, args...)...)
	if len(o.Documents) != 1 {
		t.Fatalf("%q: %d documents", args, len(o.Documents))
	}
	d := o.Documents[0]
	rung := d.Rung
	if rung == "" {
		rung = "-"
	}
	return fmt.Sprintf("%s/%s/%d", d.Status, rung, code), strings.Join(append([]string{d.Reason}, d.Findings...), "; ")
}

// TestEndOfPeriod: eleven real headers that end on a row of the table, out of a
// file beside the proofs and out of Esplora's lists of blocks.
func TestEndOfPeriod(t *testing.T) {
	dir := corpus.Dir(t)
	headers := trueHeaders(t, dir)
	root := headers[455605].MerkleRoot()
	proof, digest := rootClaim(t, root[:], 455605)
	for _, v := range verdicts(t, dir) {
		for _, a := range v.Attestations {
			if a.Type == "bitcoin" && a.Height == 455605 {
				proof, digest = filepath.Join(dir, v.File), v.FileDigest
			}
		}
	}
	var run []bitcoin.Header
	for h := uint64(455605); h <= 455615; h++ {
		run = append(run, headers[h])
	}
	repo := t.TempDir()
	if got, _ := bareVerdict(t, repo, t.TempDir(), digest, proof, "--require", "chain", "--explorer", explorer(t, headers, asIs)); got != "confirmed/chain/0" {
		t.Errorf("from an explorer: %s", got)
	}
	var bundle bitcoin.Bundle
	bundle.Add(455605, run)
	if err := os.WriteFile(filepath.Join(repo, bitcoin.BundleFile), bundle.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	gitIn(t, repo, "init", "-q")
	if got, said := bareVerdict(t, repo, t.TempDir(), digest, proof, "--offline"); got != "confirmed/chain/0" {
		t.Errorf("from a file: %s: %s", got, said)
	}
}

// forged is a header that claims height 1000, of January 2009, and was mined
// lately: its hash meets its bits, and the bits are right for that height. Its
// merkle root is the SHA-256 of the text below.
const (
	forged     = "01000000000000000000000000000000000000000000000000000000000000000000000034795b5329abd7c8128499595d1df3c01570efc1698bd527c759991c9388e69d031f7449ffff001de2624188"
	forgedText = "document that did not exist in 2009"
)

func header(t *testing.T, line string) bitcoin.Header {
	t.Helper()
	raw, err := hex.DecodeString(line)
	if err != nil || len(raw) != bitcoin.HeaderSize {
		t.Fatalf("no header: %s", line)
	}
	return bitcoin.Header(raw)
}

// TestForgedHeader: rung explorer names whom it rests on, rung chain refuses.
func TestForgedHeader(t *testing.T) {
	h := header(t, forged)
	sum := sha256.Sum256([]byte(forgedText))
	proof, digest := rootClaim(t, sum[:], 1000)
	liar := explorer(t, map[uint64]bitcoin.Header{1000: h}, asIs)
	host := strings.TrimPrefix(liar, "http://")
	home := t.TempDir()
	o, code := anchorJSON(t, home, home, "verify", "--json", "--no-upgrade", "--digest", digest, "--proof", proof, "--explorer", liar)
	if d := o.Documents[0]; code != exitDone || d.Rung != "explorer" || len(d.Sources) != 1 || d.Sources[0] != host {
		t.Errorf("at rung explorer: exit %d, %s, sources %q", code, d.Rung, d.Sources)
	}
	peer := startPeerAt(t, 999, append([]bitcoin.Header{h}, h), "")
	got, said := bareVerdict(t, home, home, digest, proof, "--explorer", liar, "--peer", peer, "--require", "chain")
	if got != "undecided/-/4" || !strings.Contains(said, "block 1000 was checked at rung explorer, chain is required") {
		t.Errorf("at rung chain: %s: %s", got, said)
	}
}

// TestStaleHeader: a real header with valid work that is not on the main chain.
func TestStaleHeader(t *testing.T) {
	dir := corpus.Dir(t)
	headers := trueHeaders(t, dir)
	raw, err := os.ReadFile(filepath.Join(dir, "headers", "stale.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	fields := strings.Fields(lines[len(lines)-1])
	height, err := strconv.ParseUint(fields[0], 10, 64)
	if err != nil || height != 823226 {
		t.Fatalf("stale.tsv: %q", fields[0])
	}
	stale := header(t, fields[2])
	peer := startPeer(t, wholePeriods(t, dir)).Addr()
	home := t.TempDir()

	root := stale.MerkleRoot()
	proof, digest := rootClaim(t, root[:], height)
	with := maps.Clone(headers)
	with[height] = stale
	got, said := bareVerdict(t, home, home, digest, proof, "--explorer", explorer(t, with, asIs), "--peer", peer)
	if got != "failed/-/1" || !strings.Contains(said, "the header chain has another merkle root at block 823226") {
		t.Errorf("the stale one: %s: %s", got, said)
	}
	root = headers[height].MerkleRoot()
	proof, digest = rootClaim(t, root[:], height)
	if got, said := bareVerdict(t, home, home, digest, proof, "--explorer", explorer(t, with, asIs), "--peer", peer); got != "confirmed/chain/0" {
		t.Errorf("the true one: %s: %s", got, said)
	}
}

// startPeerAt is a peer whose chain begins at a height.
func startPeerAt(t *testing.T, first uint64, chain []bitcoin.Header, fault string) string {
	t.Helper()
	p, err := devnet.StartPeer(devnet.PeerOptions{
		Chain: func() []bitcoin.Header { return chain }, First: first, Magic: [4]byte{0xf9, 0xbe, 0xb4, 0xd9}, Fault: fault,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p.Addr()
}

// TestPeerFaults: whatever a peer does wrong, it is no voice; the next carrier
// is, and without one the verdict is Undecided, exit 4, and names the peer.
func TestPeerFaults(t *testing.T) {
	dir := corpus.Dir(t)
	proof, digest := claimed(t, dir, rootstock)
	run := wholePeriods(t, dir)
	honest := startPeer(t, run).Addr()
	harmless := map[string]bool{"behind": true, "forked": true} // above the periods that are asked for
	for _, fault := range devnet.PeerFaults() {
		if fault == "stall" || fault == "mute" || fault == "drip" || fault == "chatter" {
			continue // end at the timeout of 20 s; internal/bitcoin shows them with a shorter one
		}
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			bad := startPeerAt(t, 822527, run, fault)
			home := t.TempDir()
			got, said := bareVerdict(t, home, home, digest, proof, "--require", "chain", "--explorer", "http://127.0.0.1:9", "--peer", bad)
			t.Logf("%-12s %s  %s", fault, got, said)
			want := "undecided/-/4"
			if harmless[fault] {
				want = "confirmed/chain/0"
			}
			if got != want {
				t.Errorf("alone: %s: %s", got, said)
			}
			other := t.TempDir()
			if got, said := bareVerdict(t, other, other, digest, proof, "--require", "chain", "--explorer", "http://127.0.0.1:9", "--peer", bad, "--peer", honest); got != "confirmed/chain/0" {
				t.Errorf("with a true one: %s: %s", got, said)
			}
		})
	}
}

// TestUpgradeKeepsHeaders: where headers lie beside the proofs, an upgrade adds
// those of the blocks it meets, and --commit takes the file along.
func TestUpgradeKeepsHeaders(t *testing.T) {
	dir := corpus.Dir(t)
	headers := trueHeaders(t, dir)
	proof, digest := claimed(t, dir, rootstock)
	raw, err := os.ReadFile(proof)
	if err != nil {
		t.Fatal(err)
	}
	var bundle bitcoin.Bundle
	var run []bitcoin.Header
	for h := uint64(455605); h <= 455615; h++ {
		run = append(run, headers[h])
	}
	bundle.Add(455605, run)
	repo, home := t.TempDir(), t.TempDir()
	for name, data := range map[string][]byte{"index.html": []byte("another page\n"), "index.html.ots": raw, bitcoin.BundleFile: bundle.Bytes()} {
		if err := os.WriteFile(filepath.Join(repo, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	gitIn(t, repo, "init", "-q")
	gitIn(t, repo, "add", ".")
	gitIn(t, repo, "commit", "-q", "-m", "A page, its proof, and headers of another")
	anchorJSON(t, repo, home, "upgrade", "--all", "--commit", "--json", "--explorer", nobody, "--peer", startPeer(t, wholePeriods(t, dir)).Addr())
	after, err := os.ReadFile(filepath.Join(repo, bitcoin.BundleFile))
	if err != nil {
		t.Fatal(err)
	}
	grown, err := bitcoin.ParseBundle(after)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range []uint64{455605, 826360, 826444, 826503, 827356} {
		if !grown.Has(h) {
			t.Errorf("the headers from block %d are not there", h)
		}
	}
	gitIn(t, repo, "diff", "--quiet", "HEAD", "--", bitcoin.BundleFile)
	o, code := anchorJSON(t, repo, t.TempDir(), "verify", "--json", "--no-upgrade", "--offline", "--digest", digest, "--proof", proof)
	fourAtChain(t, o, code)
}
