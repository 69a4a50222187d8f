package gitrepo

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// rawTree writes the entries "mode name" with one id each.
func rawTree(id string, entries ...string) string {
	var b strings.Builder
	for _, e := range entries {
		b.WriteString(e + "\x00" + id)
	}
	return b.String()
}

// hostileTrees are trees that must be refused, with what the error says.
var hostileTrees = []struct {
	name, text string
	entries    []string
}{
	{"dot", `not a usable path: "."`, []string{"100644 ."}},
	{"dot dot", `not a usable path: ".."`, []string{"40000 .."}},
	{".git", `".git" is git's own`, []string{"40000 .git"}},
	{".GIT", `".GIT" is git's own`, []string{"100644 .GIT"}},
	{"git~1", `"git~1" is git's own`, []string{"100644 git~1"}},
	{"ignored code point", `is git's own`, []string{"100644 .g\u200cit"}},
	{"slash", `entry "a/b" has a slash`, []string{"100644 a/b"}},
	{"empty name", "an empty name", []string{"100644 "}},
	{"doubled", `entry "a" is doubled or out of order`, []string{"100644 a", "100644 a"}},
	{"file and directory", `entry "a" is doubled`, []string{"100644 a", "100644 a.b", "40000 a"}},
	{"unsorted", `entry "a" is doubled or out of order`, []string{"100644 b", "100644 a"}},
	{"directory sorted as a file", `is doubled or out of order`, []string{"40000 a", "100644 a.b"}},
	{"unknown kind", `has the mode "20644"`, []string{"20644 a"}},
	{"mode that is no number", `has the mode "100x44"`, []string{"100x44 a"}},
	{"mode too long", `has the mode "00100644"`, []string{"00100644 a"}},
	{"no mode", `has the mode ""`, []string{" a"}},
}

func TestParseTreeRefuses(t *testing.T) {
	id := strings.Repeat("\x01", 20)
	for _, tt := range hostileTrees {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parseTree([]byte(rawTree(id, tt.entries...)), 20)
			if !errors.Is(err, ErrBadTree) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %v", err)
			}
		})
	}
	good := rawTree(id, "100644 a", "100644 a.b", "40000 a.c", "120000 b", "160000 c")
	if entries, err := parseTree([]byte(good), 20); err != nil || len(entries) != 5 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
	for n := 1; n < len(good); n++ {
		entries, err := parseTree([]byte(good[:n]), 20)
		if whole := n%(20+len("100644 a")+1) == 0 && n < 40; err == nil && !whole && len(entries)*21 > n {
			t.Errorf("cut at %d: %d entries", n, len(entries))
		}
	}
}

// TestHostileTrees puts them into a real repository: the entry itself, what
// lies beside it and the listing are refused.
func TestHostileTrees(t *testing.T) {
	tr := newRepo(t)
	blob := tr.gitIn("x", "hash-object", "-w", "--stdin")
	raw := unhex(t, blob)
	r := tr.open()
	for _, tt := range hostileTrees {
		t.Run(tt.name, func(t *testing.T) {
			tree := tr.gitIn(rawTree(raw, tt.entries...), "hash-object", "-t", "tree", "--literally", "-w", "--stdin")
			top := tr.gitIn(rawTree(unhex(t, tree), "40000 docs"), "hash-object", "-t", "tree", "-w", "--stdin")
			c := resolve(t, r, tr.git("commit-tree", "-m", "x", top))
			if _, err := r.Blob(t.Context(), c, "docs/z.md"); !errors.Is(err, ErrBadTree) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("Blob: %v", err)
			}
			if _, err := r.Files(t.Context(), c, func(string) bool { return true }); !errors.Is(err, ErrBadTree) || !strings.Contains(err.Error(), tree) {
				t.Errorf("Files: %v", err)
			}
		})
	}
}

func TestFiles(t *testing.T) {
	tr := newRepo(t)
	for _, p := range []string{"a.md", "a/b.md", "a-b/c.md", "a/d/e.md", "z", "sp ace/\xffnew\nline\x1b"} {
		tr.write(p, p)
	}
	link(t, "a.md", filepath.Join(tr.dir, "link.md"))
	tr.git("add", ".")
	tr.git("update-index", "--add", "--cacheinfo", "160000,"+strings.Repeat("1", 40)+",module")
	tr.git("commit", "--quiet", "-m", "x")
	everything := func(string) bool { return true }
	tests := []struct {
		name string
		dirs []string
		want func(string) bool
		out  []string
	}{
		{"all, in path order", []string{""}, everything, []string{"a-b/c.md", "a.md", "a/b.md", "a/d/e.md", "link.md", "sp ace/\xffnew\nline\x1b", "z"}},
		{"some", []string{""}, func(p string) bool { return strings.HasSuffix(p, "b.md") }, []string{"a/b.md"}},
		{"one directory", []string{"a"}, everything, []string{"a/b.md", "a/d/e.md"}},
		{"within one another, unordered", []string{"a/d", "a-b", "a"}, everything, []string{"a-b/c.md", "a/b.md", "a/d/e.md"}},
		{"top and more", []string{"a", ""}, func(p string) bool { return p == "a/b.md" }, []string{"a/b.md"}},
		{"not there, or a file", []string{"none", "z", "none/deeper"}, everything, nil},
	}
	for _, alone := range []bool{false, true} {
		if alone {
			withoutGit(t)
		}
		r := tr.open()
		for _, tt := range tests {
			t.Run(fmt.Sprintf("%s/alone=%v", tt.name, alone), func(t *testing.T) {
				entries, err := r.FilesUnder(t.Context(), resolve(t, r, "HEAD"), tt.dirs, tt.want)
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, e := range entries {
					got = append(got, e.Path)
					if e.Symlink() != (e.Path == "link.md") {
						t.Errorf("%s: symlink %v", e.Path, e.Symlink())
					}
				}
				if d := cmp.Diff(tt.out, got); d != "" {
					t.Error(d)
				}
			})
		}
	}
}

