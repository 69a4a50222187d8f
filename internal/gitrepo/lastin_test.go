package gitrepo

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestLastIn(t *testing.T) {
	tr := newRepo(t)
	tr.commit("other.json", "o")
	r := tr.open()
	first := resolve(t, r, "HEAD").ID
	json := func(path string) bool { return strings.HasSuffix(path, ".json") }
	last := func(dirs ...string) (string, error) {
		c, err := r.LastIn(t.Context(), resolve(t, r, "HEAD"), dirs, json)
		return c.ID, err
	}
	if _, err := last("d[1]"); !errors.Is(err, ErrNoCommit) {
		t.Errorf("nothing was there: %v", err)
	}
	tr.commit("d[1]/sub/deep.json", "deep")
	tr.commit("d[1]/a.txt", "text")
	if _, err := last("d[1]"); !errors.Is(err, ErrNoCommit) {
		t.Errorf("nothing was directly in it: %v", err)
	}
	tr.commit("d[1]/a.json", "1")
	tr.commit("d[1]/b.json", "2")
	want := resolve(t, r, "HEAD").ID
	tr.git("rm", "-q", "-r", "d[1]")
	tr.git("commit", "-q", "-m", "gone")
	tr.commit("top.md", "t")
	if got, err := last(""); err != nil || got != first {
		t.Errorf("the top: %s, %v; want %s", got, err, first)
	}
	if got, err := last("none", "d[1]"); err != nil || got != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
}

// Only the last commits that changed something in the directories are looked at.
func TestLastInLimit(t *testing.T) {
	for _, extra := range []int{0, 1} {
		tr := newRepo(t)
		tr.commit("d/a.json", "1")
		first := resolve(t, tr.open(), "HEAD").ID
		var in strings.Builder
		for i := range maxLastIn - 1 + extra {
			fmt.Fprintf(&in, "commit refs/heads/later\ncommitter A <a@example.com> %d +0000\ndata 0\n", 2_000_000_000+i)
			if i == 0 {
				fmt.Fprintf(&in, "from %s\n", first)
			}
			fmt.Fprintf(&in, "M 100644 inline d/text\ndata %d\n%s\n", len(fmt.Sprint(i)), fmt.Sprint(i))
		}
		tr.gitIn(in.String(), "fast-import", "--quiet")
		r := tr.open()
		c, err := r.LastIn(t.Context(), resolve(t, r, "later"), []string{"d"}, func(path string) bool { return path == "d/a.json" })
		switch {
		case extra == 0 && (err != nil || c.ID != first):
			t.Errorf("%s, %v; want %s", c.ID, err, first)
		case extra == 1 && !errors.Is(err, ErrNoCommit):
			t.Errorf("past the limit: %s, %v", c.ID, err)
		}
	}
}
