package action

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// committing runs the script of the step that has the token, by its own shell,
// with a program that prints "ran", and returns what was printed.
func committing(t *testing.T, program, promised string, env ...string) (string, int) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the program that stands for ours is a script, which Windows does not start by name")
	}
	raw, err := os.ReadFile("../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var action struct {
		Runs struct {
			Steps []struct {
				ID, Shell, Run string
				Env            map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(raw, &action); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	script, bin := filepath.Join(dir, "script.sh"), filepath.Join(dir, "git anchor")
	for _, s := range action.Runs.Steps {
		if s.ID != "commit" {
			continue
		}
		if err := os.WriteFile(script, []byte(s.Run), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(bin, []byte(program), 0o755); err != nil {
			t.Fatal(err)
		}
		args := strings.Fields(strings.Replace(s.Shell, "{0}", script, 1))
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Env = append(append(os.Environ(), env...), "GIT_ANCHOR="+bin, "GIT_ANCHOR_SHA256="+promised)
		for name, value := range s.Env {
			if value == "" {
				cmd.Env = append(cmd.Env, name+"=")
			}
		}
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			t.Fatal(err)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
	t.Fatal("action.yml has no step commit")
	return "", 0
}

func TestCommitRunsWhatWasInstalled(t *testing.T) {
	out, code := committing(t, program, sum(program))
	if code != 0 || out != "ran\n" {
		t.Errorf("exit %d:\n%s", code, out)
	}
}

func TestCommitRefusesAnotherProgram(t *testing.T) {
	for name, promised := range map[string]string{"another": sum("#!/bin/sh\n"), "none": ""} {
		t.Run(name, func(t *testing.T) {
			out, code := committing(t, program, promised)
			if code != 1 || strings.Contains(out, "ran\n") || !strings.Contains(out, "The program is not the one that was installed") {
				t.Errorf("exit %d:\n%s", code, out)
			}
		})
	}
}

// A former step may have put these into the environment of all that follow.
func TestCommitTakesNothingFromTheEnvironment(t *testing.T) {
	planted := filepath.Join(t.TempDir(), "planted.sh")
	if err := os.WriteFile(planted, []byte("echo planted\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	out, code := committing(t, program, sum(program),
		"BASH_ENV="+planted, "ENV="+planted, "LD_PRELOAD="+planted, "LD_AUDIT="+planted,
		"BASH_FUNC_sha256sum%%=() { echo planted; echo "+sum(program)+"; }",
		"BASH_FUNC_[%%=() { echo planted; false; }")
	if code != 0 || out != "ran\n" {
		t.Errorf("exit %d:\n%s", code, out)
	}
}
