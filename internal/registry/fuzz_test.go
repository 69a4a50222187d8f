package registry_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"

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
	written, err := registry.Write(p, m.Timestamp, m.Previous, registry.NewContent(members))
	if err != nil {
		t.Fatal(err)
	}
	// Write has one form for a time, and a file may have another.
	return bytes.Replace(written, []byte(m.Timestamp.Format(`"`+time.RFC3339Nano+`"`)), timestamp, 1)
}

// ReadSource never panics, and what it reads is JSON that Write takes as it is.
func FuzzReadSource(f *testing.F) {
	for _, seed := range []struct{ name, text string }{
		{"json", `[{"id": 1}]`}, {"json", `{"maintainers": [1, "a"]}`}, {"toml", "[[maintainers]]\nid = 1\nat = 2025-12-01T00:00:00Z\n"}, {"toml", "maintainers = [0x1, 07:32:00, nan]"},
		{"yaml", "- id: 1\n  at: 2025-12-01\n"}, {"yaml", "maintainers: &a [1, *a]\n---\n"}, {"yaml", "- !!binary aGk=\n- <<: {}\n"}, {"yaml", "- ? [a]\n  : 0x1F\n"}, {"toml", "a.b.c = [{}, {d = 1}]"},
	} {
		f.Add(seed.name, []byte(seed.text))
	}
	f.Fuzz(func(t *testing.T, ext string, text []byte) {
		v, err := registry.ReadSource("a."+ext, text, "maintainers")
		if err != nil {
			return
		}
		members := values()
		members["list"] = v
		p := registry.Period{Year: 2026, Month: time.January}
		if _, err := registry.Write(p, p.Start(), registry.Genesis, registry.NewContent(members)); err != nil && v.Kind() != '[' {
			t.Fatalf("read %s, which is no list: %v", v, err)
		}
	})
}
