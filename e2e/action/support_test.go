// Package action runs the GitHub Action end to end, as a workflow that a
// repository copies from docs/examples: nektos/act is the runner, in host mode;
// host_test.go stands in for GitHub, and devnet for calendars and explorers.
// Nothing leaves loopback. It has tests only; start with scenarios_test.go.
//
// The program act is taken from the environment's ACT; .ci/run builds it.
package action

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

const (
	top         = "../.." // of the product's sources
	maxCaptured = 64 << 20
)

// Tools are the programs that all scenarios share.
type tools struct {
	act    string // the runner
	anchor string // git-anchor as it would be released
	action string // the action's directory as of a release
	source string // the same without checksums: it builds from source
	path   string // PATH, with a curl that knows the release alone
}

// prepare builds the tools, or skips the test where there is no runner.
func prepare(t *testing.T) tools {
	t.Helper()
	act := os.Getenv("ACT")
	if act == "" {
		t.Skip("ACT is not set: no runner (go install github.com/nektos/act@v0.2.89, then ACT=…/act)")
	}
	dir := t.TempDir()
	k := tools{
		act: act, anchor: filepath.Join(dir, "git-anchor"),
		action: filepath.Join(dir, "release"), source: filepath.Join(dir, "source"),
		path: filepath.Join(dir, "bin") + string(os.PathListSeparator) + os.Getenv("PATH"),
	}
	version := strings.TrimSpace(string(read(t, filepath.Join(top, "VERSION"))))
	command(t, top, nil, "bash", "action/build.sh", version, runtime.GOOS, runtime.GOARCH, k.anchor)
	for _, into := range []string{k.action, k.source} {
		for _, name := range []string{"action.yml", "VERSION", "action"} {
			copyTree(t, filepath.Join(top, name), filepath.Join(into, name))
		}
	}
	for _, name := range []string{"go.mod", "go.sum", "cmd", "internal", "data", "docs"} {
		copyTree(t, filepath.Join(top, name), filepath.Join(k.source, name))
	}
	asset := "git-anchor_" + version + "_" + runtime.GOOS + "_" + runtime.GOARCH
	sum, _, _ := strings.Cut(command(t, dir, nil, "sha256sum", "git-anchor"), " ")
	write(t, filepath.Join(k.action, "checksums.txt"), sum+"  "+asset+"\n", 0o644)
	curl := strings.NewReplacer("ASSET", "https://github.com/openllmo/git-anchor/releases/download/v"+version+"/"+asset, "FILE", k.anchor).Replace(onlyRelease)
	write(t, filepath.Join(dir, "bin", "curl"), curl, 0o755)
	recordSteps(t, filepath.Join(dir, "bin"))
	return k
}

// recordSteps puts a shell into a directory that keeps what the runner's steps
// print in the file $STEPS: act drops the end of what a failing step printed.
func recordSteps(t *testing.T, dir string) {
	t.Helper()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "bash"), strings.ReplaceAll(recorder, "BASH", bash), 0o755)
}

const recorder = `#!/bin/sh
[ "$1" = --noprofile ] || exec BASH "$@" # no step of the runner's
{ BASH "$@" 2>&1 </dev/null; echo $? >"$STEPS.status"; } | tee -a "$STEPS"
exit "$(cat "$STEPS.status")"
`

// onlyRelease is a curl that has the release's binary and nothing else.
const onlyRelease = `#!/bin/bash
while [ $# -gt 1 ]; do
	[ "$1" != --output ] || out=$2
	shift
done
[ "$1" = ASSET ] || { echo "curl: (6) not the release: $1" >&2; exit 6; }
cp FILE "$out"
`

// git runs git in a directory, with variables besides the isolating ones.
func git(t *testing.T, dir string, env []string, args ...string) string {
	t.Helper()
	return gitWith(t, "", dir, env, args...)
}

// gitWith runs git with an input.
func gitWith(t *testing.T, stdin, dir string, env []string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
	cmd.Env = append(isolated(), env...)
	return output(t, cmd)
}

// isolated is the environment of what a person types: none of the machine's
// settings, and a name to commit under.
func isolated() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=/nonexistent", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_AUTHOR_NAME=Ada Example", "GIT_AUTHOR_EMAIL=ada@example.org",
		"GIT_COMMITTER_NAME=Ada Example", "GIT_COMMITTER_EMAIL=ada@example.org",
	}
}

// command runs a program and returns what it prints.
func command(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	return output(t, cmd)
}

func output(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", cmd, err, stdout.String(), stderr.String())
	}
	return stdout.String()
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// write makes a file, and the directories above it.
func write(t *testing.T, file, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// copyTree copies a file, or a directory without its tests and their inputs.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(name string, d os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "testdata":
			return filepath.SkipDir
		case d.IsDir() || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		write(t, filepath.Join(to, rel), string(read(t, name)), info.Mode().Perm())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
