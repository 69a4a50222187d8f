package gitrepo

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// opening is where a repository is opened, and its work tree; none: bare.
type opening struct{ dir, top string }

func same(dir string) opening { return opening{dir, dir} }

var openings = []struct {
	name  string
	alone bool // also without git
	make  func(t *testing.T, tr *testRepo) opening
}{
	{"top", true, func(t *testing.T, tr *testRepo) opening { return same(tr.dir) }},
	{"subdirectory", true, func(t *testing.T, tr *testRepo) opening {
		tr.write("a/b/c", "")
		return opening{filepath.Join(tr.dir, "a/b"), tr.dir}
	}},
	{"linked work tree", true, func(t *testing.T, tr *testRepo) opening {
		linked := filepath.Join(filepath.Dir(tr.dir), "linked")
		tr.git("worktree", "add", "--quiet", linked)
		return same(linked)
	}},
	{"linked work tree of a bare repository", true, func(t *testing.T, tr *testRepo) opening {
		dir := filepath.Dir(tr.dir)
		tr.git("clone", "--quiet", "--bare", ".", dir+"/bare.git")
		tr.git("-C", dir+"/bare.git", "worktree", "add", "--quiet", dir+"/linked")
		return same(dir + "/linked")
	}},
	{"submodule", true, func(t *testing.T, tr *testRepo) opening {
		super := filepath.Join(filepath.Dir(tr.dir), "super")
		tr.git("init", "--quiet", super)
		tr.git("-C", super, "submodule", "--quiet", "add", tr.dir, "sub")
		return same(filepath.Join(super, "sub"))
	}},
	{"separate git directory", true, func(t *testing.T, tr *testRepo) opening {
		tr.git("init", "--quiet", "--separate-git-dir", filepath.Dir(tr.dir)+"/elsewhere")
		return same(tr.dir)
	}},
	{"bare", true, func(t *testing.T, tr *testRepo) opening {
		bare := filepath.Join(filepath.Dir(tr.dir), "bare.git")
		tr.git("clone", "--quiet", "--bare", ".", bare)
		return opening{bare, ""}
	}},
	{"inside a bare one", true, func(t *testing.T, tr *testRepo) opening {
		bare := filepath.Join(filepath.Dir(tr.dir), "bare.git")
		tr.git("clone", "--quiet", "--bare", ".", bare)
		return opening{filepath.Join(bare, "refs", "heads"), ""}
	}},
	{"symlinked .git", true, func(t *testing.T, tr *testRepo) opening {
		rename(t, filepath.Join(tr.dir, ".git"), filepath.Dir(tr.dir)+"/real")
		link(t, "../real", filepath.Join(tr.dir, ".git"))
		return same(tr.dir)
	}},
	{"symlink to the work tree", true, func(t *testing.T, tr *testRepo) opening {
		link(t, tr.dir, filepath.Dir(tr.dir)+"/link")
		return opening{filepath.Dir(tr.dir) + "/link", tr.dir}
	}},
	{"GIT_DIR", true, func(t *testing.T, tr *testRepo) opening {
		t.Setenv("GIT_DIR", "../repo/.git")
		work := filepath.Join(filepath.Dir(tr.dir), "work")
		mkdir(t, work)
		return same(work)
	}},
	{"GIT_DIR and GIT_WORK_TREE", true, func(t *testing.T, tr *testRepo) opening {
		t.Setenv("GIT_DIR", filepath.Join(tr.dir, ".git"))
		t.Setenv("GIT_WORK_TREE", "../work")
		work := filepath.Join(filepath.Dir(tr.dir), "work")
		mkdir(t, work)
		return opening{tr.dir, work}
	}},
	{"GIT_DIR with core.worktree", true, func(t *testing.T, tr *testRepo) opening {
		tr.git("config", "core.worktree", "../../work")
		mkdir(t, filepath.Join(filepath.Dir(tr.dir), "work"))
		t.Setenv("GIT_DIR", filepath.Join(tr.dir, ".git"))
		return opening{filepath.Dir(tr.dir), filepath.Join(filepath.Dir(tr.dir), "work")}
	}},
	{"detached HEAD", true, func(t *testing.T, tr *testRepo) opening {
		tr.git("checkout", "--quiet", "--detach")
		return same(tr.dir)
	}},
	{"packed refs and objects", true, func(t *testing.T, tr *testRepo) opening {
		tr.git("gc", "--quiet")
		return same(tr.dir)
	}},
	{"absolute alternates", true, func(t *testing.T, tr *testRepo) opening {
		dir := clone(t, tr, "--shared")
		if got := readFile(t, filepath.Join(dir, ".git/objects/info/alternates")); !filepath.IsAbs(got) {
			t.Fatalf("alternates %q", got)
		}
		return same(dir)
	}},
	{"relative alternates", true, func(t *testing.T, tr *testRepo) opening {
		dir := clone(t, tr, "--shared")
		writeFile(t, filepath.Join(dir, ".git/objects/info/alternates"), "../../../repo/.git/objects\n")
		return same(dir)
	}},
	{"GIT_OBJECT_DIRECTORY", true, func(t *testing.T, tr *testRepo) opening {
		rename(t, filepath.Join(tr.dir, ".git/objects"), filepath.Join(tr.dir, "../kept"))
		t.Setenv("GIT_OBJECT_DIRECTORY", "../kept")
		return same(tr.dir)
	}},
	{"GIT_ALTERNATE_OBJECT_DIRECTORIES", true, func(t *testing.T, tr *testRepo) opening {
		rename(t, filepath.Join(tr.dir, ".git/objects"), filepath.Join(tr.dir, "../kept:\n"))
		mkdir(t, filepath.Join(tr.dir, ".git/objects"))
		t.Setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES", `/none:"../kept:\n"`)
		return same(tr.dir)
	}},
	{"shallow", true, func(t *testing.T, tr *testRepo) opening {
		tr.commit("more", "x")
		return same(clone(t, tr, "--depth=1", "--no-local"))
	}},
	{"sparse checkout", true, func(t *testing.T, tr *testRepo) opening {
		tr.git("sparse-checkout", "set", "--no-cone", "/nothing")
		return same(tr.dir)
	}},
	{"sparse index", true, func(t *testing.T, tr *testRepo) opening {
		tr.git("sparse-checkout", "set", "--cone", "--sparse-index", "nothing")
		return same(tr.dir)
	}},
	{"partial clone", false, func(t *testing.T, tr *testRepo) opening {
		tr.git("config", "uploadpack.allowFilter", "true")
		return same(clone(t, tr, "--filter=blob:none", "--no-local"))
	}},
	{"extensions of version 0 and 1", true, func(t *testing.T, tr *testRepo) opening {
		tr.git("config", "core.repositoryFormatVersion", "1")
		tr.git("config", "extensions.preciousObjects", "true")
		tr.git("config", "extensions.partialClone", "origin")
		tr.git("config", "extensions.objectFormat", "sha1")
		return same(tr.dir)
	}},
	{"unknown extension in version 0", true, func(t *testing.T, tr *testRepo) opening {
		tr.git("config", "extensions.nonsense", "true")
		return same(tr.dir)
	}},
	{"configuration go-git does not read", true, func(t *testing.T, tr *testRepo) opening {
		file := filepath.Join(tr.dir, ".git/config")
		writeFile(t, file, "\ufeff"+readFile(t, file)+"[branch \"x\"]\n\trebase = merges\n\tmerge = x\n[pack]\n\twindow = 1k\n[remote \"o\"]\n\tfetch = ^refs/heads/x\n")
		return same(tr.dir)
	}},
	{"no config file", true, func(t *testing.T, tr *testRepo) opening {
		if err := os.Remove(filepath.Join(tr.dir, ".git/config")); err != nil {
			t.Fatal(err)
		}
		return same(tr.dir)
	}},
	{"core.bare with a .git", true, func(t *testing.T, tr *testRepo) opening {
		tr.git("config", "core.bare", "true")
		return opening{tr.dir, ""}
	}},
	{"sha256", false, func(t *testing.T, tr *testRepo) opening {
		dir := filepath.Join(filepath.Dir(tr.dir), "sha256")
		tr.git("init", "--quiet", "--object-format=sha256", dir)
		other := &testRepo{t, dir}
		other.commit("doc.md", "the text\n")
		return same(dir)
	}},
}

