package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/openllmo/git-anchor/internal/corpus"
)

// TestCorpusAcceptance: LIP-3 was anchored while it was a Draft, and an edit
// that accepts it breaks the proof. check names the commit, the fields and the
// way out, and the way out passes.
func TestCorpusAcceptance(t *testing.T) {
	dir := corpus.Dir(t)
	text, err := os.ReadFile(filepath.Join(dir, "llmo", "lip-0003.md@0fbf0da"))
	if err != nil {
		t.Fatal(err)
	}
	const path = "content/spec/lips/lip-0003.md"
	r, exe := newCorpusRepo(t), self(t)
	r.put(".git-anchor.toml", []byte("[[documents]]\nkind = 'lip'\npaths = ['content/spec/lips/lip-????.md']\nstatus = ['Draft']\nforbid = []\n"))
	r.put(path, text)
	r.run(0, "git", "add", ".")
	r.run(0, "git", "commit", "-q", "-m", "Draft LIP-3")
	r.stamp("--commit", path)
	r.run(0, "git", "tag", "anchored")

	accepted := bytes.Replace(text, []byte("\nstatus: Draft\n"), []byte("\nstatus: Final\n"), 1)
	accepted = bytes.Replace(accepted, []byte("\n---\n\n## 1."), []byte("\n  - date: 2026-06-01\n    from: Draft\n    to: Final\n    ref: \"accepted\"\n---\n\n## 1."), 1)
	r.put(path, accepted)
	r.run(0, "git", "commit", "-q", "-a", "-m", "Accept LIP-3")
	out, words := r.run(1, exe, "check", "--network", "regtest", "--base", "anchored")
	t.Logf("%s%s", out, words)
	want := `^content/spec/lips/lip-0003\.md:8: regtest, proves nothing: Violation: the anchored document changed in commit [0-9a-f]{12} \(Accept LIP-3\): ` +
		`status: "Draft" → "Final", transitions: 1 entry → 2 entries; content/spec/lips/lip-0003\.md\.ots stands for its earlier bytes, and was not superseded \(edited\)\.\n$`
	if !regexp.MustCompile(want).MatchString(out) {
		t.Errorf("check printed %q, want %s", out, want)
	}
	if hint := regexp.MustCompile(`(?m)^hint: git anchor supersede content/spec/lips/lip-0003\.md  `); !hint.MatchString(words) {
		t.Errorf("check said %q, want %s", words, hint)
	}
	r.run(0, exe, "supersede", "--commit", path)
	r.run(0, exe, "check", "--network", "regtest", "--base", "anchored")
}
