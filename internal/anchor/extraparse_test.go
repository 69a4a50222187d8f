package anchor

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openllmo/git-anchor/internal/gitrepo"
)

// What may never change, and everything that could be taken for it.
func TestCheckExtra(t *testing.T) {
	for _, good := range []string{
		"index.json", "static/a b/ü.json", "git", "git/x", "a.git", "github/x", "a.ots.json", "ots", "~x", "a~b", "..x", "x..y",
		strings.Repeat("x", 4096),
	} {
		if err := checkExtra(good); err != nil {
			t.Errorf("%.40q: %v", good, err)
		}
	}
	for bad, want := range map[string]string{
		"":                                    gitrepo.ErrBadPath.Error(),
		".":                                   gitrepo.ErrBadPath.Error(),
		"../x":                                gitrepo.ErrBadPath.Error(),
		"/x":                                  gitrepo.ErrBadPath.Error(),
		"a/":                                  gitrepo.ErrBadPath.Error(),
		"a/../b":                              gitrepo.ErrBadPath.Error(),
		"a\x00":                               gitrepo.ErrBadPath.Error(),
		".git/config":                         "git's own",
		"a/.GIT/hooks/x":                      "git's own",
		".git\u200c/config":                   "git's own",
		strings.Repeat("x", 4097):             "longer than 4096 bytes",
		".github/workflows/x.yml":             "are git's, the server's",
		".GITHUB/workflows/x.yml":             "are git's, the server's",
		"a/.GitHub":                           "are git's, the server's",
		".gıthub":                             "", // another letter everywhere
		".gitattributes":                      "are git's, the server's",
		"a/b/.GitAttributes":                  "are git's, the server's",
		".gitattribute\u017f":                 "are git's, the server's",
		".gitmodules":                         "are git's, the server's",
		".git-anchor.toml":                    "are git's, the server's",
		".Git-Anchor.Headers":                 "are git's, the server's",
		".git\u200chub/x":                     "takes \".git\u200chub\" for another name",
		".github./x":                          "for another name",
		".github /x":                          "for another name",
		".github::$INDEX_ALLOCATION/x":        "for another name",
		`.github\workflows\x.yml`:             "for another name",
		"GITHUB~1/x":                          "for another name",
		"GITATT~1":                            "for another name",
		"GI7EBA~1":                            "for another name",
		"a~b~2":                               "for another name",
		"\u2066x":                             "for another name",
		"x\n":                                 "for another name",
		"x\xff":                               "for another name",
		"a.md.ots":                            "is the name of a proof",
		"a.md.OTS":                            "is the name of a proof",
		"a.md.ot\u017f":                       "is the name of a proof",
		"a.md.ots/x":                          "is the name of a proof",
		"a.md.ots.draft":                      "is the name of a proof",
		"a.md.ots.Draft":                      "is the name of a proof",
		"a.md.ots.":                           "for another name",
		"a.superseded-" + someID + ".ots":     "is the name of a proof",
		strings.Repeat("d/", 100) + ".GITHUB": "are git's, the server's",
	} {
		err := checkExtra(bad)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), `\u200c`, "\u200c"), want)) {
			t.Errorf("%.40q: error %v, want %q", bad, err, want)
		}
	}
}

func TestParseExtraRefuses(t *testing.T) {
	big := make([]byte, maxExtraFile)
	list := func(n int) []ExtraFile {
		var files []ExtraFile
		for i := range n {
			files = append(files, ExtraFile{Path: fmt.Sprintf("%04d", i), Data: []byte{1}})
		}
		return files
	}
	all := []ExtraFile{{"a", "", big}, {"b", "", big}, {"c", "", big}, {"d", "", big}}
	for _, tt := range []struct {
		name  string
		extra Extra
		want  string
	}{
		{"good", Extra{[]ExtraFile{{"a", someID, nil}, {"b/c", "", []byte("x")}}}, ""},
		{"none", Extra{}, ""},
		{"name", Extra{[]ExtraFile{{".github/x", "", nil}}}, "are git's, the server's"},
		{"proof", Extra{[]ExtraFile{{"a.ots", "", nil}}}, "is the name of a proof"},
		{"old", Extra{[]ExtraFile{{"a", "--upload-pack", nil}}}, "stands for the blob"},
		{"twice", Extra{[]ExtraFile{{"a", "", nil}, {"a", "", nil}}}, `"a" is out of order`},
		{"within", Extra{[]ExtraFile{{"a", "", nil}, {"a/b", "", nil}}}, `"a" is a file and has "a/b" in it`},
		{"file", Extra{[]ExtraFile{{"a", "", big}}}, ""},
		{"larger file", Extra{[]ExtraFile{{"a", "", append(big[:len(big):len(big)], 1)}}}, "8388609 bytes, 8388608 allowed"},
		{"files", Extra{list(maxExtraFiles)}, ""},
		{"more files", Extra{list(maxExtraFiles + 1)}, "more than 1000 files"},
		{"in all", Extra{all}, ""},
		{"more in all", Extra{append(all[:4:4], ExtraFile{"e", "", []byte{1}})}, "more than 33554432 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			raw, err := tt.extra.Bytes()
			if err != nil {
				t.Fatal(err)
			}
			got, err := ParseExtra(raw)
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("error %v, want %q", err, tt.want)
				}
				return
			}
			if d := cmp.Diff(tt.extra, got, cmp.Comparer(bytes.Equal)); err != nil || d != "" {
				t.Error(err, d)
			}
		})
	}
	raw := []byte(`{"schema":"git-anchor-extra/1","files":[]}`)
	if _, err := ParseExtra(append(raw, bytes.Repeat([]byte(" "), MaxExtra-len(raw))...)); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	if _, err := ParseExtra(append(raw, bytes.Repeat([]byte(" "), MaxExtra-len(raw)+1)...)); !errors.Is(err, gitrepo.ErrTooLarge) {
		t.Errorf("past it: %v", err)
	}
	if _, err := ParseExtra(bytes.Replace(raw, []byte("extra/1"), []byte("plan/1"), 1)); err == nil || !strings.Contains(err.Error(), `the schema is "git-anchor-plan/1"`) {
		t.Errorf("another schema: %v", err)
	}
}

func FuzzParseExtra(f *testing.F) {
	raw, err := Extra{[]ExtraFile{{"a b/c.json", someID, []byte("x")}, {"d", "", nil}}}.Bytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte(`{"schema":"git-anchor-extra/1","files":[{"path":".GITHUB/x","data":""}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := ParseExtra(b)
		if err != nil {
			return
		}
		for _, file := range e.Files {
			low := strings.ToLower(file.Path)
			if !filepath.IsLocal(file.Path) || strings.HasPrefix(low, ".git") || strings.Contains(low, "/.git") || strings.HasSuffix(low, ".ots") {
				t.Errorf("path %q", file.Path)
			}
		}
		raw, err := e.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseExtra(raw)
		if d := cmp.Diff(e, again, cmp.Comparer(bytes.Equal)); err != nil || d != "" {
			t.Errorf("%v %s", err, d)
		}
	})
}
