package gitrepo

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCommitKeeps: what git's own commit would take away stays: messages that
// wait to be used, and bits of other entries although their files are there.
func TestCommitKeeps(t *testing.T) {
	tr := newRepo(t)
	for _, path := range []string{"doc.md", "a/skipped.md", "b/assumed.md", "c/both.md"} {
		tr.commit(path, "1")
	}
	tr.git("sparse-checkout", "set", "--no-cone", "/*", "!/a/")
	tr.git("update-index", "--assume-unchanged", "b/assumed.md")
	tr.git("update-index", "--skip-worktree", "c/both.md")
	tr.git("config", "sparse.expectFilesOutsideOfPatterns", "false")
	tr.write("a/skipped.md", "there again")
	waiting := []string{"SQUASH_MSG", "MERGE_MSG"}
	for _, name := range waiting {
		tr.write(".git/"+name, "waits")
	}
	list := func() string {
		return tr.git("-c", "sparse.expectFilesOutsideOfPatterns=true", "ls-files", "-v", "-z", "--stage", "*.md", "a", "b", "c")
	}
	before := list()
	if strings.Count(before, "S ") != 2 || !strings.Contains(before, "h ") {
		t.Fatalf("before: %q", before)
	}
	tr.write("x.ots", "\x00")
	if _, err := tr.open().Commit(t.Context(), []string{"x.ots"}, "Anchor"); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(before, list()); d != "" {
		t.Error(d)
	}
	for _, name := range waiting {
		if got := readFile(t, filepath.Join(tr.dir, ".git", name)); got != "waits" {
			t.Errorf("%s holds %q", name, got)
		}
	}
}

// TestCommitMessage: it is taken as it is, and its first line is the reflog's.
func TestCommitMessage(t *testing.T) {
	tr := newRepo(t)
	tr.commit("doc.md", "1")
	tr.write("x.ots", "\x00")
	const message = "  Anchor  \n\n\n\n# one\n-- \nSigned-off-by: x\n\n"
	if _, err := tr.open().Commit(t.Context(), []string{"x.ots"}, message); err != nil {
		t.Fatal(err)
	}
	if _, got, _ := strings.Cut(tr.git("cat-file", "commit", "HEAD")+"\n", "\n\n"); got != message {
		t.Errorf("got %q", got)
	}
	if got := tr.git("reflog", "-1", "--format=%gs"); got != "commit: Anchor" {
		t.Errorf("reflog %q", got)
	}
}

// TestCommitDirectories: trees are built for directories new and old, and odd
// entries beside stay.
func TestCommitDirectories(t *testing.T) {
	tr := newRepo(t)
	tr.commit("a/b/doc.md", "1")
	tr.commit("a-b", "1")
	link(t, "doc.md", filepath.Join(tr.dir, "a/b/link"))
	tr.git("add", ".")
	tr.git("update-index", "--add", "--cacheinfo", "160000,"+strings.Repeat("1", 40)+",a/module")
	tr.git("commit", "--quiet", "-m", "x")
	before := tr.git("ls-tree", "-r", "-z", "HEAD")
	paths := []string{"a/b/x.ots", "a.ots", "a/new/deep/er/x.ots", "a/new/x.ots", "z/\xff\n.ots"}
	for _, path := range paths {
		tr.write(path, "\x00"+path)
	}
	if _, err := tr.open().Commit(t.Context(), paths, "Anchor"); err != nil {
		t.Fatal(err)
	}
	got := sorted(tr.git("ls-tree", "-r", "-z", "HEAD"))
	for line := range sorted(before) {
		if !got[line] {
			t.Errorf("lost %q", line)
		}
		delete(got, line)
	}
	if len(got) != len(paths) {
		t.Errorf("new: %v", got)
	}
	if out := tr.git("fsck", "--strict", "--no-dangling"); strings.Contains(out, "tree") {
		t.Error(out)
	}
	if got := tr.git("diff-index", "--cached", "--name-only", "HEAD"); got != "" {
		t.Errorf("the index differs in %q", got)
	}
	tr.write("doc/x.ots", "\x00")
	tr.commit("file", "1")
	remove(t, tr, "file")
	tr.write("file/x.ots", "\x00")
	if _, err := tr.open().Commit(t.Context(), []string{"file/x.ots"}, "Anchor"); !errors.Is(err, ErrNotFound) {
		t.Errorf("below what is a file in HEAD: %v", err)
	}
}

