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
			InputsHash: HashText([32]byte{1, byte(i), byte(i >> 8)}), OutputsHash: HashText([32]byte{2, byte(i), byte(i >> 8)}),
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
		hash, err := hashOf(*e)
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
			hash, err := hashOf(e)
			if err != nil || hash != e.ThisLogHash || e.Ambiguous() {
				t.Errorf("hash %s, %v; want %s", hash, err, e.ThisLogHash)
			}
		})
		t.Run(fmt.Sprintf("canonical_strings %d", i), func(t *testing.T) {
			if text, err := textOf(e); err != nil || text != v.Canonical[i] {
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
			if root, _ := tree.root(); HashText(root) != v.Merkle.Dup[name] {
				t.Errorf("%s, want %s", HashText(root), v.Merkle.Dup[name])
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

// faulty reads a log that must have a fault.
func faulty(t *testing.T, r io.Reader) *LogFault {
	t.Helper()
	l, err := ReadLog(r)
	var fault *LogFault
	if !errors.As(err, &fault) {
		t.Fatalf("%+v, %v: no fault", l, err)
	}
	return fault
}

func TestLogFaults(t *testing.T) {
	sound := someLog(t, 5)
	other := HashText([32]byte{7})
	edit := func(f func(e []Entry) []Entry) string { return logText(t, f(slices.Clone(sound))) }
	tests := []struct {
		name, log string
		want      LogFault
	}{
		{"empty", "", LogFault{0, "the log is empty", "", ""}},
		{"no more than a line feed", "\n", LogFault{1, "the line is blank: each line is an entry", "", ""}},
		{"blank line", logText(t, sound[:2]) + " \r\n" + logText(t, sound[2:]), LogFault{3, "the line is blank: each line is an entry", "", ""}},
		{"blank line at the end", logText(t, sound) + "\n", LogFault{6, "the line is blank: each line is an entry", "", ""}},
		{"content", edit(func(e []Entry) []Entry { e[2].JobType = "pr_refusal"; return e }),
			LogFault{3, "this_log_hash is not the hash of the entry", sound[2].ThisLogHash, rehashed(t, sound[2], func(e *Entry) { e.JobType = "pr_refusal" })}},
		{"metadata", edit(func(e []Entry) []Entry { e[0].Metadata = map[string]string{"version": "1.0"}; return e }),
			LogFault{1, "this_log_hash is not the hash of the entry", sound[0].ThisLogHash, rehashed(t, sound[0], func(e *Entry) { e.Metadata = map[string]string{"version": "1.0"} })}},
		{"hash", edit(func(e []Entry) []Entry { e[3].ThisLogHash = other; return e }),
			LogFault{4, "this_log_hash is not the hash of the entry", other, sound[3].ThisLogHash}},
		{"link", edit(func(e []Entry) []Entry { e[3].PreviousLogHash = other; return e }),
			LogFault{4, "previous_log_hash is not the hash of the entry before", other, sound[2].ThisLogHash}},
		{"content and hash", edit(func(e []Entry) []Entry {
			e[2].JobID = "x"
			e[2].ThisLogHash = rehashed(t, sound[2], func(e *Entry) { e.JobID = "x" })
			return e
		}), LogFault{4, "previous_log_hash is not the hash of the entry before", sound[2].ThisLogHash, rehashed(t, sound[2], func(e *Entry) { e.JobID = "x" })}},
		{"deleted", edit(func(e []Entry) []Entry { return slices.Delete(e, 2, 3) }),
			LogFault{3, "previous_log_hash is not the hash of the entry before", sound[2].ThisLogHash, sound[1].ThisLogHash}},
		{"swapped", edit(func(e []Entry) []Entry { e[2], e[3] = e[3], e[2]; return e }),
			LogFault{3, "previous_log_hash is not the hash of the entry before", sound[2].ThisLogHash, sound[1].ThisLogHash}},
		{"repeated", edit(func(e []Entry) []Entry { return append(e, e[4]) }),
			LogFault{6, "previous_log_hash is not the hash of the entry before", sound[3].ThisLogHash, sound[4].ThisLogHash}},
		{"without its beginning", edit(func(e []Entry) []Entry { return e[2:] }),
			LogFault{1, "the first entry begins the log, so its inputs_hash must be zeros", sound[2].InputsHash, Genesis}},
		{"outputs at the beginning", edit(func(e []Entry) []Entry { e[0].OutputsHash = other; return e }),
			LogFault{1, "the first entry begins the log, so its outputs_hash must be zeros", other, Genesis}},
		{"link at the beginning", edit(func(e []Entry) []Entry { e[0].PreviousLogHash = other; return e }),
			LogFault{1, "the first entry begins the log, so its previous_log_hash must be zeros", other, Genesis}},
		{"another server", edit(func(e []Entry) []Entry { e[4].ServerID = "governance-02"; return chained(t, e) }),
			LogFault{5, `the entry is of server "governance-02", the log of "governance-01"`, "", ""}},
		{"cut off", strings.TrimSuffix(logText(t, sound), "}\n"), LogFault{5, "the log is cut off here: its last line has no end and is no entry: unexpected EOF after offset 559", "", ""}},
		{"not an object", logText(t, sound[:1]) + "[]\n", LogFault{2, "no entry: it is no JSON object", "", ""}},
		{"two on a line", strings.Replace(logText(t, sound), "\n", " ", 1), LogFault{1, "no entry: something follows the entry", "", ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := faulty(t, strings.NewReader(tt.log)); *got != tt.want {
				t.Errorf("got  %+v\nwant %+v", *got, tt.want)
			}
		})
	}
}

// rehashed is the hash of an entry as it is after a change.
func rehashed(t *testing.T, e Entry, change func(*Entry)) string {
	t.Helper()
	change(&e)
	hash, err := hashOf(e)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

func TestLogFaultError(t *testing.T) {
	f := &LogFault{3, "this_log_hash is not the hash of the entry", "a\x1b", "b"}
	if got, want := f.Error(), `line 3: this_log_hash is not the hash of the entry: stored a\x1b, computed b`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// Whatever byte of a log is changed, it is found, unless the log says the same
// then. A cut at the end of a line is for the count to find.
func TestAnyByteOfLog(t *testing.T) {
	text := logText(t, someLog(t, 3))
	want := readLog(t, text)
	want.Unended = true // another byte in place of the last line feed
	harmless := 0
	for i := range text {
		for _, c := range []byte{text[i] ^ 1, text[i] ^ 0x20, ' ', '0', '"'} {
			if c == text[i] {
				continue
			}
			l, err := ReadLog(strings.NewReader(text[:i] + string(c) + text[i+1:]))
			if l.Unended = true; err == nil && l != want {
				t.Fatalf("byte %d, %q made %q: %+v", i, text[i], c, l)
			}
			if err == nil {
				harmless++
			}
		}
		cut := strings.Count(text[:i], "\n")
		if l, err := ReadLog(strings.NewReader(text[:i])); err == nil && l.Count != uint64(cut) && text[i] != '\n' {
			t.Fatalf("cut at byte %d: %+v", i, l)
		}
	}
	if harmless != 1 { // the last line feed as a space
		t.Errorf("%d changes are harmless", harmless)
	}
}

// How lines end is not part of a log.
func TestLineEnds(t *testing.T) {
	text := logText(t, someLog(t, 4))
	want := readLog(t, text)
	if want.Unended {
		t.Error("the last line ends")
	}
	if got := readLog(t, strings.ReplaceAll(text, "\n", "\r\n")); got != want {
		t.Errorf("CRLF: %+v", got)
	}
	want.Unended = true
	if got := readLog(t, strings.TrimSuffix(text, "\n")); got != want {
		t.Errorf("without the last line feed: %+v", got)
	}
}

// However the bytes come, and whatever a line's length.
func TestLongLines(t *testing.T) {
	long := func(n int) string {
		entries := someLog(t, 3)
		entries[1].Metadata = map[string]string{"x": ""}
		entries[1].Metadata["x"] = strings.Repeat("a", n-len(logLine(t, entries[1])))
		return logText(t, chained(t, entries))
	}
	for _, n := range []int{readSize - 1, readSize, readSize + 1, 2*readSize - 1, MaxLine} {
		text := long(n)
		if l := readLog(t, text); l.Count != 3 {
			t.Errorf("%d bytes: %d entries", n, l.Count)
		}
		if l, err := ReadLog(iotest.HalfReader(strings.NewReader(text))); err != nil || l.Count != 3 {
			t.Errorf("%d bytes, read in parts: %d entries, %v", n, l.Count, err)
		}
	}
	want := LogFault{Line: 2, Text: "the line is longer than 1048576 bytes"}
	for _, text := range []string{long(MaxLine + 1), long(3 * MaxLine), logText(t, someLog(t, 1)) + strings.Repeat(" ", MaxLine+1)} {
		if got := faulty(t, strings.NewReader(text)); *got != want {
			t.Errorf("%d bytes: %+v", len(text), got)
		}
	}
}

// A log that cannot be read is not a faulty one.
func TestReadErrorIsNoFault(t *testing.T) {
	broken := errors.New("broken disk")
	for _, text := range []string{"", logText(t, someLog(t, 2)), logLine(t, someLog(t, 1)[0])} {
		_, err := ReadLog(io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)))
		var fault *LogFault
		if !errors.Is(err, broken) || errors.As(err, &fault) {
			t.Errorf("%v", err)
		}
	}
}

func TestWhatLogsDoNotProtect(t *testing.T) {
	entries := someLog(t, 4)
	entries[1].JobID = "a|b"
	entries[2].Metadata = map[string]string{"k": "v,w"}
	lines := strings.SplitAfter(logText(t, chained(t, entries)), "\n")
	lines[3] = strings.Replace(lines[3], "{", `{"note":{"any":[1,"thing"]},`, 1)
	l := readLog(t, strings.Join(lines, ""))
	if l.Ambiguous != 2 || l.Further != 1 || l.Count != 4 {
		t.Errorf("%+v", l)
	}
}

func TestCompare(t *testing.T) {
	l := readLog(t, logText(t, someLog(t, 6)))
	sound := Summary{l.Count, l.First, l.Last, l.RawRoot}
	other := HashText([32]byte{9})
	tests := []struct {
		name   string
		s      Summary
		rule   string
		faults []SummaryFault
	}{
		{"raw", sound, RuleRaw, nil},
		{"text", Summary{l.Count, l.First, l.Last, l.TextRoot}, RuleText, nil},
		{"count", Summary{7, other, other, other}, "", []SummaryFault{{"entries_count", "7", "6", 0}}},
		{"first", Summary{6, other, l.Last, l.RawRoot}, "", []SummaryFault{{"first_entry_hash", other, l.First, 1}}},
		{"last", Summary{6, l.First, other, other}, "", []SummaryFault{{"last_entry_hash", other, l.Last, 6}}},
		{"root", Summary{6, l.First, l.Last, other}, "", []SummaryFault{{"merkle_root", other, l.RawRoot + " by rule raw and " + l.TextRoot + " by rule text", 0}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if rule, faults := tt.s.Compare(l); rule != tt.rule || !slices.Equal(faults, tt.faults) {
				t.Errorf("%q, %v", rule, faults)
			}
		})
	}
	if l.RawRoot == l.TextRoot || rootOf(l, RuleRaw) != l.RawRoot || rootOf(l, RuleText) != l.TextRoot {
		t.Error("the rules have one root")
	}
}

// A month is held to the entries that it knew; the log may have grown since.
func TestCompareLog(t *testing.T) {
	entries := someLog(t, 6)
	then := readLog(t, logText(t, entries[:4]))
	month := map[string]Summary{"governance-01": {then.Count, then.First, then.Last, then.TextRoot}}
	compare := func(n int, month map[string]Summary) LogComparison {
		t.Helper()
		c, err := CompareLog(strings.NewReader(logText(t, entries[:n])), month)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for n := 4; n <= 6; n++ {
		if c := compare(n, month); c.Rule != RuleText || len(c.Faults) > 0 || c.Since != uint64(n-4) || c.Log.Count != uint64(n) || !c.Known {
			t.Errorf("%d entries: %+v", n, c)
		}
	}
	if c := compare(3, month); !slices.Equal(c.Faults, []SummaryFault{{"entries_count", "4", "3", 0}}) || c.Since != 0 {
		t.Errorf("a log that was cut: %+v", c)
	}
	month["governance-01"] = Summary{4, then.First, entries[4].ThisLogHash, then.TextRoot}
	if c := compare(6, month); !slices.Equal(c.Faults, []SummaryFault{{"last_entry_hash", entries[4].ThisLogHash, then.Last, 4}}) {
		t.Errorf("%+v", c)
	}
	if c := compare(6, map[string]Summary{"governance-02": {}}); c.Known || c.Log.Count != 6 || len(c.Faults) > 0 {
		t.Errorf("another server's month: %+v", c)
	}
	month["governance-01"] = Summary{0, Genesis, Genesis, Genesis}
	if c := compare(6, month); len(c.Faults) == 0 || c.Faults[0] != (SummaryFault{"entries_count", "0", "6", 0}) {
		t.Errorf("a month that knows no entry: %+v", c)
	}
}