func TestTreeDepth(t *testing.T) {
	tr := newRepo(t)
	blob := tr.gitIn("x", "hash-object", "-w", "--stdin")
	tree := tr.gitIn("100644 blob "+blob+"\tf\n", "mktree")
	r := tr.open()
	list := func() ([]Entry, error) {
		c := resolve(t, r, tr.git("commit-tree", "-m", "x", tree))
		return r.Files(t.Context(), c, func(string) bool { return true })
	}
	for range maxTreeDepth {
		tree = tr.gitIn("040000 tree "+tree+"\td\n", "mktree")
	}
	if got, err := list(); err != nil || len(got) != 1 {
		t.Errorf("at the limit: %d files, %v", len(got), err)
	}
	tree = tr.gitIn("040000 tree "+tree+"\td\n", "mktree")
	if _, err := list(); !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), "256 directories deep") {
		t.Errorf("past the limit: %v", err)
	}
}

// TestTreeBomb: ten trees of ten entries that name the next one say more than
// a listing goes through.
func TestTreeBomb(t *testing.T) {
	tr := newRepo(t)
	blob := tr.gitIn("x", "hash-object", "-w", "--stdin")
	tree := tr.gitIn("100644 blob "+blob+"\tf\n", "mktree")
	for range 10 {
		var lines strings.Builder
		for i := range 10 {
			fmt.Fprintf(&lines, "040000 tree %s\td%d\n", tree, i)
		}
		tree = tr.gitIn(lines.String(), "mktree")
	}
	r := tr.open()
	c := resolve(t, r, tr.git("commit-tree", "-m", "x", tree))
	_, err := r.Files(t.Context(), c, func(string) bool { return false })
	if !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), fmt.Sprint(maxTreeEntries)) {
		t.Errorf("got %v", err)
	}
}

// TestListLimit counts to the last entry that is allowed and one past it.
func TestListLimit(t *testing.T) {
	tr := newRepo(t)
	tr.write("a", "")
	tr.commit("b", "")
	r := tr.open()
	c := resolve(t, r, "HEAD")
	for left, want := range map[int]error{2: nil, 1: ErrTooLarge} {
		l := lister{repo: r, want: func(string) bool { return true }, left: left}
		tr.git("add", "a")
		if err := l.list(t.Context(), tr.git("write-tree"), "", 0); !errors.Is(err, want) {
			t.Errorf("%d allowed: %v", left, err)
		}
	}
	if _, err := r.tree(t.Context(), c.Tree); err != nil {
		t.Error(err)
	}
}

// TestTreesHeld: the trees kept do not grow with the repository.
func TestTreesHeld(t *testing.T) {
	tr := newRepo(t)
	tr.commit("a", "")
	r := tr.open()
	r.held = maxTreesHeld - 2 // as if so many entries were held
	c := resolve(t, r, "HEAD")
	for _, want := range []int{maxTreesHeld, 2} {
		if _, err := r.tree(t.Context(), c.Tree); err != nil || r.held != want || len(r.trees) != 1 {
			t.Errorf("%d entries held in %d trees, want %d: %v", r.held, len(r.trees), want, err)
		}
		delete(r.trees, c.Tree)
	}
}

func FuzzParseTree(f *testing.F) {
	id := strings.Repeat("\x01", 20)
	for _, tt := range hostileTrees {
		f.Add([]byte(rawTree(id, tt.entries...)))
	}
	f.Add([]byte(rawTree(id, "100644 a", "100755 b", "40000 c", "120000 d", "160000 e")))
	f.Fuzz(func(t *testing.T, b []byte) {
		entries, err := parseTree(b, 20)
		if err != nil {
			if !errors.Is(err, ErrBadTree) {
				t.Fatal(err)
			}
			return
		}
		if !slices.IsSortedFunc(entries, compareEntries) {
			t.Fatal("out of order")
		}
		for _, e := range entries {
			if got, ok := child(entries, e.name); !ok || got != e {
				t.Fatalf("%q is not found again: %v", e.name, got)
			}
		}
	})
}
