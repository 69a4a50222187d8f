package gitrepo

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestInstallHook(t *testing.T) {
	tests := []struct {
		name, setting string // of core.hooksPath, "" for none
		want          string // directory from the top
	}{
		{"default", "", ".git/hooks"},
		{"relative", "my hooks", "my hooks"},
		{"below", "a/b", "a/b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr := newRepo(t, "--template=")
			tr.commit("a.md", "text")
			if tt.setting != "" {
				tr.git("config", "core.hooksPath", tt.setting)
			}
			r := tr.open()
			want := filepath.Join(tr.dir, filepath.FromSlash(tt.want), "pre-push")
			path, content, err := r.Hook(t.Context(), "pre-push")
			if path != want || content != nil || err != nil {
				t.Fatalf("before: %q, %q, %v; want %q", path, content, err, want)
			}
			if err := r.InstallHook(t.Context(), "pre-push", []byte("one"), nil); err != nil {
				t.Fatal(err)
			}
			info, err := os.Stat(want)
			if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o755 {
				t.Errorf("mode: %v, %v", info, err)
			}
			if at := tr.git("rev-parse", "--git-path", "hooks/pre-push"); at != filepath.ToSlash(filepath.Join(tt.want, "pre-push")) {
				t.Errorf("git looks for it at %q", at)
			}
			if err := r.InstallHook(t.Context(), "pre-push", []byte("two"), nil); !errors.Is(err, ErrExists) {
				t.Errorf("again: %v", err)
			}
			if err := r.InstallHook(t.Context(), "pre-push", []byte("two"), []byte("none")); !errors.Is(err, ErrChanged) {
				t.Errorf("over another: %v", err)
			}
			if err := r.InstallHook(t.Context(), "pre-push", []byte("two"), []byte("one")); err != nil {
				t.Error(err)
			}
			if _, content, err := r.Hook(t.Context(), "pre-push"); string(content) != "two" || err != nil {
				t.Errorf("after: %q, %v", content, err)
			}
		})
	}
}

func TestHookPlaces(t *testing.T) {
	tr := newRepo(t)
	tr.commit("a.md", "text")
	elsewhere := filepath.Join(realDir(t), "hooks")
	for _, outside := range []string{elsewhere, filepath.Join(elsewhere, "deeper"), "../hooks"} {
		tr.git("config", "core.hooksPath", outside)
		if err := tr.open().InstallHook(t.Context(), "pre-push", []byte("x"), nil); !errors.Is(err, ErrOutside) {
			t.Errorf("%s: %v", outside, err)
		}
	}
	if _, err := os.Lstat(elsewhere); err == nil {
		t.Error("a directory outside was made")
	}
	if err := os.Mkdir(elsewhere, 0o755); err != nil {
		t.Fatal(err)
	}
	tr.git("config", "core.hooksPath", filepath.Join(tr.dir, ".git", "mine"))
	if err := tr.open().InstallHook(t.Context(), "pre-push", []byte("x"), nil); err != nil {
		t.Fatal(err)
	}
	if got := readFile(t, filepath.Join(tr.dir, ".git", "mine", "pre-push")); got != "x" {
		t.Errorf("absolute: %q", got)
	}
	tr.git("config", "core.hooksPath", "linked")
	if err := os.Symlink(elsewhere, filepath.Join(tr.dir, "linked")); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	if err := tr.open().InstallHook(t.Context(), "pre-commit", []byte("x"), nil); !errors.Is(err, ErrOutside) {
		t.Errorf("a linked directory outside: %v", err)
	}
	tr.git("config", "core.hooksPath", "inward")
	if err := os.Symlink(filepath.Join(tr.dir, ".git", "mine"), filepath.Join(tr.dir, "inward")); err != nil {
		t.Fatal(err)
	}
	if err := tr.open().InstallHook(t.Context(), "pre-commit", []byte("x"), nil); !errors.Is(err, ErrSymlink) {
		t.Errorf("a linked directory in the work tree: %v", err)
	}
	if err := os.Symlink(filepath.Join(tr.dir, "target"), filepath.Join(tr.dir, ".git", "mine", "post-merge")); err != nil {
		t.Fatal(err)
	}
	tr.git("config", "core.hooksPath", filepath.Join(tr.dir, ".git", "mine"))
	if _, _, err := tr.open().Hook(t.Context(), "post-merge"); !errors.Is(err, ErrSymlink) {
		t.Errorf("a link is read: %v", err)
	}
	if err := tr.open().InstallHook(t.Context(), "post-merge", []byte("x"), nil); !errors.Is(err, ErrExists) {
		t.Errorf("a link is written: %v", err)
	}
	if _, err := os.Lstat(filepath.Join(tr.dir, "target")); err == nil {
		t.Error("the link's target was written")
	}
	for _, name := range []string{"", "..", "a/b", ".git"} {
		if err := tr.open().InstallHook(t.Context(), name, []byte("x"), nil); !errors.Is(err, ErrBadPath) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// All work trees of a repository share their hooks.
func TestHookOfWorkTree(t *testing.T) {
	tr := newRepo(t)
	tr.commit("a.md", "text")
	linked := filepath.Join(realDir(t), "linked")
	tr.git("worktree", "add", "--quiet", linked)
	path, _, err := openAt(t, linked).Hook(t.Context(), "pre-push")
	if want := filepath.Join(tr.dir, ".git", "hooks", "pre-push"); path != want || err != nil {
		t.Errorf("%q, %v; want %q", path, err, want)
	}
}

func TestHookSize(t *testing.T) {
	tr := newRepo(t)
	for _, size := range []int{maxHook, maxHook + 1} {
		tr.write(".git/hooks/pre-push", strings.Repeat("x", size))
		_, content, err := tr.open().Hook(t.Context(), "pre-push")
		if size <= maxHook && (err != nil || len(content) != size) {
			t.Errorf("at the limit: %d bytes, %v", len(content), err)
		}
		if size > maxHook && (!errors.Is(err, ErrTooLarge) || content != nil) {
			t.Errorf("past it: %d bytes, %v", len(content), err)
		}
	}
}
