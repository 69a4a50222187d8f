package gitrepo

import (
	"errors"
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
