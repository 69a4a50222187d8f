package gitrepo

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestResolve(t *testing.T) {
	tr := newRepo(t)
	one := tr.commit("doc.md", "1")
	two := tr.commit("doc.md", "2")
	tr.git("checkout", "--quiet", "-b", "side", one)
	side := tr.commit("side.md", "s")
	tr.git("checkout", "--quiet", "main")
	tr.git("merge", "--quiet", "--no-edit", "side")
	head := tr.git("rev-parse", "HEAD")
	tr.git("tag", "-a", "-m", "x", "v1", one)
	tr.git("tag", "-a", "-m", "x", "v1-again", "v1")
	tr.git("branch", two[:4], one) // a branch whose name begins like an id
	tr.git("branch", "with/slash", side)
	tr.git("pack-refs", "--all")
	tests := []struct {
		rev, want string
		alone     bool // also without git
	}{
		{"HEAD", head, true}, {"@", head, true}, {"main", head, true}, {"heads/side", side, true}, {"refs/heads/side", side, true},
		{"with/slash", side, true}, {two, two, true}, {strings.ToUpper(two), two, true}, {"v1", one, true}, {"v1-again", one, true}, {"tags/v1", one, true},
		{"HEAD~1", two, true}, {"HEAD~", two, true}, {"HEAD~2", one, true}, {"HEAD^", two, true}, {"HEAD^2", side, true}, {"HEAD^2~1", one, true},
		{"HEAD^0", head, true}, {"HEAD~0", head, true}, {"HEAD^^", one, true}, {"HEAD~1^1", one, true}, {two[:4], one, true},
		{two[:12], two, true}, {"HEAD@{0}", head, false}, {"main@{2}", one, false}, {":/write side.md", side, false}, {"v1^{commit}", one, false}, {"v1^{}", one, false},
	}
	for _, alone := range []bool{false, true} {
		if alone {
			withoutGit(t)
		}
		r := tr.open()
		for _, tt := range tests {
			t.Run(fmt.Sprintf("%s/alone=%v", tt.rev, alone), func(t *testing.T) {
				c, err := r.Resolve(t.Context(), tt.rev)
				if alone && !tt.alone {
					if !errors.Is(err, ErrNoGit) && !errors.Is(err, ErrNoCommit) {
						t.Errorf("got %v, %v", c, err)
					}
					return
				}
				if err != nil || c.ID != tt.want {
					t.Errorf("got %s, %v, want %s", c.ID, err, tt.want)
				}
			})
		}
	}
}

