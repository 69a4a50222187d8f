package gitrepo

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTouches(t *testing.T) {
	tr := newRepo(t)
	blob := func(content string) string { return tr.gitIn(content, "hash-object", "--stdin") }
	one := tr.commit("d/x/a", "1")
	tr.commit("d/xy", "beside it")
	tr.commit("d/x2/a", "beside it")
	two := tr.commit("d/x/b", "2")
	tr.git("rm", "--quiet", "d/x/a")
	tr.git("commit", "--quiet", "-m", "delete")
	gone := tr.git("rev-parse", "HEAD")
	tr.git("checkout", "--quiet", "-b", "side")
	side := tr.commit("d/x/b", "side")
	tr.git("checkout", "--quiet", "main")
	tr.commit("other", "x")
	tr.git("merge", "--quiet", "-s", "ours", "-m", "ours", "side")
	link(t, "x", tr.dir+"/d/x/link")
	tr.git("add", "d/x/link")
	tr.git("commit", "--quiet", "-m", "link")
	linked := tr.git("rev-parse", "HEAD")
	got, err := touches(t, tr, "d/x")
	if err != nil {
		t.Fatal(err)
	}
	want := []Touch{{one, "d/x/a", "", blob("1")}, {two, "d/x/b", "", blob("2")}, {gone, "d/x/a", blob("1"), ""},
		{side, "d/x/b", blob("2"), blob("side")}, {linked, "d/x/link", "", ""}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got, err := touches(t, tr, "nowhere"); len(got) > 0 || err != nil {
		t.Errorf("nowhere: %v, %v", got, err)
	}
	if _, err := touches(t, tr, "../d"); !errors.Is(err, ErrBadPath) {
		t.Errorf("a path that leads out: %v", err)
	}
}

func TestTouchesLimit(t *testing.T) {
	tr := newRepo(t)
	var b strings.Builder
	b.WriteString("commit refs/heads/main\ncommitter A <a@b> 1 +0000\ndata 0\n")
	for i := range maxTouches {
		fmt.Fprintf(&b, "M 644 inline d/%d/%d\ndata 1\nx\n", i%100, i)
	}
	tr.gitIn(b.String(), "fast-import", "--quiet", "--force")
	if got, err := touches(t, tr, "d"); len(got) != maxTouches || err != nil {
		t.Fatalf("%d changes, %v", len(got), err)
	}
	tr.gitIn("commit refs/heads/main\ncommitter A <a@b> 2 +0000\ndata 0\nfrom refs/heads/main^0\nD d/0/0\n", "fast-import", "--quiet")
	if _, err := touches(t, tr, "d"); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one more: %v", err)
	}
}

func touches(t *testing.T, tr *testRepo, dir string) ([]Touch, error) {
	t.Helper()
	r := tr.open()
	head, err := r.Resolve(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	return r.Touches(t.Context(), head, dir)
}
