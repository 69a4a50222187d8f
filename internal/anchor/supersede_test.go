package anchor

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/ots"
)

func TestSupersededPath(t *testing.T) {
	digest, short := bytes.Repeat([]byte{0xab}, 32), bytes.Repeat([]byte{0xcd}, 20)
	tests := []struct {
		name string
		p    ots.Proof
		want string
	}{
		{"sha256", ots.Proof{Hash: ots.SHA256, Digest: digest}, "a/b.md.superseded-" + strings.Repeat("ab", 32) + ".ots"},
		{"sha1", ots.Proof{Hash: ots.SHA1, Digest: short}, fmt.Sprintf("a/b.md.superseded-%x.ots", sha256.Sum256(short))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := SupersededPath("a/b.md", &tt.p)
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if doc, ok := Superseded(got); !ok || doc != "a/b.md" {
				t.Errorf("Superseded: %q, %v", doc, ok)
			}
		})
	}
}

func TestSuperseded(t *testing.T) {
	hex := strings.Repeat("0123456789abcdef", 4)
	tests := []struct {
		proof, doc string // doc "": it is none
	}{
		{"x.md.superseded-" + hex + ".ots", "x.md"},
		{"a\nb.md.superseded-" + hex + ".ots", "a\nb.md"},
		{"x.superseded-" + hex + ".superseded-" + hex + ".ots", "x.superseded-" + hex},
		{"a/x.md.ots.draft", "a/x.md"},
		{"x.md.ots", ""},
		{"x.md.draft", ""},
		{".ots.draft", ""},
		{"a/.ots.draft", ""},
		{".superseded-" + hex + ".ots", ""},
		{"a/.superseded-" + hex + ".ots", ""},
		{"x.md.superseded-" + hex[1:] + ".ots", ""},
		{"x.md.superseded-" + hex + "0.ots", ""},
		{"x.md.superseded-" + strings.ToUpper(hex) + ".ots", ""},
		{"x.md.superseded-" + hex + ".ots\n", ""},
		{"x.md.superseded-" + hex, ""},
	}
	for _, tt := range tests {
		if doc, ok := Superseded(tt.proof); ok != (tt.doc != "") || ok && doc != tt.doc {
			t.Errorf("Superseded(%q) = %q, %v; want %q", tt.proof, doc, ok, tt.doc)
		}
	}
}

// What is taken for the proof of an earlier version has a name that leads back.
func FuzzSuperseded(f *testing.F) {
	f.Add("x.md.superseded-" + strings.Repeat("0a", 32) + ".ots")
	f.Add("x.md.ots.draft")
	f.Add("x.md.ots")
	f.Fuzz(func(t *testing.T, proof string) {
		doc, ok := Superseded(proof)
		if !ok {
			return
		}
		if doc == "" || strings.HasSuffix(doc, "/") || !strings.HasPrefix(proof, doc+".") {
			t.Errorf("%q is said to be of %q", proof, doc)
		}
		if rest := strings.TrimPrefix(proof, doc); rest != draftSuffix && len(rest) != len(".superseded-.ots")+64 {
			t.Errorf("%q ends in %q", proof, rest)
		}
	})
}