func TestResolveRefuses(t *testing.T) {
	tr := newRepo(t)
	one := tr.commit("doc.md", "1")
	tests := []struct {
		rev, text string
	}{
		{"", ""}, {"none", ""}, {"HEAD~1", ""}, {"HEAD^2", ""}, {"HEAD:doc.md", "names a blob"}, {"HEAD^{tree}", "names a tree"},
		{"HEAD..HEAD", ""}, {"HEAD@{7}", ""}, {"HEAD@{u}", ""}, {"--all", ""}, {"a\nb", ""}, {"a missing", ""}, {one + " commit 5", ""},
		{strings.Repeat("a", maxRevision), ""}, {strings.Repeat("a", maxRevision+1), ""}, {strings.Repeat("0", 39) + "1", "not in this clone"},
	}
	both(t, tr, func(t *testing.T, r *Repo) {
		for _, tt := range tests {
			_, err := r.Resolve(t.Context(), tt.rev)
			text := tt.text
			if r.git.path == "" {
				text = strings.TrimPrefix(text, text)
			}
			if !errors.Is(err, ErrNoCommit) || !strings.Contains(err.Error(), text) {
				t.Errorf("%.50q: %v", tt.rev, err)
			}
		}
		if _, err := r.Resolve(t.Context(), "HEAD"); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

// TestNoHead: unborn, and a branch whose commit is lost, are two things.
func TestNoHead(t *testing.T) {
	tr := newRepo(t)
	both(t, tr, func(t *testing.T, r *Repo) {
		if _, err := r.Resolve(t.Context(), "HEAD"); !errors.Is(err, ErrUnborn) {
			t.Errorf("got %v", err)
		}
	})
	writeFile(t, tr.dir+"/.git/refs/heads/main", strings.Repeat("1", 40)+"\n")
	r := tr.open()
	if _, err := r.Resolve(t.Context(), "HEAD"); !errors.Is(err, ErrMissingObject) || errors.Is(err, ErrUnborn) {
		t.Errorf("got %v", err)
	}
}

// TestBrokenRef: a ref whose file holds no id.
func TestBrokenRef(t *testing.T) {
	tr := newRepo(t)
	tr.commit("doc.md", "1")
	for _, content := range []string{"", "garbage\n", "ref: refs/heads/broken\n", strings.Repeat("0", 40) + "\n"} {
		writeFile(t, tr.dir+"/.git/refs/heads/broken", content)
		r := tr.open()
		for _, rev := range []string{"broken", "heads/broken", "broken~1"} {
			if _, err := r.Resolve(t.Context(), rev); !errors.Is(err, ErrNoCommit) {
				t.Errorf("%q, %s: %v", content, rev, err)
			}
		}
		if _, err := r.Resolve(t.Context(), "main"); err != nil {
			t.Errorf("%q: main: %v", content, err)
		}
	}
}

func TestResolveShallow(t *testing.T) {
	tr := newRepo(t)
	tr.commit("doc.md", "1")
	tr.commit("doc.md", "2")
	r := openAt(t, clone(t, tr, "--depth=1", "--no-local"))
	_, err := r.Resolve(t.Context(), "HEAD~1")
	if !errors.Is(err, ErrNoCommit) || !errors.Is(err, ErrMissingObject) || !strings.Contains(err.Error(), "git fetch --unshallow") {
		t.Errorf("got %v", err)
	}
}

func TestCommitFields(t *testing.T) {
	tr := newRepo(t)
	parent := tr.commit("doc.md", "1")
	raw := "tree " + tr.git("rev-parse", "HEAD^{tree}") + "\nparent " + parent + "\nauthor Bö\xff <b@x> 1 +0000\ncommitter C <c@x> 1756375200 +0200\ngpgsig -----BEGIN\n tree 1\n parent 2\n -----END\n\n\nThe subject\nmore\n\ntext\n"
	id := tr.gitIn(raw, "hash-object", "-t", "commit", "-w", "--stdin")
	got := resolve(t, tr.open(), id)
	want := Commit{ID: id, Tree: tr.git("rev-parse", "HEAD^{tree}"), Parents: []string{parent}, Subject: "The subject", Author: "Bö\xff <b@x>",
		When: time.Date(2025, 8, 28, 10, 0, 0, 0, time.UTC)}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func FuzzParseCommit(f *testing.F) {
	id := strings.Repeat("1", 40)
	for _, s := range []string{"", "tree " + id + "\n\nx", "tree " + id + "\nparent " + id + "\nauthor a <b> 1 +0000\ncommitter c <d> 9223372036854775807 -9999\n\nm\n", "tree x\n", "tree " + id + "\nparent 1\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := parseCommit(b)
		if err != nil && !errors.Is(err, ErrCorrupt) {
			t.Fatal(err)
		}
		if err == nil && (!IsID(c.Tree) || strings.Contains(c.Subject, "\n")) {
			t.Fatalf("%+v", c)
		}
	})
}

func FuzzParseHeader(f *testing.F) {
	for _, s := range []string{"", "x missing", "x ambiguous", strings.Repeat("1", 40) + " blob 5", strings.Repeat("1", 40) + " blob -5", " ", "a b c d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if id, err := parseHeader(line); err == nil && !IsID(id) {
			t.Fatalf("%q", id)
		}
	})
}
