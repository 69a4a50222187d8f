package anchor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What waits on our branch comes into the work tree, where it belongs to HEAD's
// documents, and into the next plan.
func TestAdopt(t *testing.T) {
	earlier := SupersededPath("s.md", promised(t, "0", "x"))
	invented := SupersededPath("a.md", promised(t, "0", "x"))
	s := newSite(t, files{
		"a.md": "1", "b.md": "1", "b.md.ots": proofOf(t, "1", "x"), "c.md": "1", "d.md": "1", "e.md": "1", "f.md": "1", "f.md.ots": proofOf(t, "1", "x"),
		"g.md": "1", "g.md.ots": proofOf(t, "1", "x"), "h.md": "1", "h.md.ots": proofOf(t, "1", "x"), "i.md": "1", "j.md": "1", "j.md.ots": proofOf(t, "2", "x"),
		"registries/2026-01.json": "2", earlier: proofOf(t, "0", "x"), "k.md": "1",
	})
	s.commit(files{"h.md.ots": ""}) // deleted: not to come back
	base := s.git(s.work, "rev-parse", "HEAD")
	s.commit(files{
		"a.md.ots": proofOf(t, "1", "y"), // new
		"b.md.ots": proofOf(t, "1", "y"), // more claims
		"c.md.ots": proofOf(t, "1", "x"), "c.md": "edited",
		"d.md.ots": proofOf(t, "other", "x"), // for other bytes
		"e.md.ots": "garbage",
		"g.md.ots": proofOf(t, "1", "y"), // deleted in the work tree
		"h.md.ots": proofOf(t, "1", "x"),
		"i.md.ots": proofOf(t, "1", "y"), // another one is on disk already
		"j.md.ots": proofOf(t, "1", "x"), // HEAD's is for other bytes
		"l.md.ots": proofOf(t, "1", "x"), // no document
		invented:   proofOf(t, "0", "x"), earlier: proofOf(t, "0", "y"),
		"proofs/2026-01.json.ots": proofOf(t, "2", "y"), "index": "x",
	})
	s.symlink("k.md.ots", "a.md")
	s.push(ourBranch)
	s.git(s.work, "reset", "--quiet", "--hard", base)
	s.write(files{"g.md.ots": "", "i.md.ots": proofOf(t, "1", "z")})
	session := s.session()
	tip := s.tip()
	got, err := session.Adopt(t.Context(), tip, ourBranch)
	if err != nil {
		t.Fatal(err)
	}
	want := files{
		"a.md.ots": proofOf(t, "1", "y"), "b.md.ots": proofOf(t, "1", "x", "y"), "i.md.ots": proofOf(t, "1", "y", "z"),
		"proofs/2026-01.json.ots": proofOf(t, "2", "y"), earlier: proofOf(t, "0", "x", "y"),
	}
	if d := cmp.Diff([]string{"a.md.ots", "b.md.ots", "i.md.ots", "proofs/2026-01.json.ots", earlier}, got); d != "" {
		t.Error(d)
	}
	for path, content := range want {
		raw, err := os.ReadFile(filepath.Join(s.work, path))
		if err != nil || string(raw) != content {
			t.Errorf("%s is %q, %v, want %q", path, raw, err, content)
		}
	}
	if got := strings.Fields(s.git(s.work, "status", "--porcelain")); len(got) != 12 { // five of Adopt, and g.md.ots
		t.Errorf("the work tree differs in %q", got)
	}
	plan, err := session.Plan(t.Context(), Run{Written: got})
	if err != nil || len(plan.Proofs) != len(want) {
		t.Errorf("%d proofs planned, %v", len(plan.Proofs), err)
	}
	if got, err := session.Adopt(t.Context(), tip, ourBranch); err != nil || len(got) != 0 {
		t.Errorf("again: %q, %v", got, err)
	}
}

func TestAdoptNothing(t *testing.T) {
	s := newSite(t, files{"a.md": "1"})
	if got, err := s.session().Adopt(t.Context(), s.tip(), ourBranch); err != nil || got != nil {
		t.Errorf("no branch: %q, %v", got, err)
	}
}

// In a shallow clone nobody can tell what was there once: what waits in the pull
// request is taken up, and no more.
func TestAdoptShallow(t *testing.T) {
	s := newSite(t, files{"a.md": "1"})
	s.propose(s.planOf("x", "a.md"), Extra{})
	dir := t.TempDir()
	s.git(dir, "clone", "--quiet", "--depth=1", s.url, "shallow")
	clone := &site{t: t, bare: s.bare, work: filepath.Join(dir, "shallow"), url: s.url}
	got, err := clone.session().Adopt(t.Context(), clone.tip(), ourBranch)
	if d := cmp.Diff([]string{"a.md.ots"}, got); err != nil || d != "" {
		t.Error(err, d)
	}
}
