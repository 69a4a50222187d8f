package action

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/gitrepo"
)

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// What a former step may have put in the place of a file is not read.
func TestReadRegular(t *testing.T) {
	dir := t.TempDir()
	file := write(t, filepath.Join(dir, "file"), "12345")
	link := filepath.Join(dir, "link")
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	if got, err := readRegular(file, 5); err != nil || string(got) != "12345" {
		t.Errorf("at the limit: %q, %v", got, err)
	}
	for path, want := range map[string]string{
		file: quoted(file) + " has more than 4 bytes", link: quoted(link) + " is not a regular file", dir: quoted(dir) + " is not a regular file",
		os.DevNull: quoted(os.DevNull) + " is not a regular file",
	} {
		if _, err := readRegular(path, 4); err == nil || err.Error() != want {
			t.Errorf("%s: error %v, want %s", path, err, want)
		}
	}
	if _, err := readRegular(filepath.Join(dir, "none"), 4); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

func TestReadPlan(t *testing.T) {
	raw, err := anchor.Plan{Registries: "r", RegistryProofs: "p", Headers: []byte{}}.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	path := write(t, filepath.Join(t.TempDir(), "plan"), string(raw))
	sum := sha256.Sum256(raw)
	set := map[string]string{"INPUT_PLAN": path, "INPUT_PLAN_SHA256": hex.EncodeToString(sum[:])}
	getenv := func(name string) string { return set[name] }
	if p, err := readPlan(getenv); err != nil || p.RegistryProofs != "p" {
		t.Errorf("%+v, %v", p, err)
	}
	write(t, path, string(raw)+" ")
	const want = "the plan is not the one that was made: something in between wrote over it"
	if _, err := readPlan(getenv); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// Without patterns nobody asked for a command, whatever lies there; with them
// only what they allow is taken.
func TestReadExtra(t *testing.T) {
	dir := t.TempDir()
	extra := anchor.Extra{Files: []anchor.ExtraFile{{Path: "a/x.json", Data: []byte("1")}, {Path: "b/x.json", Data: []byte("2")}}}
	raw, err := extra.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, extraName), string(raw))
	for patterns, want := range map[string][]anchor.ExtraFile{"": nil, "[]": nil, `["a/*.json"]`: extra.Files[:1], `["**/*.json"]`: extra.Files} {
		set := map[string]string{"RUNNER_TEMP": dir, "INPUT_BEFORE_PATHS": patterns}
		got, err := readExtra(func(name string) string { return set[name] })
		if d := cmp.Diff(want, got.Files); d != "" || err != nil {
			t.Errorf("%s: %v %s", patterns, err, d)
		}
	}
	set := map[string]string{"RUNNER_TEMP": dir, "INPUT_BEFORE_PATHS": `["**"]`}
	getenv := func(name string) string { return set[name] }
	if err := dropExtra(getenv); err != nil {
		t.Fatal(err)
	}
	if got, err := readExtra(getenv); err != nil || got.Files != nil {
		t.Errorf("%+v, %v", got, err)
	}
	set["INPUT_BEFORE_PATHS"] = `["../**"]`
	if _, err := readExtra(getenv); err == nil || !strings.HasPrefix(err.Error(), "INPUT_BEFORE_PATHS: ") {
		t.Errorf("a pattern that leads out: %v", err)
	}
	set["INPUT_BEFORE_PATHS"], set["RUNNER_TEMP"] = `["**"]`, "relative"
	if _, err := readExtra(getenv); err == nil || err.Error() != `RUNNER_TEMP ("relative") is not the path of a directory` {
		t.Errorf("error %v", err)
	}
}

