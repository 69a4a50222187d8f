package anchor

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
)

const custodyProof = "evidence/a/record.json.ots"

// kinds are those of a log, with what each claims.
func kinds(t *testing.T, s *site) []string {
	t.Helper()
	log, err := s.custody()
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range log {
		if e.Kind != evidence.KindCommit {
			list = append(list, e.Kind+": "+e.Claim)
		}
	}
	return list
}

// A log says what each commit did to its own parent's proof, and where a merge kept
// another one than the last of them left, that it did.
func TestCustodyOfBranches(t *testing.T) {
	const text = "{}"
	one, two := proofOf(t, text, "alice"), proofOf(t, text, "alice", "bob")
	side := func(t *testing.T, there, here string) *site {
		s := newSite(t, files{"evidence/a/record.json": text, custodyProof: one})
		s.git(s.work, "checkout", "--quiet", "-b", "side")
		s.commit(files{custodyProof: there})
		s.git(s.work, "checkout", "--quiet", "main")
		if here != "" {
			s.commit(files{custodyProof: here})
		}
		s.git(s.work, "merge", "--quiet", "-s", "ours", "-m", "ours", "side")
		s.commit(files{"beside": "it"})
		return s
	}
	for name, tt := range map[string]struct {
		there, here string
		want        []string
	}{
		"lost beside it":   {"", two, []string{"stamp: the proof is there: promises of calendars: 1", "upgrade: the proof gained promises of calendars: 1", "lost: the proof is gone, or cannot be read", "merge: the merge kept the proof with promises of calendars: 2"}},
		"gained beside it": {two, "", []string{"stamp: the proof is there: promises of calendars: 1", "upgrade: the proof gained promises of calendars: 1", "merge: the merge kept the proof with promises of calendars: 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, kinds(t, side(t, tt.there, tt.here))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCustodyOfProofPutBack(t *testing.T) {
	const text = "{}"
	one := proofOf(t, text, "alice")
	s := newSite(t, files{"evidence/a/record.json": text, custodyProof: one})
	s.commit(files{custodyProof: ""})
	s.commit(files{custodyProof: one})
	want := []string{"stamp: the proof is there: promises of calendars: 1", "lost: the proof is gone, or cannot be read", "stamp: there is a proof again: promises of calendars: 1"}
	if diff := cmp.Diff(want, kinds(t, s)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// So many bytes of proofs are read for one log.
func TestCustodyBytesLimit(t *testing.T) {
	content := func(i, size int) string { return strings.Repeat(string(rune('A'+i)), size) }
	s := newSite(t, files{"evidence/a/record.json": "{}", custodyProof: content(0, ots.MaxProof)})
	for i := 1; i < maxTraced/ots.MaxProof/2; i++ { // each is read twice, but for the first
		s.commit(files{custodyProof: content(i, ots.MaxProof)})
	}
	if err := os.WriteFile(filepath.Join(s.work, custodyProof), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s.commit(nil)
	if _, err := s.custody(); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	s.git(s.work, "reset", "--quiet", "--hard", "HEAD^")
	s.commit(files{custodyProof: "x"})
	if _, err := s.custody(); !errors.Is(err, gitrepo.ErrTooLarge) {
		t.Errorf("a byte past it: %v", err)
	}
}

// A merge's entry is the merge's, and stays as it is whatever is committed later.
func TestCustodyNamesTheMerge(t *testing.T) {
	const text = "{}"
	s := newSite(t, files{"evidence/a/record.json": text, custodyProof: proofOf(t, text, "alice")})
	s.git(s.work, "checkout", "--quiet", "-b", "side")
	s.commit(files{custodyProof: ""})
	s.git(s.work, "checkout", "--quiet", "main")
	s.commit(files{"beside": "it"})
	s.git(s.work, "merge", "--quiet", "-s", "ours", "-m", "ours", "side")
	merge := s.git(s.work, "rev-parse", "HEAD")
	before, err := s.custody()
	if err != nil || len(before) == 0 || before[len(before)-1].Kind != evidence.KindMerge || before[len(before)-1].Commit != merge {
		t.Fatalf("%v, %+v", err, before)
	}
	s.commit(files{"beside": "something else"})
	s.commit(files{custodyProof: proofOf(t, text, "alice", "bob")})
	after, err := s.custody()
	if err != nil || len(after) != len(before)+2 {
		t.Fatalf("%v, %+v", err, after)
	}
	if diff := cmp.Diff(before, after[:len(before)]); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

// So often the merges between two commits are looked through.
func TestCustodyWalksLimit(t *testing.T) {
	for _, extra := range []int{0, 1} {
		s := newSite(t, files{"evidence/a/record.json": "{}", custodyProof: "junk"})
		var b strings.Builder
		head := s.git(s.work, "rev-parse", "HEAD")
		for i := range maxWalks + extra { // a side commit, and the merge that keeps nothing of it
			fmt.Fprintf(&b, "commit refs/heads/side\nmark :%d\ncommitter A <a@b> %d +0000\ndata 0\nfrom %s\nM 644 inline %s\ndata %d\n%d\n", 2*i+1, i+1, head, custodyProof, len(fmt.Sprint(i)), i)
			fmt.Fprintf(&b, "commit refs/heads/main\nmark :%d\ncommitter A <a@b> %d +0000\ndata 0\nfrom %s\nmerge :%d\n", 2*i+2, i+1, head, 2*i+1)
			head = fmt.Sprintf(":%d", 2*i+2)
		}
		cmd := exec.Command("git", "fast-import", "--quiet", "--force")
		cmd.Dir, cmd.Stdin = s.work, strings.NewReader(b.String())
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		s.git(s.work, "reset", "--quiet", "--hard")
		log, err := s.custody()
		if extra == 0 && (err != nil || log[len(log)-1].Kind != evidence.KindMerge) || extra == 1 && !errors.Is(err, gitrepo.ErrTooLarge) {
			t.Errorf("%d past the limit: %d entries, %v", extra, len(log), err)
		}
	}
}
