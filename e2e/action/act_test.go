package action

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"
)

// A job is what a runner is told: the event, and the workflow that it starts.
type job struct {
	event    string         // "pull_request"
	payload  map[string]any // as GitHub sends it
	sha      string         // GITHUB_SHA
	workflow workflow
	token    string // "" for one that may write
	source   bool   // the action at a commit without checksums
	env      []string
}

// A workflow is a file of docs/examples with more inputs.
type workflow struct {
	example  string            // name of the file
	action   map[string]string // inputs of our action
	checkout map[string]string // of the checkout
	edit     func(text string) string
}

// text is the workflow, and the uses of its steps.
func (f workflow) text(t *testing.T) (text []byte, uses []string) {
	t.Helper()
	raw := string(read(t, filepath.Join(top, "docs", "examples", f.example)))
	if f.edit != nil {
		edited := f.edit(raw)
		if edited == raw {
			t.Fatalf("%s: the edit changes nothing", f.example)
		}
		raw = edited
	}
	var file struct {
		Rest map[string]any `yaml:",inline"`
		Jobs map[string]struct {
			Rest  map[string]any `yaml:",inline"`
			Steps []map[string]any
		}
	}
	if err := yaml.Unmarshal([]byte(raw), &file); err != nil {
		t.Fatalf("%s: %v", f.example, err)
	}
	for _, j := range file.Jobs {
		for _, step := range j.Steps {
			name, _ := step["uses"].(string)
			if name == "" {
				continue
			}
			uses = append(uses, name)
			switch {
			case strings.HasPrefix(name, "openllmo/git-anchor@"):
				addInputs(step, f.action)
			case strings.HasPrefix(name, "actions/checkout@"):
				addInputs(step, f.checkout)
			}
		}
	}
	text, err := yaml.Marshal(&file)
	if err != nil {
		t.Fatal(err)
	}
	return text, uses
}

// addInputs sets inputs of a step beside those that it has.
func addInputs(step map[string]any, inputs map[string]string) {
	with, _ := step["with"].(map[string]any)
	if with == nil {
		with = map[string]any{}
	}
	for name, value := range inputs {
		with[name] = value
	}
	step["with"] = with
}

// act runs a job on this machine, with nothing of its environment.
func (w *world) act(j job) *log {
	w.Helper()
	dir := w.TempDir()
	text, uses := j.workflow.text(w.T)
	write(w.T, filepath.Join(dir, "repo", ".github", "workflows", "anchors.yml"), string(text), 0o644)
	payload, err := json.Marshal(j.payload)
	if err != nil {
		w.Fatal(err)
	}
	event := filepath.Join(dir, "event.json")
	write(w.T, event, string(payload), 0o644)
	args := []string{
		j.event, "--json", "-e", event, "-C", filepath.Join(dir, "repo"), "-P", "ubuntu-latest=-self-hosted",
		"--action-offline-mode", "--no-cache-server", "--no-skip-checkout",
		"--env-file", "/dev/null", "--var-file", "/dev/null", "--input-file", "/dev/null", "--secret-file", "/dev/fd/3",
		"--github-instance", strings.TrimPrefix(w.host.url, "https://"),
		"--env", "GITHUB_REPOSITORY=" + repository, "--env", "SHA_REF=" + j.sha,
	}
	for _, name := range slices.Compact(slices.Sorted(slices.Values(uses))) {
		args = append(args, "--local-repository", name+"="+w.stand(name, j.source))
	}
	ctx, cancel := context.WithTimeout(w.Context(), 2*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, w.tools.act, args...)
	cmd.Env = slices.Concat(w.environment(dir), j.env)
	// In no process's arguments or environment, where a step could see it.
	secret, err := pipe(w.T, "GITHUB_TOKEN="+cmp.Or(j.token, w.host.mayWrite)+"\n")
	if err != nil {
		w.Fatal(err)
	}
	defer secret.Close()
	cmd.ExtraFiles = []*os.File{secret}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.WaitDelay = time.Second // for what a killed runner leaves behind
	began := time.Now()
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		w.Fatalf("act: %v\n%s", err, stderr.String())
	}
	l := parseLog(w.T, stdout.Bytes(), string(read(w.T, filepath.Join(dir, "steps"))), stderr.String())
	l.green, l.took = err == nil, time.Since(began)
	l.show()
	for _, token := range []string{w.host.mayWrite, w.host.mayRead} {
		if strings.Contains(l.text, token) || strings.Contains(l.text, basic(token)) {
			w.Error("a step printed its token")
		}
	}
	return l
}

// pipe returns a file that text can be read from once.
func pipe(t *testing.T, text string) (*os.File, error) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	if _, err := io.WriteString(w, text); err != nil {
		return nil, err
	}
	return r, w.Close()
}

// stand is the directory that stands in for an action.
func (w *world) stand(uses string, source bool) string {
	name, _, _ := strings.Cut(uses, "@")
	where := map[string]string{"openllmo/git-anchor": w.tools.action, "actions/checkout": "testdata/checkout", "actions/setup-go": "testdata/setup-go"}
	if source {
		where["openllmo/git-anchor"] = w.tools.source
	}
	dir, ok := where[name]
	if !ok {
		w.Fatalf("the workflow uses %s; there are %v", uses, slices.Sorted(maps.Keys(where)))
	}
	absolute, err := filepath.Abs(dir)
	if err != nil {
		w.Fatal(err)
	}
	return absolute
}

// environment is what a runner's steps inherit.
func (w *world) environment(dir string) []string {
	env := []string{
		"PATH=" + w.tools.path, "STEPS=" + filepath.Join(dir, "steps"), "HOME=" + filepath.Join(dir, "home"), "GOTOOLCHAIN=local", "GOPROXY=off", "ACT_DISABLE_VERSION_CHECK=1",
		"XDG_CACHE_HOME=" + filepath.Join(dir, "cache"), "XDG_CONFIG_HOME=" + filepath.Join(dir, "config"),
		"GIT_SSL_CAINFO=" + w.host.cert, "SSL_CERT_FILE=" + w.host.cert, "GIT_CONFIG_NOSYSTEM=1",
		"HTTP_PROXY=" + w.outside.url, "HTTPS_PROXY=" + w.outside.url, "ALL_PROXY=" + w.outside.url, "NO_PROXY=127.0.0.1",
		"http_proxy=" + w.outside.url, "https_proxy=" + w.outside.url, "all_proxy=" + w.outside.url, "no_proxy=127.0.0.1",
	}
	for _, name := range []string{"GOCACHE", "GOMODCACHE"} {
		env = append(env, fmt.Sprintf("%s=%s", name, strings.TrimSpace(command(w.T, ".", nil, "go", "env", name))))
	}
	return env
}
