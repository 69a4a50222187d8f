package gitrepo

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestIdentity(t *testing.T) {
	tests := []struct {
		name   string
		config []string
		want   Identity
		err    string
	}{
		{"as it is", nil, Identity{Name: "Ann", Email: "ann@example.org"}, ""},
		{"openpgp", []string{"commit.gpgSign=true", "gpg.program=gpg2", "user.signingKey=ABC", "gpg.ssh.program=no"}, Identity{"Ann", "ann@example.org", true, "", "ABC", "gpg2"}, ""},
		{"the longer name counts more", []string{"gpg.format=openpgp", "gpg.openpgp.program=a", "gpg.program=b"}, Identity{"Ann", "ann@example.org", false, "openpgp", "", "a"}, ""},
		{"ssh", []string{"commit.gpgSign=yes", "gpg.format=ssh", "gpg.program=no", "gpg.ssh.program=p", "user.signingKey=ssh-ed25519 AAAA \x1b"}, Identity{"Ann", "ann@example.org", true, "ssh", "ssh-ed25519 AAAA \x1b", "p"}, ""},
		{"x509", []string{"gpg.format=x509", "user.name=Bea"}, Identity{"Bea", "ann@example.org", false, "x509", "", ""}, ""},
		{"unknown format", []string{"gpg.format=rot13"}, Identity{}, `gpg.format is "rot13"`},
		{"no boolean", []string{"commit.gpgSign=perhaps"}, Identity{}, "perhaps"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr := newRepo(t)
			for _, kv := range tt.config {
				key, value, _ := strings.Cut(kv, "=")
				tr.git("config", key, value)
			}
			got, err := tr.open().Identity(t.Context())
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil || got != tt.want {
				t.Errorf("got %+v, %v", got, err)
			}
			line, err := json.Marshal(got)
			if err != nil || strings.ContainsAny(string(line), "\n\x1b") {
				t.Errorf("got %q, %v", line, err)
			}
			var back Identity
			if err := json.Unmarshal(line, &back); err != nil || back != got {
				t.Errorf("back: %+v, %v", back, err)
			}
		})
	}
}
