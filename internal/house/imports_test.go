package house

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// everything stands for all packages of the module.
const everything = "*"

// mayImport is who may import whom, as docs/design.md has it. Besides, every
// package may import internal/printable, which is left out here, and _test.go
// files may import what testsMayImport lists.
func mayImport() map[string][]string {
	all := []string{
		"internal/ots", "internal/treeanchor", "internal/lip", "internal/strictjson", "internal/registry", "internal/evidence",
		"internal/config", "internal/fetch", "internal/gitrepo", "internal/calendar", "internal/bitcoin", "internal/verify",
	}
	return map[string][]string{
		printer:                        {},
		"internal/ots":                 {},
		"internal/treeanchor":          {"internal/ots"},
		"internal/lip":                 {},
		"internal/strictjson":          {},
		"internal/registry":            {"internal/strictjson"},
		"internal/evidence":            {"internal/strictjson"},
		"internal/config":              {},
		"internal/fetch":               {},
		"internal/gitrepo":             {"internal/gitrepo/objects"},
		"internal/gitrepo/objects":     {},
		"internal/calendar":            {"internal/fetch", "internal/ots"},
		"internal/bitcoin":             {"internal/fetch"},
		"internal/bitcoin/gentable":    {},                                     // a command that writes bitcoin's table
		"internal/bitcoin/extendtable": {"internal/bitcoin", "internal/fetch"}, // one that extends its source from a node
		"internal/verify":              {"internal/ots", "internal/bitcoin"},
		"internal/certificate":         {"internal/ots", "internal/bitcoin", "internal/verify", "internal/evidence"},
		"internal/devnet":              {"internal/ots", "internal/bitcoin"},
		"internal/anchor":              all,
		"internal/report":              {"internal/anchor", "internal/verify", "internal/bitcoin", "internal/ots", "internal/lip", "internal/registry", "internal/evidence"},
		"internal/action":              {"internal/anchor", "internal/report", "internal/verify", "internal/config", "internal/gitrepo", "internal/fetch"},
		"internal/corpus":              {},
		"internal/house":               {},
		"action":                       {}, // tests of the scripts there
		"cmd/git-anchor":               {everything},
	}
}

const printer = "internal/printable"

// testsMayImport: what every _test.go file may import. corpus is for tests
// alone: it needs package testing.
func testsMayImport() []string { return []string{"internal/devnet", "internal/corpus"} }

// modules says where other people's code may be used. A module that is not
// listed is used nowhere.
func modules() map[string][]string {
	return map[string][]string{
		"codeberg.org/go-pdf/fpdf":              {"internal/certificate"},
		"github.com/go-git/go-git/v5":           {"internal/gitrepo", "internal/gitrepo/objects"},
		"github.com/go-git/go-billy/v5":         {"internal/gitrepo"},
		"github.com/go-json-experiment/json":    {"internal/strictjson", "internal/registry"},
		"github.com/pelletier/go-toml/v2":       {"internal/config", "internal/registry"},
		"github.com/santhosh-tekuri/jsonschema": {"internal/registry", "internal/evidence"}, // in tests
		"github.com/sethvargo/go-githubactions": {"internal/action"},
		"github.com/urfave/cli/v2":              {"cmd/git-anchor"},
		"github.com/yuin/goldmark":              {"internal/lip", "internal/report"},
		"go.abhg.dev/goldmark/frontmatter":      {"internal/lip"},
		"golang.org/x/crypto":                   {"internal/ots"},
		"golang.org/x/image":                    {"internal/certificate"},
		"golang.org/x/net":                      {"internal/fetch", "internal/bitcoin"},
		"golang.org/x/sys":                      {"internal/gitrepo", "internal/gitrepo/objects"},
		"golang.org/x/term":                     {"cmd/git-anchor"},
		"golang.org/x/text":                     {"internal/gitrepo"},
		"gopkg.in/yaml.v3":                      {"internal/lip", "internal/registry", "internal/house", "action"},
		"rsc.io/qr":                             {"internal/certificate"},
	}
}

// testModules may be used by every _test.go file.
func testModules() []string {
	return []string{"github.com/google/go-cmp", "github.com/rogpeppe/go-internal"}
}

// pure packages use no network, files, clock or randomness: what they say
// depends on what they are given alone.
func pure() []string {
	return []string{printer, "internal/ots", "internal/treeanchor", "internal/lip", "internal/strictjson", "internal/registry", "internal/evidence", "internal/config", "internal/certificate"}
}

