package gitrepo

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProofAttributes(t *testing.T) {
	const proof = "\x00OpenTimestamps\x00\x00Proof\x00\r\n$Id$\r\n"
	tests := []struct {
		name, attributes, config string
		want                     string // end of the error; empty: none
	}{
		{"none", "", "", ""},
		{"auto", "* text=auto\n", "", ""},
		{"auto and eol", "* text=auto eol=crlf\n", "", ""},
		{"autocrlf", "", "core.autocrlf=true", ""},
		{"binary", "*.ots binary\n", "", ""},
		{"forced, then binary", "* text eol=crlf\n*.ots binary\n", "", ""},
		{"not text", "* -text\n", "", ""},
		{"eol but not text", "* eol=crlf -text\n", "", ""},
		{"forced", "* text eol=crlf\n", "", "(text); add this line at the end of .gitattributes: *.ots binary"},
		{"forced in a subdirectory", "content/** text\n", "", "(text); add this line at the end of .gitattributes: *.ots binary"},
		{"eol alone", "*.ots eol=crlf\n", "", "(eol=crlf); add this line at the end of .gitattributes: *.ots binary"},
		{"filter", "* filter=x\n", "filter.x.clean=tr a-z A-Z", "(filter=x); add this line at the end of .gitattributes: *.ots binary -filter"},
		{"ident", "* ident\n", "", "(ident); add this line at the end of .gitattributes: *.ots binary -ident"},
		{"encoding", "*.ots working-tree-encoding=UTF-16\n", "", "(working-tree-encoding=UTF-16); add this line at the end of .gitattributes: *.ots binary -working-tree-encoding"},
		{"all", "*.ots text filter=x ident\n", "", "(text, filter=x, ident); add this line at the end of .gitattributes: *.ots binary -filter -ident"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr := newRepo(t)
			tr.write(".gitattributes", tt.attributes)
			if key, value, ok := strings.Cut(tt.config, "="); ok {
				tr.git("config", key, value)
			}
			r := tr.open()
			err := r.ProofAttributes(t.Context(), "content/x.ots")
			if tt.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				// what it says is so
				tr.write("content/x.ots", proof)
				tr.git("add", "content/x.ots")
				if got := tr.git("cat-file", "blob", ":content/x.ots"); got != strings.TrimSuffix(proof, "\n") {
					t.Errorf("git stores %q", got)
				}
				return
			}
			if !errors.Is(err, ErrAttributes) || !strings.HasSuffix(err.Error(), tt.want) || !strings.Contains(err.Error(), "content/x.ots") {
				t.Fatalf("got %v", err)
			}
			_, line, _ := strings.Cut(tt.want, ": ")
			tr.write(".gitattributes", tt.attributes+line+"\n")
			if err := r.ProofAttributes(t.Context(), "content/x.ots"); err != nil {
				t.Errorf("with the line: %v", err)
			}
		})
	}
}

func TestProofAttributesOf(t *testing.T) {
	tr := newRepo(t)
	tr.write(".gitattributes", "bad* text\n")
	names := []string{"good.ots", "bad.ots", "bad new\nline", "\xff"}
	got, err := tr.open().ProofAttributesOf(t.Context(), names)
	if err != nil || len(got) != 2 || got["bad.ots"] == nil || got["bad new\nline"] == nil {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := tr.open().ProofAttributesOf(t.Context(), nil); err != nil || got != nil {
		t.Errorf("none: %v, %v", got, err)
	}
	if got, err := tr.open().ProofAttributesOf(t.Context(), []string{"../x", "good.ots"}); err != nil || len(got) != 1 || !errors.Is(got["../x"], ErrBadPath) {
		t.Errorf("outside: %v, %v", got, err)
	}
}

func TestSettings(t *testing.T) {
	tr := newRepo(t)
	r := tr.open()
	if got, err := r.Settings(t.Context()); err != nil || got != nil {
		t.Errorf("none: %v, %v", got, err)
	}
	tr.git("config", "--global", "anchor.Explorer", "https://global.example")
	tr.git("config", "--global", "color.ui", "never")
	tr.git("config", "--global", "anchorage.x", "y")
	tr.git("config", "anchor.explorer", "https://local.example\nline")
	tr.write(".git/config", readFile(t, tr.dir+"/.git/config")+"[anchor]\n\tallowCommands\n")
	tr.commit(".gitconfig", "[anchor]\n\texplorer = https://evil.example\n\tallowCommands = false\n")
	tr.git("config", "include.path", "../.gitconfig")
	tr.git("config", "--global", "include.path", "more") // which is the person's own
	tr.git("config", "--file", os.Getenv("HOME")+"/more", "anchor.p2p", "true")
	t.Setenv("GIT_CONFIG_PARAMETERS", "'anchor.require'='work'")
	want := [][2]string{{"anchor.explorer", "https://global.example"}, {"color.ui", "never"}, {"anchor.p2p", "true"}, {"anchor.explorer", "https://local.example\nline"},
		{"anchor.allowcommands", "true"}, {"anchor.require", "work"}}
	got, err := tr.open().Settings(t.Context())
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Error(err, d)
	}
}
