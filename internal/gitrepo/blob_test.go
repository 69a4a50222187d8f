package gitrepo

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) string {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// both runs a test with git and without it.
func both(t *testing.T, tr *testRepo, test func(t *testing.T, r *Repo)) {
	t.Helper()
	t.Run("git", func(t *testing.T) { test(t, openAt(t, tr.dir)) })
	t.Run("alone", func(t *testing.T) {
		withoutGit(t)
		test(t, openAt(t, tr.dir))
	})
}

// TestExactBytes: whatever attributes do to the work tree, the committed bytes
// come back.
func TestExactBytes(t *testing.T) {
	tests := []struct{ name, attributes, config, content string }{
		{"plain", "", "", "a\nb\n"},
		{"CRLF committed", "", "", "a\r\nb\r\n"},
		{"no last line feed", "", "", "a"},
		{"empty", "", "", ""},
		{"eol=crlf", "* text eol=crlf\n", "", "a\nb\n"},
		{"autocrlf", "", "core.autocrlf=true", "a\nb\n"},
		{"ident", "* ident\n", "", "$Id$\n"},
		{"encoding", "doc.md working-tree-encoding=UTF-16\n", "", "a\x00"},
		{"filter", "* filter=x\n", "filter.x.smudge=tr a-z A-Z", "abc\n"},
		{"binary", "", "", "\x00\x1a\r\n\xff"},
		{"long", "", "", strings.Repeat("0123456789\n", 200_000)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr := newRepo(t)
			if key, value, ok := strings.Cut(tt.config, "="); ok {
				tr.git("config", key, value)
			}
			id := tr.gitIn(tt.content, "hash-object", "-w", "--stdin")
			tr.git("update-index", "--add", "--cacheinfo", "100644,"+id+",doc.md")
			tr.write(".gitattributes", tt.attributes)
			tr.git("commit", "--quiet", "-m", "x")
			if tt.name != "encoding" {
				tr.git("checkout-index", "doc.md")
			}
			both(t, tr, func(t *testing.T, r *Repo) {
				if got := committed(t, r, "HEAD", "doc.md"); got != tt.content {
					t.Errorf("got %q", got)
				}
				blob, err := r.Blob(t.Context(), resolve(t, r, "HEAD"), "doc.md")
				if err != nil {
					t.Fatal(err)
				}
				want := sha256.Sum256([]byte(tt.content))
				if got, err := blob.Digest(t.Context(), sha256.New()); err != nil || !bytes.Equal(got, want[:]) {
					t.Errorf("digest %x, %v", got, err)
				}
			})
		})
	}
}

func TestNames(t *testing.T) {
	tr := newRepo(t)
	names := []string{"sp ace.md", "new\nline.md", "esc\x1b[31m.md", "tab\tname.md", "\xff\xfe.md", "quote\"s.md", `back\slash.md`, ":(top)x", "-rf", "*"}
	for _, name := range names {
		tr.commit(name, "of "+name)
	}
	both(t, tr, func(t *testing.T, r *Repo) {
		for _, name := range names {
			if got := committed(t, r, "HEAD", name); got != "of "+name {
				t.Errorf("%q: %q", name, got)
			}
		}
	})
}

func TestBlobRefuses(t *testing.T) {
	tr := newRepo(t)
	tr.write("docs/doc.md", "x")
	tr.write("docs/caf\u00e9.md", "x")
	link(t, "docs/doc.md", filepath.Join(tr.dir, "link"))
	link(t, "docs", filepath.Join(tr.dir, "linked"))
	tr.git("add", ".")
	tr.git("update-index", "--add", "--cacheinfo", "160000,"+strings.Repeat("1", 40)+",module")
	tr.git("commit", "--quiet", "-m", "x")
	missing := "100600 odd\x00" + strings.Repeat("\x01", 20)
	odd := tr.git("commit-tree", "-m", "x", tr.gitIn(missing, "hash-object", "-t", "tree", "--literally", "-w", "--stdin"))
	gone := tr.git("commit-tree", "-m", "x", tr.gitIn("100644 doc.md\x00"+strings.Repeat("\x01", 20), "hash-object", "-t", "tree", "--literally", "-w", "--stdin"))
	tests := []struct {
		rev, path string
		want      error
		text      string
	}{
		{"HEAD", "none", ErrNotFound, ""},
		{"HEAD", "docs/none", ErrNotFound, ""},
		{"HEAD", "none/doc.md", ErrNotFound, ""},
		{"HEAD", "docs/DOC.md", ErrNotFound, `there is "docs/doc.md"`},
		{"HEAD", "docs/cafe\u0301.md", ErrNotFound, `there is "docs/caf\u00e9.md"`},
		{"HEAD", "docs/doc.md/x", ErrNotFound, `"docs/doc.md" is a file`},
		{"HEAD", "docs", ErrDirectory, ""},
		{"HEAD", "link", ErrSymlink, ""},
		{"HEAD", "linked/doc.md", ErrSymlink, `"linked" is a symbolic link`},
		{"HEAD", "module", ErrSubmodule, ""},
		{"HEAD", "module/x", ErrSubmodule, `"module" is a submodule`},
		{"HEAD", "", ErrBadPath, ""},
		{"HEAD", "docs/../docs/doc.md", ErrBadPath, ""},
		{"HEAD", "/docs/doc.md", ErrBadPath, ""},
		{"HEAD", "docs//doc.md", ErrBadPath, ""},
		{"HEAD", ".git/config", ErrBadPath, ""},
		{odd, "odd", ErrNotRegular, "its mode is 100600"},
		{gone, "doc.md", ErrMissingObject, strings.Repeat("01", 20)},
	}
	both(t, tr, func(t *testing.T, r *Repo) {
		for _, tt := range tests {
			_, err := r.Blob(t.Context(), resolve(t, r, tt.rev), tt.path)
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("%s: got %v, want %v with %q", tt.path, err, tt.want, tt.text)
			}
		}
	})
}

