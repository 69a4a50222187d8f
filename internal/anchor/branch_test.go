package anchor

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openllmo/git-anchor/internal/bitcoin"
)

const ourBranch = "git-anchor/proofs"

// propose publishes to our branch.
func (s *site) propose(plan Plan, extra Extra) Published {
	s.t.Helper()
	tip := s.tip()
	got, err := PublishBranch(s.t.(*testing.T).Context(), tip, "main", plan, extra, delivery(tip, ourBranch))
	if err != nil {
		s.t.Fatal(err)
	}
	return got
}

// Three runs before the pull request is merged: whatever each of them was
// promised, the first claim survives, in one commit on the base.
func TestPublishBranchKeepsClaims(t *testing.T) {
	s := newSite(t, files{"a.md": "1", "registries/2026-01.json": "2", "c.md": "3"})
	first := s.propose(s.planOf("one", "a.md", "registries/2026-01.json"), Extra{})
	if first.Commit != s.id(ourBranch) || !first.Due || strings.Join(first.Paths, " ") != "a.md.ots proofs/2026-01.json.ots" {
		t.Errorf("first: %+v", first)
	}
	s.propose(s.planOf("two", "a.md"), Extra{})
	s.propose(s.planOf("three", "c.md"), Extra{})
	for path, want := range (files{
		"a.md.ots": proofOf(t, "1", "one", "two"), "proofs/2026-01.json.ots": proofOf(t, "2", "one"), "c.md.ots": proofOf(t, "3", "three"),
	}) {
		if got := s.at(ourBranch, path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	if s.git(s.bare, "rev-parse", ourBranch+"^") != s.id("main") {
		t.Error("the branch is not one commit on the base")
	}
}

// Nothing new is no push; a base that moved is one; what was merged is no pull
// request any more.
func TestPublishBranchStays(t *testing.T) {
	s := newSite(t, files{"a.md": "1", "index": "1"})
	plan := s.planOf("x", "a.md")
	extra := Extra{Files: []ExtraFile{{"index", s.git(s.work, "rev-parse", "HEAD:index"), []byte("2")}}}
	s.propose(plan, extra)
	at := s.id(ourBranch)
	if d := cmp.Diff(Published{Attempts: 1, Due: true}, s.propose(plan, extra)); d != "" || s.id(ourBranch) != at {
		t.Errorf("nothing new: %s", d)
	}
	if got := s.propose(Plan{Registries: "registries", RegistryProofs: "proofs"}, extra); got.Commit != "" || !got.Due {
		t.Errorf("an empty plan: %+v", got)
	}
	base := s.land("main", files{"other": "1"})
	if got := s.propose(plan, extra); got.Commit == "" || s.git(s.bare, "rev-parse", ourBranch+"^") != base || s.at(ourBranch, "other") != "1" {
		t.Errorf("the base moved: %+v", got)
	}
	s.git(s.bare, "update-ref", "refs/heads/main", ourBranch)
	at = s.id(ourBranch)
	if d := cmp.Diff(Published{Attempts: 1}, s.propose(plan, extra)); d != "" || s.id(ourBranch) != at {
		t.Errorf("merged: %s", d)
	}
}

// Only proofs and headers are taken from our branch, and only those that belong
// to what the base has.
func TestPublishBranchTakesProofsAlone(t *testing.T) {
	earlier := SupersededPath("s.md", promised(t, "0", "x"))
	invented := SupersededPath("a.md", promised(t, "0", "x"))
	s := newSite(t, files{
		"a.md": "1", "b.md": "1", "c.md": "1", "d.md": "1", "e.md": "1", "f.md": "1", "f.md.ots": proofOf(t, "1", "x"), "n.md": "1",
		earlier: proofOf(t, "0", "x"), bitcoin.BundleFile: headersOf(2500),
	})
	plan := s.planOf("x", "n.md")
	plan.Headers = []byte(headersOf(5000))
	s.git(s.work, "checkout", "--quiet", "-b", "tmp")
	s.write(files{"n.md.ots": ""})
	s.commit(files{
		"a.md.ots": proofOf(t, "1", "kept"),
		"b.md.ots": "garbage",
		"c.md.ots": proofOf(t, "other bytes", "x"),
		"d.md.ots": proofOf(t, "1", "x"), "d.md": "edited here",
		"e.md.ots": proofOf(t, "1", "x"), // edited in the base
		"f.md.ots": proofOf(t, "1", "kept"),
		"g.md.ots": proofOf(t, "1", "x"), // no such document
		invented:   proofOf(t, "0", "x"),
		earlier:    proofOf(t, "0", "y"),
		"evil.sh":  "x", ".github/workflows/x.yml": "x",
		bitcoin.BundleFile: headersOf(7500),
	})
	s.symlink("h.md.ots", "a.md")
	s.push(ourBranch)
	s.land("main", files{"e.md": "2"})
	got := s.propose(plan, Extra{})
	want := strings.Join([]string{bitcoin.BundleFile, "a.md.ots", "f.md.ots", "n.md.ots", earlier}, " ")
	if changed := s.changed("main", ourBranch); changed != want {
		t.Errorf("the branch changes %s, want %s", changed, want)
	}
	for path, want := range (files{
		bitcoin.BundleFile: headersOf(2500, 5000, 7500), "f.md.ots": proofOf(t, "1", "kept", "x"), earlier: proofOf(t, "0", "x", "y"),
	}) {
		if got := s.at(ourBranch, path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	wantDropped := []Dropped{
		{invented, "the base has no such proof of an earlier version"},
		{"b.md.ots", "it cannot be read: byte 0: not an OpenTimestamps proof: it is a text file"},
		{"c.md.ots", "it is not for the bytes of its document"},
		{"d.md.ots", "its document changed meanwhile"},
		{"e.md.ots", "its document changed meanwhile"},
		{"g.md.ots", "our branch has it without its document"},
	}
	if d := cmp.Diff(wantDropped, got.Dropped); d != "" {
		t.Error(d)
	}
}

// What another run pushed to our branch between our fetch and our push is not
// overwritten.
func TestPublishBranchMoved(t *testing.T) {
	s := newSite(t, files{"a.md": "1", "b.md": "1"})
	s.propose(s.planOf("x", "a.md"), Extra{})
	plan := s.planOf("y", "b.md")
	tip := s.tip()
	d := delivery(tip, ourBranch)
	moved := false
	d.Message = func([]string) string {
		if !moved {
			moved = true
			s.land(ourBranch, files{"a.md.ots": proofOf(t, "1", "x", "z")})
		}
		return "Anchor"
	}
	got, err := PublishBranch(t.Context(), tip, "main", plan, Extra{}, d)
	if err != nil || got.Attempts != 2 || got.Commit != s.id(ourBranch) {
		t.Errorf("%+v, %v", got, err)
	}
	if got := s.at(ourBranch, "a.md.ots"); got != proofOf(t, "1", "x", "z") {
		t.Errorf("a.md.ots is %q", got)
	}
}

func TestPublishBranchOntoItself(t *testing.T) {
	s := newSite(t, files{"a.md": "1"})
	tip := s.tip()
	_, err := PublishBranch(t.Context(), tip, "main", Plan{}, Extra{}, delivery(tip, "main"))
	if err == nil || !strings.Contains(err.Error(), `"main" is the base of the pull request`) {
		t.Errorf("error %v", err)
	}
}
