package action

import (
	"crypto/sha256"
	"encoding/hex"
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
	raw, err := anchor.Plan{Commit: aaaa, Registries: "r", RegistryProofs: "p", Headers: []byte{}}.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	path := write(t, filepath.Join(t.TempDir(), "plan"), string(raw))
	sum := sha256.Sum256(raw)
	set := map[string]string{"INPUT_PLAN": path, "INPUT_PLAN_SHA256": hex.EncodeToString(sum[:])}
	getenv := func(name string) string { return set[name] }
	if p, err := readPlan(getenv); err != nil || p.Commit != aaaa {
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
	extra := anchor.Extra{Commit: aaaa, Files: []anchor.ExtraFile{{Path: "a/x.json", Data: []byte("1")}, {Path: "b/x.json", Data: []byte("2")}}}
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
	set["RUNNER_TEMP"] = "relative"
	if _, err := readExtra(getenv); err == nil || err.Error() != `RUNNER_TEMP ("relative") is not the path of a directory` {
		t.Errorf("error %v", err)
	}
}

func TestParseJSON(t *testing.T) {
	var id gitrepo.Identity
	if err := parseJSON(`{"name":"A","email":"a@example.org"}`, &id); err != nil || id.Name != "A" {
		t.Errorf("%+v, %v", id, err)
	}
	for line, want := range map[string]string{
		`{"name":"A","x":1}`:                    `json: unknown field "x"`,
		`{"name":"A"} {}`:                       "more than one value",
		strings.Repeat("x", 4*MaxInput+1):       "a value has 262145 bytes, more than 262144",
		"[" + strings.Repeat(" ", 4*MaxInput-1): "unexpected EOF",
	} {
		if err := parseJSON(line, &id); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	list := `["x"` + strings.Repeat(`,"x"`, MaxList-1)
	if got, err := parseList(list + "]"); err != nil || len(got) != MaxList {
		t.Errorf("at the limit: %d, %v", len(got), err)
	}
	if _, err := parseList(list + `,"x"]`); err == nil || err.Error() != "a list has 1001 entries, more than 1000" {
		t.Errorf("error %v", err)
	}
	if text, err := parseText(""); err != nil || text != "" {
		t.Errorf("%q, %v", text, err)
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
