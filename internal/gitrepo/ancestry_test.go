package gitrepo

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// at makes a commit with a date of its own, that has files named by their
// content.
func (tr *testRepo) at(date string, parents []string, lines ...string) string {
	tr.t.Helper()
	tr.t.(*testing.T).Setenv("GIT_COMMITTER_DATE", date+"T10:00:00Z")
	return tr.commitOf(tr.treeOf(lines...), parents...)
}

// forked is a history with a merge: root, then base, then main's two commits
// and a side branch that was merged once before.
//
//	root - base - m1 - m2
//	          \     \
//	           s1 - merge - s2
func forked(t *testing.T) (*testRepo, map[string]string) {
	t.Helper()
	tr := newRepo(t)
	c := map[string]string{}
	c["root"] = tr.at("2025-01-01", nil, "100644 doc=0")
	c["base"] = tr.at("2025-01-02", []string{c["root"]}, "100644 doc=1")
	c["m1"] = tr.at("2025-01-03", []string{c["base"]}, "100644 doc=1", "100644 m=1")
	c["m2"] = tr.at("2025-01-04", []string{c["m1"]}, "100644 doc=1", "100644 m=2")
	// Dated long after what comes after it.
	c["s1"] = tr.at("2030-01-01", []string{c["base"]}, "100644 doc=2")
	c["merge"] = tr.at("2025-01-05", []string{c["s1"], c["m1"]}, "100644 doc=2", "100644 m=1")
	c["s2"] = tr.at("2025-01-06", []string{c["merge"]}, "100644 doc=3", "100644 m=1")
	c["alien"] = tr.at("2025-01-01", nil, "100644 alien=1")
	for _, name := range []string{"m2", "s2", "alien"} {
		tr.git("branch", name, c[name])
	}
	return tr, c
}

func TestMergeBases(t *testing.T) {
	tr, c := forked(t)
	r := tr.open()
	for _, tt := range [][3]string{{"m2", "s2", "m1"}, {"s2", "m2", "m1"}, {"m2", "s1", "base"}, {"root", "s2", "root"}, {"m2", "m2", "m2"}} {
		got, err := r.MergeBases(t.Context(), resolve(t, r, c[tt[0]]), resolve(t, r, c[tt[1]]))
		if err != nil || len(got) != 1 || got[0].ID != c[tt[2]] || got[0].Tree == "" {
			t.Errorf("%s, %s: %v, %v; want %s", tt[0], tt[1], got, err, tt[2])
		}
	}
	// Two branches that merged each other crosswise.
	one := tr.at("2025-01-07", []string{c["m2"], c["s2"]}, "100644 doc=3")
	two := tr.at("2025-01-08", []string{c["s2"], c["m2"]}, "100644 doc=4")
	both, err := r.MergeBases(t.Context(), resolve(t, r, one), resolve(t, r, two))
	if err != nil || len(both) != 2 || both[0].ID == both[1].ID {
		t.Errorf("crosswise: %v, %v", both, err)
	}
	if _, err := r.MergeBases(t.Context(), resolve(t, r, "m2"), resolve(t, r, "alien")); !errors.Is(err, ErrNoCommit) || errors.Is(err, ErrMissingObject) {
		t.Errorf("strangers: %v", err)
	}
	lose(t, tr, c["base"])
	if _, err := tr.open().MergeBases(t.Context(), resolve(t, r, c["s1"]), resolve(t, r, "m2")); !errors.Is(err, ErrMissingObject) {
		t.Errorf("a commit is lost: %v", err)
	}
	withoutGit(t)
	r = tr.open()
	if _, err := r.MergeBases(t.Context(), resolve(t, r, "m2"), resolve(t, r, "s2")); !errors.Is(err, ErrNoGit) {
		t.Errorf("without git: %v", err)
	}
}

// lose takes an object away.
func lose(t *testing.T, tr *testRepo, id string) {
	t.Helper()
	if err := os.Remove(filepath.Join(tr.dir, ".git/objects", id[:2], id[2:])); err != nil {
		t.Fatal(err)
	}
}

// cut makes a clone whose history ends at these commits.
func cut(t *testing.T, tr *testRepo, at ...string) *Repo {
	t.Helper()
	dir := filepath.Join(realDir(t), "cut")
	tr.git("clone", "--quiet", "--mirror", tr.dir, dir)
	writeFile(t, filepath.Join(dir, "shallow"), strings.Join(at, "\n")+"\n")
	return openAt(t, dir)
}

// TestShallowAncestry: where history is cut off, the right answer or none.
func TestShallowAncestry(t *testing.T) {
	tr, c := forked(t)
	tests := []struct {
		name       string
		edges      []string
		a, b, want string // no want: missing
	}{
		{"far away", []string{"root"}, "m2", "s2", "m1"},
		{"at the base itself", []string{"m1", "s1"}, "m2", "m1", "m1"},
		{"the base is an edge, but a side ends too", []string{"m1", "s1"}, "m2", "s2", ""},
		{"both ends", []string{"m2", "s2"}, "m2", "s2", ""},
		{"an older one is left", []string{"merge"}, "m2", "s2", ""},
		{"strangers, as far as can be seen", []string{"m2"}, "m2", "alien", ""},
		{"one end", []string{"m2"}, "m2", "s2", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var edges []string
			for _, name := range tt.edges {
				edges = append(edges, c[name])
			}
			r := cut(t, tr, edges...)
			a, b := resolve(t, r, c[tt.a]), resolve(t, r, c[tt.b])
			got, err := r.MergeBases(t.Context(), a, b)
			if tt.want == "" && (!errors.Is(err, ErrMissingObject) || !strings.Contains(err.Error(), "--unshallow")) || tt.want != "" && (err != nil || len(got) != 1 || got[0].ID != c[tt.want]) {
				t.Errorf("merge base: %v, %v", got, err)
			}
			if _, err := r.LastChange(t.Context(), a, b, "doc"); errors.Is(err, ErrMissingObject) != (tt.want == "") {
				t.Errorf("last change: %v", err)
			}
		})
	}
}

