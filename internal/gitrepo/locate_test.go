package gitrepo

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// A blob that came on one branch, was merged, and moved.
func TestLocate(t *testing.T) {
	g := newRepo(t)
	date := func(s string) { t.Setenv("GIT_COMMITTER_DATE", s) }
	date("2026-01-01T00:00:00Z")
	g.commit("base", "base")
	g.git("checkout", "-q", "-b", "side")
	date("2026-01-02T00:00:00Z")
	brought := g.commit("a/doc.md", "the text")
	g.git("checkout", "-q", "main")
	date("2026-01-03T00:00:00Z")
	g.commit("other", "other")
	date("2026-01-04T00:00:00Z")
	g.git("merge", "-q", "--no-ff", "-m", "merge", "side")
	merged := g.git("rev-parse", "HEAD")
	date("2026-01-05T00:00:00Z")
	g.git("mv", "a/doc.md", "b.md")
	g.git("commit", "-q", "-m", "move it")
	moved := g.git("rev-parse", "HEAD")
	blob := g.git("rev-parse", "HEAD:b.md")
	r := g.open()
	sites, err := r.Locate(t.Context(), []string{blob}, "")
	if err != nil {
		t.Fatal(err)
	}
	type site struct {
		path, first, last string
		now               bool
	}
	var got []site
	for _, s := range sites[blob] {
		got = append(got, site{s.Path, s.First.ID, s.Last.ID, s.Now})
	}
	want := []site{{"b.md", moved, moved, true}, {"a/doc.md", brought, merged, false}}
	if !slices.Equal(got, want) {
		t.Errorf("sites %v, want %v", got, want)
	}
	if sites, err := r.Locate(t.Context(), []string{blob}, merged+"..main"); err != nil || len(sites[blob]) != 1 || sites[blob][0].Path != "b.md" {
		t.Errorf("in the range: %v, %v; want b.md alone", sites[blob], err)
	}
	for _, rev := range []string{"--all", "nothing", "a\nb"} {
		if _, err := r.Locate(t.Context(), []string{blob}, rev); !errors.Is(err, ErrNoCommit) {
			t.Errorf("Locate in %q: %v, want ErrNoCommit", rev, err)
		}
	}
	var formers []string
	err = r.Formers(t.Context(), []string{"doc.md"}, func(path, blob string) { formers = append(formers, path+" "+blob) })
	if want := "a/doc.md " + blob; err != nil || !slices.Contains(formers, want) {
		t.Errorf("formers %v, %v; want %s", formers, err, want)
	}
	if names, err := r.FormerNames(t.Context(), "b.md"); err != nil || !slices.Equal(names, []string{"b.md", "a/doc.md"}) {
		t.Errorf("former names %v, %v", names, err)
	}
}

// A file of that name is never replaced, nor is anything written through a link.
func TestWriteNew(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "dir")
	for _, data := range []string{"one", "one"} {
		if err := WriteNew(dir, "a", []byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("target", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "link"} {
		if err := WriteNew(dir, name, []byte("other")); !errors.Is(err, ErrExists) {
			t.Errorf("over %s: %v, want ErrExists", name, err)
		}
	}
	for _, name := range []string{"", ".", "..", "a/b", `a\b`, "a\x00"} {
		if err := WriteNew(dir, name, nil); !errors.Is(err, ErrBadPath) {
			t.Errorf("%q: %v, want ErrBadPath", name, err)
		}
	}
	if raw, err := os.ReadFile(filepath.Join(dir, "a")); err != nil || string(raw) != "one" {
		t.Errorf("a holds %q, %v", raw, err)
	}
	if _, err := os.Lstat(filepath.Join(dir, "target")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the link's target: %v", err)
	}
}
