package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// onRunner: runner EVENT REF [BASE HEAD]: from here on the script is a step on
// GitHub's runner, in a run that the event started. The inputs name the devnet;
// further ones are set by env INPUT_NAME=….
func onRunner(ts *testscript.TestScript, args []string) {
	dir := filepath.Join(ts.MkAbs("."), ".home", "runner")
	ts.Check(os.MkdirAll(filepath.Join(dir, "temp"), 0o755))
	payload := map[string]any{"repository": map[string]any{"default_branch": "main"}, "number": 7}
	if len(args) == 4 {
		id := func(rev string) string { return strings.TrimSpace(gitOut(ts, "rev-parse", rev)) }
		payload["pull_request"] = map[string]any{"base": map[string]any{"sha": id(args[2])}, "head": map[string]any{"sha": id(args[3])}}
		payload["merge_group"] = map[string]any{"base_sha": id(args[2]), "head_sha": id(args[3])}
	}
	raw, err := json.Marshal(payload)
	ts.Check(err)
	ts.Check(os.WriteFile(filepath.Join(dir, "event.json"), raw, 0o644))
	for name, value := range map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": args[0], "GITHUB_REF": args[1], "GITHUB_SHA": strings.TrimSpace(gitOut(ts, "rev-parse", "HEAD")),
		"GITHUB_EVENT_PATH": filepath.Join(dir, "event.json"), "RUNNER_TEMP": filepath.Join(dir, "temp"), "GITHUB_WORKSPACE": ts.MkAbs("."),
		"INPUT_NETWORK": "regtest",
	} {
		ts.Setenv(name, value)
	}
	if ts.Getenv("GITHUB_SERVER_URL") == "" {
		ts.Setenv("GITHUB_SERVER_URL", "https://github.example")
		ts.Setenv("GITHUB_REPOSITORY", "o/r")
	}
	if n := theWorld(ts).net; n != nil {
		ts.Setenv("INPUT_CALENDARS", strings.Join(n.Pools(), ","))
		ts.Setenv("INPUT_EXPLORERS", n.Esplora())
	}
	newStep(ts, nil)
}

func gitOut(ts *testscript.TestScript, args ...string) string {
	cmd := exec.Command("git", args...)
	cmd.Dir = ts.MkAbs(".")
	out, err := cmd.Output()
	ts.Check(err)
	return string(out)
}

// newStep: step: the next step begins. What the last one put out is its inputs,
// as action.yml has it, and the runner's files are new.
func newStep(ts *testscript.TestScript, _ []string) {
	dir := filepath.Join(ts.MkAbs("."), ".home", "runner")
	if last := ts.Getenv("GITHUB_OUTPUT"); last != "" {
		for name, value := range outputs(ts) {
			switch name {
			case "plan", "plan_sha256", "identity", "exit", "before", "before_paths":
				ts.Setenv("INPUT_"+strings.ToUpper(name), value)
			}
		}
	}
	for _, name := range []string{"OUTPUT", "STEP_SUMMARY", "ENV", "PATH", "STATE"} {
		file := filepath.Join(dir, strings.ToLower(name))
		ts.Check(os.WriteFile(file, nil, 0o644))
		ts.Setenv("GITHUB_"+name, file)
	}
}

// outputs reads the file of outputs as the runner does.
func outputs(ts *testscript.TestScript) map[string]string {
	set := map[string]string{}
	lines := strings.Split(ts.ReadFile(ts.Getenv("GITHUB_OUTPUT")), "\n")
	for i := 0; i < len(lines); i++ {
		if lines[i] == "" {
			continue
		}
		name, value, plain := strings.Cut(lines[i], "=")
		key, delimiter, heredoc := strings.Cut(lines[i], "<<")
		switch {
		case heredoc && (!plain || len(key) < len(name)):
			var value []string
			for i++; i < len(lines) && lines[i] != delimiter; i++ {
				value = append(value, lines[i])
			}
			set[key] = strings.Join(value, "\n")
		case plain:
			set[name] = value
		default:
			ts.Fatalf("the runner refuses the output %q", lines[i])
		}
	}
	return set
}

// output: output NAME REGEXP…: an output of the step matches, all of it. NAME
// alone: it is not set.
func outputIs(ts *testscript.TestScript, args []string) {
	value, set := outputs(ts)[args[0]]
	if len(args) == 1 && set {
		ts.Fatalf("%s is %q", args[0], value)
	}
	for _, want := range args[1:] {
		if !set || !regexp.MustCompile("^(?:"+want+")$").MatchString(value) {
			ts.Fatalf("%s is %q (set: %v), want %s", args[0], value, set, want)
		}
	}
}

// summary: summary REGEXP…: the job summary of the step has it.
func summary(ts *testscript.TestScript, args []string) {
	page := ts.ReadFile(ts.Getenv("GITHUB_STEP_SUMMARY"))
	for _, want := range args {
		if !regexp.MustCompile("(?m)" + want).MatchString(page) {
			ts.Fatalf("the summary lacks %s:\n%s", want, page)
		}
	}
}

// commandsAre: commands N: the step's standard output, which testscript calls
// stdout, has so many lines that the runner takes for commands.
func commandsAre(ts *testscript.TestScript, args []string) {
	n := 0
	for line := range strings.Lines(ts.ReadFile("stdout") + ts.ReadFile("stderr")) {
		if regexp.MustCompile(`^\s*::[^:]+::|^\s*::[a-z-]+ [^:]*::|##\[`).MatchString(line) {
			n++
		}
	}
	if fmt.Sprint(n) != args[0] {
		ts.Fatalf("%d commands, want %s", n, args[0])
	}
}

// actionPhase: action N PHASE: git-anchor action PHASE ends with N.
func actionPhase(ts *testscript.TestScript, args []string) {
	code(ts, []string{args[0], "git-anchor", "action", args[1]})
}
