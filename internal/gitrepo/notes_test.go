package gitrepo

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

const notesRef = "refs/notes/test"

// set edits one note to hold data.
func set(t *testing.T, r *Repo, id string, data []byte) {
	t.Helper()
	if _, err := r.EditNotes(t.Context(), notesRef, []string{id}, "Set\n", func(string, []byte, error) []byte { return data }); err != nil {
		t.Fatal(err)
	}
}

func on(t *testing.T, r *Repo, id string) string {
	t.Helper()
	n, err := r.Notes(t.Context(), notesRef)
	if err != nil {
		t.Fatal(err)
	}
	b, err := n.On(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func noted(t *testing.T, r *Repo) []string {
	t.Helper()
	n, err := r.Notes(t.Context(), notesRef)
	if err != nil {
		t.Fatal(err)
	}
	ids, err := n.Objects(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestNotes(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			tr := newRepo(t, "--object-format="+format)
			first := tr.commit("a", "1\n")
			second := tr.commit("a", "2\n")
			r := tr.open()
			if on(t, r, first) != "" || noted(t, r) != nil {
				t.Error("there are notes before any")
			}
			set(t, r, first, []byte("one\r\n"))
			set(t, r, second, []byte("two"))
			if got := tr.git("notes", "--ref=test", "show", first); got != "one\r" {
				t.Errorf("git reads %q", got)
			}
			if got := on(t, r, second); got != "two" {
				t.Errorf("we read %q", got)
			}
			want := []string{first, second}
			slices.Sort(want)
			if got := noted(t, r); !slices.Equal(got, want) {
				t.Errorf("notes on %q, want %q", got, want)
			}
			before := tr.git("rev-parse", notesRef)
			set(t, r, second, []byte("two"))
			set(t, r, second, nil)
			if now := tr.git("rev-parse", notesRef); now != before {
				t.Error("a commit that changes nothing")
			}
			if n := tr.git("rev-list", "--count", notesRef); n != "2" {
				t.Errorf("%s commits, want 2", n)
			}
		})
	}
}

// git puts notes into directories when there are many; they are read there,
// changed there, and new ones come there, too.
func TestNotesInDirectories(t *testing.T) {
	tr := newRepo(t)
	var in strings.Builder
	for i := range 700 {
		fmt.Fprintf(&in, "commit refs/heads/main\ncommitter A <a@b> %d +0000\ndata 1\nx\n", i)
	}
	tr.gitIn(in.String(), "fast-import", "--quiet")
	ids := strings.Split(tr.git("rev-list", "main"), "\n")
	in.Reset()
	fmt.Fprint(&in, "commit "+notesRef+"\ncommitter A <a@b> 1 +0000\ndata 1\nx\n")
	for _, id := range ids[1:] {
		fmt.Fprintf(&in, "N inline %s\ndata 4\nold\n\n", id)
	}
	tr.gitIn(in.String(), "fast-import", "--quiet")
	if n := len(strings.Split(tr.git("ls-tree", notesRef), "\n")); n > 256 {
		t.Fatalf("%d entries at the top: git did not put them into directories", n)
	}
	r := tr.open()
	if got := noted(t, r); len(got) != 699 {
		t.Errorf("%d notes, want 699", len(got))
	}
	if got := on(t, r, ids[1]); got != "old\n" {
		t.Errorf("we read %q", got)
	}
	set(t, r, ids[1], []byte("new\n"))
	set(t, r, ids[0], []byte("first\n"))
	for id, want := range map[string]string{ids[0]: "first", ids[1]: "new", ids[2]: "old"} {
		if got := tr.git("notes", "--ref=test", "show", id); got != want {
			t.Errorf("git reads %q on %s, want %q", got, id, want)
		}
	}
	if got := tr.git("ls-tree", "-r", "--name-only", notesRef); strings.Count(got, "\n")+1 != 700 || !strings.Contains(got, ids[0][:2]+"/"+ids[0][2:]) {
		t.Errorf("%d notes, or the new one is in no directory", strings.Count(got, "\n")+1)
	}
}

// A note stands at two places where a merge took trees of different shape.
func TestNotesAtTwoPlaces(t *testing.T) {
	tr := newRepo(t)
	id := tr.commit("a", "1\n")
	one := tr.gitIn("one", "hash-object", "-w", "--stdin")
	two := tr.gitIn("two\n", "hash-object", "-w", "--stdin")
	below := tr.gitIn("100644 blob "+two+"\t"+id[2:]+"\n", "mktree")
	top := tr.gitIn("040000 tree "+below+"\t"+id[:2]+"\n100644 blob "+one+"\t"+id+"\n100644 blob "+one+"\tREADME\n", "mktree")
	tr.git("update-ref", notesRef, tr.git("commit-tree", "-m", "x", top))
	r := tr.open()
	if got := on(t, r, id); got != "one\ntwo\n" {
		t.Errorf("we read %q", got)
	}
	if got := noted(t, r); !slices.Equal(got, []string{id}) {
		t.Errorf("notes on %q", got)
	}
	set(t, r, id, []byte("both\n"))
	if got := tr.git("ls-tree", "-r", "--name-only", notesRef); got != "README\n"+id && got != id+"\nREADME" {
		t.Errorf("the tree holds %q", got)
	}
}

func TestNoteLimit(t *testing.T) {
	tr := newRepo(t)
	id := tr.commit("a", "1\n")
	r := tr.open()
	set(t, r, id, bytes.Repeat([]byte{'x'}, MaxNote))
	if got := on(t, r, id); len(got) != MaxNote {
		t.Errorf("read %d bytes", len(got))
	}
	set(t, r, id, bytes.Repeat([]byte{'x'}, MaxNote+1))
	n, err := r.Notes(t.Context(), notesRef)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.On(t.Context(), id); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one byte past the limit: %v", err)
	}
	told := error(nil)
	_, err = r.EditNotes(t.Context(), notesRef, []string{id}, "x\n", func(_ string, _ []byte, err error) []byte { told = err; return nil })
	if err != nil || !errors.Is(told, ErrTooLarge) {
		t.Errorf("EditNotes: %v, and told %v", err, told)
	}
}