// TestOpen opens each layout that git opens and reads HEAD:doc.md there, with
// git and without it.
func TestOpen(t *testing.T) {
	for _, tt := range openings {
		for _, alone := range []bool{false, true} {
			if alone && !tt.alone {
				continue
			}
			t.Run(fmt.Sprintf("%s/alone=%v", tt.name, alone), func(t *testing.T) {
				tr := newRepo(t)
				tr.commit("doc.md", "the text\n")
				w := tt.make(t, tr)
				if alone {
					withoutGit(t)
				}
				r := openAt(t, w.dir)
				if r.Top() != w.top {
					t.Errorf("top %q, want %q", r.Top(), w.top)
				}
				if r.Bare() != (w.top == "") {
					t.Errorf("bare %v", r.Bare())
				}
				if got := committed(t, r, "HEAD", "doc.md"); got != "the text\n" {
					t.Errorf("read %q", got)
				}
				if alone || r.Bare() {
					return
				}
				writeFile(t, filepath.Join(w.top, "doc.md"), "edited\n")
				s, err := r.State(t.Context(), "doc.md")
				if err != nil || !s.Edited && !s.Hidden && s.Index != "" {
					t.Errorf("state %+v, %v", s, err)
				}
			})
		}
	}
}

// TestGitAgrees asks git itself where it is.
func TestGitAgrees(t *testing.T) {
	tr := newRepo(t)
	tr.commit("a/doc.md", "x")
	// Empty is unset, as far as git is concerned, too.
	t.Setenv("GIT_WORK_TREE", "")
	t.Setenv("GIT_DIR", "")
	r := openAt(t, filepath.Join(tr.dir, "a"))
	if _, err := r.State(t.Context(), "a/doc.md"); err != nil {
		t.Error(err)
	}
	os.Unsetenv("GIT_DIR")
	os.Unsetenv("GIT_WORK_TREE")
	if got := tr.git("rev-parse", "--show-toplevel"); got != r.Top() {
		t.Errorf("top %q, git says %q", r.Top(), got)
	}
	if got := tr.git("rev-parse", "--absolute-git-dir"); got != r.GitDir() {
		t.Errorf("git directory %q, git says %q", r.GitDir(), got)
	}
}

func TestShallow(t *testing.T) {
	tr := newRepo(t)
	tr.commit("doc.md", "one")
	tr.commit("doc.md", "two")
	for dir, want := range map[string]bool{tr.dir: false, clone(t, tr, "--depth=1", "--no-local"): true} {
		if got, err := openAt(t, dir).Shallow(); err != nil || got != want {
			t.Errorf("%s: shallow %v, %v", dir, got, err)
		}
	}
}

// clone clones tr beside it and returns the clone's directory.
func clone(t *testing.T, tr *testRepo, args ...string) string {
	t.Helper()
	dir := filepath.Join(filepath.Dir(tr.dir), "clone")
	tr.git(append(append([]string{"clone", "--quiet"}, args...), tr.dir, dir)...)
	return dir
}

func mkdir(t testing.TB, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
}

func rename(t testing.TB, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func link(t testing.TB, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}
