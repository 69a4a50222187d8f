package action

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A machine is what a runner gives a step, and reads afterwards.
type machine struct {
	*Console
	t               *testing.T
	set             map[string]string
	commands, plain bytes.Buffer
}

func newMachine(t *testing.T) *machine {
	dir := t.TempDir()
	m := &machine{t: t, set: map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": filepath.Join(dir, "output"), "GITHUB_STEP_SUMMARY": filepath.Join(dir, "summary"),
	}}
	m.Console = NewConsole(&m.commands, &m.plain, func(name string) string { return m.set[name] })
	return m
}

func (m *machine) file(name string) string {
	m.t.Helper()
	raw, err := os.ReadFile(m.set[name])
	if err != nil {
		m.t.Fatal(err)
	}
	return string(raw)
}

func TestAnnotate(t *testing.T) {
	for _, tt := range []struct {
		name    string
		finding Finding
		want    string
	}{
		{"plain", Finding{Level: Error, Path: "a b.md", Line: 3, Title: "Changed", Text: "100% new", Hint: "git log"}, "::error file=a b.md,line=3,title=Changed::100%25 new%0Agit log\n"},
		{"no file", Finding{Level: Warning, Title: "T", Text: "x"}, "::warning title=T::x\n"},
		{"a file name with a newline", Finding{Level: Notice, Path: "a\n::error::x\r.md", Title: "T", Text: "x"}, "::notice file=a%0A%3A%3Aerror%3A%3Ax%0D.md,title=T::x\n"},
		{"a file name that ends the properties", Finding{Level: Error, Path: "a,title=x::y.md", Title: "T", Text: "x"}, "::error file=a%2Ctitle=x%3A%3Ay.md,title=T::x\n"},
		{"a file name that is escaped already", Finding{Level: Error, Path: "%0A::error::.md", Title: "T", Text: "%0A::error::"}, "::error file=%250A%3A%3Aerror%3A%3A.md,title=T::%250A::error::\n"},
		{"a file name that is not UTF-8", Finding{Level: Error, Path: "\xff.md", Title: "T", Text: "x"}, "::error title=T::\\xff.md: x\n"},
		{"an old command", Finding{Level: Error, Title: "##[error]", Text: "##[add-mask]x"}, "::error title=# #[error]::# #[add-mask]x\n"},
		{"text with lines", Finding{Level: Error, Title: "a\nb", Text: "a\r\n::set-output::", Hint: "\u202e"}, "::error title=a\\nb::a\\r\\n::set-output::%0A\\u202e\n"},
		{"quiet", Finding{Level: Quiet, Title: "T", Text: "x"}, ""},
	} {
		m := newMachine(t)
		if err := m.Annotate([]Finding{tt.finding}); err != nil || m.commands.String() != tt.want || m.plain.Len() > 0 {
			t.Errorf("%s: %q, %v, want %q", tt.name, m.commands.String(), err, tt.want)
		}
	}
}

func TestAnnotateOutside(t *testing.T) {
	m := newMachine(t)
	delete(m.set, "GITHUB_ACTIONS")
	err := m.Annotate([]Finding{{Level: Warning, Title: "T", Text: "x"}, {Level: Error, Path: "a\nb", Line: 3, Title: "T", Text: "x\ny", Hint: "z"}})
	want := "error: a\\nb:3: T: x\\ny (z)\nwarning: T: x\n"
	if err != nil || m.plain.String() != want || m.commands.Len() > 0 {
		t.Errorf("%q, %q, %v, want %q", m.plain.String(), m.commands.String(), err, want)
	}
}

// Of eleven of a level nine are shown, and the tenth says that there are two more.
func TestAnnotationLimit(t *testing.T) {
	for n, want := range map[int]string{10: "::error title=T::9\n", 11: "::error title=git-anchor::There are 2 more of these; the job summary lists all.\n"} {
		m := newMachine(t)
		var list []Finding
		for i := range n {
			list = append(list, Finding{Level: Error, Title: "T", Text: fmt.Sprint(i)})
		}
		list = append([]Finding{{Level: Warning, Title: "T", Text: "w"}}, list...)
		if err := m.Annotate(list); err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitAfter(m.commands.String(), "\n")
		if len(lines) != 12 || lines[0] != "::error title=T::0\n" || lines[9] != want || lines[10] != "::warning title=T::w\n" {
			t.Errorf("%d: %q", n, lines)
		}
	}
}

