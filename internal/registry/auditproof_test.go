package registry

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func rootOf(l LogSummary, rule string) string {
	return map[string]string{RuleRaw: l.RawRoot, RuleText: l.TextRoot}[rule]
}

// proven is the proof of line n of a log of count entries, and the log's summary.
func proven(t testing.TB, count int, n uint64, rule string) (*EntryProof, Summary) {
	t.Helper()
	text := logText(t, someLog(t, count))
	p, err := ProveEntry(strings.NewReader(text), n, rule)
	if err != nil {
		t.Fatal(err)
	}
	l, err := ReadLog(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return p, Summary{l.Count, l.First, l.Last, rootOf(l, rule)}
}

func TestProveEntry(t *testing.T) {
	for _, rule := range []string{RuleRaw, RuleText} {
		for count := 1; count <= 9; count++ {
			for n := 1; n <= count; n++ {
				p, s := proven(t, count, uint64(n), rule)
				again, err := ParseEntryProof(p.Bytes())
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(again.Bytes(), p.Bytes()) {
					t.Errorf("%s\nis read as\n%s", p.Bytes(), again.Bytes())
				}
				if v := again.Check(s); !v.Good || again.Index != uint64(n-1) || again.Count != s.Count {
					t.Errorf("%s: %d of %d: %+v", rule, n, count, v)
				}
				if v := again.Check(Summary{Count: s.Count, Root: s.Root}); !v.Good {
					t.Errorf("%s: %d of %d, by the root alone: %+v", rule, n, count, v)
				}
			}
		}
	}
}

func TestProofForm(t *testing.T) {
	p, s := proven(t, 1, 1, RuleText)
	want := fmt.Sprintf(`{
  "count": 1,
  "entry": {
    "inputs_hash": %q,
    "job_id": "genesis",
    "job_type": "genesis",
    "metadata": {
      "description": "Genesis entry",
      "version": "1.0"
    },
    "outputs_hash": %[1]q,
    "previous_log_hash": %[1]q,
    "server_id": "governance-01",
    "this_log_hash": %q,
    "timestamp": "2026-01-01T00:00:00Z"
  },
  "format": "git-anchor/audit-proof/1",
  "index": 0,
  "merkle_root": %[2]q,
  "path": [],
  "rule": "text",
  "server_id": "governance-01"
}
`, Genesis, s.Root)
	if got := string(p.Bytes()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestProveEntryRefuses(t *testing.T) {
	entries := someLog(t, 4)
	entries[2].JobID = "a|b"
	text := logText(t, chained(t, entries))
	tests := []struct {
		name string
		n    uint64
		err  error
		want string
	}{
		{"line 0", 0, ErrNoEntry, "line 0 of 4: there is no such entry"},
		{"past the end", 5, ErrNoEntry, "line 5 of 4: there is no such entry"},
		{"ambiguous", 3, ErrAmbiguous, "line 3: the text that its hash covers can be read in two ways: no proof can show which entry it is"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if p, err := ProveEntry(strings.NewReader(text), tt.n, RuleRaw); p != nil || !errors.Is(err, tt.err) || err.Error() != tt.want {
				t.Errorf("%v", err)
			}
		})
	}
	var fault *LogFault
	if _, err := ProveEntry(strings.NewReader(text+"x\n"), 1, RuleRaw); !errors.As(err, &fault) || fault.Line != 5 {
		t.Errorf("a faulty log: %v", err)
	}
}

func TestProveEntryUnder(t *testing.T) {
	entries := someLog(t, 7)
	text := logText(t, entries)
	for _, rule := range []string{RuleRaw, RuleText} {
		then := readLog(t, logText(t, entries[:5]))
		s := Summary{then.Count, then.First, then.Last, rootOf(then, rule)}
		month := map[string]Summary{"governance-01": s}
		p, err := ProveEntryUnder(strings.NewReader(text+"what came since is not read\n"), 3, month)
		if err != nil || p.Rule != rule || p.Count != 5 || !p.Check(s).Good {
			t.Fatalf("%s: %+v, %v", rule, p, err)
		}
		if _, err := ProveEntryUnder(strings.NewReader(text), 6, month); !errors.Is(err, ErrNoEntry) {
			t.Errorf("an entry that came later: %v", err)
		}
		if _, err := ProveEntryUnder(strings.NewReader(text), 3, map[string]Summary{"x": s}); !errors.Is(err, ErrNoLog) {
			t.Errorf("another server: %v", err)
		}
		var fault *ProofFault
		want := "the log is not what the month says: its entries_count: stored 5, computed 4"
		if _, err := ProveEntryUnder(strings.NewReader(logText(t, entries[:4])), 3, month); !errors.As(err, &fault) || err.Error() != want {
			t.Errorf("a log that was cut: %v", err)
		}
	}
}

func TestCheckFaults(t *testing.T) {
	other := HashText([32]byte{5})
	tests := []struct {
		name   string
		index  uint64 // of 5
		change func(p *EntryProof, s *Summary)
		want   string
	}{
		{"content", 2, func(p *EntryProof, s *Summary) { p.Entry.JobType = "x" }, "this_log_hash is not the hash of its entry"},
		{"content and hash", 2, func(p *EntryProof, s *Summary) {
			p.Entry.JobType = "x"
			p.Entry.ThisLogHash = rehashed(t, p.Entry, func(*Entry) {})
		}, "its path does not lead to its root"},
		{"another server's", 2, func(p *EntryProof, s *Summary) { p.ServerID = "x" }, `its entry is of server "governance-01", the proof of "x"`},
		{"ambiguous", 2, func(p *EntryProof, s *Summary) { p.Entry.Metadata["a,b"] = "" }, "the text that the hash of its entry covers can be read in two ways, so that it stands for no entry in particular"},
		{"bar in the metadata", 2, func(p *EntryProof, s *Summary) { p.Entry.Metadata["a"] = "|" }, "the text that the hash of its entry covers can be read in two ways, so that it stands for no entry in particular"},
		{"count of the proof", 2, func(p *EntryProof, s *Summary) { p.Count = 6 }, "it is about a log of 6 entries, the root about one of 5"},
		{"count of the month", 2, func(p *EntryProof, s *Summary) { s.Count = 6 }, "it is about a log of 5 entries, the root about one of 6"},
		{"no entries", 2, func(p *EntryProof, s *Summary) { p.Count, s.Count = 0, 0 }, "its index, 2, is not below the count of 0 entries"},
		{"index", 2, func(p *EntryProof, s *Summary) { p.Index = 5 }, "its index, 5, is not below the count of 5 entries"},
		{"another index", 2, func(p *EntryProof, s *Summary) { p.Index = 1 }, "its path does not lead to its root"},
		{"index of the doubled node", 4, func(p *EntryProof, s *Summary) { p.Index = 3 }, "node 1 of its path is the node that it lies beside, or is not where the count wants it to be"},
		{"first without being it", 2, func(p *EntryProof, s *Summary) { p.Index = 0 }, "its entry is the first and names one before it"},
		{"first of the month", 0, func(p *EntryProof, s *Summary) { s.First = other }, "its entry is not the first of the log"},
		{"last of the month", 4, func(p *EntryProof, s *Summary) { s.Last = other }, "its entry is not the last of the log"},
		{"path too short", 2, func(p *EntryProof, s *Summary) { p.Path = p.Path[:2] }, "its path has 2 nodes, and 3 lead to the root of 5 entries"},
		{"path too long", 2, func(p *EntryProof, s *Summary) { p.Path = append(p.Path, other) }, "its path has 4 nodes, and 3 lead to the root of 5 entries"},
		{"node", 2, func(p *EntryProof, s *Summary) { p.Path[1] = other }, "its path does not lead to its root"},
		{"node that is no hash", 2, func(p *EntryProof, s *Summary) { p.Path[1] = "x" }, `node 2 of its path is no hash: "x"`},
		{"doubled node that is not itself", 4, func(p *EntryProof, s *Summary) { p.Path[1] = other }, "node 2 of its path is the node that it lies beside, or is not where the count wants it to be"},
		{"node that is itself", 2, func(p *EntryProof, s *Summary) { p.Path[0] = p.Entry.ThisLogHash }, "node 1 of its path is the node that it lies beside, or is not where the count wants it to be"},
		{"rule", 2, func(p *EntryProof, s *Summary) { p.Rule = RuleText }, "its path does not lead to its root"},
		{"root of the proof", 2, func(p *EntryProof, s *Summary) { p.Root = other }, "its path does not lead to its root"},
		{"root of the month", 2, func(p *EntryProof, s *Summary) { s.Root = other }, "its root is not that of the log"},
		{"a hash of the entry", 2, func(p *EntryProof, s *Summary) { p.Entry.InputsHash = "x" }, `inputs_hash is not "sha256:" and 64 lower-case hex digits: "x"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, s := proven(t, 5, tt.index+1, RuleRaw)
			tt.change(p, &s)
			if v := p.Check(s); v.Good || v.Fault.Text != tt.want {
				t.Errorf("%+v, want %s", v, tt.want)
			}
		})
	}
}

// A verdict that nobody gave is a failure.
func TestEntryVerdictOfNothing(t *testing.T) {
	if (EntryVerdict{}).Good {
		t.Error("the zero value is good")
	}
}

// A count larger than the log's that leads to the same root: 3 leaves, and 4 with
// the last repeated.
func TestCheckOfRepeatedLeaf(t *testing.T) {
	p, s := proven(t, 3, 3, RuleRaw)
	for _, index := range []uint64{2, 3} {
		p.Index, p.Count = index, 4
		s.Count = 4
		want := "node 1 of its path is the node that it lies beside, or is not where the count wants it to be"
		if v := p.Check(s); v.Good || v.Fault.Text != want {
			t.Errorf("entry %d of 4: %+v", index, v)
		}
	}
}

func TestParseEntryProofRefuses(t *testing.T) {
	p, _ := proven(t, 3, 2, RuleRaw)
	sound := string(p.Bytes())
	other := "it has other members than a proof, lacks one, or has one twice"
	tests := []struct{ name, old, new, want string }{
		{"not JSON", "{", "", "invalid character"},
		{"format", "audit-proof/1", "audit-proof/2", `its format is "git-anchor/audit-proof/2", not git-anchor/audit-proof/1`},
		{"rule", `"rule": "raw"`, `"rule": "RAW"`, `its rule is "RAW", not raw or text`},
		{"missing member", `"index": 1,`, "", other},
		{"missing field of the entry", `"job_type": "pr_approval",`, "", other},
		{"further member", `"index": 1,`, `"index": 1, "x": 1,`, other},
		{"further field of the entry", `"job_type"`, `"x": 1, "job_type"`, other},
		{"member in other letters", `"index"`, `"Index"`, other},
		{"member twice", `"index": 1,`, `"index": 1, "index": 1,`, `duplicate object member name "index"`},
		{"member twice, in other letters", `"index": 1,`, `"index": 1, "INDEX": 1,`, other},
		{"null", `"metadata": {`, `"metadata": null, "x": {`, other},
		{"null path", `"path": [`, `"path": null, "x": [`, other},
		{"fraction", `"index": 1`, `"index": 1.0`, "cannot unmarshal number 1.0"},
		{"negative", `"index": 1`, `"index": -1`, "cannot unmarshal number -1"},
		{"past 2^53", `"count": 3`, `"count": 9007199254740993`, "its count is larger than 9007199254740991"},
		{"2^53", `"count": 3`, `"count": 9007199254740992`, "its count is larger than 9007199254740991"},
		{"path", `"path": [`, `"path": ["x",`, `it has a node that is not "sha256:" and 64 lower-case hex digits: "x"`},
		{"root", p.Root, strings.ToUpper(p.Root), `it has a node that is not "sha256:" and 64 lower-case hex digits: "SHA256:`},
		{"timestamp", `"timestamp": "2026-01`, `"timestamp": "2026-00`, "timestamp is not RFC 3339"},
		{"lone surrogate", `"job_type": "pr_approval"`, `"job_type": "\ud800"`, "surrogate"},
		{"trailing", "}\n", "}\n{}", "invalid character '{' after top-level value"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(sound, tt.old, tt.new, 1)
			if tt.name == "trailing" {
				text = sound + "{}"
			}
			_, err := ParseEntryProof([]byte(text))
			var fault *ProofFault
			if !errors.As(err, &fault) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
	for n, want := range map[int]string{MaxEntryProof: "", MaxEntryProof + 1: "no proof of an entry: it is longer than 4194304 bytes"} {
		_, err := ParseEntryProof([]byte(sound + strings.Repeat(" ", n-len(sound))))
		if (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

// The longest entry can be proven: its proof is not too long to be read.
func TestProofOfLongestEntry(t *testing.T) {
	e := someLog(t, 1)[0]
	e.Metadata = map[string]string{}
	for i := range MaxLine/len(`"00000":"",`) - 100 {
		e.Metadata[fmt.Sprintf("%05x", i)] = ""
	}
	e.JobID += strings.Repeat("j", MaxLine-len(logLine(t, e)))
	text := logText(t, chained(t, []Entry{e}))
	if len(text) != MaxLine+1 {
		t.Fatalf("the line is of %d bytes", len(text)-1)
	}
	p, err := ProveEntry(strings.NewReader(text), 1, RuleRaw)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseEntryProof(p.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if v := again.Check(Summary{Count: 1, Root: p.Root}); !v.Good {
		t.Error(v.Fault)
	}
}

func FuzzEntryProof(f *testing.F) {
	for _, n := range []uint64{1, 3} {
		p, _ := proven(f, 3, n, RuleText)
		f.Add(p.Bytes())
		f.Add([]byte(p.compact()))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := ParseEntryProof(raw)
		if err != nil {
			return
		}
		again, err := ParseEntryProof(p.Bytes())
		if err != nil || !bytes.Equal(again.Bytes(), p.Bytes()) {
			t.Fatalf("%v: %s", err, p.Bytes())
		}
		if a, b := p.Check(Summary{Count: p.Count, Root: p.Root}), again.Check(Summary{Count: p.Count, Root: p.Root}); a != b {
			t.Fatalf("%+v and %+v", a, b)
		}
	})
}
