package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/corpus"
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
	r := newCorpusRepo(t)
	r.put(".gitattributes", []byte("* text=auto eol=crlf\n"))
	r.put(demoPath, text)
	r.run(0, "git", "add", ".")
	r.run(0, "git", "commit", "-q", "-m", "LIP-1")
	if err := os.Remove(filepath.Join(r.dir, demoPath)); err != nil {
		t.Fatal(err)
	}
	r.run(0, "git", "checkout", "--", demoPath)
	disk, err := os.ReadFile(filepath.Join(r.dir, demoPath))
	if err != nil || !bytes.Contains(disk, []byte("\r\n")) {
		t.Fatalf("the work tree was to hold CRLF: %v", err)
	}
	r.stamp(demoPath)
	blob, _ := r.run(0, "git", "cat-file", "blob", "HEAD:"+demoPath)
	committed := sha256.Sum256([]byte(blob))

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
	out, _ := r.run(0, python, "-c", script, demoPath+".ots")
	if err := json.Unmarshal([]byte(out), &read); err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("%x", committed); read.Hash != "sha256" || read.Digest != want || read.Claims != 2 {
		t.Errorf("the reference reads %+v, want the committed blob's sha256 %s and 2 claims", read, want)
	}
	out, _ = r.run(0, self(t), "verify", "--network", "regtest", "--no-upgrade", demoPath)
	if !strings.HasPrefix(out, "regtest, proves nothing: Pending:") {
		t.Errorf("verify with CRLF in the work tree: %s", out)
	}
}
