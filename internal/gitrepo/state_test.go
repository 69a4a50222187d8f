package gitrepo

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var epoch = time.Unix(0, 0)

// flags names what is set, so that a table can say it in a word.
func flags(s State) string {
	var f []string
	for _, x := range []struct {
		name string
		set  bool
	}{{"head", s.Head != ""}, {"index", s.Index != ""}, {"disk", s.Disk != ""}, {"staged", s.Staged}, {"edited", s.Edited},
		{"untracked", s.Untracked}, {"unmerged", s.Unmerged}, {"symlink", s.DiskSymlink}, {"other", s.DiskOther}, {"hidden", s.Hidden}} {
		if x.set {
			f = append(f, x.name)
		}
	}
	return strings.Join(f, " ")
}

var stateTests = []struct {
	name, want string
	status     string // what git status --porcelain says of it: XY
	make       func(t *testing.T, tr *testRepo)
}{
	{"clean", "head index disk", "", nil},
	{"edited", "head index disk edited", " M", func(t *testing.T, tr *testRepo) { tr.write("d/doc.md", "2\n") }},
	{"staged", "head index disk staged", "M ", func(t *testing.T, tr *testRepo) { tr.write("d/doc.md", "2\n"); tr.git("add", "d/doc.md") }},
	{"staged and edited", "head index disk staged edited", "MM", func(t *testing.T, tr *testRepo) {
		tr.write("d/doc.md", "2\n")
		tr.git("add", "d/doc.md")
		tr.write("d/doc.md", "3\n")
	}},
	{"staged and reverted on disk", "head index disk staged edited", "MM", func(t *testing.T, tr *testRepo) {
		tr.write("d/doc.md", "2\n")
		tr.git("add", "d/doc.md")
		tr.write("d/doc.md", "1\n")
	}},
	{"touched", "head index disk", "", func(t *testing.T, tr *testRepo) {
		if err := os.Chtimes(filepath.Join(tr.dir, "d/doc.md"), epoch, epoch); err != nil {
			t.Fatal(err)
		}
	}},
	{"mode changed", "head index disk", " M", func(t *testing.T, tr *testRepo) {
		if err := os.Chmod(filepath.Join(tr.dir, "d/doc.md"), 0o755); err != nil {
			t.Fatal(err)
		}
	}},
	{"deleted", "head index edited", " D", func(t *testing.T, tr *testRepo) { remove(t, tr, "d/doc.md") }},
	{"directory deleted", "head index edited", " D", func(t *testing.T, tr *testRepo) { remove(t, tr, "d") }},
	{"deletion staged", "head staged", "D ", func(t *testing.T, tr *testRepo) { tr.git("rm", "--quiet", "d/doc.md") }},
	{"removed from the index", "head disk staged untracked", "D ", func(t *testing.T, tr *testRepo) { tr.git("rm", "--quiet", "--cached", "d/doc.md") }},
	{"symlink instead", "head index disk edited symlink", " T", func(t *testing.T, tr *testRepo) {
		remove(t, tr, "d/doc.md")
		link(t, "1\n", filepath.Join(tr.dir, "d/doc.md"))
	}},
	{"symlink on the way", "head index edited symlink", " D", func(t *testing.T, tr *testRepo) {
		rename(t, filepath.Join(tr.dir, "d"), filepath.Join(tr.dir, "e"))
		link(t, "e", filepath.Join(tr.dir, "d"))
	}},
	{"directory instead", "head index edited other", " D", func(t *testing.T, tr *testRepo) {
		remove(t, tr, "d/doc.md")
		mkdir(t, filepath.Join(tr.dir, "d/doc.md"))
	}},
	{"assume-unchanged", "head index disk hidden", "", func(t *testing.T, tr *testRepo) {
		tr.git("update-index", "--assume-unchanged", "d/doc.md")
		tr.write("d/doc.md", "2\n")
	}},
	{"skip-worktree", "head index hidden", "", func(t *testing.T, tr *testRepo) {
		tr.git("update-index", "--skip-worktree", "d/doc.md")
		remove(t, tr, "d/doc.md")
	}},
	{"sparse checkout", "head index hidden", "", func(t *testing.T, tr *testRepo) { tr.git("sparse-checkout", "set", "--cone", "--sparse-index", "x") }},
	{"conflict", "head disk staged edited unmerged", "UU", func(t *testing.T, tr *testRepo) {
		tr.git("checkout", "--quiet", "-b", "side")
		tr.commit("d/doc.md", "side\n")
		tr.git("checkout", "--quiet", "main")
		tr.commit("d/doc.md", "main\n")
		if _, err := tr.try("", "merge", "side"); err == nil {
			t.Fatal("no conflict")
		}
	}},
	// git status goes by the size alone here; git diff finds nothing, and so do we.
	{"autocrlf", "head index disk", " M", func(t *testing.T, tr *testRepo) {
		tr.git("config", "core.autocrlf", "true")
		tr.write("d/doc.md", "1\r\n")
	}},
	{"eol=crlf and an edit", "head index disk edited", " M", func(t *testing.T, tr *testRepo) {
		tr.write(".git/info/attributes", "* text eol=crlf\n")
		tr.write("d/doc.md", "2\r\n")
	}},
	{"ident", "head index disk", " M", func(t *testing.T, tr *testRepo) {
		tr.write(".git/info/attributes", "* ident\n")
		tr.commit("d/doc.md", "$Id$\n")
		tr.write("d/doc.md", "$Id: 123 $\n")
	}},
	{"filter", "head index disk", "", func(t *testing.T, tr *testRepo) {
		tr.write(".git/info/attributes", "* filter=x\n")
		tr.git("config", "filter.x.clean", "tr 2 1")
		tr.write("d/doc.md", "2\n")
	}},
	{"split index, skipHash", "head index disk edited", " M", func(t *testing.T, tr *testRepo) {
		tr.git("config", "index.skipHash", "true")
		tr.git("update-index", "--split-index")
		tr.write("d/doc.md", "2\n")
	}},
}

