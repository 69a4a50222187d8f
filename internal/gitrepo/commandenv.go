package gitrepo

import (
	"slices"
	"strings"
)

// CommandEnviron is what a command of the repository's own gets of a process's
// environment: all but git's variables, which would lead its git elsewhere, what
// GitHub's runner hands to a step (INPUT_…, ACTIONS_… and RunnersFiles), and the
// variables whose name, in upper case, contains one of secretParts or has one of
// secretWords between underscores. A secret under another name, or in the value of
// a variable like DATABASE_URL, is passed on.
func CommandEnviron(environ []string) []string {
	kept := []string{} // not nil, which would be this process's own to os/exec
	for _, kv := range environ {
		name, _, _ := strings.Cut(kv, "=")
		if name = strings.ToUpper(name); !ofRunner(name) && !strings.HasPrefix(name, "GIT_") && !secretName(name) {
			kept = append(kept, kv)
		}
	}
	return kept
}

// RunnersFiles are the variables that name files by which a step speaks to
// GitHub's runner.
func RunnersFiles() []string {
	return []string{"GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY"}
}

func ofRunner(name string) bool {
	return strings.HasPrefix(name, "INPUT_") || strings.HasPrefix(name, "ACTIONS_") || slices.Contains(RunnersFiles(), name)
}

func secretParts() []string {
	return []string{"TOKEN", "SECRET", "PASSWORD", "PASSPHRASE", "CREDENTIAL"}
}

func secretWords() []string { return []string{"KEY", "PAT", "PASS", "AUTH"} }

func secretName(name string) bool {
	contains := func(part string) bool { return strings.Contains(name, part) }
	word := func(w string) bool { return slices.Contains(secretWords(), w) }
	return slices.ContainsFunc(secretParts(), contains) || slices.ContainsFunc(strings.Split(name, "_"), word)
}
