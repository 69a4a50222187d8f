package gitrepo

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTokenIsNowhere: while git speaks with the server the token is in no
// process's arguments, in no file, and in the environment of those alone that
// need it; what signs does not have it.
func TestTokenIsNowhere(t *testing.T) {
	s, c := served(t)
	t.Setenv("INPUT_TOKEN", writeToken)
	seen := filepath.Join(realDir(t), "seen")
	signer := filepath.Join(realDir(t), "signer")
	script := "#!/bin/sh\nenv >" + seen + "\ntr '\\0' '\\n' </proc/$PPID/environ >>" + seen + "\ncat >/dev/null\necho '[GNUPG:] SIG_CREATED ' >&2\necho signature\n"
	if err := os.WriteFile(signer, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	tip := s.tip(c.open(), writeToken)
	secrets := []string{writeToken, tip.remote.basic()}
	has := func(text string) bool {
		return strings.Contains(text, secrets[0]) || strings.Contains(text, secrets[1])
	}
	holders := map[string]bool{}
	s.onRequest(func(http.ResponseWriter, *http.Request) bool {
		processes, err := filepath.Glob("/proc/[0-9]*")
		if err != nil || len(processes) == 0 {
			t.Error(len(processes), err)
		}
		for _, p := range processes {
			// One that has ended meanwhile has nothing to show.
			args, _ := os.ReadFile(filepath.Join(p, "cmdline"))
			env, _ := os.ReadFile(filepath.Join(p, "environ"))
			if has(string(args)) {
				t.Errorf("arguments: %q", args)
			}
			if strings.Contains(string(env), "GIT_DIR="+tip.dir) && has(string(env)) {
				program, _, _ := strings.Cut(string(args), "\x00")
				holders[filepath.Base(program)] = true
			}
		}
		return false
	})
	parent := fetch(t, tip, "main")
	id, err := tip.Plant(t.Context(), parent, []NewFile{{"x.ots", nil}}, Identity{Name: "bot", Email: "bot@example.org", Sign: true, Program: signer}, "Anchor\n")
	if err != nil {
		t.Fatal(err)
	}
	if err := tip.Push(t.Context(), "main", id, parent.ID); err != nil {
		t.Fatal(err)
	}
	if !holders["git"] {
		t.Errorf("the search finds nothing: %v", holders)
	}
	if env := readFile(t, seen); has(env) || !strings.Contains(env, "PATH=") || strings.Contains(env, "INPUT_TOKEN") {
		t.Error("what signs has the token")
	}
	for path, content := range snapshot(t, tip.dir) {
		if has(content) {
			t.Errorf("it is in %s", path)
		}
	}
}