func TestLastChange(t *testing.T) {
	tr, c := forked(t)
	r := tr.open()
	tests := []struct{ from, to, path, want string }{
		{"m2", "s2", "doc", "s2"},
		{"m2", "merge", "doc", "s1"},
		{"s1", "s2", "m", "m1"}, // came by a merge
		{"m2", "s2", "m", ""},
		{"s2", "s2", "doc", ""},
		{"root", "m2", "do", ""},
		{"root", "m2", "*", ""},
	}
	for _, tt := range tests {
		got, err := r.LastChange(t.Context(), resolve(t, r, c[tt.from]), resolve(t, r, c[tt.to]), tt.path)
		if tt.want == "" && !errors.Is(err, ErrNoCommit) || tt.want != "" && (err != nil || got.ID != c[tt.want]) {
			t.Errorf("%v: %v, %v", tt, got, err)
		}
	}
	// A deletion, and a directory in its place, are changes; what lies in the
	// directory is not.
	gone := tr.at("2025-02-01", []string{c["s2"]}, "100644 doc/x=1")
	beside := tr.at("2025-02-02", []string{gone}, "100644 doc/x=2")
	if got, err := r.LastChange(t.Context(), resolve(t, r, c["s2"]), resolve(t, r, beside), "doc"); err != nil || got.ID != gone {
		t.Errorf("%v, %v, want %s", got, err, gone)
	}
	if _, err := r.LastChange(t.Context(), resolve(t, r, c["m2"]), resolve(t, r, c["s2"]), "../x"); !errors.Is(err, ErrBadPath) {
		t.Errorf("bad path: %v", err)
	}
	lose(t, tr, c["merge"])
	if _, err := tr.open().LastChange(t.Context(), resolve(t, r, c["m2"]), resolve(t, r, c["s2"]), "m"); !errors.Is(err, ErrMissingObject) {
		t.Errorf("a commit is lost: %v", err)
	}
}

func TestDefaultBranch(t *testing.T) {
	tr, c := forked(t)
	r := tr.open()
	if _, _, err := r.DefaultBranch(t.Context()); !errors.Is(err, ErrNoCommit) || !strings.Contains(err.Error(), "git remote set-head") {
		t.Errorf("none: %v", err)
	}
	steps := []struct {
		args       []string
		name, want string
	}{
		{[]string{"update-ref", "refs/remotes/origin/master", c["m1"]}, "origin/master", "m1"},
		{[]string{"update-ref", "refs/remotes/origin/main", c["m2"]}, "origin/main", "m2"},
		{[]string{"symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/gone"}, "origin/main", "m2"},
		{[]string{"update-ref", "refs/remotes/origin/gone", c["s1"]}, "origin/gone", "s1"},
		{[]string{"symbolic-ref", "refs/remotes/origin/HEAD", "refs/heads/alien"}, "origin/main", "m2"},
		{[]string{"branch", "refs/remotes/origin/main", c["s2"]}, "origin/main", "m2"},
	}
	for _, s := range steps {
		tr.git(s.args...)
		if got, name, err := r.DefaultBranch(t.Context()); err != nil || name != s.name || got.ID != c[s.want] {
			t.Errorf("%v: %s %v, %v", s.args, name, got, err)
		}
	}
}

func TestMerges(t *testing.T) {
	tr := newRepo(t)
	var b strings.Builder
	b.WriteString("commit refs/heads/main\nmark :1\ncommitter A <a@b> 1 +0000\ndata 0\ncommit refs/heads/side\nmark :2\ncommitter A <a@b> 2 +0000\ndata 0\nfrom :1\n")
	for i := range maxMerges {
		fmt.Fprintf(&b, "commit refs/heads/main\ncommitter A <a@b> %d +0000\ndata 0\nmerge :2\n", i+3)
	}
	tr.gitIn(b.String(), "fast-import", "--quiet", "--force")
	first, side, head := tr.git("rev-list", "--max-parents=0", "main"), tr.git("rev-parse", "side"), tr.git("rev-parse", "main")
	got, err := tr.open().Merges(t.Context(), first, head)
	if err != nil || len(got) != maxMerges || got[maxMerges-1] != head {
		t.Fatalf("%d merges, %v", len(got), err)
	}
	if got, err = tr.open().Merges(t.Context(), head, side); err != nil || len(got) > 0 {
		t.Errorf("of what does not descend: %v, %v", got, err)
	}
	if _, err := tr.open().Merges(t.Context(), "--all", head); !errors.Is(err, ErrNoCommit) {
		t.Errorf("an option for a commit: %v", err)
	}
	tr.gitIn(fmt.Sprintf("commit refs/heads/main\ncommitter A <a@b> 9999 +0000\ndata 0\nfrom %s\nmerge %s\n", head, side), "fast-import", "--quiet", "--force")
	if _, err := tr.open().Merges(t.Context(), first, tr.git("rev-parse", "main")); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one more: %v", err)
	}
}
