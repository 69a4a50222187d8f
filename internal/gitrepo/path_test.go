package gitrepo

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

func TestRel(t *testing.T) {
	tr := newRepo(t)
	tr.write("a/b/doc.md", "x")
	link(t, "a", filepath.Join(tr.dir, "link"))
	link(t, tr.dir, filepath.Dir(tr.dir)+"/outer")
	outer := filepath.Dir(tr.dir)
	tests := []struct {
		name, dir, operand, want string
		err                      error
	}{
		{"plain", "", "a/b/doc.md", "a/b/doc.md", nil},
		{"from a subdirectory", "a", "b/doc.md", "a/b/doc.md", nil},
		{"up", "a/b", "../x.md", "a/x.md", nil},
		{"up and down", "", "a/../b", "b", nil},
		{"up from what is not there", "", "none/../b", "b", nil},
		{"doubled separators", "", ".//a/./b/", "a/b", nil},
		{"top", "", ".", "", nil},
		{"top from below", "a", "..", "", nil},
		{"absolute", "", tr.dir + "/a", "a", nil},
		{"absolute through a link", "", outer + "/outer/a", "a", nil},
		{"a link inside stays a path", "", "link/b/doc.md", "link/b/doc.md", nil},
		{"raw bytes", "", "a/\xff\n\x1b[31m", "a/\xff\n\x1b[31m", nil},
		{"up from a link", "", "link/../x", "", ErrBadPath},
		{"leaves", "", "a/../../x", "", ErrOutside},
		{"absolute outside", "", "/etc/passwd", "", ErrOutside},
		{"name that begins alike", "", tr.dir + "-other/a", "", ErrOutside},
		{"empty", "", "", "", ErrBadPath},
		{"NUL", "", "a\x00b", "", ErrBadPath},
		{".git", "", ".git/config", "", ErrBadPath},
		{".GIT", "", "a/.GIT/x", "", ErrBadPath},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := openAt(t, filepath.Join(tr.dir, tt.dir))
			got, err := r.Rel(tt.operand)
			if !errors.Is(err, tt.err) || got != tt.want {
				t.Errorf("got %q, %v; want %q, %v", got, err, tt.want, tt.err)
			}
		})
	}
}

func TestRelBare(t *testing.T) {
	tr := newRepo(t, "--bare")
	tests := []struct {
		operand, want string
		err           error
	}{
		{"a/b", "a/b", nil}, {"./a", "a", nil}, {".", "", nil}, {"../a", "", ErrOutside}, {"/a", "", ErrOutside},
	}
	r := tr.open()
	for _, tt := range tests {
		if got, err := r.Rel(tt.operand); !errors.Is(err, tt.err) || got != tt.want {
			t.Errorf("%q: got %q, %v", tt.operand, got, err)
		}
	}
}

func TestIsDotGit(t *testing.T) {
	for name, want := range map[string]bool{
		".git": true, ".GIT": true, ".Git": true, "git~1": true, "GIT~1": true, ".git.": true, ".git ": true, ".git . ": true,
		".git:stream": true, ".git::$INDEX_ALLOCATION": true, ".g\u200cit": true, "\ufeff.git": true, ".git\\x": true,
		".gitignore": false, "git": false, "a.git": false, "git~2": false, ".gi": false, "...": false, "\xff": false,
	} {
		if got := isDotGit(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestCheckPath(t *testing.T) {
	for _, good := range []string{"a", "a b/c\n\xff", ".github/x", strings.Repeat("x", maxPath)} {
		if err := CheckPath(good); err != nil {
			t.Errorf("%.20q: %v", good, err)
		}
	}
	for _, bad := range []string{"", ".", "a//b", "a/", "/a", "../a", "a/../b", ".GIT/x", "a/git~1", "a\x00", ".g\u200cit", strings.Repeat("x", maxPath+1)} {
		if err := CheckPath(bad); !errors.Is(err, ErrBadPath) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
}
