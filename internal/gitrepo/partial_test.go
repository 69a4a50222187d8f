package gitrepo

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPartialClone: what a partial clone lacks is named and never fetched, for
// that would run what its configuration names.
func TestPartialClone(t *testing.T) {
	for _, filter := range []string{"blob:none", "tree:0"} {
		t.Run(filter, func(t *testing.T) {
			tr := newRepo(t)
			tr.commit("d/doc.md", "x\n")
			tr.commit("d/doc.md", "y\n")
			tr.git("config", "uploadpack.allowFilter", "true")
			dir := clone(t, tr, "--filter="+filter, "--no-local", "--no-checkout")
			cloned := &testRepo{t, dir}
			trace := filepath.Join(realDir(t), "trace")
			cloned.git("config", "remote.origin.uploadpack", "touch "+trace+"; git-upload-pack")
			r := cloned.open()
			c := resolve(t, r, "HEAD")
			for range 2 {
				_, err := r.Blob(t.Context(), c, "d/doc.md")
				if !errors.Is(err, ErrMissingObject) || !strings.Contains(err.Error(), "git checkout") || !strings.Contains(err.Error(), "git fetch") {
					t.Errorf("Blob: %v", err)
				}
			}
			_, err := r.State(t.Context(), "d/doc.md")
			if filter == "tree:0" && !errors.Is(err, ErrMissingObject) || filter != "tree:0" && err != nil {
				t.Errorf("State: %v", err)
			}
			_, err = r.History(t.Context(), "d/doc.md")
			if filter == "tree:0" && !errors.Is(err, ErrMissingObject) || filter != "tree:0" && err != nil {
				t.Errorf("History: %v", err)
			}
			if _, err := os.Lstat(trace); err == nil {
				t.Fatal("it fetched")
			}
			cloned.git("checkout", "--quiet")
			if _, err := os.Lstat(trace); err != nil {
				t.Error("the trap does not work:", err)
			}
			if got := committed(t, r, "HEAD", "d/doc.md"); got != "y\n" {
				t.Errorf("got %q", got)
			}
		})
	}
}

// TestCommitInPartialClone: a commit needs only the trees on the way.
func TestCommitInPartialClone(t *testing.T) {
	tr := newRepo(t)
	tr.commit("d/doc.md", "x\n")
	tr.commit("e/f/doc.md", "y\n")
	tr.git("config", "uploadpack.allowFilter", "true")
	cloned := &testRepo{t, clone(t, tr, "--filter=blob:none", "--no-local", "--sparse")}
	cloned.write("x.ots", "\x00")
	if _, err := cloned.open().Commit(t.Context(), []string{"x.ots"}, "Anchor"); err != nil {
		t.Fatal(err)
	}
	if got := cloned.git("ls-tree", "-r", "--name-only", "HEAD"); got != "d/doc.md\ne/f/doc.md\nx.ots" {
		t.Errorf("it holds %q", got)
	}
	if got := cloned.git("status", "--porcelain"); got != "" {
		t.Errorf("left %q", got)
	}
}
