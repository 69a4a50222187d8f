package gitrepo

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOldGit speaks with the processes a git before 2.36 has.
func TestOldGit(t *testing.T) {
	tr := newRepo(t)
	tr.commit("doc.md", "x\n")
	old := filepath.Join(realDir(t), "git")
	git := newGit(os.Getenv, "").path
	if err := os.WriteFile(old, []byte("#!/bin/sh\ncase \"$*\" in *--batch-command*) echo usage >&2; exit 129;; esac\nexec "+git+" \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", filepath.Dir(old)+string(filepath.ListSeparator)+os.Getenv("PATH"))
	r := tr.open()
	for range 2 {
		if got := committed(t, r, "HEAD", "doc.md"); got != "x\n" || !r.objects.old {
			t.Errorf("got %q, old %v", got, r.objects.old)
		}
	}
}

// TestKilledReader: a process that ended is started again.
func TestKilledReader(t *testing.T) {
	tr := newRepo(t)
	tr.commit("doc.md", "x\n")
	r := tr.open()
	ctx, cancel := context.WithCancel(t.Context())
	c := resolve(t, r, "HEAD")
	cancel()
	if _, err := r.Blob(ctx, Commit{ID: c.ID, Tree: c.Tree}, "doc.md"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if got := committed(t, r, "HEAD", "doc.md"); got != "x\n" {
		t.Errorf("got %q", got)
	}
}

// TestCollision feeds the two beginnings published at shattered.io, whose
// SHA-1 is the same.
func TestCollision(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("testdata", "collision.hex"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(strings.TrimSpace(string(b)), "\n") {
		h := (&objectReader{}).idHash("blob", 0)
		h.Reset() // the collision begins without git's header
		h.Write([]byte(unhex(t, line)))
		if _, err := sumID(h); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "collide") {
			t.Errorf("got %v", err)
		}
	}
}