// TestIgnored asks about files that are not there, too.
func TestIgnored(t *testing.T) {
	tr := newRepo(t)
	tr.commit("tracked.ots", "1")
	tr.write(".gitignore", "*.ots\n!kept.ots\n/out/\n")
	tr.write("d/.gitignore", "!*.ots\n")
	link(t, "d", filepath.Join(tr.dir, "linked"))
	long := strings.Repeat("x", 300)
	want := map[string]string{
		"x.ots":        `git is told to leave it alone: .gitignore:1 ignores it ("*.ots"); to have it tracked: git add --force`,
		":(top)x.ots":  `git is told to leave it alone: .gitignore:1 ignores it ("*.ots"); to have it tracked: git add --force`,
		"out/x":        `git is told to leave it alone: .gitignore:3 ignores it ("/out/"); to have it tracked: git add --force`,
		"linked/x.ots": `"linked" is a symbolic link`,
		"../x":         ErrBadPath.Error(),
		"tracked.ots":  "", "kept.ots": "", "d/x.ots": "", "doc.md": "", "*": "", "new/kept.ots": "", long + "/kept.ots": "",
	}
	for _, batch := range []string{"", "again"} {
		var paths []string
		for path := range want {
			paths = append(paths, path)
		}
		found, err := tr.open().Ignored(t.Context(), paths)
		if err != nil {
			t.Fatal(err)
		}
		for path, text := range want {
			got := ""
			if found[path] != nil {
				got = found[path].Error()
			}
			if got != text || strings.Contains(text, "ignores") != errors.Is(found[path], ErrIgnored) {
				t.Errorf("%s %q: %s", batch, path, got)
			}
		}
	}
	if got, err := tr.open().Ignored(t.Context(), []string{"doc.md"}); err != nil || len(got) != 0 {
		t.Errorf("none: %v, %v", got, err)
	}
	if _, err := newRepo(t, "--bare").open().Ignored(t.Context(), []string{"x"}); !errors.Is(err, ErrNoWorkTree) {
		t.Errorf("bare: %v", err)
	}
}

// TestIgnoredSparse compares with what git itself skips.
func TestIgnoredSparse(t *testing.T) {
	files := []string{"top", "a/x", "a/b/x", "a/b/c/x", "a/d/x", "e/x", "e/f/x", "keep/x.md", "keep/x.txt"}
	tests := [][]string{
		{"--cone", "a/b"}, {"--cone"}, {"--cone", "a", "e/f"}, {"--cone", "a/b/c", "keep"},
		{"--no-cone", "/*", "!/a/"}, {"--no-cone", "/a/b/"}, {"--no-cone", "*.md", "top"}, {"--no-cone", "/*", "!*.txt", "!/e/f"}, {"--no-cone", "e"},
	}
	for _, args := range tests {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			tr := newRepo(t)
			for _, path := range files {
				tr.write(path, path)
			}
			tr.git("add", ".")
			tr.git("commit", "--quiet", "-m", "x")
			tr.git(append([]string{"sparse-checkout", "set"}, args...)...)
			found, err := tr.open().Ignored(t.Context(), files)
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range files {
				skipped := strings.HasPrefix(tr.git("ls-files", "-t", "--", path), "S ")
				if skipped != errors.Is(found[path], ErrIgnored) {
					t.Errorf("%s: git skips it: %v, we say %v", path, skipped, found[path])
				}
			}
			remove(t, tr, ".git/info/sparse-checkout")
			if found, err := tr.open().Ignored(t.Context(), files); err != nil || len(found) != 0 {
				t.Errorf("without the file: %v, %v", found, err)
			}
		})
	}
}

// TestNoTemporaries: nothing is left in the temporary directory by a process
// that is killed, for there is never anything.
func TestNoTemporaries(t *testing.T) {
	tr := newRepo(t)
	tr.commit("doc.md", "1")
	temp := realDir(t)
	t.Setenv("TMPDIR", temp)
	r := tr.open() // and not closed yet
	if _, err := r.State(t.Context(), "doc.md"); err != nil {
		t.Fatal(err)
	}
	if _, err := PersonSettings(t.Context(), os.Getenv); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(temp); err != nil || len(entries) != 0 {
		t.Errorf("left %v, %v", entries, err)
	}
}
