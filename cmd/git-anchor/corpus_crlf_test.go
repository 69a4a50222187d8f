package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/corpus"
	"github.com/openllmo/git-anchor/internal/devnet"
)

// TestCorpusCommittedBytes: with `* text=auto eol=crlf` the work tree holds
// other bytes than the commit; the committed ones are stamped, and the
// reference library reads the proof.
func TestCorpusCommittedBytes(t *testing.T) {
	dir := corpus.Dir(t)
	texts, err := filepath.Glob(filepath.Join(dir, "llmo", "lip-0001.md@*"))
	if err != nil || len(texts) == 0 {
		t.Fatalf("no LIP-1 in the corpus: %v", err)
	}
	text, err := os.ReadFile(texts[0])
	if err != nil {
		t.Fatal(err)
	}
	net, err := devnet.Start(devnet.Options{Immediate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := net.Close(); err != nil {
			t.Error(err)
		}
	})
	repo := t.TempDir()
	put := func(name string, data []byte) {
		full := filepath.Join(repo, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	command := func(name string, args ...string) []byte {
		t.Helper()
		cmd := exec.CommandContext(context.Background(), name, args...)
		var errs bytes.Buffer
		cmd.Dir, cmd.Env, cmd.Stderr = repo, cleanEnv(t), &errs
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s %s: %v\n%s", name, args, err, errs.Bytes())
		}
		return out
	}
	put(".gitattributes", []byte("* text=auto eol=crlf\n"))
	put(demoPath, text)
	command("git", "init", "-q")
	for _, u := range net.CalendarURLs() {
		command("git", "config", "--add", "anchor.calendar", u)
	}
	command("git", "add", ".")
	command("git", "commit", "-q", "-m", "LIP-1")
	if err := os.Remove(filepath.Join(repo, demoPath)); err != nil {
		t.Fatal(err)
	}
	command("git", "checkout", "--", demoPath)
	disk, err := os.ReadFile(filepath.Join(repo, demoPath))
	if err != nil || !bytes.Contains(disk, []byte("\r\n")) {
		t.Fatalf("the work tree was to hold CRLF: %v", err)
	}
	pools := net.Pools()
	command(self(t), "--network", "regtest", "--calendar", pools[0], "--calendar", pools[1], demoPath)
	committed := sha256.Sum256(command("git", "cat-file", "blob", "HEAD:"+demoPath))

	const script = `import sys, json
from opentimestamps.core.serialize import BytesDeserializationContext
from opentimestamps.core.timestamp import DetachedTimestampFile
p = DetachedTimestampFile.deserialize(BytesDeserializationContext(open(sys.argv[1], "rb").read()))
print(json.dumps({"hash": p.file_hash_op.HASHLIB_NAME, "digest": p.file_digest.hex(), "claims": sum(1 for _ in p.timestamp.all_attestations())}))`
	requireReference(t)
	var read struct {
		Hash, Digest string
		Claims       int
	}
	if err := json.Unmarshal(command(python, "-c", script, demoPath+".ots"), &read); err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("%x", committed); read.Hash != "sha256" || read.Digest != want || read.Claims != 2 {
		t.Errorf("the reference reads %+v, want the committed blob's sha256 %s and 2 claims", read, want)
	}
	out := string(command(self(t), "verify", "--network", "regtest", "--no-upgrade", demoPath))
	if !strings.HasPrefix(out, "regtest, proves nothing: Pending:") {
		t.Errorf("verify with CRLF in the work tree: %s", out)
	}
}
