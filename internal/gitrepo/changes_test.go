package gitrepo

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// treeOf stores a tree of "<mode> <path>" lines; what a file holds is its
// path, or what follows a "=".
func (tr *testRepo) treeOf(lines ...string) string {
	tr.t.Helper()
	tr.git("read-tree", "--empty")
	var info strings.Builder
	for _, line := range lines {
		line, content, _ := strings.Cut(line, "=")
		id := strings.Repeat("1", 40)
		if !strings.HasPrefix(line, "160000") {
			id = tr.gitIn(content, "hash-object", "-w", "--stdin")
		}
		mode, path, _ := strings.Cut(line, " ")
		fmt.Fprintf(&info, "%s %s\t%s\x00", mode, id, path)
	}
	tr.gitIn(info.String(), "update-index", "-z", "--index-info")
	return tr.git("write-tree")
}

func (tr *testRepo) commitOf(tree string, parents ...string) string {
	tr.t.Helper()
	args := []string{"commit-tree", "-m", "x"}
	for _, p := range parents {
		args = append(args, "-p", p)
	}
	return tr.git(append(args, tree)...)
}

// status is git's letter for a change.
func status(c Change) string {
	switch {
	case c.Old.ID == "":
		return "A"
	case c.New.ID == "":
		return "D"
	case c.Old.Mode&modeKind != c.New.Mode&modeKind:
		return "T"
	}
	return "M"
}

// spelled writes changes as git diff-tree -r -z --raw does.
func spelled(changes []Change) string {
	var b strings.Builder
	for _, c := range changes {
		zero := strings.Repeat("0", 40)
		fmt.Fprintf(&b, ":%06o %06o %s %s %s\x00%s\x00", c.Old.Mode, c.New.Mode, cmp.Or(c.Old.ID, zero), cmp.Or(c.New.ID, zero), status(c), c.Path)
	}
	return b.String()
}

