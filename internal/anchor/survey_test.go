package anchor

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openllmo/git-anchor/internal/config"
)

func surveyOf(paths ...string) survey {
	all := map[string]bool{}
	for _, p := range paths {
		all[p] = true
	}
	return surveyed(all)
}

func TestSurvey(t *testing.T) {
	got := surveyOf(
		"content/spec/lips/lip-0001.md", "content/spec/lips/lip-0001.md.ots", "content/spec/lips/lip-NEW-abc.md",
		"spec/lips/lip-0001.mdx", "static/spec/lips/legacy/lip-0001.mdx.ots",
		"months/2026-03.json", "months/2026-13.json", "stamps/2026-03.json.ots",
		"evidence/a/b.json", "evidence/a/b.json.ots",
		"docs/a.md", "docs/a.md.ots", "docs/b.md", "gone.md.ots", "top.txt", "top.txt.ots",
		"docs/a.md.superseded-"+strings.Repeat("0", 64)+".ots", "docs/a.md.superseded-"+strings.Repeat("0", 64),
	)
	want := survey{
		LIPs: []string{"content/spec/lips"}, Legacy: []string{"spec/lips"},
		Registries: []string{"months"}, Proofs: []string{"stamps"},
		Evidence: true, Anchored: []string{"docs/a.md", "top.txt"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestProposedConfig(t *testing.T) {
	tests := []struct {
		name  string
		paths []string // those with a proof are documents, but for placeholders
		rules map[string]string
	}{
		{"nothing", []string{"README.md"}, map[string]string{"content/spec/lips/lip-0001.md": "lip", "README.md": ""}},
		{"lips elsewhere", []string{"lips/lip-0042.md"}, map[string]string{"lips/lip-0042.md": "lip", "content/spec/lips/lip-0001.md": ""}},
		{"lips at the top", []string{"lip-0042.md"}, map[string]string{"lip-0042.md": "lip"}},
		{"registry", []string{"r/2026-03.json", "p/2026-03.json.ots"}, map[string]string{"r/2026-03.json": "registry"}},
		{"registry at the top", []string{"2026-03.json"}, map[string]string{"2026-03.json": "registry"}},
		{"evidence", []string{"evidence/x.json"}, map[string]string{"evidence/x.json": "evidence"}},
		{"files", []string{"d/a.md", "d/a.md.ots", "d/b.md", "d/b.md.ots", "LICENSE", "LICENSE.ots", "x/only.txt", "x/only.txt.ots"},
			map[string]string{"d/a.md": "file", "d/b.md": "file", "LICENSE": "file", "x/only.txt": "file", "x/other.txt": ""}},
		{"patterns in names", []string{"a[1]*/q?.md", "a[1]*/q?.md.ots", `q"uo te.md`, `q"uo te.md.ots`, "ü/é.md", "ü/é.md.ots"},
			map[string]string{"a[1]*/q?.md": "file", `q"uo te.md`: "file", "ü/é.md": "file"}},
		{"cannot be said", []string{"a\nb.x", "a\nb.x.ots", `a\b.y`, `a\b.y.ots`, "a\xff.z", "a\xff.z.ots", "ok.md", "ok.md.ots"},
			map[string]string{"ok.md": "file", "a\nb.x": "", `a\b.y`: "", "a\xff.z": ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := surveyOf(tt.paths...).config()
			conf, err := config.Parse(text)
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			for path, want := range tt.rules {
				if rule, _ := conf.Match(path); rule.Kind != want {
					t.Errorf("%q is %q, want %q\n%s", path, rule.Kind, want, text)
				}
			}
		})
	}
}

// What is there to be uncommented, and called the default, is it.
func TestProposedDefaults(t *testing.T) {
	text := surveyOf("lips/lip-0042.md", "2026-03.json").config()
	before, err := config.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	offered := regexp.MustCompile(`(?m)^# (\w+ = .*  # default; )`)
	if n := len(offered.FindAll(text, -1)); n != 2 {
		t.Fatalf("it offers %d defaults:\n%s", n, text)
	}
	after, err := config.Parse(offered.ReplaceAll(text, []byte("$1")))
	if diff := cmp.Diff(before, after); diff != "" || err != nil {
		t.Errorf("%v, (-as it is +uncommented):\n%s", err, diff)
	}
}

func TestProposedRegistryPaths(t *testing.T) {
	conf, err := config.Parse(surveyOf("r/2026-03.json", "p/2026-03.json.ots").config())
	if err != nil {
		t.Fatal(err)
	}
	if got := conf.ProofPath("r/2026-03.json"); got != "p/2026-03.json.ots" {
		t.Errorf("the proof lies at %s", got)
	}
}

// Thousands of documents in as many directories make a file that can be read.
func TestProposedConfigLimit(t *testing.T) {
	var paths []string
	for i := range 5000 {
		doc := fmt.Sprintf("%s/%d/doc.md", strings.Repeat("d", 200), i)
		paths = append(paths, doc, doc+".ots", fmt.Sprintf("l%d/lip-0001.md", i), fmt.Sprintf("m%d/lip-0001.mdx", i), fmt.Sprintf("r%d/2026-01.json", i))
	}
	text := surveyOf(paths...).config()
	conf, err := config.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if rule, ok := conf.Match("l0/lip-0001.md"); !ok || rule.Kind != config.KindLIP {
		t.Error("the first directory of LIPs is not in it")
	}
	if !strings.Contains(string(text), "# Left out: ") {
		t.Error("it does not say that something was left out")
	}
}

// Whatever names a repository holds, the proposal can be read, and the documents
// that it can speak of are in it.
func FuzzProposedConfig(f *testing.F) {
	f.Add("docs/a.md", "lip-0001.md", "2026-01.json")
	f.Add("a[b", "x\ny", "\xff")
	f.Add("..", ".git/x", "a//b")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		if !plain(a) || !plain(b) || !plain(c) {
			return
		}
		found := surveyOf(a, a+".ots", b+"/lip-0001.md", c+"/2026-01.json", c+"/2026-01.json.ots")
		text := found.config()
		conf, err := config.Parse(text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		for _, doc := range append(found.Anchored, b+"/lip-0001.md", c+"/2026-01.json") {
			if _, ok := conf.Match(doc); !ok && sayable(literal(doc)) && len(doc) < config.MaxPattern/2 {
				t.Errorf("%q is not in it\n%s", doc, text)
			}
		}
	})
}

// plain says that git could have a file of that name.
func plain(p string) bool {
	for name := range strings.SplitSeq(p, "/") {
		if name == "" || name == "." || name == ".." || strings.EqualFold(name, ".git") || strings.ContainsRune(name, 0) {
			return false
		}
	}
	return true
}

// What is proposed for a registry, without its comment signs, is a configuration.
func TestProposedRegistry(t *testing.T) {
	_, lines, found := strings.Cut(string(surveyed(nil).config()), "\n# [registry]\n")
	c, err := config.Parse([]byte("[registry]\n" + strings.ReplaceAll("\n"+lines, "\n#", "\n")))
	if !found || err != nil || !c.Registry.Named() || c.Registry.Servers == "" || len(c.Registry.AuditLogs) != 1 {
		t.Errorf("found %v, %+v, %v", found, c.Registry, err)
	}
}
