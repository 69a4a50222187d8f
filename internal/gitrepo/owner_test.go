//go:build unix

package gitrepo

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const stranger = 54321 // a user id nobody here has

// chown gives a directory and all below it to another user.
func chown(t *testing.T, dir string, uid int) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("giving files away needs root")
	}
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, uid, uid)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestForeignOwner(t *testing.T) {
	tests := []struct {
		name string
		give string // what belongs to the stranger, from the repository's parent
		open string
		make func(t *testing.T, tr *testRepo)
	}{
		{"all of it", "repo", "repo", nil},
		{"work tree alone", "repo:", "repo", nil},
		{".git alone", "repo/.git", "repo", nil},
		{"bare", "bare.git", "bare.git", func(t *testing.T, tr *testRepo) { tr.git("clone", "--quiet", "--bare", ".", "../bare.git") }},
		{"gitfile", "linked/.git", "linked", func(t *testing.T, tr *testRepo) { tr.git("worktree", "add", "--quiet", "../linked") }},
		{"git directory of a gitfile", "repo/.git/worktrees/linked", "linked", func(t *testing.T, tr *testRepo) { tr.git("worktree", "add", "--quiet", "../linked") }},
		{"configuration alone", "repo/.git/config", "repo", nil},
		{"HEAD alone", "repo/.git/HEAD", "repo", nil},
		{"objects alone", "repo/.git/objects:", "repo", nil},
		{"refs alone", "repo/.git/refs:", "repo", nil},
		{"configuration by a link", "repo/elsewhere", "repo", func(t *testing.T, tr *testRepo) {
			rename(t, filepath.Join(tr.dir, ".git/config"), filepath.Join(tr.dir, "elsewhere"))
			link(t, "../elsewhere", filepath.Join(tr.dir, ".git/config"))
		}},
		{"configuration of a bare one", "bare.git/config", "bare.git", func(t *testing.T, tr *testRepo) { tr.git("clone", "--quiet", "--bare", ".", "../bare.git") }},
		{"shared configuration of a linked work tree", "repo/.git/config", "linked", func(t *testing.T, tr *testRepo) { tr.git("worktree", "add", "--quiet", "../linked") }},
		{"target of a linked .git", "real", "repo", func(t *testing.T, tr *testRepo) {
			rename(t, filepath.Join(tr.dir, ".git"), filepath.Join(tr.dir, "../real"))
			link(t, "../real", filepath.Join(tr.dir, ".git"))
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr := newRepo(t)
			tr.commit("doc.md", "x")
			if tt.make != nil {
				tt.make(t, tr)
			}
			parent := filepath.Dir(tr.dir)
			if dir, only := strings.CutSuffix(tt.give, ":"); only {
				if err := os.Lchown(filepath.Join(parent, dir), stranger, stranger); err != nil {
					t.Skip("giving files away needs root")
				}
			} else {
				chown(t, filepath.Join(parent, tt.give), stranger)
			}
			dir := filepath.Join(parent, tt.open)
			r, err := Open(t.Context(), Options{Dir: dir})
			if err == nil {
				r.Close()
				t.Fatal("opened another user's repository")
			}
			if !errors.Is(err, ErrDubiousOwner) || !strings.Contains(err.Error(), "git config --global --add safe.directory "+dir) {
				t.Errorf("got %v", err)
			}
			tr.git("config", "--global", "safe.directory", dir)
			openAt(t, dir)
		})
	}
}

