package gitrepo

import "testing"

func TestChanged(t *testing.T) {
	tr := newRepo(t)
	tr.commit("other", "o")
	r := tr.open()
	head := func() Commit { return resolve(t, r, "HEAD") }
	if list, err := r.Changed(t.Context(), head(), "a[1]", 9); err != nil || len(list) != 0 {
		t.Errorf("nothing was there: %v, %v", list, err)
	}
	var want []Commit
	tr.commit("a[1]", "1")
	want = append(want, head())
	tr.commit("a1", "a name that a pattern would match")
	tr.commit("a[1]", "2")
	want = append(want, head())
	tr.git("rm", "-q", "--", "a[1]")
	tr.git("commit", "-q", "-m", "gone")
	want = append(want, head())
	tr.commit("other", "p")
	for _, n := range []int{1, 2, 3, 4} {
		list, err := r.Changed(t.Context(), head(), "a[1]", n)
		if err != nil || len(list) != min(n, len(want)) {
			t.Fatalf("of %d: %v, %v", n, list, err)
		}
		for i, c := range list {
			if c.ID != want[len(want)-1-i].ID {
				t.Errorf("of %d: %d is %s", n, i, c.ID)
			}
		}
	}
}
