package gitrepo

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// planted is a git directory that a commit can bring, with a filter that
// leaves a trace.
func planted(t *testing.T, dir, config string) (trace string) {
	t.Helper()
	trace = filepath.Join(realDir(t), "trace")
	tr := &testRepo{t, dir}
	mkdir(t, filepath.Join(dir, "refs", "heads"))
	mkdir(t, filepath.Join(dir, "objects"))
	writeFile(t, filepath.Join(dir, "HEAD"), "ref: refs/heads/main\n")
	writeFile(t, filepath.Join(dir, "config"), "[core]\n\trepositoryformatversion = 0\n"+config+"[filter \"x\"]\n\tclean = touch "+trace+"; cat\n")
	tr.write("doc.md", "text\n")
	tr.write(".gitattributes", "* filter=x\n")
	return trace
}

// TestPlantedRepository: a bare repository among the files of a clone runs
// nothing and is none.
func TestPlantedRepository(t *testing.T) {
	tests := []struct{ name, config, from string }{
		{"with a work tree", "\tbare = false\n\tworktree = .\n", "sub"},
		{"bare", "\tbare = true\n", "sub"},
		{"from below it", "\tbare = true\n", "sub/refs/heads"},
		{"deeper", "\tbare = false\n\tworktree = ..\n", "a/b/sub"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr := newRepo(t)
			tr.commit("doc.md", "x\n")
			dir := strings.TrimSuffix(tt.from, "/refs/heads")
			trace := planted(t, filepath.Join(tr.dir, dir), tt.config)
			r, err := Open(t.Context(), Options{Dir: filepath.Join(tr.dir, tt.from)})
			if err == nil {
				_, err := r.State(t.Context(), "doc.md")
				t.Errorf("opened %s, %v", r.GitDir(), errors.Join(err, r.Close()))
			}
			if want := "GIT_DIR=" + filepath.Join(tr.dir, dir); !errors.Is(err, ErrUnsafeBare) || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v", err)
			}
			if _, err := os.Lstat(trace); err == nil {
				t.Error("its filter ran")
			}
			openAt(t, tr.dir)
		})
	}
}

// TestUnsafeBare: what may be found without being named, and what may not.
func TestUnsafeBare(t *testing.T) {
	tests := []struct {
		name string
		text string // of the error; empty: it opens
		make func(t *testing.T, tr *testRepo) string
	}{
		{"plain", "", func(t *testing.T, tr *testRepo) string { return tr.dir }},
		{"not bare", "core.bare", func(t *testing.T, tr *testRepo) string { tr.git("config", "core.bare", "false"); return tr.dir }},
		{"a work tree", "core.worktree", func(t *testing.T, tr *testRepo) string {
			tr.git("config", "core.worktree", ".")
			return tr.dir
		}},
		{"no configuration", "core.bare", func(t *testing.T, tr *testRepo) string { remove(t, tr, "config"); return tr.dir }},
		{"a commondir", "commondir", func(t *testing.T, tr *testRepo) string { tr.write("commondir", "."); return tr.dir }},
		{"within a bare one", "lies inside the repository", func(t *testing.T, tr *testRepo) string {
			tr.git("init", "--quiet", "--bare", "inner.git")
			return filepath.Join(tr.dir, "inner.git")
		}},
		{"beside a gitfile", "lies inside the repository", func(t *testing.T, tr *testRepo) string {
			writeFile(t, filepath.Join(filepath.Dir(tr.dir), ".git"), "gitdir: nowhere\n")
			return tr.dir
		}},
		{"above a ceiling", "lies inside the repository", func(t *testing.T, tr *testRepo) string {
			writeFile(t, filepath.Join(filepath.Dir(tr.dir), ".git"), "gitdir: nowhere\n")
			t.Setenv("GIT_CEILING_DIRECTORIES", filepath.Dir(tr.dir))
			return tr.dir
		}},
		{"the person wants them named", "safe.bareRepository is explicit", func(t *testing.T, tr *testRepo) string {
			tr.git("config", "--global", "safe.bareRepository", "explicit")
			return tr.dir
		}},
		{"its own word does not count", "", func(t *testing.T, tr *testRepo) string {
			tr.git("config", "safe.bareRepository", "explicit")
			return tr.dir
		}},
		{"named", "", func(t *testing.T, tr *testRepo) string {
			tr.git("config", "--global", "safe.bareRepository", "explicit")
			t.Setenv("GIT_DIR", tr.dir)
			return tr.dir
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr := newRepo(t, "--bare")
			dir := tt.make(t, tr)
			r, err := Open(t.Context(), Options{Dir: dir})
			if tt.text == "" {
				if err != nil {
					t.Fatal(err)
				}
				if _, err := r.Settings(t.Context()); err != nil {
					t.Error(err)
				}
				if err := r.Close(); err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, ErrUnsafeBare) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestInsideDotGit: a .git is no commit's, wherever in it one stands.
func TestInsideDotGit(t *testing.T) {
	tr := newRepo(t)
	tr.commit("doc.md", "x\n")
	for _, dir := range []string{".git", ".git/refs/heads"} {
		r := openAt(t, filepath.Join(tr.dir, dir))
		if got := committed(t, r, "HEAD", "doc.md"); got != "x\n" || !r.Bare() {
			t.Errorf("%s: %q, bare %v", dir, got, r.Bare())
		}
	}
}

// TestFence: git does not climb to, nor fall back on, another repository when
// ours is gone.
func TestFence(t *testing.T) {
	outer := newRepo(t)
	outer.commit("doc.md", "outer\n")
	inner := &testRepo{t, filepath.Join(outer.dir, "inner")}
	outer.git("init", "--quiet", "inner")
	inner.commit("doc.md", "inner\n")
	r := inner.open()
	remove(t, inner, ".git/HEAD")
	if c, err := r.Resolve(t.Context(), "HEAD"); err == nil || !strings.Contains(err.Error(), "not a git repository") {
		t.Errorf("climbed: %v, %v", c, err)
	}
	trace := planted(t, inner.dir, "\tbare = false\n\tworktree = .\n")
	_, err := r.States(t.Context(), []string{"doc.md"})
	if err == nil || !strings.Contains(err.Error(), "bare repository") {
		t.Errorf("fell back: %v", err)
	}
	if _, err := os.Lstat(trace); err == nil {
		t.Error("its filter ran")
	}
}
