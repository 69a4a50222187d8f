package house

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
)

// A composite is what these tests read of action.yml.
type composite struct {
	Inputs  map[string]struct{ Description, Default string }
	Outputs map[string]struct{ Description, Value string }
	Runs    struct {
		Using string
		Steps []step
	}
	Branding struct{ Icon, Color string }
}

// A workflow is what they read of a file under .github/workflows.
type workflow struct {
	On          yaml.Node
	Permissions yaml.Node
	Concurrency concurrency
	Jobs        map[string]struct {
		Permissions map[string]string
		Concurrency concurrency
		Steps       []step
	}
}

type concurrency struct {
	Group  string
	Cancel string `yaml:"cancel-in-progress"`
}

type step struct {
	ID, If, Shell, Run string
	Uses               yaml.Node
	With, Env          map[string]string
}

func theAction(t *testing.T) composite {
	t.Helper()
	var a composite
	if err := yaml.Unmarshal([]byte(read(t, "action.yml")), &a); err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAction(t *testing.T) {
	a := theAction(t)
	if a.Runs.Using != "composite" || len(a.Runs.Steps) == 0 {
		t.Fatalf("action.yml: using %q with %d steps", a.Runs.Using, len(a.Runs.Steps))
	}
	if a.Branding.Icon != "anchor" || a.Branding.Color != "orange" {
		t.Errorf("action.yml: branding %+v", a.Branding)
	}
	for i, s := range a.Runs.Steps {
		if s.Shell == "" || s.Run == "" || !s.Uses.IsZero() {
			t.Errorf("action.yml: step %d has shell %q, run %q, uses %q; each runs a shell, and nobody else's action", i+1, s.Shell, s.Run, s.Uses.Value)
		}
		for _, fault := range stepFaults(s) {
			t.Errorf("action.yml: step %d: %s", i+1, fault)
		}
	}
	for name, in := range a.Inputs {
		if in.Description == "" {
			t.Errorf("action.yml: input %s is not described", name)
		}
	}
	for name, out := range a.Outputs {
		if out.Description == "" || !strings.Contains(out.Value, ".outputs."+name) {
			t.Errorf("action.yml: output %s is described %q and has the value %q", name, out.Description, out.Value)
		}
	}
}

// The token is where it is needed. What the repository's own command could read
// or leave behind must not lead to it.
func TestTokenPerStep(t *testing.T) {
	want := map[string][]string{
		"install": nil,
		"run":     {"INPUT_TOKEN: ${{ inputs.commit == 'pull-request' && inputs.token || '' }}"},
		"before":  nil,
		"commit":  {"INPUT_TOKEN: ${{ inputs.token }}"},
	}
	got := map[string][]string{}
	for _, s := range theAction(t).Runs.Steps {
		got[s.ID] = nil
		// What a step does not name, it may inherit: from the job's env, and in some
		// runners from the action's inputs.
		if _, named := s.Env["INPUT_TOKEN"]; !named {
			t.Errorf("step %s does not name INPUT_TOKEN", s.ID)
		}
		for name, value := range s.Env {
			if strings.Contains(value, "token") || strings.Contains(value, "secrets") || strings.Contains(name, "TOKEN") && value != "" {
				got[s.ID] = append(got[s.ID], name+": "+value)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("who gets the token (-want +got):\n%s", diff)
	}
}

// A step that runs the repository's command is between the one that plans and
// the one that commits, which takes nothing from it.
func TestCommittingStep(t *testing.T) {
	var ids []string
	var commit step
	for _, s := range theAction(t).Runs.Steps {
		ids = append(ids, s.ID)
		if s.ID == "commit" {
			commit = s
		}
	}
	if diff := cmp.Diff([]string{"install", "run", "before", "commit"}, ids); diff != "" {
		t.Fatalf("steps (-want +got):\n%s", diff)
	}
	if !slices.Contains(strings.Fields(commit.Shell), "-p") {
		t.Errorf("the shell %q takes functions and BASH_ENV from the environment", commit.Shell)
	}
	for _, name := range []string{"BASH_ENV", "ENV", "LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "DYLD_INSERT_LIBRARIES", "DYLD_LIBRARY_PATH"} {
		if v, ok := commit.Env[name]; !ok || v != "" {
			t.Errorf("%s is %q (set: %v), want it set to nothing", name, v, ok)
		}
	}
	for name, value := range commit.Env {
		if strings.Contains(value, "steps.before.") {
			t.Errorf("%s comes from the step before: %s", name, value)
		}
	}
	if !strings.Contains(commit.Run, "GIT_ANCHOR_SHA256") {
		t.Error("the binary's checksum is not looked at")
	}
}

// action.yml, the program and the guide name the same inputs and outputs.
func TestInputsAndOutputsAgree(t *testing.T) {
	a := theAction(t)
	inputs, outputs := map[string]string{}, map[string]string{}
	for name, in := range a.Inputs {
		inputs[name] = in.Default
	}
	for name := range a.Outputs {
		outputs[name] = ""
	}
	compare := func(what string, want, got any) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-action.yml +there):\n%s", what, diff)
		}
	}
	guide := read(t, "docs/actions.md")
	compare("inputs in docs/actions.md", inputs, table(t, guide, "Inputs"))
	compare("outputs in docs/actions.md", outputs, table(t, guide, "Outputs"))
	compare("inputs in internal/action", slices.Sorted(maps.Keys(inputs)), literals(t, "InputNames"))
	compare("outputs in internal/action", slices.Sorted(maps.Keys(outputs)), literals(t, "OutputNames"))

	between, reached := literals(t, "StepOutputNames"), map[string]bool{}
	for _, s := range a.Runs.Steps {
		for variable, value := range s.Env {
			name := strings.ToLower(strings.TrimPrefix(variable, "INPUT_"))
			handed := slices.Contains(between, name) && value == "${{ steps.run.outputs."+name+" }}"
			switch _, isInput := inputs[name]; {
			case !strings.HasPrefix(variable, "INPUT_"):
			case isInput && (value == "" || strings.Contains(value, "inputs."+name+" ")):
				reached[name] = reached[name] || value != ""
			case !handed:
				t.Errorf("action.yml: step %s has %s: %s, neither an input nor an output between steps", s.ID, variable, value)
			}
		}
	}
	for name := range inputs {
		if !reached[name] {
			t.Errorf("action.yml: input %s reaches no step", name)
		}
	}
}

