package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/openllmo/git-anchor/internal/corpus"
)

// someLog is a sound log of n entries.
func someLog(t testing.TB, n int) []Entry {
	t.Helper()
	entries := []Entry{{JobID: "genesis", JobType: "genesis", Timestamp: "2026-01-01T00:00:00Z", InputsHash: Genesis, OutputsHash: Genesis,
		Metadata: map[string]string{"description": "Genesis entry", "version": "1.0"}}}
	for i := 1; i < n; i++ {
		entries = append(entries, Entry{
			JobID: fmt.Sprintf("pr_approval-%d", i), JobType: "pr_approval", Timestamp: fmt.Sprintf("2026-01-01T00:%02d:%02d.123456789Z", i/60%60, i%60),
			InputsHash: hashText([32]byte{1, byte(i), byte(i >> 8)}), OutputsHash: hashText([32]byte{2, byte(i), byte(i >> 8)}),
			Metadata: map[string]string{"success": "true", "execution_time": "2026-01-01T00:00:01+00:00"},
		})
	}
	for i := range entries {
		entries[i].ServerID = "governance-01"
	}
	return chained(t, entries)
}

// chained sets the hashes that link entries.
func chained(t testing.TB, entries []Entry) []Entry {
	t.Helper()
	previous := Genesis
	for i := range entries {
		e := &entries[i]
		e.PreviousLogHash, e.ThisLogHash = previous, Genesis
		hash, err := e.Hash()
		if err != nil {
			t.Fatal(err)
		}
		e.ThisLogHash, previous = hash, hash
	}
	return entries
}

// logLine is an entry as the source writes it.
func logLine(t testing.TB, e Entry) string {
	t.Helper()
	raw, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func logText(t testing.TB, entries []Entry) string {
	t.Helper()
	var b strings.Builder
	for _, e := range entries {
		b.WriteString(logLine(t, e) + "\n")
	}
	return b.String()
}

func readLog(t *testing.T, text string) LogSummary {
	t.Helper()
	l, err := ReadLog(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// vectors are worked values of the source's rules.
type vectors struct {
	Entries   []Entry  `json:"entries"`
	Canonical []string `json:"canonical_strings"`
	Merkle    struct {
		One   vectorRoots       `json:"1"`
		Two   vectorRoots       `json:"2"`
		Three vectorRoots       `json:"3"`
		Dup   map[string]string `json:"dup_last_ambiguity"`
	} `json:"merkle"`
	Month struct {
		AuditLogs map[string]struct {
			Count uint64 `json:"entries_count"`
			First string `json:"first_entry_hash"`
			Last  string `json:"last_entry_hash"`
			Root  string `json:"merkle_root"`
		} `json:"audit_logs"`
	} `json:"registry_2026_01"`
}

type vectorRoots struct {
	Raw  string `json:"registry_rule_raw_digests"`
	Text string `json:"audit_cli_rule_ascii"`
}

func readVectors(t *testing.T) vectors {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(corpus.Dir(t), "bitcoin-commons", "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Entries) != 3 || len(v.Canonical) != 3 || len(v.Merkle.Dup) != 2 || len(v.Month.AuditLogs) != 1 {
		t.Fatalf("vectors.json has %d entries, %d canonical strings, %d roots of doubled leaves", len(v.Entries), len(v.Canonical), len(v.Merkle.Dup))
	}
	return v
}

func TestVectorsOfAuditLogs(t *testing.T) {
	v := readVectors(t)
	for i, e := range v.Entries {
		t.Run(fmt.Sprintf("entries %d", i), func(t *testing.T) {
			hash, err := e.Hash()
			if err != nil || hash != e.ThisLogHash || e.Ambiguous() {
				t.Errorf("hash %s, %v; want %s", hash, err, e.ThisLogHash)
			}
		})
		t.Run(fmt.Sprintf("canonical_strings %d", i), func(t *testing.T) {
			if text, err := e.Canonical(); err != nil || text != v.Canonical[i] {
				t.Errorf("%q, %v; want %q", text, err, v.Canonical[i])
			}
		})
	}
	for n, want := range []vectorRoots{{}, v.Merkle.One, v.Merkle.Two, v.Merkle.Three} {
		if n == 0 {
			continue
		}
		t.Run(fmt.Sprintf("merkle %d", n), func(t *testing.T) {
			l := readLog(t, logText(t, v.Entries[:n]))
			if l.RawRoot != want.Raw || l.TextRoot != want.Text || want.Raw == "" || want.Text == "" {
				t.Errorf("raw %s, text %s; want %+v", l.RawRoot, l.TextRoot, want)
			}
		})
	}
	for i, name := range []string{"3 leaves", "4 leaves with last repeated"} {
		t.Run("merkle dup_last_ambiguity "+name, func(t *testing.T) {
			tree := merkleTree{rule: RuleRaw}
			for _, e := range append(slices.Clone(v.Entries), v.Entries[2])[:3+i] {
				leaf, ok := readHash([]byte(e.ThisLogHash))
				if !ok {
					t.Fatal(e.ThisLogHash)
				}
				tree.add(leaf, false)
			}
			if root, _ := tree.root(); hashText(root) != v.Merkle.Dup[name] {
				t.Errorf("%s, want %s", hashText(root), v.Merkle.Dup[name])
			}
		})
	}
	t.Run("registry_2026_01 audit_logs", func(t *testing.T) {
		s := v.Month.AuditLogs["governance-01"]
		l := readLog(t, logText(t, v.Entries))
		if rule, faults := (Summary{s.Count, s.First, s.Last, s.Root}).Compare(l); rule != RuleRaw || len(faults) > 0 {
			t.Errorf("%s, %v", rule, faults)
		}
	})
}

func BenchmarkReadLog(b *testing.B) {
	text := []byte(logText(b, someLog(b, 10_000)))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ReadLog(bytes.NewReader(text)); err != nil {
			b.Fatal(err)
		}
	}
}

var _ = errors.New
var _ = io.EOF
var _ = iotest.ErrReader
