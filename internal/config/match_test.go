package config

import (
	"strings"
	"testing"
)

func TestGlob(t *testing.T) {
	tests := []struct {
		pattern, name string
		want          bool
	}{
		{"a", "a", true},
		{"a", "b", false},
		{"a", "a/b", false},
		{"a/b", "a", false},
		{"lip-????.md", "lip-0001.md", true},
		{"lip-????.md", "lip-00001.md", false},
		{"lip-????.md", "LIP-0001.md", false},
		{"*.md", ".md", true},
		{"*.md", "a/b.md", false},
		{"?", "/", false},
		{"[a-c]x", "bx", true},
		{"[^a-c]x", "bx", false},
		{"*/x", "a/x", true},
		{"**", "a", true},
		{"**", "a/b/c", true},
		{"a/**", "a", false},
		{"a/**", "a/b", true},
		{"a/**", "a/b/c", true},
		{"a/**/b", "a/b", true},
		{"a/**/b", "a/x/b", true},
		{"a/**/b", "a/x/y/b", true},
		{"a/**/b", "a/x/y/c", false},
		{"**/b", "b", true},
		{"**/*.md", "x/y/z.md", true},
		{"**/a/*/b", "a/a/x/b", true},
		{"**/**/a", "a", true},
		{"a/**/b/**/c", "a/b/x/b/c", true},
		{"a/**/b/**/c", "a/x/c", false},
		{"docs/*", "docs/with space\n\x1b[2J", true},
		{"docs/*", "docs/\xff\xfe", true},
		{"docs/?", "docs/\xff", true},
	}
	for _, tt := range tests {
		if got := glob(tt.pattern, tt.name); got != tt.want {
			t.Errorf("glob(%q, %q) = %v, want %v", tt.pattern, tt.name, got, tt.want)
		}
	}
}

func TestMatch(t *testing.T) {
	c := Config{OTS: OTS{RegistryPath: "registries"}, Documents: []Rule{
		{Kind: "lip", Paths: []string{"content/spec/lips/lip-????.md"}},
		{Kind: "file", Paths: []string{"content/**", "*"}},
	}}
	tests := []struct{ path, kind string }{ // kind is empty where nothing matches
		{"content/spec/lips/lip-0001.md", "lip"},
		{"content/spec/lips/lip-12.md", "file"},
		{"content/spec/lips/lip-0001.md.ots", ""},
		{"content/spec/lips/../../x.md", ""},
		{"content/spec/lips/./lip-0001.md", ""},
		{"content/spec/lips//lip-0001.md", ""},
		{"/content/spec/lips/lip-0001.md", ""},
		{"../content/x", ""},
		{"..", ""},
		{".", ""},
		{"", ""},
		{"..x", "file"},
		{"README", "file"},
		{"src/x", ""},
		{"registries/2026-01.json", "registry"}, // by no rule of the list
		{"registries/2026-1.json", ""},
		{"registries/x/2026-01.json", ""},
		{"content/2026-01.json", "file"},
		{"registries/2026-01.json.ots", ""},
	}
	for _, tt := range tests {
		rule, ok := c.Match(tt.path)
		if rule.Kind != tt.kind || ok != (tt.kind != "") {
			t.Errorf("Match(%q) = %q, %v, want %q", tt.path, rule.Kind, ok, tt.kind)
		}
	}
	c.OTS.RegistryPath = "."
	if rule, _ := c.Match("2026-01.json"); rule.Kind != KindFile {
		t.Errorf("a rule of the list matches it first, and it is %q", rule.Kind)
	}
	c.Documents = nil
	if rule, _ := c.Match("2026-01.json"); rule.Kind != KindRegistry {
		t.Errorf("at the top it is %q", rule.Kind)
	}
}

func TestLipDir(t *testing.T) {
	c := Config{Documents: []Rule{
		{Kind: "lip", Paths: []string{"content/spec/lips/lip-????.md", "a/*/lip-????.md", "b/**/lip-????.md", "c/**"}},
		{Kind: "file", Paths: []string{"docs/*"}},
	}}
	for path, want := range map[string]bool{
		"content/spec/lips/lip-12.md":      true,
		"content/spec/lips/anything":       true,
		"content/spec/lips/x/../lip-12.md": true,
		"content/spec/lips/sub/x":          false,
		"content/spec/lips/../../x.md":     false,
		"content/spec/lips":                false,
		"a/x/y":                            true,
		"a/y":                              false,
		"b/y":                              true,
		"b/x/x/y":                          true,
		"c/x/y":                            true,
		"docs/x":                           false,
		"../content/spec/lips/x":           false,
		"":                                 false,
	} {
		if got := c.LipDir(path); got != want {
			t.Errorf("LipDir(%q) = %v, want %v", path, got, want)
		}
	}
	top := Config{Documents: []Rule{{Kind: "lip", Paths: []string{"lip-????.md"}}}}
	if !top.LipDir("x") || top.LipDir("a/x") {
		t.Error("a rule at the top is not about the top")
	}
}

func TestProofPaths(t *testing.T) {
	beside, apart := Default(), Default()
	apart.OTS.RegistryPath, apart.OTS.ProofsPath = ".", "a/b"
	tests := []struct {
		name       string
		c          Config
		doc, proof string
	}{
		{"lip", beside, "content/spec/lips/lip-0001.md", "content/spec/lips/lip-0001.md.ots"},
		{"registry", beside, "registries/2026-01.json", "proofs/2026-01.json.ots"},
		{"not a month", beside, "registries/2026-1.json", "registries/2026-1.json.ots"},
		{"below the registries", beside, "registries/x/2026-01.json", "registries/x/2026-01.json.ots"},
		{"like the registries", beside, "my-registries/2026-01.json", "my-registries/2026-01.json.ots"},
		{"at the top", beside, "2026-01.json", "2026-01.json.ots"},
		{"registries at the top", apart, "2026-01.json", "a/b/2026-01.json.ots"},
		{"odd name", beside, "a b\n\xff", "a b\n\xff.ots"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.c.ProofPath(tt.doc); got != tt.proof {
				t.Errorf("ProofPath(%q) = %q, want %q", tt.doc, got, tt.proof)
			}
			if got, ok := tt.c.DocumentPath(tt.proof); got != tt.doc || !ok {
				t.Errorf("DocumentPath(%q) = %q, %v, want %q", tt.proof, got, ok, tt.doc)
			}
		})
	}
	for _, p := range []string{"", "a", "a.ots.draft", ".ots", "a/.ots", "a.OTS"} {
		if doc, ok := beside.DocumentPath(p); ok {
			t.Errorf("DocumentPath(%q) = %q, want none", p, doc)
		}
	}
}

func TestNearest(t *testing.T) {
	for s, want := range map[string]string{
		"ots.enabeld": "ots.enabled", "requir": "bitcoin.require", "document": "documents", "bitcoin.calendars": "ots.calendars", "ot": "ots",
		strings.Repeat("x", MaxFile) + ".kind": "documents.kind",
	} {
		if got := nearestKey(s); got != want {
			t.Errorf("nearestKey(%.20q) = %s, want %s", s, got, want)
		}
	}
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "abc", 0}, {"", "abc", 3}, {"abc", "", 3}, {"kitten", "sitting", 3}, {"ab", "ba", 2}} {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	c := Default()
	for b.Loop() {
		if _, ok := c.Match("content/posts/2026/some-article.md"); ok {
			b.Fatal("matched")
		}
	}
}