func impure() []string {
	return []string{"crypto/rand", "math/rand", "math/rand/v2", "net", "net/http", "os", "os/exec", "path/filepath", "syscall"}
}

// clocks are the functions of package time that pure packages do not call.
func clocks() []string {
	return []string{"After", "AfterFunc", "LoadLocation", "NewTicker", "NewTimer", "Now", "Since", "Sleep", "Tick", "Until"}
}

// standard says where parts of the standard library that reach out of the
// process may be used. The names of net/http's methods and statuses may be used
// everywhere: they are words.
func standard() map[string][]string {
	return map[string][]string{
		"net":      {"internal/fetch", "internal/bitcoin", "internal/devnet", "internal/action"},
		"net/http": {"internal/fetch", "internal/devnet", "internal/action"},
		"os/exec":  {"internal/gitrepo", "internal/action", "cmd/git-anchor"},
	}
}

func TestImports(t *testing.T) {
	for _, list := range sources(t) {
		for _, s := range list {
			for _, v := range violations(s) {
				t.Error(v)
			}
		}
	}
}

// violations lists what a file imports and calls against the rules above.
func violations(s source) []string {
	var found []string
	add := func(node ast.Node, format string, args ...any) {
		found = append(found, fmt.Sprintf("%s:%d: %s", s.path(), s.line(node.Pos()), fmt.Sprintf(format, args...)))
	}
	may, listed := mayImport()[s.dir]
	if !listed {
		add(s.file, "package %s is not in the list of who may import whom", s.dir)
	}
	for _, spec := range s.file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			add(spec, "import %s: %v", spec.Path.Value, err)
			continue
		}
		if spec.Name != nil && spec.Name.Name == "." {
			add(spec, "%s is imported with a dot", name)
		}
		ours, isOurs := strings.CutPrefix(name, module+"/")
		first, _, _ := strings.Cut(name, "/")
		switch {
		case isOurs && !mayUse(s, may, ours):
			add(spec, "%s may not import %s", s.dir, ours)
		case !isOurs && strings.Contains(first, ".") && !mayUseModule(s, name):
			add(spec, "%s may not import %s", s.dir, name)
		case !s.isTest() && slices.Contains(pure(), s.dir) && slices.Contains(impure(), name):
			add(spec, "%s is pure and may not import %s", s.dir, name)
		case !s.isTest() && name != "net/http" && standard()[name] != nil && !slices.Contains(standard()[name], s.dir):
			add(spec, "%s may not import %s", s.dir, name)
		}
	}
	if !s.isTest() {
		calls(s, add)
	}
	return found
}

func mayUse(s source, may []string, ours string) bool {
	if ours == printer || slices.Contains(may, ours) {
		return true
	}
	if slices.Contains(may, everything) && ours != "internal/corpus" {
		return true
	}
	return s.isTest() && (ours == s.dir || slices.Contains(testsMayImport(), ours))
}

func mayUseModule(s source, name string) bool {
	if s.isTest() && slices.ContainsFunc(testModules(), func(m string) bool { return within(name, m) }) {
		return true
	}
	for m, users := range modules() {
		if within(name, m) {
			return slices.Contains(users, s.dir)
		}
	}
	return false
}

// within reports whether a package is m or below it.
func within(name, m string) bool { return name == m || strings.HasPrefix(name, m+"/") }

// calls adds uses of the clock in pure packages, and of net/http where only its
// words may be used.
func calls(s source, add func(ast.Node, string, ...any)) {
	clock, web := localName(s.file, "time"), localName(s.file, "net/http")
	ast.Inspect(s.file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := sel.X.(*ast.Ident)
		if !ok {
			return true
		}
		switch name := sel.Sel.Name; {
		case clock != "" && x.Name == clock && slices.Contains(pure(), s.dir) && slices.Contains(clocks(), name):
			add(sel, "%s is pure and may not call time.%s", s.dir, name)
		case web != "" && x.Name == web && !slices.Contains(standard()["net/http"], s.dir) &&
			!strings.HasPrefix(name, "Method") && !strings.HasPrefix(name, "Status"):
			add(sel, "%s may not use http.%s: requests go through internal/fetch", s.dir, name)
		}
		return true
	})
}

