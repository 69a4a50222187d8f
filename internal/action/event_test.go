package action

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openllmo/git-anchor/internal/anchor"
)

var (
	aaaa = strings.Repeat("a", 40)
	bbbb = strings.Repeat("b", 64)
)

// event reads an event with this payload.
func event(t *testing.T, name, ref, payload string) (Event, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "event.json")
	if err := os.WriteFile(file, []byte(payload), 0o644); err != nil {
		t.Fatal(err)
	}
	set := map[string]string{
		"GITHUB_EVENT_NAME": name, "GITHUB_REF": ref, "GITHUB_EVENT_PATH": file, "GITHUB_SHA": aaaa,
		"GITHUB_REPOSITORY": "o/r", "GITHUB_SERVER_URL": "https://github.example/",
	}
	return ReadEvent(func(name string) string { return set[name] })
}

func TestReadEvent(t *testing.T) {
	got, err := event(t, "pull_request", "refs/pull/7/merge", `{"number":9007199254740993,"pull_request":{"base":{"sha":"`+aaaa+`"},"head":{"sha":"`+bbbb+`"}},"repository":{"default_branch":"main"}}`)
	want := Event{
		Name: "pull_request", Ref: "refs/pull/7/merge", SHA: aaaa, Default: "main", Repository: "o/r", Server: "https://github.example",
		Number: 9007199254740993, Base: aaaa, Head: bbbb,
	}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Error(err, d)
	}
	if pr := got.Change(); pr == nil || *pr != (anchor.PullRequest{BaseSHA: aaaa, HeadSHA: bbbb, MergeSHA: aaaa}) {
		t.Errorf("change %+v", pr)
	}
	got, err = event(t, "merge_group", "refs/heads/q", `{"merge_group":{"base_sha":"`+aaaa+`","head_sha":"`+bbbb+`"}}`)
	if pr := got.Change(); err != nil || pr == nil || *pr != (anchor.PullRequest{BaseSHA: aaaa, HeadSHA: bbbb, MergeSHA: aaaa, MergeGroup: true}) {
		t.Errorf("change %+v, %v", pr, err)
	}
	if got, err = event(t, "push", "refs/heads/x", ``); err != nil || got.Branch() != "x" || got.Change() != nil {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err = event(t, "push", "refs/tags/x", `{}`); err != nil || got.Branch() != "" {
		t.Errorf("%+v, %v", got, err)
	}
}

// Outside of GitHub there is neither a file nor a variable.
func TestNoEvent(t *testing.T) {
	for _, path := range []string{"", filepath.Join(t.TempDir(), "none.json")} {
		e, err := ReadEvent(func(name string) string {
			if name == "GITHUB_EVENT_PATH" {
				return path
			}
			return ""
		})
		if err != nil || e != (Event{}) {
			t.Errorf("%+v, %v", e, err)
		}
		if task, err := e.Task(Inputs{Mode: Auto}); err != nil || task != (Task{Verify: true}) {
			t.Errorf("%+v, %v", task, err)
		}
	}
}

func TestWrongEvents(t *testing.T) {
	for name, tt := range map[string]struct{ payload, want string }{
		"no JSON":         {`{`, "read the event: unexpected end of JSON input"},
		"rounded number":  {`{"number":1.5}`, "read the event: json: cannot unmarshal number 1.5 into Go struct field payload.number of type int64"},
		"number too big":  {`{"number":99999999999999999999}`, "read the event: json: cannot unmarshal number 99999999999999999999 into Go struct field payload.number of type int64"},
		"a ref as base":   {`{"pull_request":{"base":{"sha":"--upload-pack=x"}}}`, `read the event: "--upload-pack=x" is not the id of a commit`},
		"a short id":      {`{"pull_request":{"head":{"sha":"abc123"}}}`, `read the event: "abc123" is not the id of a commit`},
		"upper case":      {`{"pull_request":{"head":{"sha":"` + strings.ToUpper(aaaa) + `"}}}`, `read the event: "` + strings.ToUpper(aaaa) + `" is not the id of a commit`},
		"more than 25 MB": {`{"x":"` + strings.Repeat("x", maxEvent) + `"}`, "read the event: it has more than 26214400 bytes"},
	} {
		if _, err := event(t, "pull_request", "", tt.payload); err == nil || err.Error() != tt.want {
			t.Errorf("%s: error %v, want %s", name, err, tt.want)
		}
	}
	if _, err := event(t, "push", "", `{"x":"`+strings.Repeat("x", maxEvent-8)+`"}`); err != nil {
		t.Errorf("at the limit: %v", err)
	}
}

