package gitrepo

import (
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseConfig(t *testing.T) {
	tests := []struct {
		name, in string
		want     []setting
		err      string
	}{
		{"empty", "", nil, ""},
		{"plain", "[core]\n\tbare = false\n", []setting{{"core.bare", "false"}}, ""},
		{"case", "[CORE]\nBare=TRUE", []setting{{"core.bare", "TRUE"}}, ""},
		{"no value", "[core]\nbare\n", []setting{{"core.bare", "true"}}, ""},
		{"empty value", "[core]\nbare =\n", []setting{{"core.bare", ""}}, ""},
		{"one line", "[core] bare = 1", []setting{{"core.bare", "1"}}, ""},
		{"comments", "# x\n[core] ; y\n a = b # c\n d = \"e;f\" ; g\n", []setting{{"core.a", "b"}, {"core.d", "e;f"}}, ""},
		{"quotes", "[a]\nb = x \" y \" z  \n", []setting{{"a.b", "x  y  z"}}, ""},
		{"escapes", `[a]` + "\n" + `b = \t\n\b\\\"` + "\n", []setting{{"a.b", "\t\n\b\\\""}}, ""},
		{"continued", "[a]\nb = x\\\ny\n", []setting{{"a.b", "xy"}}, ""},
		{"subsection", "[a \"B.c \\\"d\"]\ne = f\n", []setting{{`a.B.c "d.e`, "f"}}, ""},
		{"old subsection", "[a.B]\nc = d\n", []setting{{"a.b.c", "d"}}, ""},
		{"line ends", "[a]\r\nb = c\r\n", []setting{{"a.b", "c"}}, ""},
		{"byte order mark", "\ufeff[a]\nb = c\n", []setting{{"a.b", "c"}}, ""},
		{"key outside", "a = b\n", nil, "bad config line 1"},
		{"open section", "[a\nb = c\n", nil, "bad config line 1"},
		{"open quote", "[a]\nb = \"c\n", nil, "bad config line 2"},
		{"bad escape", "[a]\n\nb = \\x\n", nil, "bad config line 3"},
		{"bad key", "[a]\nb.c = d\n", nil, "bad config line 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseConfig([]byte(tt.in))
			if tt.err != "" {
				if !errors.Is(err, errConfigSyntax) || err.Error() != tt.err {
					t.Fatalf("got %v", err)
				}
				return
			}
			if d := cmp.Diff(tt.want, got, cmp.AllowUnexported(setting{})); err != nil || d != "" {
				t.Error(err, d)
			}
			// git reads the same
			cmd := exec.Command("git", "config", "-z", "--list", "--file", "-")
			cmd.Stdin = strings.NewReader(tt.in)
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			var all strings.Builder
			for _, s := range got {
				value := "\n" + s.value
				if tt.name == "no value" {
					value = ""
				}
				all.WriteString(s.key + value + "\x00")
			}
			if string(out) != all.String() {
				t.Errorf("git reads %q, we %q", out, all.String())
			}
		})
	}
}

func FuzzParseConfig(f *testing.F) {
	for _, s := range []string{"", "[core]\n\tbare = false\n\tworktree = \"../x\"\n", "[a \"b\\\"\"] c = \\\n d ; e", "\ufeff[a.b]\r\nc"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		settings, err := parseConfig(b)
		if err != nil && !errors.Is(err, errConfigSyntax) {
			t.Fatal(err)
		}
		for _, s := range settings {
			if !strings.Contains(s.key, ".") {
				t.Fatalf("key %q", s.key)
			}
		}
	})
}

func FuzzParseGitfile(f *testing.F) {
	for _, s := range []string{"", "gitdir: ../x\n", "gitdir: /a b\r\n", "gitdir: \n", "gitdir:x", "gitdir: a\x00b"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		target, ok := parseGitfile(b)
		if ok && (target == "" || strings.HasSuffix(target, "\n") || strings.ContainsRune(target, 0)) {
			t.Fatalf("%q gives %q", b, target)
		}
	})
}
