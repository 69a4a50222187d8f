package gitrepo

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// mount mounts a file system at tr.dir/d, or skips where that is not allowed.
func mount(t *testing.T, tr *testRepo, options string, flags uintptr) string {
	t.Helper()
	dir := filepath.Join(tr.dir, "d")
	mkdir(t, dir)
	if err := syscall.Mount("tmpfs", dir, "tmpfs", flags, options); err != nil {
		t.Skipf("mounting is not allowed: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func TestDiskFull(t *testing.T) {
	tr := newRepo(t)
	r := tr.open()
	dir := mount(t, tr, "size=64k", 0)
	writeFile(t, filepath.Join(dir, "old"), "old")
	for path, old := range map[string][]byte{"d/new": nil, "d/old": []byte("old")} {
		if err := r.WriteFile(path, make([]byte, 1<<20), old); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 || readFile(t, filepath.Join(dir, "old")) != "old" {
		t.Errorf("left %v, %v", entries, err)
	}
}

func TestReadOnly(t *testing.T) {
	tr := newRepo(t)
	r := tr.open()
	mount(t, tr, "", syscall.MS_RDONLY)
	if err := r.WriteFile("d/x", []byte("data"), nil); !errors.Is(err, syscall.EROFS) {
		t.Errorf("got %v", err)
	}
}

// TestPipe: a pipe at the path is refused at once, not waited for.
func TestPipe(t *testing.T) {
	tr := newRepo(t)
	if err := syscall.Mkfifo(filepath.Join(tr.dir, "pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	r := tr.open()
	if _, err := r.ReadFile("pipe", 10); !errors.Is(err, ErrNotRegular) {
		t.Errorf("ReadFile: %v", err)
	}
	if err := r.WriteFile("pipe", nil, []byte{}); !errors.Is(err, ErrNotRegular) {
		t.Errorf("WriteFile: %v", err)
	}
	if s, err := r.State(t.Context(), "pipe"); err != nil || !s.DiskOther || !s.Untracked {
		t.Errorf("State: %+v, %v", s, err)
	}
}
