package house

import (
	"go/ast"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// maxLines is how long a source file may be: what does not fit is two topics.
const maxLines = 500

func TestFilesAreShort(t *testing.T) {
	files(t, func(name string) {
		if path.Ext(name) != ".go" && path.Dir(name) != ".ci" {
			return
		}
		if n := strings.Count(read(t, name), "\n"); n > maxLines {
			t.Errorf("%s has %d lines, more than %d", name, n, maxLines)
		}
	})
}

// What a package does on import cannot be seen where it is imported, nor undone.
func TestNoInit(t *testing.T) {
	for _, list := range sources(t) {
		for _, s := range list {
			for _, f := range functions(s) {
				if f.Recv == nil && f.Name.Name == "init" && !s.isTest() {
					t.Errorf("%s:%d: func init", s.path(), s.line(f.Pos()))
				}
			}
		}
	}
}

func TestPackageComments(t *testing.T) {
	for dir, list := range sources(t) {
		var comments []string
		for _, s := range list {
			if s.file.Doc != nil {
				comments = append(comments, s.file.Doc.Text())
			}
		}
		want := "Package " + list[0].file.Name.Name + " "
		if list[0].file.Name.Name == "main" {
			want = "Command " + path.Base(dir) + " "
		}
		switch {
		case len(comments) != 1:
			t.Errorf("%s has %d package comments, want one", dir, len(comments))
		case !strings.HasPrefix(comments[0], want):
			t.Errorf("the package comment of %s does not begin with %q", dir, want)
		}
	}
}

// Only .ci/run knows where a collection of real proofs may lie; nothing else
// names a place on somebody's machine.
func TestPlaces(t *testing.T) {
	places := regexp.MustCompile(`\.\./share` + `d|/wor` + `k/(main|shared)`)
	files(t, func(name string) {
		if !isText(name) || name == ".ci/run" {
			return
		}
		for i, line := range strings.Split(read(t, name), "\n") {
			if m := places.FindString(line); m != "" {
				t.Errorf("%s:%d: names %s", name, i+1, m)
			}
		}
	})
}

// A note to self is work that was not done.
func TestNotes(t *testing.T) {
	note := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME)\b`)
	for _, list := range sources(t) {
		for _, s := range list {
			for _, group := range s.file.Comments {
				if m := note.FindString(group.Text()); m != "" {
					t.Errorf("%s:%d: %s", s.path(), s.line(group.Pos()), m)
				}
			}
		}
	}
	files(t, func(name string) {
		if path.Ext(name) == ".go" || !isText(name) {
			return
		}
		if m := note.FindString(read(t, name)); m != "" {
			t.Errorf("%s: %s", name, m)
		}
	})
}

func isText(name string) bool {
	switch path.Ext(name) {
	case ".go", ".md", ".mod", ".toml", ".yml", ".yaml", ".1", ".sh":
		return true
	}
	return path.Dir(name) == ".ci" || strings.HasPrefix(path.Base(name), ".git")
}

// A fuzz target without seeds starts from nothing, and runs nothing at all in
// an ordinary test run.
func TestFuzzTargetsHaveSeeds(t *testing.T) {
	count := 0
	for dir, list := range sources(t) {
		declared := map[string]*ast.FuncDecl{}
		for _, s := range list {
			for _, f := range functions(s) {
				if f.Recv == nil && s.isTest() {
					declared[f.Name.Name] = f
				}
			}
		}
		for name, f := range declared {
			if !strings.HasPrefix(name, "Fuzz") {
				continue
			}
			count++
			if !adds(f, declared) && !hasCorpus(t, dir, name) {
				t.Errorf("%s: %s has no seed: neither f.Add nor testdata/fuzz/%s", dir, name, name)
			}
		}
	}
	if count == 0 {
		t.Error("no fuzz target found")
	}
}

// adds reports whether a fuzz target calls Add on its parameter, itself or in a
// function of the package that it hands the parameter to.
func adds(f *ast.FuncDecl, declared map[string]*ast.FuncDecl) bool {
	param := fuzzParameter(f)
	found := false
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || found || param == "" {
			return !found
		}
		switch fun := call.Fun.(type) {
		case *ast.SelectorExpr:
			found = isIdent(fun.X, param) && fun.Sel.Name == "Add"
		case *ast.Ident:
			helper := declared[fun.Name]
			handed := slices.ContainsFunc(call.Args, func(e ast.Expr) bool { return isIdent(e, param) })
			found = helper != nil && helper != f && handed && adds(helper, declared)
		}
		return !found
	})
	return found
}

// fuzzParameter is the name of a function's parameter of type *testing.F.
func fuzzParameter(f *ast.FuncDecl) string {
	for _, field := range f.Type.Params.List {
		star, ok := field.Type.(*ast.StarExpr)
		if !ok || len(field.Names) == 0 {
			continue
		}
		if sel, ok := star.X.(*ast.SelectorExpr); ok && isIdent(sel.X, "testing") && sel.Sel.Name == "F" {
			return field.Names[0].Name
		}
	}
	return ""
}

func hasCorpus(t *testing.T, dir, name string) bool {
	t.Helper()
	found, err := os.ReadDir(filepath.Join(top, filepath.FromSlash(dir), "testdata", "fuzz", name))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return len(found) > 0
}

// The map of the house must show all its rooms.
func TestDesignNamesEveryPackage(t *testing.T) {
	design := read(t, "docs/design.md")
	for dir := range sources(t) {
		if !strings.Contains(design, "`"+dir+"`") {
			t.Errorf("docs/design.md does not name `%s`", dir)
		}
	}
}

func functions(s source) []*ast.FuncDecl {
	var list []*ast.FuncDecl
	for _, d := range s.file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok {
			list = append(list, f)
		}
	}
	return list
}

func isIdent(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}
