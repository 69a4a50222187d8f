// Package action holds the scripts of the GitHub Action, and tests that run
// them as its steps do. What stands for the release is a curl that copies files;
// what is built from source is built by the real Go.
package action

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// program stands for a release binary.
const program = "#!/bin/sh\necho ran\n"

// fakeCurl copies the file that a URL ends with from $RELEASE, and notes the URL.
const fakeCurl = `#!/usr/bin/env bash
while [ $# -gt 1 ]; do
	[ "$1" != --output ] || out=$2
	shift
done
echo "$1" >>"$RELEASE/asked"
cp "$RELEASE/${1##*/}" "$out" || exit 22
`

// source is the smallest module that build.sh builds.
var source = map[string]string{
	"go.mod":                 "module example.org/x\n\ngo 1.26\n",
	"cmd/git-anchor/main.go": "package main\n\nvar release string\n\nfunc main() { print(release) }\n",
}

// A place is a checkout of the action and the runner around it. Its names have
// blanks in them.
type place struct {
	here, temp, release, commands, output string
	env                                   []string
}

func newPlace(t *testing.T, version, checksums string) *place {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the commands that stand for others are scripts, which Windows does not start by name; the workflow CI runs the action itself there")
	}
	top := t.TempDir()
	p := &place{
		here: filepath.Join(top, "the action"), temp: filepath.Join(top, "runner temp"),
		release: filepath.Join(top, "release"), commands: filepath.Join(top, "commands"), output: filepath.Join(top, "output"),
	}
	write := func(name, text string, mode os.FileMode) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range source {
		write(filepath.Join(p.here, name), text, 0o644)
	}
	for _, name := range []string{"install.sh", "build.sh"} {
		script, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		write(filepath.Join(p.here, "action", name), string(script), 0o644)
	}
	write(filepath.Join(p.here, "VERSION"), version+"\n", 0o644)
	if checksums != "" {
		write(filepath.Join(p.here, "checksums.txt"), checksums, 0o644)
	}
	write(filepath.Join(p.commands, "curl"), fakeCurl, 0o755)
	write(filepath.Join(p.release, "asked"), "", 0o644)
	write(filepath.Join(p.temp, "somebody else's"), "", 0o644)
	p.env = append(os.Environ(), "PATH="+p.commands+":"+os.Getenv("PATH"), "RELEASE="+p.release,
		"RUNNER_TEMP="+p.temp, "RUNNER_OS=Linux", "RUNNER_ARCH=X64", "GITHUB_OUTPUT="+p.output)
	return p
}

// publish puts a file where the release has it.
func (p *place) publish(t *testing.T, asset, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(p.release, asset), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// only leaves these commands, and those that stand for others, on the PATH.
func (p *place) only(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		full, err := exec.LookPath(name)
		if err != nil {
			t.Skip(err)
		}
		if err := os.Symlink(full, filepath.Join(p.commands, name)); err != nil {
			t.Fatal(err)
		}
	}
	p.env = append(p.env, "PATH="+p.commands)
}

// install runs install.sh and returns what it printed and its exit code.
func (p *place) install(t *testing.T, env ...string) (string, int) {
	t.Helper()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bash, "--noprofile", "--norc", "-e", "-o", "pipefail", filepath.Join(p.here, "action", "install.sh"))
	cmd.Dir, cmd.Env = t.TempDir(), append(p.env, env...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// outputs are the step's.
func (p *place) outputs(t *testing.T) map[string]string {
	t.Helper()
	raw, err := os.ReadFile(p.output)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	outputs := map[string]string{}
	for line := range strings.Lines(string(raw)) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		outputs[name] = value
	}
	return outputs
}

// installed checks that the step's outputs name a program that prints want.
func (p *place) installed(t *testing.T, want string) {
	t.Helper()
	outputs := p.outputs(t)
	raw, err := os.ReadFile(outputs["bin"])
	if err != nil {
		t.Fatal(err)
	}
	if got := sum(string(raw)); outputs["sha256"] != got {
		t.Errorf("output sha256 is %s, the file's is %s", outputs["sha256"], got)
	}
	out, err := exec.Command(outputs["bin"]).CombinedOutput()
	if err != nil || string(out) != want {
		t.Errorf("%s printed %q (%v), want %q", outputs["bin"], out, err, want)
	}
}

// refused checks that the step named nothing, left nothing, and said why.
func (p *place) refused(t *testing.T, out string, code int, why string) {
	t.Helper()
	if code != 1 || !strings.Contains(out, "::error title=git-anchor::") || !strings.Contains(out, why) {
		t.Errorf("exit %d, want 1 and an error that says %q:\n%s", code, why, out)
	}
	if outputs := p.outputs(t); len(outputs) > 0 {
		t.Errorf("outputs %v", outputs)
	}
	left, err := os.ReadDir(p.temp)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 1 || left[0].Name() != "somebody else's" {
		t.Errorf("left behind: %v", left)
	}
}

