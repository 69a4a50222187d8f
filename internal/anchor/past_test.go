package anchor

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/verify"
)

// outlived makes a history in which a.md had so many proofs one after the other,
// each of which is kept as that of an earlier version.
func (s *site) outlived(proofs int) {
	s.t.Helper()
	var b bytes.Buffer
	put := func(path, data string) { fmt.Fprintf(&b, "M 100644 inline %s\ndata %d\n%s\n", path, len(data), data) }
	for i := range proofs {
		fmt.Fprintf(&b, "commit refs/heads/past\ncommitter Ann <ann@example.org> %d +0000\ndata 0\n", 1_600_000_000+i)
		if i == 0 {
			put("a.md", "now")
		}
		put("a.md.ots", proofOf(s.t, fmt.Sprint(i), "x"))
	}
	fmt.Fprintf(&b, "commit refs/heads/past\ncommitter Ann <ann@example.org> %d +0000\ndata 0\nD a.md.ots\n", 1_600_000_000+proofs)
	for i := range proofs {
		put(SupersededPath("a.md", promised(s.t, fmt.Sprint(i), "x")), proofOf(s.t, fmt.Sprint(i), "x"))
	}
	cmd := exec.Command("git", "fast-import", "--quiet")
	cmd.Dir, cmd.Stdin = s.work, &b
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("git fast-import: %v: %s", err, out)
	}
	s.git(s.work, "checkout", "--quiet", "past")
}

// So many former proofs are opened; what a further one claims counts as lost.
func TestMaxPast(t *testing.T) {
	for _, n := range []int{maxPast, maxPast + 1} {
		s := newSite(t, files{"x": "1"})
		s.outlived(n)
		run, err := s.session().Stamp(t.Context(), []string{filepath.Join(s.work, "a.md")}, StampOptions{DryRun: true})
		if err != nil || len(run.Results) != 1 {
			t.Fatalf("%+v, %v", run, err)
		}
		switch r := run.Results[0]; {
		case n == maxPast && r.Action != Would:
			t.Errorf("at the limit: %v, %v", r.Refusal, r.Err)
		case n > maxPast && (r.Refusal == nil || !strings.HasSuffix(r.Refusal.Text, "held a proof of an earlier version of this document, and its claim must not be lost")):
			t.Errorf("past it: %v, %v", r.Refusal, r.Err)
		}
	}
}

// That a former proof cannot be read is not that there was none.
func TestFormerProofIsMissing(t *testing.T) {
	s := newSite(t, files{"a.md": "1", "a.md.ots": proofOf(t, "1", "x")})
	id := s.git(s.work, "rev-parse", "HEAD:a.md.ots")
	s.commit(files{"a.md": "2", "a.md.ots": ""})
	if err := os.Remove(filepath.Join(s.work, ".git/objects", id[:2], id[2:])); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(s.work, "a.md")
	run, err := s.session().Stamp(t.Context(), []string{path}, StampOptions{DryRun: true})
	if err != nil || len(run.Results) != 1 {
		t.Fatalf("%+v, %v", run, err)
	}
	want := "whether a.md was anchored before cannot be seen: read"
	if r := run.Results[0]; r.Refusal == nil || !strings.HasPrefix(r.Refusal.Text, want) || !strings.Contains(r.Refusal.Text, gitrepo.ErrMissingObject.Error()) {
		t.Errorf("stamp: %v, %v", r.Refusal, r.Err)
	}
	run, err = s.session().Verify(t.Context(), Selection{Operands: []string{path}}, VerifyOptions{NoUpgrade: true})
	if err != nil || len(run.Results) != 1 {
		t.Fatalf("%+v, %v", run, err)
	}
	if r := run.Results[0]; r.Err != nil || r.Outcome.Status != verify.Undecided || !strings.Contains(r.Outcome.Reason, gitrepo.ErrMissingObject.Error()) {
		t.Errorf("verify: %v, %v", r.Outcome, r.Err)
	}
}