// localName is what a file calls a package, "" where it does not import it.
func localName(file *ast.File, name string) string {
	for _, spec := range file.Imports {
		if spec.Path.Value != strconv.Quote(name) {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return path.Base(name)
	}
	return ""
}

// A rule that catches nothing is no rule.
func TestViolationsAreCaught(t *testing.T) {
	ours := func(p string) string { return `import _ "` + module + "/" + p + `"` }
	tests := []struct{ name, dir, file, text, want string }{
		{"upwards", "internal/ots", "x.go", ours("internal/anchor"), "internal/ots may not import internal/anchor"},
		{"verify and calendar", "internal/verify", "x.go", ours("internal/calendar"), "internal/verify may not import internal/calendar"},
		{"verify and gitrepo in a test", "internal/verify", "x_test.go", ours("internal/gitrepo"), "internal/verify may not import internal/gitrepo"},
		{"anchor and devnet", "internal/anchor", "x.go", ours("internal/devnet"), "internal/anchor may not import internal/devnet"},
		{"corpus outside tests", "cmd/git-anchor", "x.go", ours("internal/corpus"), "cmd/git-anchor may not import internal/corpus"},
		{"new package", "internal/util", "x.go", "", "package internal/util is not in the list of who may import whom"},
		{"go-git", "internal/anchor", "x.go", `import _ "github.com/go-git/go-git/v5/plumbing"`, "internal/anchor may not import github.com/go-git/go-git/v5/plumbing"},
		{"go-git in a test", "internal/anchor", "x_test.go", `import _ "github.com/go-git/go-git/v5"`, "internal/anchor may not import github.com/go-git/go-git/v5"},
		{"unknown module", "cmd/git-anchor", "x.go", `import _ "example.org/x"`, "cmd/git-anchor may not import example.org/x"},
		{"test module", "internal/lip", "x.go", `import _ "github.com/google/go-cmp/cmp"`, "internal/lip may not import github.com/google/go-cmp/cmp"},
		{"files", "internal/lip", "x.go", `import _ "os"`, "internal/lip is pure and may not import os"},
		{"randomness", "internal/ots", "x.go", `import _ "crypto/rand"`, "internal/ots is pure and may not import crypto/rand"},
		{"clock", "internal/config", "x.go", "import \"time\"\nvar x = time.Now()", "internal/config is pure and may not call time.Now"},
		{"clock by another name", "internal/ots", "x.go", "import t \"time\"\nvar x = t.Since", "internal/ots is pure and may not call time.Since"},
		{"request", "internal/calendar", "x.go", "import \"net/http\"\nvar x = http.DefaultClient", "internal/calendar may not use http.DefaultClient: requests go through internal/fetch"},
		{"socket", "internal/verify", "x.go", `import _ "net"`, "internal/verify may not import net"},
		{"process", "internal/anchor", "x.go", `import _ "os/exec"`, "internal/anchor may not import os/exec"},
		{"dot", "internal/fetch", "x.go", `import . "strings"`, "strings is imported with a dot"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found := violations(parse(t, tt.dir, tt.file, "package x\n"+tt.text))
			if len(found) != 1 || !strings.HasSuffix(found[0], ": "+tt.want) {
				t.Errorf("found %q, want %q", found, tt.want)
			}
		})
	}
}

func TestWhatIsAllowed(t *testing.T) {
	ours := func(p string) string { return `import _ "` + module + "/" + p + `"` }
	tests := []struct{ name, dir, file, text string }{
		{"printer", "internal/ots", "x.go", ours(printer)},
		{"devnet in a test", "internal/anchor", "x_test.go", ours("internal/devnet")},
		{"corpus in a test", "internal/ots", "x_test.go", ours("internal/corpus")},
		{"test from outside", "internal/ots", "x_test.go", ours("internal/ots")},
		{"files in a test", "internal/ots", "x_test.go", `import _ "os"`},
		{"cmd", "cmd/git-anchor", "x.go", ours("internal/devnet")},
		{"words of HTTP", "internal/bitcoin", "x.go", "import \"net/http\"\nvar x = http.StatusText(http.StatusOK) + http.MethodGet"},
		{"times that are given", "internal/lip", "x.go", "import \"time\"\nvar x = time.Unix(0, 0)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if found := violations(parse(t, tt.dir, tt.file, "package x\n"+tt.text)); found != nil {
				t.Errorf("found %q", found)
			}
		})
	}
}
