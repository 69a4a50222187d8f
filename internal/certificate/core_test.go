package certificate_test

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/certificate"
	"github.com/openllmo/git-anchor/internal/ots"
)

// The tests here ask the JavaScript that pages carry what Go is asked too;
// testdata/answer.js puts the questions to it in node.

// A question is for testdata/answer.js: p is a proof, c one to take the time of,
// h a header, 1, 2, 3 and k bytes to hash with sha1, sha256, ripemd160 and
// keccak256, f a file to read and hash with sha256 and ripemd160, z and y a number
// (8 bytes) of zeros to hash with sha256 and sha1.
type question struct {
	letter byte
	data   []byte
}

// ask returns the answers to all questions, by one process.
func ask(t *testing.T, questions []question) []string {
	t.Helper()
	var stdin bytes.Buffer
	for _, q := range questions {
		stdin.WriteByte(q.letter)
		stdin.Write(binary.BigEndian.AppendUint32(nil, uint32(len(q.data))))
		stdin.Write(q.data)
	}
	code, err := certificate.Core()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "core.js")
	if err := os.WriteFile(name, []byte("\"use strict\";"+code+"module.exports = { ...hashes, hashFile, parse, checkHeader, hex, display };\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	cmd := exec.Command(node(t), "testdata/answer.js", name)
	cmd.Stdin, cmd.Stderr = &stdin, &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, &stderr)
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(questions) == 0 || len(lines) != len(questions) {
		t.Fatalf("%d answers to %d questions\n%s", len(lines), len(questions), &stderr)
	}
	return lines
}

// node returns the path of node. Without it the test is skipped, where the real
// proofs are required it fails.
func node(t *testing.T) string {
	t.Helper()
	name, err := exec.LookPath("node")
	if err == nil {
		return name
	}
	if os.Getenv("GIT_ANCHOR_REQUIRE_CORPUS") == "1" {
		t.Fatalf("GIT_ANCHOR_REQUIRE_CORPUS=1 requires node (package nodejs): %v", err)
	}
	t.Skipf("no node (package nodejs): the JavaScript core is not compared with Go: %v", err)
	return ""
}

func TestCoreHashes(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	var lengths []int
	for n := range 300 {
		lengths = append(lengths, n)
	}
	for range 100 {
		lengths = append(lengths, r.IntN(ots.MaxMessage+1), r.IntN(100_000))
	}
	var questions []question
	var want []string
	for _, n := range lengths {
		b := randomBytes(r, n)
		for letter, tag := range map[byte]ots.Tag{'1': ots.SHA1, '2': ots.SHA256, '3': ots.RIPEMD160} {
			questions = append(questions, question{letter, b})
			want = append(want, hexHash(tag.NewHash(), b))
		}
		if n <= ots.MaxMessage {
			sum, err := ots.Op{Tag: ots.Keccak256}.Apply(b)
			if err != nil {
				t.Fatal(err)
			}
			questions = append(questions, question{'k', b})
			want = append(want, hex.EncodeToString(sum))
		}
	}
	for i, got := range ask(t, questions) {
		if got != want[i] {
			t.Errorf("hash %c of %d bytes: %s, in Go %s", questions[i].letter, len(questions[i].data), got, want[i])
		}
	}
}

// A file of more than 2^32 bits, and so of more than one read.
func TestCoreHashesLongFiles(t *testing.T) {
	const size = 1<<29 + 7
	number := binary.BigEndian.AppendUint64(nil, size)
	answers := ask(t, []question{{'z', number}, {'y', number}})
	zeros := make([]byte, 1<<20)
	for i, h := range []hash.Hash{sha256.New(), sha1.New()} {
		for range size / len(zeros) {
			h.Write(zeros)
		}
		want := hexHash(h, zeros[:size%len(zeros)])
		got, speed, _ := strings.Cut(answers[i], " ")
		if got != want {
			t.Errorf("%d zeros: %s, in Go %s", size, answers[i], want)
		}
		t.Logf("%d-bit hash: %s MB/s in JavaScript", 8*h.Size(), speed)
	}
}

func TestCoreReadsFilesInPieces(t *testing.T) {
	const piece = 4 << 20
	r := rand.New(rand.NewPCG(13, 14))
	for _, n := range []int{0, 1, piece, 2*piece + 13} {
		b := randomBytes(r, n)
		want := []string{hexHash(sha256.New(), b), hexHash(ots.RIPEMD160.NewHash(), b)}
		for at := 0; at < n; {
			at = min(at+piece, n)
			want = append(want, fmt.Sprintf("%d/%d", at, n))
		}
		if n > 0 {
			want = append(want, "stopped")
		} else { // nothing was read, so nothing was stopped
			want = append(want, "done")
		}
		if got := ask(t, []question{{'f', b}})[0]; got != strings.Join(want, " ") {
			t.Errorf("%d bytes: %s\nwant %s", n, got, strings.Join(want, " "))
		}
	}
}

func hexHash(h hash.Hash, b []byte) string {
	h.Write(b)
	return hex.EncodeToString(h.Sum(nil))
}

func randomBytes(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}