// TestState makes each state with git and compares ours, and where it can,
// git status's.
func TestState(t *testing.T) {
	for _, tt := range stateTests {
		t.Run(tt.name, func(t *testing.T) {
			tr := newRepo(t)
			tr.commit("d/doc.md", "1\n")
			if tt.make != nil {
				tt.make(t, tr)
			}
			s, err := tr.open().State(t.Context(), "d/doc.md")
			if err != nil {
				t.Fatal(err)
			}
			if got := flags(s); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			status := tr.git("status", "--porcelain", "--untracked-files=no", "--", "d/doc.md")
			if xy := status[:min(2, len(status))]; xy != tt.status {
				t.Errorf("git says %q, the table %q", xy, tt.status)
			}
		})
	}
}

// TestStateNew: paths that HEAD does not have.
func TestStateNew(t *testing.T) {
	tr := newRepo(t)
	both := func(want map[string]string) {
		t.Helper()
		paths := make([]string, 0, len(want))
		for p := range want {
			paths = append(paths, p)
		}
		states, err := tr.open().States(t.Context(), paths)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for p, s := range states {
			got[p] = flags(s)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	}
	tr.write("new.md", "x\n")
	tr.write("staged.md", "x\n")
	tr.write("promised.md", "x\n")
	tr.write("empty.md", "")
	tr.git("add", "staged.md", "empty.md")
	tr.git("add", "--intent-to-add", "promised.md")
	want := map[string]string{"new.md": "disk untracked", "staged.md": "index disk staged", "promised.md": "disk untracked", "empty.md": "index disk staged",
		"none.md": "", "none/at/all.md": "", "new.md/below": ""}
	both(want) // before the first commit
	tr.git("commit", "--quiet", "--allow-empty", "-m", "x", "--only")
	both(want)
	for i := range maxPathspecs { // now by the whole listing
		want[fmt.Sprint("no", i)] = ""
	}
	both(want)
}

func TestStatesOddNames(t *testing.T) {
	tr := newRepo(t)
	names := []string{"sp ace", "new\nline", "\xff", `"quoted"`, ":(top)x", "-x", "*", "a\tb", "a", "a\r", "\r", "a\rb"}
	for _, name := range names {
		tr.commit(name, "1\n")
		tr.write(name, "2\n")
	}
	states, err := tr.open().States(t.Context(), names)
	if err != nil {
		t.Fatal(err)
	}
	want := tr.gitIn("2\n", "hash-object", "--stdin")
	for _, name := range names {
		if s := states[name]; flags(s) != "head index disk edited" || s.Disk != want {
			t.Errorf("%q: %+v", name, s)
		}
	}
}

func TestStateRefuses(t *testing.T) {
	tr := newRepo(t, "--bare")
	if _, err := tr.open().State(t.Context(), "x"); !errors.Is(err, ErrNoWorkTree) {
		t.Errorf("bare: %v", err)
	}
	tr = newRepo(t)
	if _, err := tr.open().State(t.Context(), "../x"); !errors.Is(err, ErrBadPath) {
		t.Errorf("outside: %v", err)
	}
	tr.commit("x", "")
	withoutGit(t)
	if _, err := tr.open().State(t.Context(), "x"); !errors.Is(err, ErrNoGit) {
		t.Errorf("no git: %v", err)
	}
}

func remove(t *testing.T, tr *testRepo, path string) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(tr.dir, path)); err != nil {
		t.Fatal(err)
	}
}