func TestTask(t *testing.T) {
	pr := Event{Name: "pull_request", Base: aaaa, Head: aaaa}
	group := Event{Name: "merge_group", Base: aaaa, Head: aaaa}
	main := Event{Name: "push", Ref: "refs/heads/main", Default: "main"}
	side := Event{Name: "push", Ref: "refs/heads/side", Default: "main"}
	tag := Event{Name: "push", Ref: "refs/tags/main", Default: "main"}
	for _, tt := range []struct {
		name  string
		event Event
		mode  Mode
		want  Task
	}{
		{"pull request", pr, Auto, Task{Check: true, Verify: true}},
		{"merge group", group, Auto, Task{Check: true, Verify: true}},
		{"push to the default branch", main, Auto, Task{Upgrade: true, Stamp: true, Verify: true}},
		{"push elsewhere", side, Auto, Task{Verify: true}},
		{"push of a tag", tag, Auto, Task{Verify: true}},
		{"push without a payload", Event{Name: "push", Ref: "refs/heads/"}, Auto, Task{Verify: true}},
		{"schedule", Event{Name: "schedule"}, Auto, Task{Upgrade: true, Registry: true, Verify: true, List: true}},
		{"by hand", Event{Name: "workflow_dispatch"}, Auto, Task{Upgrade: true, Registry: true, Verify: true, List: true}},
		{"by API", Event{Name: "repository_dispatch"}, Auto, Task{Upgrade: true, Registry: true, Verify: true, List: true}},
		{"an event we do not know", Event{Name: "issue_comment"}, Auto, Task{Verify: true}},
		{"check in a pull request", pr, Check, Task{Check: true}},
		{"verify in a pull request", pr, Verify, Task{Verify: true}},
		{"status", side, Status, Task{List: true}},
		{"stamp on any branch", side, Stamp, Task{Stamp: true, Verify: true}},
		{"upgrade", main, Upgrade, Task{Upgrade: true, Verify: true}},
	} {
		if got, err := tt.event.Task(Inputs{Mode: tt.mode}); err != nil || got != tt.want {
			t.Errorf("%s: %+v, %v, want %+v", tt.name, got, err, tt.want)
		}
	}
}

// Nothing is ever written for what anybody may have written.
func TestRefusedEvents(t *testing.T) {
	for _, name := range []string{"pull_request", "merge_group", "pull_request_review", "pull_request_review_comment"} {
		e := Event{Name: name, Base: aaaa, Head: aaaa}
		for _, mode := range []Mode{Stamp, Upgrade} {
			if _, err := e.Task(Inputs{Mode: mode}); !errors.Is(err, ErrRefused) {
				t.Errorf("%s, mode %s: %v", name, mode, err)
			}
		}
		for _, mode := range []Mode{Auto, Verify, Check, Status} {
			if task, err := e.Task(Inputs{Mode: mode}); err != nil || task.Writes() {
				t.Errorf("%s, mode %s: %+v, %v", name, mode, task, err)
			}
		}
		if !errors.Is(e.MayWrite(), ErrRefused) {
			t.Errorf("%s may write", name)
		}
	}
	for _, name := range []string{"pull_request_target", "workflow_run"} {
		for _, mode := range []Mode{Auto, Stamp, Upgrade, Verify, Check, Status} {
			if _, err := (Event{Name: name, Base: aaaa, Head: aaaa}).Task(Inputs{Mode: mode}); !errors.Is(err, ErrRefused) {
				t.Errorf("%s, mode %s: %v", name, mode, err)
			}
		}
		if !errors.Is(Event{Name: name}.MayWrite(), ErrRefused) {
			t.Errorf("%s may write", name)
		}
	}
	if _, err := (Event{Name: "pull_request", Head: aaaa}).Task(Inputs{Mode: Auto}); !errors.Is(err, anchor.ErrNoBase) {
		t.Errorf("without a base: %v", err)
	}
}

func FuzzParsePayload(f *testing.F) {
	for _, s := range []string{
		``, `{}`, `null`, `[]`, `{"number":1}`, `{"number":1e400}`, `{"pull_request":{"base":{"sha":"` + aaaa + `"}}}`,
		`{"merge_group":{"base_sha":1}}`, `{"repository":{"default_branch":"main"}}`, `{"repository":null}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := parsePayload(raw)
		if err != nil && p != (payload{}) {
			t.Errorf("%+v with error %v", p, err)
		}
	})
}
