package gitrepo

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestNamesOfDirectory(t *testing.T) {
	tr := newRepo(t)
	tr.write("d/b.ots", "b")
	tr.write("d/a.ots", "a")
	tr.write("d/a.md", "text")
	tr.write("d/sub.ots/c.ots", "c")
	tr.commit("top.ots", "top")
	tr.git("add", "-A")
	tr.git("commit", "--quiet", "-m", "all")
	tr.write("d/new.ots", "new")
	r := tr.open()
	head := resolve(t, r, "HEAD")
	ots := func(name string) bool { return strings.HasSuffix(name, ".ots") }
	check := func(what string, got []string, err error, want ...string) {
		t.Helper()
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v; want %q", what, got, err, want)
		}
	}
	got, err := r.Names(t.Context(), head, "d", ots)
	check("commit", got, err, "a.ots", "b.ots")
	got, err = r.Names(t.Context(), head, "", ots)
	check("top", got, err, "top.ots")
	got, err = r.DiskNames("d", ots)
	check("disk", got, err, "a.ots", "b.ots", "new.ots", "sub.ots")
	got, err = r.DiskNames("", ots)
	check("top on disk", got, err, "top.ots")
	for _, dir := range []string{"none", "d/a.md", "d/none"} {
		if _, err := r.Names(t.Context(), head, dir, ots); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", dir, err)
		}
		if _, err := r.DiskNames(dir, ots); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s on disk: %v", dir, err)
		}
	}
	if err := os.Symlink("d", filepath.Join(tr.dir, "linked")); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	if _, err := r.DiskNames("linked", ots); !errors.Is(err, ErrSymlink) {
		t.Errorf("through a link: %v", err)
	}
}
