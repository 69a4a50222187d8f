package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/corpus"
	"github.com/openllmo/git-anchor/internal/devnet"
)

// rootstock is the real proof whose four claims lie in whole periods of the
// corpus' headers.
const rootstock = "6862e8e6__index.html.ots"

// claimed finds a proof of the corpus by the end of its name.
func claimed(t *testing.T, dir, name string) (proof, digest string) {
	t.Helper()
	for _, v := range verdicts(t, dir) {
		if strings.HasSuffix(v.File, name) {
			return filepath.Join(dir, v.File), v.FileDigest
		}
	}
	t.Fatalf("%s is not in the corpus", name)
	return "", ""
}

// wholePeriods are the corpus' true headers 822527 to 830592.
func wholePeriods(t *testing.T, dir string) []bitcoin.Header {
	t.Helper()
	headers := trueHeaders(t, dir)
	var run []bitcoin.Header
	for h := uint64(822527); h <= 830592; h++ {
		run = append(run, headers[h])
	}
	return run
}

func startPeer(t *testing.T, headers []bitcoin.Header) *devnet.Peer {
	t.Helper()
	p, err := devnet.StartPeer(devnet.PeerOptions{
		Chain: func() []bitcoin.Header { return headers }, First: 822527, Magic: [4]byte{0xf9, 0xbe, 0xb4, 0xd9},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// anchorJSON runs the program as a child process in dir and returns its JSON
// and exit code. Nothing but loopback can be reached.
func anchorJSON(t *testing.T, dir, home string, args ...string) (outcomeJSON, int) {
	t.Helper()
	cmd := exec.Command(self(t), args...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_CACHE_HOME=" + filepath.Join(home, "cache"), "TMPDIR=" + t.TempDir(),
		"GIT_CONFIG_NOSYSTEM=1", "HTTPS_PROXY=http://127.0.0.1:1", "CI=true",
		"GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.org", "GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.org"}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !asExit(err, &exit) {
		t.Fatal(err)
	}
	var o outcomeJSON
	if err := json.Unmarshal(out.Bytes(), &o); err != nil {
		t.Fatalf("%q: %v\n%s%s", args, err, out.Bytes(), errs.Bytes())
	}
	return o, cmd.ProcessState.ExitCode()
}

// fourAtChain holds an outcome to the four claims of rootstock at rung chain.
func fourAtChain(t *testing.T, o outcomeJSON, code int) {
	t.Helper()
	if len(o.Documents) != 1 {
		t.Fatalf("%d documents", len(o.Documents))
	}
	d := o.Documents[0]
	if code != exitDone || d.Status != "confirmed" || d.Rung != "chain" || d.Height != 826360 {
		t.Fatalf("exit %d, %s at rung %s, block %d: %s", code, d.Status, d.Rung, d.Height, d.Reason)
	}
	confirmed := map[uint64]bool{}
	for _, c := range d.Claims {
		if c.Kind == "bitcoin" && c.Status == "confirmed" {
			confirmed[c.Height] = true
		}
	}
	for _, h := range []uint64{826360, 826444, 826503, 827356} {
		if !confirmed[h] {
			t.Errorf("the claim on block %d is not confirmed", h)
		}
	}
}

// TestChainFromPeer: a real proof reaches rung chain with headers from a peer,
// then from the cache without a network, and then in a fresh clone from the
// file beside the proof.
func TestChainFromPeer(t *testing.T) {
	dir := corpus.Dir(t)
	proof, digest := claimed(t, dir, rootstock)
	peer := startPeer(t, wholePeriods(t, dir))
	home := t.TempDir()
	bare := []string{"verify", "--json", "--require", "chain", "--digest", digest, "--proof", proof}

	o, code := anchorJSON(t, home, home, append(bare, "--peer", peer.Addr(), "--no-upgrade")...)
	fourAtChain(t, o, code)
	if connections, _ := peer.Asked(); connections != 2 {
		t.Errorf("%d connections for two periods", connections)
	}
	o, code = anchorJSON(t, home, home, append(bare, "--offline")...)
	fourAtChain(t, o, code)

	repo := filepath.Join(home, "repo")
	raw, err := os.ReadFile(proof)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(repo, 0o755); err != nil {
		t.Fatal(err)
	}
	// The document itself is not in the corpus: another one stands in its place.
	for name, data := range map[string][]byte{"index.html": []byte("something else\n"), "index.html.ots": raw} {
		if err := os.WriteFile(filepath.Join(repo, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	gitIn(t, repo, "init", "-q")
	gitIn(t, repo, "add", ".")
	gitIn(t, repo, "commit", "-q", "-m", "A page and its proof")
	_, code = anchorJSON(t, repo, home, "headers", "export", "--json", "--offline", "--commit")
	if code != exitDone {
		t.Fatalf("headers export: exit %d", code)
	}
	fresh := filepath.Join(t.TempDir(), "clone")
	if out, err := exec.Command("git", "clone", "-q", repo, fresh).CombinedOutput(); err != nil {
		t.Fatalf("git clone: %v\n%s", err, out)
	}
	stranger := t.TempDir()
	o, code = anchorJSON(t, fresh, stranger, append(bare, "--offline")...)
	fourAtChain(t, o, code)
	o, code = anchorJSON(t, stranger, stranger, append(bare, "--offline")...)
	if code != exitUndecided || o.Documents[0].Status != "undecided" {
		t.Errorf("outside the clone, with no cache: exit %d, %s", code, o.Documents[0].Status)
	}
}

// gitIn runs git in a directory.
func gitIn(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = dir, cleanEnv(t)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %s: %v\n%s", args, err, out)
	}
}
