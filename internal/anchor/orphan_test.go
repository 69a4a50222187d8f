package anchor

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/openllmo/git-anchor/internal/verify"
)

// Of proofs without documents so many are opened as one run may, by their names;
// what lies past them is as if it were not there.
func TestOrphanLimit(t *testing.T) {
	const text = "a text that was renamed\n"
	for _, extra := range []int{0, 1} {
		tree := files{"new.md": text, "z.md.ots": proofOf(t, text, "x")}
		for i := range maxOrphans - 1 + extra {
			tree[fmt.Sprintf("%04d.md.ots", i)] = proofOf(t, fmt.Sprint(i), "x")
		}
		// Proofs beside their documents do not count.
		tree["a.md"], tree["a.md.ots"] = "beside\n", proofOf(t, "beside\n", "x")
		s := newSite(t, tree)
		run, err := s.session().Verify(t.Context(), Selection{Operands: []string{filepath.Join(s.work, "new.md")}}, VerifyOptions{NoUpgrade: true})
		if err != nil {
			t.Fatal(err)
		}
		want := "git mv z.md.ots new.md.ots"
		if extra > 0 {
			want = "git anchor new.md  (if it was renamed: git mv its old .ots along)"
		}
		if r := run.Results[0]; r.Outcome.Status != verify.Missing || r.Hint != want {
			t.Errorf("%d past the limit: %v, hint %q; want missing, %q", extra, r.Outcome.Status, r.Hint, want)
		}
	}
}
