package gitrepo

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// Two merges of the same commits have each of those as a merge base.
func TestMergeBasesLimit(t *testing.T) {
	tr := newRepo(t)
	tree := tr.treeOf("100644 a")
	var parents []string
	for i := range maxMergeBases + 1 {
		parents = append(parents, tr.git("commit-tree", "-m", fmt.Sprint(i), tree))
	}
	r := tr.open()
	between := func(n int) ([]Commit, error) {
		a, b := tr.commitOf(tree, parents[:n]...), tr.commitOf(tr.treeOf("100644 b"), parents[:n]...)
		return r.MergeBases(t.Context(), resolve(t, r, a), resolve(t, r, b))
	}
	if list, err := between(maxMergeBases); err != nil || len(list) != maxMergeBases {
		t.Errorf("at the limit: %d merge bases, %v", len(list), err)
	}
	if list, err := between(maxMergeBases + 1); !errors.Is(err, ErrTooLarge) || list != nil {
		t.Errorf("past the limit: %d merge bases, %v", len(list), err)
	}
}

// Of directories that lie too deep the first few are named.
func TestDeepNamedLimit(t *testing.T) {
	tr := newRepo(t)
	deep := tr.treeOf("100644 f")
	for range maxTreeDepth {
		deep = tr.gitIn("040000 tree "+deep+"\td\n", "mktree")
	}
	r := tr.open()
	for _, extra := range []int{0, 1} {
		var lines strings.Builder
		for i := range maxDeepNamed + extra {
			fmt.Fprintf(&lines, "040000 tree %s\t%02d\n", deep, i)
		}
		c := resolve(t, r, tr.commitOf(tr.gitIn(lines.String(), "mktree")))
		var bad PathErrors
		if _, err := r.Files(t.Context(), c, func(string) bool { return true }); !errors.As(err, &bad) || len(bad) != maxDeepNamed {
			t.Errorf("%d of them: %d named, %v", maxDeepNamed+extra, len(bad), errors.Is(err, ErrTooLarge))
		}
	}
}

// A blob has so many paths; those past it are left out, the others found.
func TestLocateSitesLimit(t *testing.T) {
	for _, extra := range []int{0, 1} {
		tr := newRepo(t)
		var lines []string
		for i := range maxSites + extra {
			lines = append(lines, fmt.Sprintf("100644 %03d=same", i))
		}
		tr.git("reset", "-q", "--hard", tr.commitOf(tr.treeOf(lines...)))
		r := tr.open()
		blob := tr.git("rev-parse", "HEAD:000")
		sites, err := r.Locate(t.Context(), []string{blob}, "")
		if err != nil || len(sites[blob]) != maxSites {
			t.Errorf("%d paths: %d sites, %v", maxSites+extra, len(sites[blob]), err)
		}
	}
}

// However many blobs are looked for, each is found: past a number by other means.
func TestLocateFindersLimit(t *testing.T) {
	tr := newRepo(t)
	var lines []string
	for i := range maxFinders + 1 {
		lines = append(lines, fmt.Sprintf("100644 %03d=%[1]d", i))
	}
	tr.git("reset", "-q", "--hard", tr.commitOf(tr.treeOf(lines...)))
	r := tr.open()
	blobs := strings.Fields(tr.git("ls-tree", "--object-only", "HEAD"))
	for _, n := range []int{maxFinders, maxFinders + 1} {
		sites, err := r.Locate(t.Context(), blobs[:n], "")
		if err != nil || len(sites) != n {
			t.Fatalf("%d blobs: %d found, %v", n, len(sites), err)
		}
		for i, id := range blobs[:n] {
			if s := sites[id]; len(s) != 1 || s[0].Path != fmt.Sprintf("%03d", i) || !s[0].Now {
				t.Errorf("%d blobs: number %d is at %+v", n, i, s)
			}
		}
	}
}

// Without git so many steps are taken back; with more of them git is needed.
func TestStepsLimit(t *testing.T) {
	tr := newRepo(t)
	tr.commit("a", "1")
	withoutGit(t)
	r := tr.open()
	if _, err := r.Resolve(t.Context(), fmt.Sprintf("HEAD~%d", maxSteps)); !errors.Is(err, ErrNoCommit) || errors.Is(err, ErrNoGit) {
		t.Errorf("at the limit: %v", err)
	}
	if _, err := r.Resolve(t.Context(), fmt.Sprintf("HEAD~%d", maxSteps+1)); !errors.Is(err, ErrNoGit) {
		t.Errorf("past the limit: %v", err)
	}
}

// A temporary is called like its file, by a digest where that would be too long for
// a file system.
func TestTempNameLimit(t *testing.T) {
	if name, want := tempName(strings.Repeat("a", maxBase)), "."+strings.Repeat("a", maxBase)+".git-anchor-new.tmp"; name != want {
		t.Errorf("at the limit: %s", name)
	}
	one, other := tempName(strings.Repeat("é", maxBase/2)+"a"), tempName(strings.Repeat("é", maxBase/2)+"b")
	if one == other || len(one) > maxBase || !utf8.ValidString(one) || strings.Contains(one, "éa") {
		t.Errorf("past the limit: %s and %s", one, other)
	}
	tr := newRepo(t)
	tr.commit("a", "1")
	for _, n := range []int{maxBase, maxBase + 1, 255} {
		name := strings.Repeat("a", n)
		if err := tr.open().WriteFile(name, []byte("x"), nil); err != nil || readFile(t, filepath.Join(tr.dir, name)) != "x" {
			t.Errorf("a name of %d bytes: %v", n, err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(tr.dir, ".a*.tmp")); err != nil || len(left) > 0 {
		t.Errorf("temporaries are left: %q, %v", left, err)
	}
}

// Branches and tags are looked into from the newest on, up to a number: in what lies
// only in older ones, the newest commit of a path is that which brought it.
func TestLocateTipsLimit(t *testing.T) {
	for _, extra := range []int{0, 1} {
		tr := newRepo(t)
		brought := tr.at("2026-01-01", nil, "100644 doc=text")
		last := tr.at("2026-01-02", []string{brought}, "100644 doc=text", "100644 more=m")
		newer := tr.at("2026-01-03", nil, "100644 newer=n")
		tr.git("reset", "-q", "--hard", newer)
		refs := fmt.Sprintf("create refs/heads/old %s\n", last)
		for i := range maxTips - 2 + extra {
			refs += fmt.Sprintf("create refs/heads/new-%03d %s\n", i, newer)
		}
		tr.gitIn(refs, "update-ref", "--stdin")
		r := tr.open()
		blob := tr.git("rev-parse", brought+":doc")
		sites, err := r.Locate(t.Context(), []string{blob}, "")
		want := last
		if extra > 0 {
			want = brought
		}
		if err != nil || len(sites[blob]) != 1 || sites[blob][0].Last.ID != want {
			t.Errorf("%d branches: %+v, %v; want %s", maxTips+extra, sites[blob], err, want)
		}
	}
}