func changes(t testing.TB, r *Repo, a, b string) []Change {
	t.Helper()
	got, err := r.Changes(t.Context(), resolve(t, r, a), resolve(t, r, b))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestChanges(t *testing.T) {
	tr := newRepo(t)
	tests := []struct {
		name, want string
		old, new   []string
	}{
		{"nothing", "", []string{"100644 a", "100644 d/b"}, []string{"100644 a", "100644 d/b"}},
		{"edited, added, deleted", "M a, D b, A d/c", []string{"100644 a", "100644 b"}, []string{"100644 a=2", "100644 d/c"}},
		{"from nothing", "A a, A d/e/f", nil, []string{"100644 a", "100644 d/e/f"}},
		{"mode", "M a", []string{"100644 a"}, []string{"100755 a"}},
		{"file to link", "T a", []string{"100644 a=x"}, []string{"120000 a=x"}},
		{"link to submodule", "T a", []string{"120000 a=x"}, []string{"160000 a"}},
		{"submodule gone", "D a", []string{"160000 a", "100644 b"}, []string{"100644 b"}},
		{"file to directory", "D a, A a-b, A a/b", []string{"100644 a"}, []string{"100644 a-b", "100644 a/b"}},
		{"directory to link", "A a, D a/b, D a/c/d", []string{"100644 a/b", "100644 a/c/d"}, []string{"120000 a"}},
		{"moved", "A a/new.md, D b/old.md", []string{"100644 b/old.md=same"}, []string{"100644 a/new.md=same"}},
		{"names", "M d /\x1b, M \xff\n", []string{"100644 \xff\n", "100644 d /\x1b"}, []string{"100644 \xff\n=2", "100644 d /\x1b=2"}},
	}
	var commits [][2]string
	for _, tt := range tests {
		commits = append(commits, [2]string{tr.commitOf(tr.treeOf(tt.old...)), tr.commitOf(tr.treeOf(tt.new...))})
	}
	for _, alone := range []bool{false, true} {
		if alone {
			withoutGit(t)
		}
		r := tr.open()
		for i, tt := range tests {
			t.Run(fmt.Sprintf("%s/alone=%v", tt.name, alone), func(t *testing.T) {
				var got []string
				for _, c := range changes(t, r, commits[i][0], commits[i][1]) {
					for _, e := range []Entry{c.Old, c.New} {
						if e.ID != "" && e.Path != c.Path || e.Regular() != (e.Mode&0o170000 == 0o100000) || e.Submodule() != (e.Mode == 0o160000) {
							t.Errorf("%+v", e)
						}
					}
					got = append(got, status(c)+" "+c.Path)
				}
				if got := strings.Join(got, ", "); got != tt.want {
					t.Errorf("got %q", got)
				}
			})
		}
	}
}

// TestChangesAsGit compares with git's own comparison on trees made by chance.
func TestChangesAsGit(t *testing.T) {
	tr := newRepo(t)
	chance := rand.New(rand.NewPCG(1, 2))
	names := []string{"a", "a-b", "a.b", "a0", "b"}
	var tops []string
	for range 24 {
		var lines []string
		taken := map[string]bool{}
		for range 8 {
			path := names[chance.IntN(len(names))]
			for chance.IntN(2) == 0 {
				path += "/" + names[chance.IntN(len(names))]
			}
			clash := taken[path]
			for i := range path {
				clash = clash || path[i] == '/' && taken[path[:i]]
			}
			for other := range taken {
				clash = clash || strings.HasPrefix(other, path+"/")
			}
			if !clash {
				taken[path] = true
				mode := []string{"100644", "100644", "100755", "120000", "160000"}[chance.IntN(5)]
				lines = append(lines, fmt.Sprintf("%s %s=%d", mode, path, chance.IntN(2)))
			}
		}
		tops = append(tops, tr.commitOf(tr.treeOf(lines...)))
	}
	r := tr.open()
	for i := range tops {
		a, b := tops[i], tops[(i+1)%len(tops)]
		want := tr.git("diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-renames", a, b)
		if got := spelled(changes(t, r, a, b)); got != want || want == "" {
			t.Errorf("%d: got %q, want %q", i, got, want)
		}
	}
}

// large is a repository of ten thousand documents in a hundred directories, and
// two commits that differ in three of them.
func large(tb testing.TB, tr *testRepo) (a, b string) {
	tb.Helper()
	top := func(edited ...int) string {
		var lines strings.Builder
		blobs := map[bool]string{false: tr.gitIn("1", "hash-object", "-w", "--stdin"), true: tr.gitIn("2", "hash-object", "-w", "--stdin")}
		for i := range 10_000 {
			changed := len(edited) > 0 && (i == edited[0] || i == edited[1] || i == edited[2])
			fmt.Fprintf(&lines, "100644 %s\tlips/%02d/lip-%05d.md\x00", blobs[changed], i%100, i)
		}
		tr.git("read-tree", "--empty")
		tr.gitIn(lines.String(), "update-index", "-z", "--index-info")
		return tr.commitOf(tr.git("write-tree"))
	}
	return top(), top(17, 117, 4242)
}

// TestChangesReads: of ten thousand documents only the directories of the three
// that changed are read.
func TestChangesReads(t *testing.T) {
	tr := newRepo(t)
	a, b := large(t, tr)
	r := tr.open()
	if got := changes(t, r, a, b); len(got) != 3 || got[0].Path != "lips/17/lip-00017.md" || got[2].Path != "lips/42/lip-04242.md" {
		t.Errorf("got %v", got)
	}
	if len(r.trees) != 8 { // top, lips, 17 and 42, of each commit
		t.Errorf("%d trees read", len(r.trees))
	}
}

func BenchmarkChanges(b *testing.B) {
	tr := &testRepo{b, realDir(b)}
	tr.git("init", "--quiet")
	tr.git("config", "user.name", "Ann")
	tr.git("config", "user.email", "ann@example.org")
	old, new := large(b, tr)
	for b.Loop() {
		r, err := Open(b.Context(), Options{Dir: tr.dir})
		if err != nil {
			b.Fatal(err)
		}
		if got := changes(b, r, old, new); len(got) != 3 {
			b.Fatal(got)
		}
		if err := r.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// TestChangesBad: a malformed tree is refused where it differs, and not looked
// at where it does not.
func TestChangesBad(t *testing.T) {
	tr := newRepo(t)
	blob := tr.gitIn("x", "hash-object", "-w", "--stdin")
	bad := tr.gitIn(rawTree(strings.Repeat("\x01", 20), "100644 .git"), "hash-object", "-w", "-t", "tree", "--literally", "--stdin")
	same := "040000 tree " + bad + "\tbad\n"
	one := tr.commitOf(tr.gitIn("100644 blob "+blob+"\ta\n"+same, "mktree"))
	two := tr.commitOf(tr.gitIn(same, "mktree"))
	three := tr.commitOf(tr.gitIn("040000 tree "+bad+"\tworse\n", "mktree"))
	r := tr.open()
	if got := changes(t, r, one, two); len(got) != 1 || got[0].Path != "a" {
		t.Errorf("got %v", got)
	}
	if _, err := r.Changes(t.Context(), resolve(t, r, two), resolve(t, r, three)); !errors.Is(err, ErrBadTree) || !strings.Contains(err.Error(), ".git") {
		t.Errorf("got %v", err)
	}
}

// TestChangesLimits: as deep, as many and as large as allowed, and one more.
func TestChangesLimits(t *testing.T) {
	tr := newRepo(t)
	old, new := tr.treeOf("100644 a", "100644 b"), tr.treeOf("100644 a=2", "100644 b=2")
	r := tr.open()
	need := 2 * (1 + changeSize)
	for _, tt := range []struct {
		left, room int
		want       error
	}{{4, need, nil}, {3, need, ErrTooLarge}, {4, need - 1, ErrTooLarge}} {
		d := differ{lister: lister{repo: r, left: tt.left, deep: PathErrors{}}, room: tt.room}
		if err := d.compare(t.Context(), old, new, "", 0); !errors.Is(err, tt.want) {
			t.Errorf("%+v: %v", tt, err)
		}
	}
	tree := tr.treeOf("100644 f")
	for range maxTreeDepth {
		tree = tr.gitIn("040000 tree "+tree+"\td\n", "mktree")
	}
	empty := resolve(t, r, tr.commitOf(tr.treeOf()))
	got, err := r.Changes(t.Context(), empty, resolve(t, r, tr.commitOf(tree)))
	if err != nil || len(got) != 1 {
		t.Errorf("at the limit: %d changes, %v", len(got), err)
	}
	tree = tr.gitIn("040000 tree "+tree+"\td\n100644 blob "+tr.gitIn("", "hash-object", "-w", "--stdin")+"\tz\n", "mktree")
	got, err = r.Changes(t.Context(), empty, resolve(t, r, tr.commitOf(tree)))
	var bad PathErrors
	if !errors.As(err, &bad) || !errors.Is(err, ErrTooLarge) || len(got) != 1 || got[0].Path != "z" {
		t.Errorf("past the limit: %v, %v", got, err)
	}
}
