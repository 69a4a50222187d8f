package anchor

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// What is said about a command of a hint stands behind a #: hints are pasted.
func TestHintsArePasted(t *testing.T) {
	command := regexp.MustCompile(`^(git (add|anchor|checkout|commit|config|diff|fetch|log|mv|remote|restore|rm|show)|rm|mkdir|cp) `)
	prose := regexp.MustCompile(`, | (shows|lists|judges|anchors|says|makes|keeps|compares|asks|completes|does|then|if|or)\b`)
	seen := 0
	const cmd = "../../cmd/git-anchor/"
	for _, glob := range []string{"*.go", cmd + "exit.go", cmd + "info.go", cmd + "registryshow.go", cmd + "registryverify.go"} {
		files, err := filepath.Glob(glob)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", glob, len(files), err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				lit, ok := n.(*ast.BasicLit)
				if !ok || lit.Kind != token.STRING {
					return true
				}
				text, err := strconv.Unquote(lit.Value)
				if err != nil || !command.MatchString(text) {
					return true
				}
				seen++
				if typed, _, _ := strings.Cut(text, "  # "); prose.MatchString(typed) {
					t.Errorf("%s: a shell takes all of this for the command: %s", set.Position(lit.Pos()), text)
				}
				return true
			})
		}
	}
	if seen < 50 {
		t.Errorf("%d commands", seen)
	}
}