func TestBlobLimit(t *testing.T) {
	tr := newRepo(t)
	tr.commit("doc.md", strings.Repeat("x", 5000))
	for _, alone := range []bool{false, true} {
		if alone {
			withoutGit(t)
		}
		for limit, want := range map[int64]error{5000: nil, 4999: ErrTooLarge} {
			r, err := Open(t.Context(), Options{Dir: tr.dir, MaxBlob: limit})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.Blob(t.Context(), resolve(t, r, "HEAD"), "doc.md"); !errors.Is(err, want) {
				t.Errorf("alone %v, limit %d: %v", alone, limit, err)
			}
			r.maxBlob = 5000
			blob, err := r.Blob(t.Context(), resolve(t, r, "HEAD"), "doc.md")
			if err != nil {
				t.Fatal(err)
			}
			r.maxBlob = limit // it grew since
			if _, err := blob.Bytes(t.Context()); !errors.Is(err, want) {
				t.Errorf("alone %v, limit %d: %v", alone, limit, err)
			}
			if got := resolve(t, r, "HEAD"); got.ID == "" {
				t.Error("nothing can be read afterwards")
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	if r := tr.open(); r.maxBlob != 256<<20 {
		t.Errorf("default limit %d", r.maxBlob)
	}
}

// TestMetaLimit: a commit of the largest size, and one byte more.
func TestMetaLimit(t *testing.T) {
	tr := newRepo(t)
	tr.commit("doc.md", "x")
	head := tr.git("cat-file", "commit", "HEAD") + "\n"
	for size, want := range map[int]error{maxMeta: nil, maxMeta + 1: ErrTooLarge} {
		file := filepath.Join(realDir(t), "commit")
		writeFile(t, file, head+strings.Repeat("x", size-len(head)))
		id := tr.git("hash-object", "-t", "commit", "-w", file)
		if _, err := tr.open().Resolve(t.Context(), id); !errors.Is(err, want) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

func TestLFS(t *testing.T) {
	tr := newRepo(t)
	pointer := "version https://git-lfs.github.com/spec/v1\noid sha256:" + strings.Repeat("0", 64) + "\nsize 12\n"
	tr.write("doc.md", "version https://git-lfs.github.com\n")
	tr.write("padded", pointer+strings.Repeat(" ", maxPointer-len(pointer)))
	tr.write("long", pointer+strings.Repeat(" ", maxPointer-len(pointer)+1))
	tr.git("add", ".")
	tr.commit("pointer", pointer)
	r := tr.open()
	for path, want := range map[string]bool{"pointer": true, "padded": true, "long": false, "doc.md": false} {
		b, err := r.Blob(t.Context(), resolve(t, r, "HEAD"), path)
		if err != nil || b.LFS() != want {
			t.Errorf("%s: %v, %v", path, b.LFS(), err)
		}
	}
}

// TestCorrupt: a loose object whose file holds another object's bytes.
func TestCorrupt(t *testing.T) {
	for _, kind := range []string{"blob", "tree", "commit"} {
		t.Run(kind, func(t *testing.T) {
			tr := newRepo(t)
			tr.commit("doc.md", "aaaa\n")
			tr.commit("doc.md", "bbbb\n")
			name := map[string]string{"blob": "%s:doc.md", "tree": "%s^{tree}", "commit": "%s"}[kind]
			victim := loose(tr, tr.git("rev-parse", fmt.Sprintf(name, "HEAD")))
			other := readFile(t, loose(tr, tr.git("rev-parse", fmt.Sprintf(name, "HEAD~1"))))
			head := tr.git("rev-parse", "HEAD")
			if err := os.Chmod(victim, 0o644); err != nil {
				t.Fatal(err)
			}
			writeFile(t, victim, other)
			both(t, tr, func(t *testing.T, r *Repo) {
				err := func() error {
					c, err := r.Resolve(t.Context(), head)
					if err != nil {
						return err
					}
					b, err := r.Blob(t.Context(), c, "doc.md")
					if err != nil {
						return err
					}
					_, err = b.Bytes(t.Context())
					return err
				}()
				if !errors.Is(err, ErrCorrupt) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

func loose(tr *testRepo, id string) string {
	return filepath.Join(tr.dir, ".git/objects", id[:2], id[2:])
}

// TestReplaced: a replacement is not what was committed.
func TestReplaced(t *testing.T) {
	tr := newRepo(t)
	tr.commit("doc.md", "true\n")
	tr.git("replace", tr.git("rev-parse", "HEAD:doc.md"), tr.gitIn("false\n", "hash-object", "-w", "--stdin"))
	other := tr.git("commit-tree", "-m", "other", tr.git("mktree"))
	tr.git("replace", tr.git("rev-parse", "HEAD"), other)
	both(t, tr, func(t *testing.T, r *Repo) {
		if got := committed(t, r, "HEAD", "doc.md"); got != "true\n" {
			t.Errorf("got %q", got)
		}
	})
}
