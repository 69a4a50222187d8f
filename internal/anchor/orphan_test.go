package anchor

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/verify"
)

// leftBehind is a repository in which new.md was old/z.md, and then all of tree
// was added.
func leftBehind(t *testing.T, text string, tree files) *site {
	t.Helper()
	s := newSite(t, files{"old/z.md": text})
	tree["old/z.md"], tree["new.md"] = "", text
	s.commit(tree)
	return s
}

// whichProof is where the proof of new.md was left, "" where that is unknown.
func whichProof(t *testing.T, s *site) string {
	t.Helper()
	run, err := s.session().Verify(t.Context(), Selection{Operands: []string{filepath.Join(s.work, "new.md")}}, VerifyOptions{NoUpgrade: true})
	if err != nil {
		t.Fatal(err)
	}
	r := run.Results[0]
	if r.Outcome.Status != verify.Missing {
		t.Fatalf("%v %v %q", r.Outcome.Status, r.Err, r.Outcome.Reason)
	}
	hint, ok := strings.CutPrefix(r.Hint, "git mv ")
	from, ok2 := strings.CutSuffix(hint, " new.md.ots")
	if !ok || !ok2 {
		return ""
	}
	return from
}

// Of proofs without documents so many are opened as one run may, by their names;
// what lies past them is as if it were not there.
func TestOrphanLimit(t *testing.T) {
	const text = "a text that was renamed\n"
	for _, extra := range []int{0, 1} {
		tree := files{"old/z.md.ots": proofOf(t, text, "x")}
		for i := range maxOrphans - 1 + extra {
			tree[fmt.Sprintf("%04d.md.ots", i)] = proofOf(t, fmt.Sprint(i), "x")
		}
		// Proofs beside their documents do not count.
		tree["a.md"], tree["a.md.ots"] = "beside\n", proofOf(t, "beside\n", "x")
		want := "old/z.md.ots"
		if extra > 0 {
			want = ""
		}
		if got := whichProof(t, leftBehind(t, text, tree)); got != want {
			t.Errorf("%d past the limit: %q, want %q", extra, got, want)
		}
	}
}

// So many bytes of them are read, the smallest first; of most the head is enough.
func TestOrphanBytes(t *testing.T) {
	const text = "a text that was renamed\n"
	const each = 1 << 19
	for extra, want := range map[int]string{0: "old/z.md.ots", 1: ""} {
		tree := files{}
		for i := range maxOrphanBytes/each - 1 {
			other := proofOf(t, fmt.Sprint(i), "x")
			tree[fmt.Sprintf("%d.md.ots", i)] = other + strings.Repeat("x", each-len(other))
		}
		// What is past its head cannot be read: it is in the way all the same.
		proof := proofOf(t, text, "x")
		tree["old/z.md.ots"] = proof + strings.Repeat("x", each-len(proof)+extra)
		if got := whichProof(t, leftBehind(t, text, tree)); got != want {
			t.Errorf("%d past the limit: %q, want %q", extra, got, want)
		}
	}
	small := files{"old/z.md.ots": proofOf(t, text, "x")}
	for i := range maxOrphanBytes / each {
		small[fmt.Sprintf("%d.md.ots", i)] = strings.Repeat(fmt.Sprint(i), each)
	}
	if got := whichProof(t, leftBehind(t, text, small)); got != "old/z.md.ots" {
		t.Errorf("beside large ones: %q", got)
	}
}

// That a proof without a document cannot be read is not that it is for other
// bytes.
func TestOrphanIsMissing(t *testing.T) {
	s := leftBehind(t, "a text that was renamed\n", files{"old/z.md.ots": "is not here"})
	id := s.git(s.work, "rev-parse", "HEAD:old/z.md.ots")
	if err := os.Remove(filepath.Join(s.work, ".git/objects", id[:2], id[2:])); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(s.work, "new.md")
	run, err := s.session().Stamp(t.Context(), []string{path}, StampOptions{DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	want := "whether new.md was anchored under another name cannot be seen: "
	if r := run.Results[0]; r.Refusal == nil || !strings.HasPrefix(r.Refusal.Text, want) {
		t.Errorf("stamp: %v, %v", r.Refusal, r.Err)
	}
	run, err = s.session().Verify(t.Context(), Selection{Operands: []string{path}}, VerifyOptions{NoUpgrade: true})
	if err != nil {
		t.Fatal(err)
	}
	if r := run.Results[0]; r.Outcome.Status != verify.Undecided || !strings.HasPrefix(r.Outcome.Reason, "look for proofs that were left behind: ") {
		t.Errorf("verify: %v, %v", r.Outcome, r.Err)
	}
}
