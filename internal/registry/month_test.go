package registry_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openllmo/git-anchor/internal/corpus"
	"github.com/openllmo/git-anchor/internal/registry"
)

// january is a first month, as the source of the format writes it: not sorted, and
// without a line feed at the end.
const january = `{
  "version": "2026-01",
  "timestamp": "2026-01-01T00:00:05Z",
  "previous_registry_hash": "sha256:0000000000000000000000000000000000000000000000000000000000000000",
  "maintainers": [
    {
      "id": 1,
      "name": "alice",
      "npub": "npub1alice",
      "added_at": "2025-12-01T00:00:00Z",
      "status": "active"
    },
    {
      "id": 2,
      "name": "bob",
      "npub": "npub1bob",
      "added_at": "2025-12-01T00:00:00.5+00:00",
      "status": "inactive",
      "note": { "since": null }
    }
  ],
  "authorized_servers": [
    {
      "server_id": "governance-01",
      "operator": {
        "name": "Foundation",
        "jurisdiction": "US",
        "contact": null
      },
      "keys": {
        "nostr_npub": "npub1srv",
        "ssh_fingerprint": "SHA256:abc"
      },
      "infrastructure": {
        "vpn_ip": null,
        "github_runner": true,
        "ots_enabled": false
      },
      "status": "active",
      "added_at": "2025-12-01T00:00:00Z"
    }
  ],
  "audit_logs": {
    "governance-01": {
      "entries_count": 3,
      "first_entry_hash": "sha256:379835afe14c08a19f17f689c173f50943a390facecce07acc2d15b79cb7b277",
      "last_entry_hash": "sha256:5ba89b85143d820e52a15dc3d466e78ee65616f01831a47c0a260a4e4bc7da16",
      "merkle_root": "sha256:dd4b535bdb514202fea9c7be56c6d2912073bbb309165963ae300bcb117f067d"
    }
  },
  "multisig_config": {
    "required_signatures": 3,
    "total_maintainers": 5
  },
  "motto": "in code"
}`

func period(t testing.TB, s string) registry.Period {
	t.Helper()
	p, err := registry.ParsePeriod(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func at(t testing.TB, s string) time.Time {
	t.Helper()
	found, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// parse is Parse of a month that is good.
func parse(t testing.TB, p string, raw []byte) *registry.Month {
	t.Helper()
	m, err := registry.Parse(period(t, p), raw)
	if err != nil {
		t.Fatalf("%s: %v", p, err)
	}
	return m
}

// instead is january with one text that is in it once replaced.
func instead(t testing.TB, old, new string) string {
	t.Helper()
	if n := strings.Count(january, old); n != 1 {
		t.Fatalf("%q is %d times in january", old, n)
	}
	return strings.Replace(january, old, new, 1)
}

// faults are those of a file of 2026-01, as they are shown.
func faults(t testing.TB, raw string) []string {
	t.Helper()
	m, err := registry.Parse(period(t, "2026-01"), []byte(raw))
	if m == nil || m.Period != period(t, "2026-01") || m.Digest != sha256.Sum256([]byte(raw)) {
		t.Fatalf("the month is %+v, without its period and digest", m)
	}
	return shown(t, err)
}

func shown(t testing.TB, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	var list registry.Faults
	if !errors.As(err, &list) || len(list) == 0 {
		t.Fatalf("error %v, want faults", err)
	}
	var lines []string
	for _, f := range list {
		lines = append(lines, f.String())
	}
	return lines
}

func TestMonth(t *testing.T) {
	m := parse(t, "2026-01", []byte(january))
	if m.Canonical || m.Previous != registry.Genesis || !m.Timestamp.Equal(at(t, "2026-01-01T00:00:05Z")) {
		t.Errorf("read %+v", m)
	}
	if len(m.Maintainers) != 2 || len(m.Servers) != 1 || len(m.AuditLogs) != 1 {
		t.Fatalf("read %+v", m)
	}
	bob, server := m.Maintainers[1], m.Servers[0]
	if bob.ID != 2 || bob.Name != "bob" || bob.Npub != "npub1bob" || bob.Status != "inactive" || !bob.AddedAt.Equal(at(t, "2025-12-01T00:00:00.5Z")) {
		t.Errorf("bob is %+v", bob)
	}
	if !bytes.HasPrefix(bob.Raw, []byte(`{`)) || !bytes.HasSuffix(bob.Raw, []byte(`"note": { "since": null }`+"\n    }")) {
		t.Errorf("bob's text is %s", bob.Raw)
	}
	want := registry.Server{
		ID: "governance-01", Operator: registry.Operator{Name: "Foundation", Jurisdiction: "US"},
		Keys:           registry.Keys{NostrNpub: "npub1srv", SSHFingerprint: "SHA256:abc"},
		Infrastructure: registry.Infrastructure{GithubRunner: true}, Status: "active", AddedAt: server.AddedAt, Raw: server.Raw,
	}
	if fmt.Sprint(server) != fmt.Sprint(want) || !server.AddedAt.Equal(at(t, "2025-12-01T00:00:00Z")) {
		t.Errorf("the server is %+v", server)
	}
	if s := m.AuditLogs["governance-01"]; s.Count != 3 || s.First[7:11] != "3798" || s.Last[7:11] != "5ba8" || s.Root[7:11] != "dd4b" {
		t.Errorf("the summary is %+v", s)
	}
	if m.Multisig != (registry.Multisig{Required: 3, Total: 5}) {
		t.Errorf("multisig is %+v", m.Multisig)
	}
	if bare := m.Bare(); bare.Hash() != m.Hash() || bare.Previous != m.Previous || bare.Maintainers != nil {
		t.Errorf("the bare month is %+v", bare)
	}
}

// The worked values of the source's own rules.
func TestVectors(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(corpus.Dir(t), "bitcoin-commons", "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Registry json.RawMessage `json:"registry_2026_01"`
		Saved    string          `json:"registry_2026_01_sha256_of_saved_pretty_file"`
		Stamped  string          `json:"registry_2026_01_sha256_of_stamped_compact_bytes"`
		Next     string          `json:"registry_2026_02_previous_registry_hash"`
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	var pretty, compact bytes.Buffer
	if err := errors.Join(json.Indent(&pretty, v.Registry, "", "  "), json.Compact(&compact, v.Registry)); err != nil {
		t.Fatal(err)
	}
	m := parse(t, "2026-01", pretty.Bytes())
	t.Run("registry_2026_01_sha256_of_saved_pretty_file", func(t *testing.T) {
		if m.Hash() != "sha256:"+v.Saved || hex.EncodeToString(m.Digest[:]) != v.Saved {
			t.Errorf("the file's hash is %s, want %s", m.Hash(), v.Saved)
		}
	})
	// The source stamps other bytes than it saves; here there is but one hash.
	t.Run("registry_2026_01_sha256_of_stamped_compact_bytes", func(t *testing.T) {
		if other := parse(t, "2026-01", compact.Bytes()); other.Hash() != "sha256:"+v.Stamped || other.Hash() == m.Hash() {
			t.Errorf("the compact form's hash is %s, want %s", other.Hash(), v.Stamped)
		}
	})
	t.Run("registry_2026_02_previous_registry_hash", func(t *testing.T) {
		next := strings.NewReplacer(`"2026-01"`, `"2026-02"`, registry.Genesis, v.Next, "2026-01-01T00:00:05Z", "2026-02-01T00:00:05Z").Replace(pretty.String())
		if found := registry.CheckChain([]*registry.Month{m, parse(t, "2026-02", []byte(next))}); len(found) > 0 {
			t.Errorf("found %+v", found)
		}
	})
}