func TestOutput(t *testing.T) {
	m := newMachine(t)
	for _, value := range []string{"1", "", "a=b<<c", "_GitHubActionsFileCommandDelimeter_"} {
		if err := m.Output("x", value); err != nil {
			t.Errorf("%q: %v", value, err)
		}
	}
	if d := cmp.Diff("x=1\nx=\nx=a=b<<c\nx=_GitHubActionsFileCommandDelimeter_\n", m.file("GITHUB_OUTPUT")); d != "" {
		t.Error(d)
	}
	for value, want := range map[string]string{
		"a\nb=c": "output x: it has more than one line", "a\rb": "output x: it has more than one line", "a\x00": "output x: it has more than one line",
		strings.Repeat("x", maxOutput+1): "output x: it has 1048577 bytes, more than 1048576",
	} {
		if err := m.Output("x", value); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	if err := m.Output("x", strings.Repeat("x", maxOutput)); err != nil {
		t.Errorf("at the limit: %v", err)
	}
}

// Without the files, and with ones that cannot be written, nothing panics.
func TestNoFiles(t *testing.T) {
	m := newMachine(t)
	clearly := m.set["GITHUB_OUTPUT"]
	delete(m.set, "GITHUB_OUTPUT")
	delete(m.set, "GITHUB_STEP_SUMMARY")
	if err := m.Output("x", "y"); err != nil {
		t.Error(err)
	}
	if err := m.Summarize([]byte("x")); err != nil {
		t.Error(err)
	}
	m.set["GITHUB_OUTPUT"], m.set["GITHUB_STEP_SUMMARY"] = filepath.Join(clearly, "none"), filepath.Join(clearly, "none")
	for _, err := range []error{m.Output("x", "y"), m.Summarize([]byte("x"))} {
		if err == nil || !strings.HasPrefix(err.Error(), "tell the runner: unable to write command to the environment file: ") {
			t.Errorf("error %v", err)
		}
	}
	m.Console = NewConsole(closed{}, closed{}, func(name string) string { return m.set[name] })
	if err := m.Annotate([]Finding{{Level: Error}}); err == nil || err.Error() != "tell the runner: failed to issue command: closed" {
		t.Errorf("error %v", err)
	}
}

type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, fmt.Errorf("closed") }

func TestSummarize(t *testing.T) {
	m := newMachine(t)
	for _, part := range []string{"# a\n", "", "b\n"} {
		if err := m.Summarize([]byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff("# a\n\nb\n\n", m.file("GITHUB_STEP_SUMMARY")); d != "" {
		t.Error(d)
	}
}

// Whatever stands in the place of a file is gone, and where a link led is not
// touched.
func TestEmpty(t *testing.T) {
	dir := t.TempDir()
	other, path := filepath.Join(dir, "other"), filepath.Join(dir, "env")
	for name, make := range map[string]func() error{
		"file":      func() error { return os.WriteFile(path, []byte("PATH=/evil"), 0o644) },
		"link":      func() error { return os.Symlink(other, path) },
		"directory": func() error { return os.MkdirAll(filepath.Join(path, "x"), 0o755) },
		"nothing":   func() error { return nil },
	} {
		if err := os.WriteFile(other, []byte("kept"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
		if err := make(); err != nil {
			t.Fatal(err)
		}
		if err := empty(path); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		info, err := os.Lstat(path)
		if err != nil || !info.Mode().IsRegular() || info.Size() != 0 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
		if kept, err := os.ReadFile(other); err != nil || string(kept) != "kept" {
			t.Errorf("%s: the other file has %q, %v", name, kept, err)
		}
	}
}
