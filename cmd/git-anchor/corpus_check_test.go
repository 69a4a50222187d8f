package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/openllmo/git-anchor/internal/corpus"
	"github.com/openllmo/git-anchor/internal/devnet"
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
	net, err := devnet.Start(devnet.Options{Immediate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := net.Close(); err != nil {
			t.Error(err)
		}
	})
	const path = "content/spec/lips/lip-0003.md"
	repo, exe, env := t.TempDir(), self(t), cleanEnv(t)
	put := func(name string, data []byte) {
		t.Helper()
		full := filepath.Join(repo, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(full), 0o755), os.WriteFile(full, data, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	command := func(want int, name string, args ...string) (out, words string) {
		t.Helper()
		var o, e bytes.Buffer
		cmd := exec.Command(name, args...)
		cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = repo, env, &o, &e
		if err := cmd.Run(); cmd.ProcessState.ExitCode() != want {
			t.Fatalf("%s %s: %v, want exit %d\n%s%s", name, args, err, want, &o, &e)
		}
		return o.String(), e.String()
	}
	put(".git-anchor.toml", []byte("[[documents]]\nkind = 'lip'\npaths = ['content/spec/lips/lip-????.md']\nstatus = ['Draft']\nforbid = []\n"))
	put(path, text)
	command(0, "git", "init", "-q")
	for _, u := range net.CalendarURLs() {
		command(0, "git", "config", "--add", "anchor.calendar", u)
	}
	command(0, "git", "add", ".")
	command(0, "git", "commit", "-q", "-m", "Draft LIP-3")
	pools := net.Pools()
	command(0, exe, "--network", "regtest", "--calendar", pools[0], "--calendar", pools[1], "--commit", path)
	command(0, "git", "tag", "anchored")

	accepted := bytes.Replace(text, []byte("\nstatus: Draft\n"), []byte("\nstatus: Final\n"), 1)
	accepted = bytes.Replace(accepted, []byte("\n---\n\n## 1."), []byte("\n  - date: 2026-06-01\n    from: Draft\n    to: Final\n    ref: \"accepted\"\n---\n\n## 1."), 1)
	put(path, accepted)
	command(0, "git", "commit", "-q", "-a", "-m", "Accept LIP-3")
	out, words := command(1, exe, "check", "--network", "regtest", "--base", "anchored")
	t.Logf("%s%s", out, words)
	want := `^content/spec/lips/lip-0003\.md:8: regtest, proves nothing: Violation: the anchored document changed in commit [0-9a-f]{12} \(Accept LIP-3\): ` +
		`status: "Draft" → "Final", transitions: 1 entry → 2 entries; content/spec/lips/lip-0003\.md\.ots stands for its earlier bytes, and was not superseded \(edited\)\.\n$`
	if !regexp.MustCompile(want).MatchString(out) {
		t.Errorf("check printed %q, want %s", out, want)
	}
	if hint := regexp.MustCompile(`(?m)^hint: git anchor supersede content/spec/lips/lip-0003\.md  `); !hint.MatchString(words) {
		t.Errorf("check said %q, want %s", words, hint)
	}
	command(0, exe, "supersede", "--commit", path)
	command(0, exe, "check", "--network", "regtest", "--base", "anchored")
}
