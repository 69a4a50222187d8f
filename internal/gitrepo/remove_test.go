package gitrepo

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRemoveFile(t *testing.T) {
	tr := newRepo(t)
	for _, path := range []string{"d/x.ots", "empty", "kept"} {
		tr.write(path, strings.TrimPrefix(path, "empty"))
	}
	link(t, "kept", filepath.Join(tr.dir, "link"))
	link(t, "d", filepath.Join(tr.dir, "way"))
	r := tr.open()
	tests := []struct {
		name, path, old string
		want            error
	}{
		{"changed", "d/x.ots", "other", ErrChanged},
		{"grown", "d/x.ots", "d/x.ot", ErrChanged},
		{"link", "link", "kept", ErrSymlink},
		{"link on the way", "way/x.ots", "d/x.ots", ErrSymlink},
		{"directory", "d", "", ErrDirectory},
		{"outside", "../x", "", ErrBadPath},
		{"none", "none", "", fs.ErrNotExist},
		{"no directory", "none/x", "", fs.ErrNotExist},
		{"there", "d/x.ots", "d/x.ots", nil},
		{"empty", "empty", "", nil},
		{"again", "d/x.ots", "d/x.ots", fs.ErrNotExist},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			old := []byte(tt.old)
			if tt.old == "" {
				old = nil
			}
			if err := r.RemoveFile(tt.path, old); !errors.Is(err, tt.want) {
				t.Errorf("got %v", err)
			}
			_, err := os.Lstat(filepath.Join(tr.dir, tt.path))
			if gone := errors.Is(err, fs.ErrNotExist); gone != (tt.want == nil || tt.want == fs.ErrNotExist) && tt.path != "../x" {
				t.Errorf("gone: %v", gone)
			}
		})
	}
	noTemps(t, tr.dir)
	if got := tr.git("status", "--porcelain"); got != "?? kept\n?? link\n?? way" {
		t.Errorf("left %q", got)
	}
}

// TestCommitMove: a proof that goes to another name is one commit, and index,
// disk and HEAD agree; what else is under way stays.
func TestCommitMove(t *testing.T) {
	tr := busyWorkTree(t, false)
	r := tr.open()
	tr.write("kept/new.ots", "1")
	if err := r.RemoveFile("doc.md.ots", []byte("1")); err != nil {
		t.Fatal(err)
	}
	id, err := r.Commit(t.Context(), []string{"kept/new.ots"}, "Supersede", "doc.md.ots")
	if err != nil {
		t.Fatal(err)
	}
	if got := tr.git("diff-tree", "--no-commit-id", "--name-status", "-r", id); got != "D\tdoc.md.ots\nA\tkept/new.ots" {
		t.Errorf("it changes %q", got)
	}
	want := "M  staged.md\x00 M edited.md\x00D  removed.md\x00 A promised.md\x00?? removed.md\x00?? untracked.md\x00"
	if got := tr.git("status", "--porcelain", "-z"); !equalSets(sorted(want), sorted(got)) || len(got) != len(want) {
		t.Errorf("left %q", got)
	}
	if again, err := r.Commit(t.Context(), nil, "again", "doc.md.ots", "never/was.ots"); err != nil || again != id {
		t.Errorf("nothing to do: %s, %v", again, err)
	}
}

// TestCommitRemovesDirectories: one that gets empty goes, others stay, and the
// last file of all may go.
func TestCommitRemovesDirectories(t *testing.T) {
	tr := newRepo(t)
	for _, path := range []string{"a/b/c/x.ots", "a/b/y.ots", "a-b", "z/x.ots"} {
		tr.write(path, path)
	}
	tr.git("add", ".")
	tr.git("commit", "--quiet", "-m", "x")
	r := tr.open()
	steps := []struct {
		remove []string
		left   string
	}{
		{[]string{"a/b/c/x.ots"}, "a-b\na/b/y.ots\nz/x.ots"},
		{[]string{"a/b/y.ots", "z/x.ots"}, "a-b"},
		{[]string{"a-b"}, ""},
	}
	for _, s := range steps {
		for _, path := range s.remove {
			remove(t, tr, path)
		}
		if _, err := r.Commit(t.Context(), nil, "Remove", s.remove...); err != nil {
			t.Fatal(err)
		}
		if got := tr.git("ls-tree", "-r", "--name-only", "HEAD"); got != s.left {
			t.Errorf("left %q", got)
		}
		if got := tr.git("ls-tree", "-r", "-d", "--name-only", "HEAD"); strings.Contains(got, "c") || strings.Contains(got, "z") != strings.Contains(s.left, "z/") {
			t.Errorf("directories %q", got)
		}
		tr.clean()
	}
}

func TestCommitRefusesRemovals(t *testing.T) {
	tr := newRepo(t)
	for _, path := range []string{"there.ots", "gone.ots", "d/x"} {
		tr.write(path, path)
	}
	link(t, "there.ots", filepath.Join(tr.dir, "link"))
	tr.git("add", ".")
	tr.git("commit", "--quiet", "-m", "x")
	for _, path := range []string{"gone.ots", "d", "link"} {
		remove(t, tr, path)
	}
	link(t, "none", filepath.Join(tr.dir, "dangling"))
	before := tr.git("ls-files", "-s") + tr.git("rev-parse", "HEAD")
	tests := []struct {
		path string
		want error
	}{{"there.ots", ErrExists}, {"dangling", ErrExists}, {"link", ErrSymlink}, {"d", ErrDirectory}, {"../x", ErrBadPath}}
	for _, tt := range tests {
		if _, err := tr.open().Commit(t.Context(), nil, "x", "gone.ots", tt.path); !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.path) {
			t.Errorf("%s: %v", tt.path, err)
		}
	}
	if _, err := tr.open().Commit(t.Context(), []string{"there.ots"}, "x", "there.ots"); !errors.Is(err, ErrBadPath) {
		t.Errorf("both: %v", err)
	}
	if after := tr.git("ls-files", "-s") + tr.git("rev-parse", "HEAD"); after != before {
		t.Errorf("left %q", after)
	}
}

// TestUnstageRemovals: entries that a commit in vain took out come back.
func TestUnstageRemovals(t *testing.T) {
	tr := newRepo(t)
	tr.commit("x.ots", "1")
	r := tr.open()
	head := resolve(t, r, "HEAD")
	before, err := r.indexLines(t.Context(), []string{"x.ots"})
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]treeEntry{"x.ots": {}}
	if err := r.stage(t.Context(), files); err != nil {
		t.Fatal(err)
	}
	if got := tr.git("ls-files"); got != "" {
		t.Errorf("still there: %q", got)
	}
	if err := r.unstage(t.Context(), head, before, files); err != nil {
		t.Fatal(err)
	}
	if got := tr.git("ls-files"); got != "x.ots" {
		t.Errorf("got %q", got)
	}
}

// A run that was killed once the file was gone left its temporary.
func TestRemoveFileLeftover(t *testing.T) {
	tr := newRepo(t)
	tr.commit("d/a.ots", "proof")
	temp := filepath.Join(tr.dir, "d", tempName("a.ots"))
	for _, there := range []bool{true, false} {
		writeFile(t, temp, "")
		err := tr.open().RemoveFile("d/a.ots", []byte("proof"))
		if there && err != nil || !there && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("file there %v: %v", there, err)
		}
		if _, err := os.Lstat(temp); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("file there %v: the temporary is left: %v", there, err)
		}
	}
}
