// Package house holds the sources of this module to the rules of the house:
// who may import whom (imports_test.go), and habits that a reader relies on
// (habits_test.go). It has tests only. They read the sources and run nothing,
// so that they say the same on every machine.
package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

const (
	module = "github.com/openllmo/git-anchor"
	top    = "../.."
)

// A source is one Go file of the module.
type source struct {
	dir, name string // slash path of its directory from the top, and its own name
	text      string
	set       *token.FileSet
	file      *ast.File
}

func (s source) path() string { return path.Join(s.dir, s.name) }

func (s source) isTest() bool { return strings.HasSuffix(s.name, "_test.go") }

// line is the line of the file that a position is on.
func (s source) line(p token.Pos) int { return s.set.Position(p).Line }

// parse reads one file; sources made up by a test go through it too.
func parse(t *testing.T, dir, name, text string) source {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path.Join(dir, name), text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return source{dir, name, text, set, file}
}

// files calls visit with the slash path from the top of every file of this
// module: not git's, not those of a nested module, no test inputs.
func files(t *testing.T, visit func(name string)) {
	t.Helper()
	count := 0
	err := filepath.WalkDir(top, func(full string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(top, full)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		switch {
		case !d.IsDir():
			count++
			visit(rel)
		case rel == ".":
		case d.Name() == ".git" || d.Name() == "testdata" || nested(full):
			return fs.SkipDir
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if count == 0 {
		t.Fatal("no files found")
	}
}

func nested(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

// sources are all Go files of the module, by package directory.
func sources(t *testing.T) map[string][]source {
	t.Helper()
	packages := map[string][]source{}
	files(t, func(name string) {
		if path.Ext(name) != ".go" {
			return
		}
		dir, base := path.Dir(name), path.Base(name)
		packages[dir] = append(packages[dir], parse(t, dir, base, read(t, name)))
	})
	if len(packages) == 0 {
		t.Fatal("no packages found")
	}
	return packages
}

func read(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(top, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