// Files that one phase leaves to the next are read up to their limits.
func TestHandedFileSizes(t *testing.T) {
	dir := t.TempDir()
	plan, extra := filepath.Join(dir, "plan"), filepath.Join(dir, extraName)
	set := map[string]string{"INPUT_PLAN": plan, "RUNNER_TEMP": dir, "INPUT_BEFORE_PATHS": `["**"]`}
	getenv := func(name string) string { return set[name] }
	sized := func(path string, size int64) {
		t.Helper()
		write(t, path, "")
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
	}
	for over, want := range map[int64][2]string{
		0: {"the plan is not the one that was made: something in between wrote over it", "read changed files: invalid character '\\x00' looking for beginning of value"},
		1: {"read the plan: " + quoted(plan) + " has more than 67108864 bytes", "read the files that before_commit changed: " + quoted(extra) + " has more than 67108864 bytes"},
	} {
		sized(plan, anchor.MaxPlan+over)
		if _, err := readPlan(getenv); err == nil || err.Error() != want[0] {
			t.Errorf("a plan: error %v, want %s", err, want[0])
		}
		sized(extra, anchor.MaxExtra+over)
		if _, err := readExtra(getenv); err == nil || err.Error() != want[1] {
			t.Errorf("extra files: error %v, want %s", err, want[1])
		}
	}
}

func TestParseJSON(t *testing.T) {
	var id gitrepo.Identity
	if err := parseJSON(`{"name":"A","email":"a@example.org"}`, &id); err != nil || id.Name != "A" {
		t.Errorf("%+v, %v", id, err)
	}
	for line, want := range map[string]string{
		`{"name":"A","x":1}`:                 `json: unknown field "x"`,
		`{"name":"A"} {}`:                    "something follows its end",
		strings.Repeat("x", maxJSON+1):       "too large: 393221 bytes, 393220 allowed",
		"[" + strings.Repeat(" ", maxJSON-1): "unexpected EOF",
	} {
		if err := parseJSON(line, &id); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	list := `["x"` + strings.Repeat(`,"x"`, maxList-1)
	if got, err := parseList(list + "]"); err != nil || len(got) != maxList {
		t.Errorf("at the limit: %d, %v", len(got), err)
	}
	if _, err := parseList(list + `,"x"]`); err == nil || err.Error() != "a list has 1001 entries, more than 1000" {
		t.Errorf("error %v", err)
	}
	if text, err := parseText(""); err != nil || text != "" {
		t.Errorf("%q, %v", text, err)
	}
}

// An input that is as long as one may be gets to the next step, also where each
// of its bytes becomes six.
func TestLongestHandedOn(t *testing.T) {
	text := strings.Repeat("<", maxInput)
	one, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := parseText(string(one)); err != nil || got != text {
		t.Errorf("a text: %d bytes, %v", len(got), err)
	}
	all, err := json.Marshal([]string{text})
	if err != nil || len(all) != maxJSON {
		t.Fatalf("%d bytes, %v", len(all), err)
	}
	if got, err := parseList(string(all)); err != nil || len(got) != 1 || got[0] != text {
		t.Errorf("a list: %d entries, %v", len(got), err)
	}
	if _, err := parseList(string(all) + " "); !errors.Is(err, gitrepo.ErrTooLarge) {
		t.Errorf("past the limit: %v", err)
	}
}

func FuzzParseList(f *testing.F) {
	for _, s := range []string{"", "[]", `["a"]`, `["a","b\n"]`, `null`, `{}`, `["a"] x`, `"a"`, `[1]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		list, err := parseList(line)
		if err == nil && len(list) > len(line) {
			t.Errorf("%d entries of %q", len(list), line)
		}
	})
}

// The token goes to the repository that the environment names, and no other.
func TestRemoteOf(t *testing.T) {
	got, err := remoteOf(Event{Server: "https://github.example:8443", Repository: "o-1/r.x_2"}, "t")
	if d := cmp.Diff(gitrepo.Remote{URL: "https://github.example:8443/o-1/r.x_2", Token: "t"}, got); d != "" || err != nil {
		t.Error(err, d)
	}
	for _, e := range []Event{
		{}, {Server: "https://github.example"}, {Server: "https://github.example", Repository: "o"}, {Server: "https://github.example", Repository: "o/r/x"},
		{Server: "https://github.example", Repository: "../r"}, {Server: "https://github.example", Repository: "o/r?x"}, {Server: "https://u:p@github.example", Repository: "o/r"},
		{Server: "ssh://github.example", Repository: "o/r"}, {Server: "--upload-pack=x", Repository: "o/r"}, {Server: "https://github.example/x", Repository: "o/r"},
		{Server: "https://github.example\nx", Repository: "o/r"},
	} {
		if _, err := remoteOf(e, "s3cret"); err == nil || !strings.Contains(err.Error(), "do not say where the repository is") || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%+v: error %v", e, err)
		}
	}
}
