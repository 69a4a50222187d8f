package registry_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/openllmo/git-anchor/internal/registry"
)

// Parse never panics, and says the same of what Write makes of a month.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{january, "", "{}", "[", `{"a":1e400}`, `{"version":"2026-01","maintainers":[{"id":1},{"id":1}]}`, "\ufeff{}", `{"multisig_config":{"required_signatures":0}}`} {
		f.Add([]byte(seed))
	}
	for _, name := range []string{"timestamp", "maintainers", "audit_logs"} {
		f.Add(bytes.Replace([]byte(january), []byte(name), []byte("x"), 1))
	}
	p := registry.Period{Year: 2026, Month: time.January}
	f.Fuzz(func(t *testing.T, raw []byte) {
		given := bytes.Clone(raw)
		m, err := registry.Parse(p, raw)
		if !bytes.Equal(given, raw) {
			t.Fatal("Parse changed the file")
		}
		if err != nil {
			if found := (registry.Faults)(nil); !errors.As(err, &found) || len(found) == 0 || len(found) > registry.MaxFaults || found[0].Line < 1 {
				t.Fatalf("error %v", err)
			}
			return
		}
		written := rewrite(t, p, m, raw)
		again, err := registry.Parse(p, written)
		if err != nil || !again.Canonical {
			t.Fatalf("what was written: %v, canonical: %t", err, err == nil && again.Canonical)
		}
		if changes := registry.Diff(m, again); !changes.Empty() {
			t.Fatalf("what was written differs: %+v", changes)
		}
		if twice := rewrite(t, p, again, written); !bytes.Equal(twice, written) {
			t.Fatalf("it was written as\n%s\nand then as\n%s", written, twice)
		}
		if m.Canonical != bytes.Equal(raw, written) {
			t.Fatalf("canonical: %t, and written as\n%s", m.Canonical, written)
		}
	})
}

// rewrite writes a month's content again, with what else it had.
func rewrite(t *testing.T, p registry.Period, m *registry.Month, raw []byte) []byte {
	t.Helper()
	var members map[string]registry.Value
	if err := json.Unmarshal(raw, &members); err != nil {
		t.Fatal(err)
	}
	timestamp := members["timestamp"]
	for _, own := range []string{"version", "timestamp", "previous_registry_hash"} {
		delete(members, own)
	}
	written, _, err := registry.Write(p, m.Timestamp, m.Previous, registry.NewContent(members))
	if err != nil {
		t.Fatal(err)
	}
	// Write has one form for a time, and a file may have another.
	return bytes.Replace(written, []byte(m.Timestamp.Format(`"`+time.RFC3339Nano+`"`)), timestamp, 1)
}

// ReadSource never panics, and what it reads is a list that Write takes as it is,
// unless it has as many levels as a whole month may have.
func FuzzReadSource(f *testing.F) {
	for _, seed := range []struct{ name, text string }{
		{"json", `[{"id": 1}]`}, {"json", `{"maintainers": [1, "a"]}`}, {"toml", "[[maintainers]]\nid = 1\nat = 2025-12-01T00:00:00Z\n"}, {"toml", "maintainers = [0x1, 07:32:00, nan]"},
		{"yaml", "- id: 1\n  at: 2025-12-01\n"}, {"yaml", "maintainers: &a [1, *a]\n---\n"}, {"yaml", "- !!binary aGk=\n- <<: {}\n"}, {"yaml", "- ? [a]\n  : 0x1F\n"}, {"toml", "a.b.c = [{}, {d = 1}]"},
		{"json", strings.Repeat("[", registry.MaxDepth) + strings.Repeat("]", registry.MaxDepth)}, {"json", strings.Repeat("[", registry.MaxDepth-1) + strings.Repeat("]", registry.MaxDepth-1)},
	} {
		f.Add(seed.name, []byte(seed.text))
	}
	f.Fuzz(func(t *testing.T, ext string, text []byte) {
		v, err := registry.ReadSource("a."+ext, text, "maintainers")
		if err != nil {
			return
		}
		if v.Kind() != '[' {
			t.Fatalf("read %s, which is no list", v)
		}
		members := values()
		members["list"] = bytes.Clone(v)
		p := registry.Period{Year: 2026, Month: time.January}
		written, _, err := registry.Write(p, p.Start(), registry.Genesis, registry.NewContent(members))
		if deep := levels(v) >= registry.MaxDepth; deep || err != nil {
			if !deep || err == nil {
				t.Fatalf("read %s, of %d levels: %v", v, levels(v), err)
			}
			return
		}
		var month map[string]registry.Value
		if err := json.Unmarshal(written, &month); err != nil {
			t.Fatal(err)
		}
		got := month["list"]
		if err := errors.Join(got.Canonicalize(), v.Canonicalize()); err != nil || !bytes.Equal(got, v) {
			t.Fatalf("read %s, and %s was written: %v", v, got, err)
		}
	})
}

// levels is how deep a value is nested.
func levels(v registry.Value) int {
	deepest := 0
	for dec := jsontext.NewDecoder(bytes.NewReader(v)); ; deepest = max(deepest, dec.StackDepth()) {
		if _, err := dec.ReadToken(); err != nil {
			return deepest
		}
	}
}