// Trees that name one another again and again are not listed for ever.
func TestNotesBomb(t *testing.T) {
	tr := newRepo(t)
	tr.commit("a", "1\n")
	tree := tr.gitIn("", "mktree")
	for range 18 {
		var in strings.Builder
		for i := range 256 {
			fmt.Fprintf(&in, "040000 tree %s\t%02x\n", tree, i)
		}
		tree = tr.gitIn(in.String(), "mktree")
	}
	tr.git("update-ref", notesRef, tr.git("commit-tree", "-m", "x", tree))
	n, err := tr.open().Notes(t.Context(), notesRef)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Objects(t.Context()); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

func TestNotesRefOfOtherKinds(t *testing.T) {
	tests := []struct {
		name string
		make func(tr *testRepo)
	}{
		{"blob", func(tr *testRepo) { tr.git("update-ref", notesRef, "HEAD:a") }},
		{"tree", func(tr *testRepo) { tr.git("update-ref", notesRef, "HEAD^{tree}") }},
		{"tag", func(tr *testRepo) {
			tr.git("tag", "-a", "-m", "x", "x")
			tr.git("update-ref", notesRef, "refs/tags/x")
		}},
		{"symbolic", func(tr *testRepo) { tr.git("symbolic-ref", notesRef, "refs/heads/main") }},
		{"directory", func(tr *testRepo) { tr.git("update-ref", notesRef+"/deeper", "HEAD") }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr := newRepo(t)
			id := tr.commit("a", "1\n")
			tt.make(tr)
			before := tr.git("for-each-ref")
			r := tr.open()
			if _, err := r.Notes(t.Context(), notesRef); !errors.Is(err, ErrNoCommit) {
				t.Errorf("Notes: %v", err)
			}
			_, err := r.EditNotes(t.Context(), notesRef, []string{id}, "x\n", func(string, []byte, error) []byte { return []byte("x") })
			if !errors.Is(err, ErrNoCommit) {
				t.Errorf("EditNotes: %v", err)
			}
			if now := tr.git("for-each-ref"); now != before {
				t.Errorf("refs were\n%s\nand are\n%s", before, now)
			}
		})
	}
}

// Of many who write at once, each edits what the one before it wrote.
func TestNotesAtOnce(t *testing.T) {
	tr := newRepo(t)
	shared := tr.commit("a", "1\n")
	var ids []string
	for i := range 6 {
		ids = append(ids, tr.commit("a", fmt.Sprint("other ", i)))
	}
	var wg sync.WaitGroup
	for _, id := range ids {
		r := tr.open()
		wg.Go(func() {
			_, err := r.EditNotes(t.Context(), notesRef, []string{shared, id}, "Add\n", func(_ string, now []byte, err error) []byte {
				if err != nil {
					t.Error(err)
				}
				return append(now, id...)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	r := tr.open()
	got := on(t, r, shared)
	for _, id := range ids {
		if !strings.Contains(got, id) || on(t, r, id) != id {
			t.Errorf("what was written about %s is lost", id)
		}
	}
	if len(got) != len(ids)*len(shared) {
		t.Errorf("the shared note holds %q", got)
	}
}
