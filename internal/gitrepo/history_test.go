package gitrepo

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHistory(t *testing.T) {
	tr := newRepo(t)
	blob := func(content string) string { return tr.gitIn(content, "hash-object", "--stdin") }
	one := tr.commit("d/doc.md", "1")
	two := tr.commit("d/doc.md", "2")
	tr.git("rm", "--quiet", "d/doc.md")
	tr.git("commit", "--quiet", "-m", "delete")
	again := tr.commit("d/doc.md", "1")
	tr.git("checkout", "--quiet", "-b", "side")
	side := tr.commit("d/doc.md", "side")
	tr.git("checkout", "--quiet", "main")
	tr.commit("other.md", "x")
	tr.git("merge", "--quiet", "-s", "ours", "-m", "ours", "side")
	tr.git("checkout", "--quiet", "-b", "unmerged")
	tr.commit("d/doc.md", "never in HEAD's history")
	tr.git("checkout", "--quiet", "main")
	got, err := tr.open().History(t.Context(), "d/doc.md")
	if err != nil {
		t.Fatal(err)
	}
	want := []Version{{side, blob("side")}, {again, blob("1")}, {two, blob("2")}, {one, blob("1")}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestHistoryOf: deleted files, evil merges, links and odd names, by few
// paths, by directories and by everything.
func TestHistoryOf(t *testing.T) {
	tr := newRepo(t)
	names := []string{"a/sp ace.ots", "a/new\nline.ots", "a/b/\xff.ots", "top.ots", "-x.ots", ":(top)y.ots", "*.ots"}
	commits := map[string]string{}
	for _, name := range names {
		commits[name] = tr.commit(name, "\x00"+name)
		tr.git("rm", "--quiet", "--", name)
		tr.git("commit", "--quiet", "-m", "delete")
	}
	link(t, "x", tr.dir+"/linked.ots")
	tr.git("add", "linked.ots")
	tr.git("commit", "--quiet", "-m", "x")
	tr.commit("base", "x")
	tr.git("checkout", "--quiet", "-b", "side")
	tr.commit("side", "x")
	tr.git("checkout", "--quiet", "main")
	tr.commit("main", "x")
	tr.git("merge", "--quiet", "--no-commit", "side")
	tr.write("evil.ots", "in no parent")
	tr.git("add", "evil.ots")
	tr.git("commit", "--quiet", "-m", "evil merge")
	commits["evil.ots"] = tr.git("rev-parse", "HEAD")
	names = append(names, "evil.ots")

	r := tr.open()
	for _, more := range []int{0, historyBatch, 3 * historyBatch} {
		for _, dir := range []string{"a/", "none/%d/", ""} {
			paths := append([]string{"linked.ots", "none.ots"}, names...)
			for i := range more {
				if strings.Contains(dir, "%") {
					paths = append(paths, fmt.Sprintf(dir, i)+"x")
				} else {
					paths = append(paths, fmt.Sprint(dir, "x", i))
				}
			}
			got, err := r.HistoryOf(t.Context(), paths)
			if err != nil {
				t.Fatal(err)
			}
			want := map[string][]Version{}
			for _, name := range names {
				want[name] = []Version{{commits[name], tr.git("rev-parse", commits[name]+":"+name)}}
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%d more in %q: %s", more, dir, d)
			}
		}
	}
}

func TestHistoryRefuses(t *testing.T) {
	tr := newRepo(t)
	if got, err := tr.open().History(t.Context(), "x"); err != nil || got != nil {
		t.Errorf("unborn: %v, %v", got, err)
	}
	tr.commit("x", "1")
	tr.commit("x", "2")
	if got, err := tr.open().HistoryOf(t.Context(), nil); err != nil || len(got) != 0 {
		t.Errorf("no paths: %v, %v", got, err)
	}
	_, err := openAt(t, clone(t, tr, "--depth=1", "--no-local")).History(t.Context(), "x")
	if !errors.Is(err, ErrMissingObject) || !strings.Contains(err.Error(), "git fetch --unshallow") {
		t.Errorf("shallow: %v", err)
	}
	withoutGit(t)
	if _, err := tr.open().History(t.Context(), "x"); !errors.Is(err, ErrNoGit) {
		t.Errorf("no git: %v", err)
	}
}

func FuzzWalk(f *testing.F) {
	id := strings.Repeat("1", 40)
	for _, s := range []string{"", id + "\x00:100644 100644 " + id + " " + id + " M\x00a\x00", id + "\n:000000 100644 " + id + " " + id + " A\x00a\x00" + id + "\x00", ":\x00", "\n\n\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w := walk{wanted: map[string]bool{"a": true}, versions: map[string][]Version{}}
		err := w.read(bufio.NewReader(strings.NewReader(s)))
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !strings.Contains(err.Error(), "diff-tree answered") {
			t.Fatal(err)
		}
		for p := range w.versions {
			if p != "a" {
				t.Fatalf("%q", p)
			}
		}
	})
}
