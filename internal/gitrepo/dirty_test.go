package gitrepo

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDirty(t *testing.T) {
	tr := newRepo(t)
	for _, path := range []string{"same", "edited", "staged", "deleted", "renamed", "sub dir/x", "odd\n\xff"} {
		tr.commit(path, "content of "+path)
	}
	r := tr.open()
	if got, err := r.Dirty(t.Context()); err != nil || len(got) > 0 {
		t.Errorf("a clean work tree: %q, %v", got, err)
	}
	tr.write(".gitignore", "*.o\n")
	tr.write("edited", "2")
	tr.write("staged", "2")
	tr.git("add", "staged")
	remove(t, tr, "deleted")
	tr.git("mv", "renamed", "moved")
	tr.write("odd\n\xff", "2")
	tr.write("sub dir/new/deep one", "1")
	tr.write("ignored.o", "1")
	tr.write("u 1 ? x", "1")
	tr.git("init", "--quiet", "inner")
	tr.write("inner/file", "1")
	tr.write("same", "content of same") // its time alone
	want := []string{
		".gitignore", "deleted", "edited", "inner", "moved", "odd\n\xff", "renamed", "staged", "sub dir/new/deep one", "u 1 ? x",
	}
	got, err := r.Dirty(t.Context())
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("%v %s", err, d)
	}
}

// TestDirtyConflict: a path in conflict is named once.
func TestDirtyConflict(t *testing.T) {
	tr := newRepo(t)
	tr.commit("a b", "1")
	tr.git("checkout", "--quiet", "-b", "other")
	tr.commit("a b", "2")
	tr.git("checkout", "--quiet", "main")
	tr.commit("a b", "3")
	if _, err := tr.try("", "merge", "other"); err == nil {
		t.Fatal("no conflict")
	}
	got, err := tr.open().Dirty(t.Context())
	if d := cmp.Diff([]string{"a b"}, got); err != nil || d != "" {
		t.Errorf("%v %s", err, d)
	}
}

// TestDirtyRunsNothing: neither a file system monitor nor git in a submodule.
func TestDirtyRunsNothing(t *testing.T) {
	tr := newRepo(t)
	tr.commit("a", "1")
	sub := newRepo(t)
	sub.commit("x", "1")
	tr.git("submodule", "--quiet", "add", sub.dir, "sub")
	tr.git("commit", "--quiet", "-m", "sub")
	ran := filepath.Join(realDir(t), "ran")
	script := filepath.Join(realDir(t), "program")
	writeFile(t, script, "#!/bin/sh\necho ran >> "+ran+"\ncat\n")
	if err := os.Chmod(script, 0o755); err != nil {
		t.Fatal(err)
	}
	tr.git("config", "core.fsmonitor", script)
	tr.git("-C", "sub", "config", "core.fsmonitor", script)
	tr.git("-C", "sub", "config", "filter.evil.clean", script)
	tr.write("sub/.gitattributes", "* filter=evil\n")
	tr.write("sub/x", "2")
	if err := os.RemoveAll(ran); err != nil { // git config itself may have run it
		t.Fatal(err)
	}
	got, err := tr.open().Dirty(t.Context())
	if err != nil || len(got) != 0 {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := os.Stat(ran); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a program ran: %v", err)
	}
}

func TestDirtyBare(t *testing.T) {
	if _, err := newRepo(t, "--bare").open().Dirty(t.Context()); !errors.Is(err, ErrNoWorkTree) {
		t.Errorf("got %v", err)
	}
}

func TestReadStatus(t *testing.T) {
	const one = "1 .M N... 100644 100644 100644 aa bb a b\x00"
	read := func(s string, max int) ([]string, error) {
		return readStatus(bufio.NewReader(strings.NewReader(s)), max)
	}
	for _, tt := range []struct {
		name, text string
		max        int
		want       []string
		err        string
	}{
		{"at the limit", one, len(one), []string{"a b"}, ""},
		{"past it", one, len(one) - 1, nil, ErrTooLarge.Error()},
		{"headers", "# stash 1\x00# branch.oid x\x00" + one, 1000, []string{"a b"}, ""},
		{"conflict", "u UU N... 100644 100644 100644 100644 a b c x y\x00", 1000, []string{"x y"}, ""},
		{"untracked", "? x  y\x00? d/\x00", 1000, []string{"x  y", "d"}, ""},
		{"rename", "2 R. N... 100644 100644 100644 a b R100 x\x00y\x00", 1000, nil, "git status answered"},
		{"short", "1 .M N... 100644 100644 100644 aa bb\x00", 1000, nil, "git status answered"},
		{"no path", "? \x00", 1000, nil, "git status answered"},
		{"cut off", "? x", 1000, nil, "unexpected EOF"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := read(tt.text, tt.max)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("error %v, want %q", err, tt.err)
				}
				return
			}
			if d := cmp.Diff(tt.want, got); err != nil || d != "" {
				t.Errorf("%v %s", err, d)
			}
		})
	}
}

func FuzzReadStatus(f *testing.F) {
	f.Add("1 .M N... 100644 100644 100644 aa bb a b\x00? x\x00")
	f.Add("u UU N... 1 2 3 4 a b c x\x00# y\x00")
	f.Fuzz(func(t *testing.T, text string) {
		paths, err := readStatus(bufio.NewReader(strings.NewReader(text)), 1000)
		if err != nil {
			return
		}
		for _, p := range paths {
			if p == "" || strings.Contains(p, "\x00") || !strings.Contains(text, p) {
				t.Errorf("path %q of %q", p, text)
			}
		}
	})
}

func TestBlobID(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		tr := newRepo(t, "--object-format="+format)
		want := tr.gitIn("some text", "hash-object", "--stdin")
		if got, err := tr.open().BlobID([]byte("some text")); got != want || err != nil {
			t.Errorf("%s: got %s, %v, want %s", format, got, err, want)
		}
	}
}
