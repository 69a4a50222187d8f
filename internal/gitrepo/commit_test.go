package gitrepo

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// busyWorkTree is a repository with a bit of everything under way.
func busyWorkTree(t *testing.T, detached bool) *testRepo {
	t.Helper()
	tr := newRepo(t)
	for _, path := range []string{"doc.md", "staged.md", "edited.md", "removed.md", "assumed.md", "doc.md.ots"} {
		tr.write(path, "1")
	}
	tr.git("add", ".")
	tr.git("commit", "--quiet", "-m", "x")
	if detached {
		tr.git("checkout", "--quiet", "--detach")
	}
	tr.write("staged.md", "2")
	tr.git("add", "staged.md")
	tr.git("rm", "--quiet", "--cached", "removed.md")
	tr.write("promised.md", "new")
	tr.git("add", "--intent-to-add", "promised.md")
	tr.git("update-index", "--assume-unchanged", "assumed.md")
	tr.write("edited.md", "2")
	tr.write("untracked.md", "new")
	return tr
}

// TestCommit: exactly the files given; every other entry, staged change and
// file stays.
func TestCommit(t *testing.T) {
	for _, detached := range []bool{false, true} {
		tr := busyWorkTree(t, detached)
		r := tr.open()
		if err := r.WriteFile("doc.md.ots", []byte("\x00grown"), []byte("1")); err != nil {
			t.Fatal(err)
		}
		if err := r.WriteFile("new\nname.ots", []byte("\x00new"), nil); err != nil {
			t.Fatal(err)
		}
		before := strings.Split(tr.git("ls-files", "-z", "--stage", "-v"), "\x00")
		head := tr.git("rev-parse", "HEAD")

		id, err := r.Commit(t.Context(), []string{"doc.md.ots", "new\nname.ots"}, "Anchor doc.md\n\n# not a comment\n")
		if err != nil {
			t.Fatal(err)
		}
		if id != tr.git("rev-parse", "HEAD") || tr.git("rev-parse", "HEAD^") != head {
			t.Errorf("commit %s does not follow HEAD", id)
		}
		if got := tr.git("diff-tree", "-z", "--name-only", "--no-commit-id", "-r", "HEAD"); got != "doc.md.ots\x00new\nname.ots\x00" {
			t.Errorf("it changes %q", got)
		}
		if got := tr.git("log", "-1", "--format=%an %cn%n%B"); got != "Ann Ann\nAnchor doc.md\n\n# not a comment\n" {
			t.Errorf("it says %q", got)
		}
		if got := committed(t, r, id, "doc.md.ots") + committed(t, r, id, "new\nname.ots"); got != "\x00grown\x00new" {
			t.Errorf("it holds %q", got)
		}
		after := strings.Split(tr.git("ls-files", "-z", "--stage", "-v"), "\x00")
		ours := func(s []string) (rest []string) {
			for _, line := range s {
				if !strings.HasSuffix(line, ".ots") {
					rest = append(rest, line)
				}
			}
			return rest
		}
		if d := cmp.Diff(ours(before), ours(after)); d != "" {
			t.Error(d)
		}
		want := "M  staged.md\x00 M edited.md\x00D  removed.md\x00 A promised.md\x00?? removed.md\x00?? untracked.md\x00"
		if d := cmp.Diff(sorted(want), sorted(tr.git("status", "--porcelain", "-z"))); d != "" {
			t.Error(d)
		}
		if again, err := r.Commit(t.Context(), []string{"doc.md.ots"}, "again"); err != nil || again != id {
			t.Errorf("nothing to do: %s, %v", again, err)
		}
	}
}

func sorted(status string) map[string]bool {
	m := map[string]bool{}
	for _, line := range strings.Split(status, "\x00") {
		m[line] = true
	}
	return m
}

// TestCommitStaged: an entry of the file itself that was staged before follows.
func TestCommitStaged(t *testing.T) {
	tr := newRepo(t)
	tr.commit("doc.md", "1")
	tr.write("x.ots", "\x00staged")
	tr.git("add", "x.ots")
	tr.write("x.ots", "\x00disk")
	r := tr.open()
	if _, err := r.Commit(t.Context(), []string{"x.ots"}, "Anchor"); err != nil {
		t.Fatal(err)
	}
	if s, err := r.State(t.Context(), "x.ots"); err != nil || !s.Clean() || s.Head == "" {
		t.Errorf("%+v, %v", s, err)
	}
}

// busy leaves what git leaves in the middle of something.
func busy(name string) func(t *testing.T, tr *testRepo) {
	return func(t *testing.T, tr *testRepo) {
		if strings.HasPrefix(name, "rebase") || name == "sequencer" {
			mkdir(t, filepath.Join(tr.dir, ".git", name))
			return
		}
		writeFile(t, filepath.Join(tr.dir, ".git", name), tr.git("rev-parse", "HEAD")+"\n")
	}
}