// TestPlantedInSharedDirectory: what another user puts into a directory like
// /tmp, which is root's, makes it no repository of root's.
func TestPlantedInSharedDirectory(t *testing.T) {
	isolate(t)
	shared := filepath.Join(realDir(t), "shared")
	mkdir(t, shared)
	if err := os.Chmod(shared, 0o777|os.ModeSticky); err != nil {
		t.Fatal(err)
	}
	planted(t, shared, "\tbare = true\n")
	entries, err := os.ReadDir(shared)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		chown(t, filepath.Join(shared, e.Name()), stranger)
	}
	mkdir(t, filepath.Join(shared, "mine"))
	for _, dir := range []string{shared, filepath.Join(shared, "mine")} {
		if _, err := Open(t.Context(), Options{Dir: dir}); !errors.Is(err, ErrDubiousOwner) {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

// TestForeignOwnerAllowed: the places that may say so, and those that may not.
func TestForeignOwnerAllowed(t *testing.T) {
	tests := []struct {
		name string
		ok   bool
		make func(t *testing.T, tr *testRepo)
	}{
		{"its own configuration", false, func(t *testing.T, tr *testRepo) { tr.git("config", "safe.directory", "*") }},
		{"command line", true, func(t *testing.T, tr *testRepo) {
			t.Setenv("GIT_CONFIG_COUNT", "1")
			t.Setenv("GIT_CONFIG_KEY_0", "safe.directory")
			t.Setenv("GIT_CONFIG_VALUE_0", tr.dir)
		}},
		{"forgotten again", false, func(t *testing.T, tr *testRepo) {
			tr.git("config", "--global", "--add", "safe.directory", "*")
			tr.git("config", "--global", "--add", "safe.directory", "")
		}},
		{"GIT_DIR", true, func(t *testing.T, tr *testRepo) { t.Setenv("GIT_DIR", filepath.Join(tr.dir, ".git")) }},
		{"sudo", true, func(t *testing.T, tr *testRepo) { t.Setenv("SUDO_UID", "54321") }},
		{"sudo from another user", false, func(t *testing.T, tr *testRepo) { t.Setenv("SUDO_UID", "54322") }},
		{"no git", false, func(t *testing.T, tr *testRepo) {
			tr.git("config", "--global", "--add", "safe.directory", "*")
			withoutGit(t)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr := newRepo(t)
			tt.make(t, tr)
			chown(t, tr.dir, stranger)
			r, err := Open(t.Context(), Options{Dir: tr.dir})
			if tt.ok {
				if err != nil {
					t.Fatal(err)
				}
				if err := r.Close(); err != nil {
					t.Fatal(err)
				}
			} else if !errors.Is(err, ErrDubiousOwner) {
				t.Fatalf("got %v", err)
			}
		})
	}
}

// TestNothingRuns: monitors, hooks and filters of another user's repository
// leave no trace when it is refused; in the person's own no monitor and no
// hook runs.
func TestNothingRuns(t *testing.T) {
	tr := newRepo(t)
	trace := filepath.Join(realDir(t), "trace")
	script := filepath.Join(tr.dir, ".git", "evil")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho \"$0 $*\" >>"+trace+"\ncat\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	tr.commit("doc.md", "x\n")
	tr.git("config", "core.fsmonitor", script)
	hooks := filepath.Join(tr.dir, ".git", "hooks")
	mkdir(t, hooks)
	for _, hook := range []string{"pre-commit", "commit-msg", "prepare-commit-msg", "post-commit", "post-index-change", "reference-transaction"} {
		if err := os.Symlink(script, filepath.Join(hooks, hook)); err != nil {
			t.Fatal(err)
		}
	}
	r := tr.open()
	tr.write("doc.md", "y\n")
	if _, err := r.State(t.Context(), "doc.md"); err != nil {
		t.Fatal(err)
	}
	if err := r.WriteFile("doc.md.ots", []byte("\x00proof"), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Commit(t.Context(), []string{"doc.md.ots"}, "Anchor"); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(trace); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ran: %s", b)
	}

	tr.git("config", "filter.evil.clean", script)
	tr.write(".gitattributes", "* filter=evil\n")
	chown(t, tr.dir, stranger)
	if _, err := Open(t.Context(), Options{Dir: tr.dir}); !errors.Is(err, ErrDubiousOwner) {
		t.Errorf("got %v", err)
	}
	if b, err := os.ReadFile(trace); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ran: %s", b)
	}
}

func TestIsSafe(t *testing.T) {
	tests := []struct {
		name   string
		values []string
		want   bool
	}{
		{"nothing", nil, false},
		{"exact", []string{"/home/ann/repo"}, true},
		{"trailing slash", []string{"/home/ann/repo/"}, true},
		{"other", []string{"/home/ann"}, false},
		{"star", []string{"*"}, true},
		{"reset", []string{"*", ""}, false},
		{"reset and again", []string{"*", "", "/home/ann/repo"}, true},
		{"home", []string{"~/repo"}, true},
		{"below", []string{"/home/ann/*"}, true},
		{"below the root", []string{"/*"}, true},
		{"below itself", []string{"/home/ann/repo/*"}, false},
		{"a name's beginning", []string{"/home/an/*"}, false},
		{"relative", []string{"repo", "."}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := isSafe("/home/ann/repo", tt.values, "/home/ann"); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