var tableRow = regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|(?: (?:`([^`]*)`)? *\\|)?")

// table reads a guide's table of names and, in its second column, defaults.
func table(t *testing.T, guide, heading string) map[string]string {
	t.Helper()
	_, rest, ok := strings.Cut(guide, "\n## "+heading+"\n")
	if !ok {
		t.Fatalf("no section %s", heading)
	}
	section, _, _ := strings.Cut(rest, "\n## ")
	rows := map[string]string{}
	for _, m := range tableRow.FindAllStringSubmatch(section, -1) {
		rows[m[1]] = m[2]
	}
	return rows
}

// literals are the strings, sorted, that a function of internal/action returns.
func literals(t *testing.T, function string) []string {
	t.Helper()
	var list []string
	for _, s := range sources(t)["internal/action"] {
		for _, f := range functions(s) {
			if f.Name.Name != function || f.Recv != nil {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					text, err := strconv.Unquote(lit.Value)
					if err != nil {
						t.Fatal(err)
					}
					list = append(list, text)
				}
				return true
			})
		}
	}
	if len(list) == 0 {
		t.Fatalf("internal/action has no function %s that lists names", function)
	}
	slices.Sort(list)
	return list
}

// Our own workflows and those that people copy.
func TestWorkflows(t *testing.T) {
	count := map[string]int{}
	files(t, func(name string) {
		if dir := path.Dir(name); path.Ext(name) == ".yml" && (dir == ".github/workflows" || dir == "docs/examples") {
			count[dir]++
			for _, fault := range workflowFaults(t, read(t, name)) {
				t.Errorf("%s: %s", name, fault)
			}
		}
	})
	if count[".github/workflows"] == 0 || count["docs/examples"] == 0 {
		t.Errorf("found %v", count)
	}
}

// The base of a merge group may lie any number of commits back; that of a pull
// request is the merge's first parent. A number would be wrong here: the
// expression's 0 is false.
func TestExamplesFetchWhatTheyCompare(t *testing.T) {
	found := 0
	files(t, func(name string) {
		text := ""
		if path.Dir(name) == "docs/examples" {
			text = read(t, name)
		}
		if !strings.Contains(text, "\n  merge_group:") {
			return
		}
		found++
		if line := "\n          fetch-depth: ${{ github.event_name == 'merge_group' && '0' || '2' }}\n"; strings.Count(text, line) != 1 {
			t.Errorf("%s: not once:%s", name, line)
		}
	})
	if found != 2 {
		t.Errorf("%d examples are for merge queues", found)
	}
}

// workflowFaults lists what a workflow does that none of ours may.
func workflowFaults(t *testing.T, text string) []string {
	t.Helper()
	var w workflow
	if err := yaml.Unmarshal([]byte(text), &w); err != nil {
		t.Fatal(err)
	}
	var faults []string
	if w.Permissions.Kind != yaml.MappingNode || len(w.Permissions.Content) > 0 {
		faults = append(faults, "no top-level permissions: {}")
	}
	for _, n := range append(w.On.Content, &w.On) {
		if n.Value == "pull_request_target" || n.Value == "workflow_run" {
			faults = append(faults, n.Value+" gives foreign text a token that writes")
		}
	}
	if len(w.Jobs) == 0 {
		faults = append(faults, "no jobs")
	}
	for _, id := range slices.Sorted(maps.Keys(w.Jobs)) {
		job := w.Jobs[id]
		if job.Permissions["contents"] == "write" && (w.Concurrency.Group+job.Concurrency.Group == "" || w.Concurrency.Cancel == "true" || job.Concurrency.Cancel == "true") {
			faults = append(faults, id+" writes, and has no concurrency group in which nothing is cancelled")
		}
		for i, s := range job.Steps {
			for _, fault := range stepFaults(s) {
				faults = append(faults, fmt.Sprintf("%s, step %d: %s", id, i+1, fault))
			}
		}
	}
	return faults
}

var (
	pinned   = regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40}$`)
	labelled = regexp.MustCompile(`^# v\d+(\.\d+)*$`)
)

