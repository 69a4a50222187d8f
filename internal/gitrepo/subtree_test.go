package gitrepo

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Subtree leaves nothing out: links and submodules are entries, and BlobOf reads
// all but the latter.
func TestSubtree(t *testing.T) {
	tr := newRepo(t)
	tr.write("docs/a.md", "a")
	tr.write("docs/deep/b.md", "bb")
	tr.write("docs.md", "beside")
	if err := os.Symlink("a.md", filepath.Join(tr.dir, "docs", "link")); err != nil {
		t.Fatal(err)
	}
	tr.git("add", ".")
	tr.git("update-index", "--add", "--cacheinfo", "160000,"+strings.Repeat("1", 40)+",docs/sub")
	tr.git("commit", "-q", "-m", "x")
	r := tr.open()
	c := resolve(t, r, "HEAD")
	entries, err := r.Subtree(t.Context(), c, "docs")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		line := fmt.Sprintf("%o %s", e.Mode, e.Path)
		b, err := r.BlobOf(t.Context(), e)
		switch {
		case e.Submodule() && errors.Is(err, ErrSubmodule):
		case err != nil:
			t.Errorf("%s: %v", e.Path, err)
		default:
			sum, err := b.Digest(t.Context(), sha256.New())
			if err != nil {
				t.Error(err)
			}
			for _, text := range []string{"a", "bb", "a.md"} {
				if want := sha256.Sum256([]byte(text)); string(sum) == string(want[:]) {
					line += " " + text
				}
			}
		}
		got = append(got, line)
	}
	want := []string{"100644 docs/a.md a", "100644 docs/deep/b.md bb", "120000 docs/link a.md", "160000 docs/sub"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for dir, want := range map[string]error{
		"nowhere": ErrNotFound, "docs.md": ErrNotFound, "docs/link": ErrNotFound, "docs/sub": ErrNotFound,
		"docs/sub/x": ErrSubmodule, "docs/link/x": ErrSymlink, "docs/../docs": ErrBadPath, ".git": ErrBadPath, "": ErrBadPath,
	} {
		if _, err := r.Subtree(t.Context(), c, dir); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", dir, err, want)
		}
	}
	// A blob of the limit is read, one byte more is not.
	for limit, want := range map[int64]error{2: nil, 1: ErrTooLarge} {
		r.maxBlob = limit
		if _, err := r.BlobOf(t.Context(), entries[1]); !errors.Is(err, want) {
			t.Errorf("limit %d: %v, want %v", limit, err, want)
		}
	}
}

// What git would not check out, or lies too deep, is refused as a whole.
func TestSubtreeRefuses(t *testing.T) {
	tr := newRepo(t)
	id := unhex(t, tr.gitIn("x", "hash-object", "-w", "--stdin"))
	put := func(tree string) string {
		return tr.gitIn(tree, "hash-object", "-t", "tree", "--literally", "-w", "--stdin")
	}
	under := func(tree string, names ...string) Commit {
		for _, name := range names {
			tree = put(rawTree(unhex(t, tree), "40000 "+name))
		}
		return resolve(t, tr.open(), tr.git("commit-tree", "-m", "x", tree))
	}
	r := tr.open()
	for _, tt := range hostileTrees {
		if _, err := r.Subtree(t.Context(), under(put(rawTree(id, tt.entries...)), "deep", "docs"), "docs"); !errors.Is(err, ErrBadTree) || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	deep := make([]string, maxTreeDepth)
	for i := range deep {
		deep[i] = "d"
	}
	good := put(rawTree(id, "100644 a"))
	if found, err := r.Subtree(t.Context(), under(good, deep...), "d"); err != nil || len(found) != 1 {
		t.Errorf("%d directories: %d files, %v", len(deep), len(found), err)
	}
	if found, err := r.Subtree(t.Context(), under(good, append(deep, "d")...), "d"); !errors.Is(err, ErrTooLarge) || found != nil {
		t.Errorf("%d directories: %d files, %v", len(deep)+1, len(found), err)
	}
	if _, err := r.BlobOf(t.Context(), Entry{Path: "odd", Mode: 0o100600, ID: fmt.Sprintf("%x", id)}); !errors.Is(err, ErrNotRegular) {
		t.Errorf("mode 100600: %v", err)
	}
}
