package config

import (
	"fmt"
	"strings"
	"testing"
)

func TestAction(t *testing.T) {
	c, err := Parse([]byte("[action]\nbefore_commit = 'make index'\nbefore_commit_paths = ['./static/*.json', 'docs/**']\n"))
	if err != nil {
		t.Fatal(err)
	}
	if c.Action.BeforeCommit != "make index" {
		t.Errorf("before_commit is %q", c.Action.BeforeCommit)
	}
	for path, want := range map[string]bool{
		"static/index.json": true, "static/a/index.json": false, "docs/a/b": true,
		"docs/../static/index.json": false, "/static/index.json": false, "other": false,
	} {
		if got := c.Action.Match(path); got != want {
			t.Errorf("Match(%q) = %t", path, got)
		}
	}
	if Default().Action.Match("static/index.json") {
		t.Error("without paths something matches")
	}
}

func TestActionRefused(t *testing.T) {
	command := func(n int) string {
		return fmt.Sprintf("[action]\nbefore_commit = '%s'\nbefore_commit_paths = ['a']\n", strings.Repeat("x", n))
	}
	paths := func(n int) string {
		return "[action]\nbefore_commit = 'x'\nbefore_commit_paths = [" + strings.Repeat("'a',", n) + "]\n"
	}
	for _, good := range []string{command(1), command(MaxCommand), paths(1), paths(MaxPatterns)} {
		if _, err := Parse([]byte(good)); err != nil {
			t.Errorf("%.60s…: %v", good, err)
		}
	}
	for _, tt := range []struct{ name, text, want string }{
		{"empty command", command(0), "action.before_commit has 0 bytes, want 1 to 4096"},
		{"long command", command(MaxCommand + 1), "action.before_commit has 4097 bytes, want 1 to 4096"},
		{"no paths", "[action]\nbefore_commit = 'x'\n", "belong together"},
		{"no command", "[action]\nbefore_commit_paths = ['a']\n", "belong together"},
		{"many paths", paths(MaxPatterns + 1), "65 paths are more than the limit of 64"},
		{"path out", "[action]\nbefore_commit = 'x'\nbefore_commit_paths = ['../a']\n", "action.before_commit_paths: path \"../a\""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Parse([]byte(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestRequireAnchor(t *testing.T) {
	c, err := Parse([]byte("[[documents]]\nkind = 'file'\npaths = ['a']\nrequire_anchor = true\n[[documents]]\nkind = 'file'\npaths = ['b']\n"))
	if err != nil {
		t.Fatal(err)
	}
	if !c.Documents[0].RequireAnchor || c.Documents[1].RequireAnchor {
		t.Errorf("rules %+v", c.Documents)
	}
}