func sum(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }

func TestInstallRelease(t *testing.T) {
	tests := []struct{ system, processor, asset string }{
		{"Linux", "X64", "git-anchor_1.2.3_linux_amd64"},
		{"Linux", "ARM64", "git-anchor_1.2.3_linux_arm64"},
		{"macOS", "ARM64", "git-anchor_1.2.3_darwin_arm64"},
		{"Windows", "X64", "git-anchor_1.2.3_windows_amd64.exe"},
	}
	for _, tt := range tests {
		t.Run(tt.system+" "+tt.processor, func(t *testing.T) {
			p := newPlace(t, "1.2.3", sum("another")+"  git-anchor_1.2.3_plan9_amd64\n"+sum(program)+"  "+tt.asset+"\n")
			p.publish(t, tt.asset, program)
			if out, code := p.install(t, "RUNNER_OS="+tt.system, "RUNNER_ARCH="+tt.processor); code != 0 {
				t.Fatalf("exit %d:\n%s", code, out)
			}
			p.installed(t, "ran\n")
			asked, err := os.ReadFile(filepath.Join(p.release, "asked"))
			if err != nil {
				t.Fatal(err)
			}
			if want := "https://github.com/openllmo/git-anchor/releases/download/v1.2.3/" + tt.asset + "\n"; string(asked) != want {
				t.Errorf("asked for %q, want %q", asked, want)
			}
		})
	}
}

const asset = "git-anchor_1.2.3_linux_amd64"

func TestInstallWrongChecksum(t *testing.T) {
	p := newPlace(t, "1.2.3", sum(program)+"  "+asset+"\n")
	p.publish(t, asset, "#!/bin/sh\necho evil\n")
	out, code := p.install(t)
	p.refused(t, out, code, "and checksums.txt promises "+sum(program))
}

func TestInstallUnclearChecksum(t *testing.T) {
	for name, list := range map[string]string{
		"twice": sum(program) + "  " + asset + "\n" + sum("other") + "  " + asset + "\n",
		"short": sum(program)[:63] + "  " + asset + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t, "1.2.3", list)
			p.publish(t, asset, program)
			out, code := p.install(t)
			p.refused(t, out, code, "checksums.txt has no single SHA-256 for "+asset)
		})
	}
}

func TestInstallFromSource(t *testing.T) {
	tests := []struct{ name, checksums, version string }{
		{"no checksums", "", "1.2.3-devel"},
		{"another platform's checksums", sum(program) + "  git-anchor_1.2.3_plan9_amd64\n", "1.2.3"},
		{"no such release", sum(program) + "  " + asset + "\n", "1.2.3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlace(t, "1.2.3", tt.checksums)
			out, code := p.install(t, "RUNNER_OS=", "RUNNER_ARCH=") // those of this machine
			if code != 0 || !strings.Contains(out, "git-anchor "+tt.version+": building from source for "+runtime.GOOS+"/"+runtime.GOARCH) {
				t.Fatalf("exit %d:\n%s", code, out)
			}
			p.installed(t, tt.version)
		})
	}
}

func TestInstallWithoutGo(t *testing.T) {
	p := newPlace(t, "1.2.3", "")
	p.only(t, "bash", "cat", "dirname", "mktemp", "rm")
	out, code := p.install(t)
	p.refused(t, out, code, "put actions/setup-go before this step")
}

// macOS has no sha256sum.
func TestInstallWithShasum(t *testing.T) {
	p := newPlace(t, "1.2.3", sum(program)+"  "+asset+"\n")
	p.publish(t, asset, program)
	p.only(t, "awk", "bash", "cat", "chmod", "cp", "dirname", "env", "mktemp", "perl", "rm", "shasum")
	if out, code := p.install(t); code != 0 {
		t.Fatalf("exit %d:\n%s", code, out)
	}
	p.installed(t, "ran\n")
}

func TestInstallRefuses(t *testing.T) {
	tests := []struct{ name, version, env, why string }{
		{"a version that leads elsewhere", "../../1.2.3", "", "VERSION is no version: ../../1.2.3"},
		{"an unknown system", "1.2.3", "RUNNER_OS=Plan9", "there is no git-anchor for the system Plan9"},
		{"an unknown processor", "1.2.3", "RUNNER_ARCH=ARM", "there is no git-anchor for the processor ARM"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlace(t, tt.version, sum(program)+"  "+asset+"\n")
			out, code := p.install(t, tt.env)
			p.refused(t, out, code, tt.why)
		})
	}
}
