package gitrepo

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// clean makes sure that index, disk and HEAD agree about everything.
func (tr *testRepo) clean() {
	tr.t.Helper()
	if got := tr.git("status", "--porcelain"); got != "" {
		tr.t.Errorf("left %q", got)
	}
	if got := tr.git("fsck", "--strict", "--no-dangling"); got != "" {
		tr.t.Errorf("fsck: %q", got)
	}
	if _, err := os.Lstat(filepath.Join(tr.dir, ".git", lockName)); !errors.Is(err, os.ErrNotExist) {
		tr.t.Errorf("the lock: %v", err)
	}
}

// TestCommitAtOnce: runs that commit the same grown proof, and one of their
// own each, at the same time.
func TestCommitAtOnce(t *testing.T) {
	for _, n := range []int{3, 12} {
		tr := newRepo(t)
		tr.commit("doc.md.ots", "\x00old")
		tr.write("doc.md.ots", "\x00grown")
		var wg sync.WaitGroup
		for i := range n {
			r, own := tr.open(), fmt.Sprintf("d%d/own.ots", i)
			tr.write(own, "\x00"+own)
			wg.Go(func() {
				if _, err := r.Commit(t.Context(), []string{"doc.md.ots", own}, "Anchor"); err != nil {
					t.Errorf("%d at once: %v", n, err)
				}
			})
		}
		wg.Wait()
		tr.clean()
		if got := tr.git("rev-list", "--count", "HEAD"); got != fmt.Sprint(n+1) {
			t.Errorf("%d at once: %s commits", n, got)
		}
		if got := tr.git("cat-file", "blob", "HEAD:doc.md.ots"); got != "\x00grown" {
			t.Errorf("%d at once: it holds %q", n, got)
		}
	}
}

// TestCommitProcesses is the same with processes of their own.
func TestCommitProcesses(t *testing.T) {
	if dir := os.Getenv("GIT_ANCHOR_TEST_COMMIT"); dir != "" {
		path := os.Getenv("GIT_ANCHOR_TEST_COMMIT_PATH")
		if _, err := openAt(t, dir).Commit(t.Context(), []string{"doc.md.ots", path}, "Anchor"); err != nil {
			t.Fatal(err)
		}
		return
	}
	tr := newRepo(t)
	tr.commit("doc.md.ots", "\x00old")
	tr.write("doc.md.ots", "\x00grown")
	var wg sync.WaitGroup
	for i := range 12 {
		own := fmt.Sprintf("own%d.ots", i)
		tr.write(own, "\x00"+own)
		cmd := exec.Command(os.Args[0], "-test.run=^TestCommitProcesses$")
		cmd.Env = append(os.Environ(), "GIT_ANCHOR_TEST_COMMIT="+tr.dir, "GIT_ANCHOR_TEST_COMMIT_PATH="+own)
		wg.Go(func() {
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	wg.Wait()
	tr.clean()
	if got := tr.git("rev-list", "--count", "HEAD"); got != "13" {
		t.Errorf("%s commits", got)
	}
}

// TestCommitBesideGit: git's own commits come in between, and are not lost.
func TestCommitBesideGit(t *testing.T) {
	tr := newRepo(t)
	tr.commit("doc.md", "1")
	const commits = 8
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range commits {
			for deadline := time.Now().Add(lockWait); ; {
				words, err := tr.try("", "commit", "--quiet", "--allow-empty", "--only", "-m", fmt.Sprint("theirs ", i))
				if err == nil {
					break
				}
				if !strings.Contains(words, "lock") || time.Now().After(deadline) {
					t.Error(words)
					return
				}
			}
		}
	})
	r := tr.open()
	for i := range commits {
		path := fmt.Sprintf("x%d.ots", i)
		tr.write(path, "\x00")
		if _, err := r.Commit(t.Context(), []string{path}, "Anchor"); err != nil {
			t.Error(err)
		}
	}
	wg.Wait()
	tr.clean()
	if got := tr.git("rev-list", "--count", "HEAD"); got != fmt.Sprint(2*commits+1) {
		t.Errorf("%s commits", got)
	}
}

// TestCommitWaits: a lock of git's that goes away is waited for, and one of a
// dead run is no lock.
func TestCommitWaits(t *testing.T) {
	tr := newRepo(t)
	tr.commit("doc.md", "1")
	tr.write("x.ots", "\x00")
	tr.write(".git/"+lockName, "")
	tr.write(".git/index.lock", "")
	r := tr.open()
	tried := false
	err := r.patiently(t.Context(), func() error {
		if _, err := r.commitOnce(t.Context(), []string{"x.ots"}, nil, "Anchor"); !onLock(err) || tried {
			return err
		}
		tried = true
		remove(t, tr, ".git/index.lock")
		return &gitError{stderr: "Unable to create 'index.lock': File exists"}
	})
	if err != nil || !tried {
		t.Errorf("tried %v: %v", tried, err)
	}
	tr.write("y.ots", "\x00")
	if _, err := r.Commit(t.Context(), []string{"y.ots"}, "Anchor"); err != nil {
		t.Error(err)
	}
	tr.clean()
}

// TestUnstage: entries go back while HEAD is where it was and they are still
// ours; behind another run's commit they stay.
func TestUnstage(t *testing.T) {
	tests := []struct {
		name, want string
		between    func(tr *testRepo)
	}{
		{"nothing happened", "?? new.ots\x00 M old.ots\x00", func(*testRepo) {}},
		{"another commit has them", "", func(tr *testRepo) { tr.git("commit", "--quiet", "-m", "theirs") }},
		{"HEAD moved", "A  new.ots\x00M  old.ots\x00", func(tr *testRepo) {
			tr.git("update-ref", "HEAD", tr.git("commit-tree", "-p", "HEAD", "-m", "theirs", "HEAD^{tree}"))
		}},
		{"staged otherwise meanwhile", "?? new.ots\x00MM old.ots\x00", func(tr *testRepo) {
			tr.git("update-index", "--cacheinfo", "100644,"+tr.gitIn("theirs", "hash-object", "-w", "--stdin")+",old.ots")
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr := newRepo(t)
			tr.commit("old.ots", "\x00old")
			tr.write("old.ots", "\x00grown")
			tr.write("new.ots", "\x00new")
			r, paths := tr.open(), []string{"old.ots", "new.ots"}
			head := resolve(t, r, "HEAD")
			before, err := r.indexLines(t.Context(), paths)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := r.committable(t.Context(), paths)
			if err != nil {
				t.Fatal(err)
			}
			files, _, err := r.entries(t.Context(), head, raw)
			if err == nil {
				err = r.stage(t.Context(), files)
			}
			if err != nil {
				t.Fatal(err)
			}
			tt.between(tr)
			if err := r.unstage(t.Context(), head, before, files); err != nil {
				t.Fatal(err)
			}
			got := tr.git("status", "--porcelain", "-z")
			if len(got) != len(tt.want) || !equalSets(sorted(got), sorted(tt.want)) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func equalSets(a, b map[string]bool) bool {
	for k := range a {
		if !b[k] {
			return false
		}
	}
	return len(a) == len(b)
}