func stepFaults(s step) []string {
	var faults []string
	if strings.Contains(s.Run, "${{") {
		faults = append(faults, "an expression in run: its value becomes part of the script")
	}
	uses := s.Uses.Value
	if uses != "" && uses != "./" && !(pinned.MatchString(uses) && labelled.MatchString(s.Uses.LineComment)) {
		faults = append(faults, uses+" is not pinned to a commit, with a comment like # v1.2.3")
	}
	if strings.HasPrefix(uses, "actions/checkout@") && s.With["persist-credentials"] != "false" {
		faults = append(faults, "the checkout leaves the token in the git configuration")
	}
	return faults
}

func TestWorkflowFaultsAreCaught(t *testing.T) {
	const (
		good = "permissions: {}\njobs:\n  a:\n    steps:\n"
		sha  = "3d3c42e5aac5ba805825da76410c181273ba90b1"
	)
	tests := []struct{ name, text, want string }{
		{"no permissions", "jobs:\n  a: {}", "no top-level permissions: {}"},
		{"all permissions", "permissions: write-all\njobs:\n  a: {}", "no top-level permissions: {}"},
		{"permissions for all jobs", "permissions: {contents: write}\njobs:\n  a: {}", "no top-level permissions: {}"},
		{"no jobs", "permissions: {}", "no jobs"},
		{"target", "on: pull_request_target\n" + good, "pull_request_target gives foreign text a token that writes"},
		{"target in a list", "on: [push, pull_request_target]\n" + good, "pull_request_target gives foreign text a token that writes"},
		{"target in a map", "on:\n  workflow_run: {}\n" + good, "workflow_run gives foreign text a token that writes"},
		{"expression", good + "    - run: echo ${{ github.event.pull_request.title }}", "a, step 1: an expression in run: its value becomes part of the script"},
		{"tag", good + "    - uses: a/b@v1", "a, step 1: a/b@v1 is not pinned to a commit, with a comment like # v1.2.3"},
		{"no version", good + "    - uses: a/b@" + sha, "a, step 1: a/b@" + sha + " is not pinned to a commit, with a comment like # v1.2.3"},
		{"checkout", good + "    - uses: actions/checkout@" + sha + " # v7.0.1", "a, step 1: the checkout leaves the token in the git configuration"},
		{"no group", "permissions: {}\njobs:\n  a:\n    permissions: {contents: write}", "a writes, and has no concurrency group in which nothing is cancelled"},
		{"cancelled", "permissions: {}\njobs:\n  a:\n    permissions: {contents: write}\n    concurrency: {group: x, cancel-in-progress: true}", "a writes, and has no concurrency group in which nothing is cancelled"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff([]string{tt.want}, workflowFaults(t, tt.text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	fine := good + "    - uses: ./\n    - uses: actions/checkout@" + sha + " # v7.0.1\n      with: {persist-credentials: false}\n    - run: 'true'"
	if faults := workflowFaults(t, fine); faults != nil {
		t.Errorf("found %q", faults)
	}
}
