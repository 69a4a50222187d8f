package gitrepo

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestKilledWriter kills processes in the middle of writing, again and again:
// what is there is always whole, and the next write cleans up.
func TestKilledWriter(t *testing.T) {
	if dir := os.Getenv("GIT_ANCHOR_TEST_WRITER"); dir != "" {
		writeForEver(t, dir)
	}
	tr := newRepo(t)
	r := tr.open()
	for i := range 20 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilledWriter$")
		cmd.Env = append(os.Environ(), "GIT_ANCHOR_TEST_WRITER="+tr.dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// It says a byte after each write; let it do a few of them.
		if _, err := out.Read(make([]byte, 1+i%3)); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err == nil {
			t.Fatal("it ended by itself")
		}
		old, err := r.ReadFile("x", 1<<24)
		if errors.Is(err, fs.ErrNotExist) {
			old = nil
		} else if err != nil {
			t.Fatal(err)
		} else if len(old) != killedSize || bytes.Count(old, old[:1]) != killedSize {
			t.Fatalf("a part was left: %d bytes", len(old))
		}
		if err := r.WriteFile("x", bytes.Repeat([]byte("z"), killedSize), old); err != nil {
			t.Fatal(err)
		}
		noTemps(t, tr.dir)
	}
}

const killedSize = 1 << 20

func writeForEver(t *testing.T, dir string) {
	r := openAt(t, dir)
	for i := 0; ; i++ {
		old, err := r.ReadFile("x", 1<<24)
		if errors.Is(err, fs.ErrNotExist) {
			old = nil
		}
		if err := r.WriteFile("x", bytes.Repeat([]byte{'a' + byte(i%26)}, killedSize), old); err != nil {
			t.Fatal(err)
		}
		os.Stdout.Write([]byte{'.'})
	}
}

// TestLockedWriter: a living writer's temporary is waited for, not removed.
func TestLockedWriter(t *testing.T) {
	tr := newRepo(t)
	dir, err := os.OpenRoot(tr.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	f, err := createTemp(dir, tempName("x"))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- tr.open().WriteFile("x", []byte("data"), nil) }()
	if err := removeDead(dir, tempName("x")); err != nil {
		t.Error(err)
	}
	if !sameFile(dir, tempName("x"), f) {
		t.Error("a living writer's temporary was removed")
	}
	if err := errors.Join(dir.Remove(tempName("x")), f.Close()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestRenameNoReplace(t *testing.T) {
	tr := newRepo(t)
	tr.write("a", "1")
	tr.write("b", "2")
	dir, err := os.OpenRoot(tr.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	if err := renameNoReplace(dir, "a", "b"); errors.Is(err, errors.ErrUnsupported) {
		t.Skip("this system has no such call")
	} else if !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v", err)
	}
	if err := renameNoReplace(dir, "a", "c"); err != nil {
		t.Error(err)
	}
	if got := readFile(t, filepath.Join(tr.dir, "c")) + readFile(t, filepath.Join(tr.dir, "b")); got != "12" {
		t.Errorf("got %q", got)
	}
}