var refusedCommits = []struct {
	name string
	want error
	text string
	make func(t *testing.T, tr *testRepo)
}{
	{"merge", ErrBusy, "a merge; finish or abort it first", busy("MERGE_HEAD")},
	{"cherry-pick", ErrBusy, "a cherry-pick", busy("CHERRY_PICK_HEAD")},
	{"revert", ErrBusy, "a revert", busy("REVERT_HEAD")},
	{"rebase", ErrBusy, "a rebase", busy("rebase-merge")},
	{"am", ErrBusy, "git am", busy("rebase-apply")},
	{"sequence", ErrBusy, "", busy("sequencer")},
	{"attributes", ErrAttributes, "*.ots binary", func(t *testing.T, tr *testRepo) { tr.write(".gitattributes", "* text eol=crlf\n") }},
	{"filter", ErrAttributes, "-filter", func(t *testing.T, tr *testRepo) {
		tr.write(".gitattributes", "* filter=x\n")
		tr.git("config", "filter.x.clean", "tr a-z A-Z")
	}},
	{"ignored", ErrIgnored, `.gitignore:1 ignores it ("*.ots"); to have it tracked: git add --force`, func(t *testing.T, tr *testRepo) { tr.write(".gitignore", "*.ots\n") }},
	{"outside the sparse checkout", ErrIgnored, "sparse checkout", func(t *testing.T, tr *testRepo) {
		tr.git("sparse-checkout", "set", "--no-cone", "/doc.md")
	}},
	{"no name", nil, "git commit-tree: ", func(t *testing.T, tr *testRepo) {
		tr.git("config", "user.useConfigOnly", "true")
		tr.git("config", "--global", "--unset", "user.email")
	}},
	{"signing fails", nil, "git commit-tree: ", func(t *testing.T, tr *testRepo) {
		tr.git("config", "commit.gpgSign", "true")
		tr.git("config", "gpg.program", "false")
	}},
	{"index locked", ErrBusy, "index.lock", func(t *testing.T, tr *testRepo) { tr.write(".git/index.lock", "") }},
	{"not there", os.ErrNotExist, "x.ots", func(t *testing.T, tr *testRepo) { remove(t, tr, "x.ots") }},
	{"symlink", ErrSymlink, "x.ots", func(t *testing.T, tr *testRepo) {
		remove(t, tr, "x.ots")
		link(t, "doc.md", filepath.Join(tr.dir, "x.ots"))
	}},
	{"no git", ErrNoGit, "", func(t *testing.T, tr *testRepo) { withoutGit(t) }},
}

func TestCommitRefuses(t *testing.T) {
	for _, tt := range refusedCommits {
		t.Run(tt.name, func(t *testing.T) {
			tr := newRepo(t)
			tr.commit("doc.md", "1")
			tr.write("x.ots", "\x00\r\nx")
			path := os.Getenv("PATH")
			tt.make(t, tr)
			r := tr.open()
			r.patience = 20 * lockPoll
			_, err := r.Commit(t.Context(), []string{"x.ots"}, "Anchor")
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) {
				t.Fatalf("got %v", err)
			}
			t.Setenv("PATH", path)
			if got := tr.git("rev-list", "--count", "HEAD"); got != "1" {
				t.Errorf("%s commits", got)
			}
			if got := tr.git("ls-files", "-z"); got != "doc.md\x00" {
				t.Errorf("the index holds %q", got)
			}
			if _, err := os.Lstat(filepath.Join(tr.dir, ".git", lockName)); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the lock: %v", err)
			}
		})
	}
}

func TestCommitNowhere(t *testing.T) {
	tr := newRepo(t)
	tr.write("x.ots", "\x00")
	if _, err := tr.open().Commit(t.Context(), []string{"x.ots"}, "Anchor"); !errors.Is(err, ErrUnborn) {
		t.Errorf("unborn: %v", err)
	}
	if _, err := tr.open().Commit(t.Context(), nil, "Anchor"); !errors.Is(err, ErrBadPath) {
		t.Errorf("no files: %v", err)
	}
	if _, err := newRepo(t, "--bare").open().Commit(t.Context(), []string{"x.ots"}, "Anchor"); !errors.Is(err, ErrNoWorkTree) {
		t.Errorf("bare: %v", err)
	}
}

// TestCommitCancelled: a commit that is ended half-way leaves nothing behind.
func TestCommitCancelled(t *testing.T) {
	tr := newRepo(t)
	tr.commit("doc.md", "1")
	tr.write("x.ots", "\x00")
	started := filepath.Join(realDir(t), "started")
	signer := filepath.Join(realDir(t), "signer")
	if err := os.WriteFile(signer, []byte("#!/bin/sh\nexec 2>/dev/null\n: >"+started+"\nexec sleep 60\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	tr.git("config", "commit.gpgSign", "true")
	tr.git("config", "gpg.program", signer)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			if _, err := os.Stat(started); err == nil {
				cancel()
			}
		}
	}()
	if _, err := tr.open().Commit(ctx, []string{"x.ots"}, "Anchor"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if got := tr.git("status", "--porcelain") + tr.git("rev-list", "--count", "HEAD"); got != "?? x.ots1" {
		t.Errorf("left %q", got)
	}
}
