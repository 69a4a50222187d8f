package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDefault(t *testing.T) {
	want := Config{
		OTS:     OTS{Enabled: true, MinCalendars: 2, MonthlyAnchorDay: 1, RegistryPath: "registries", ProofsPath: "proofs"},
		Bitcoin: Bitcoin{Require: "explorer"},
		Documents: []Rule{
			{Kind: "lip", Paths: []string{"content/spec/lips/lip-????.md"}, Forbid: []string{"to be populated"}},
			{Kind: "registry", Paths: []string{"registries/[0-9][0-9][0-9][0-9]-[0-9][0-9].json"}},
			{Kind: "evidence", Paths: []string{"evidence/**/*.json"}},
		},
		Source: "defaults",
	}
	if diff := cmp.Diff(want, Default()); diff != "" {
		t.Errorf("Default (-want +got):\n%s", diff)
	}
	empty, err := Parse(nil)
	want.Source = File
	if diff := cmp.Diff(want, empty); diff != "" || err != nil {
		t.Errorf("Parse of an empty file: %v (-want +got):\n%s", err, diff)
	}
}

// The configuration that Bitcoin Commons documents.
func TestSeedLoadsUnchanged(t *testing.T) {
	got, err := Parse([]byte(`[ots]
enabled = true
aggregator_url = "https://alice.btc.calendar.opentimestamps.org"
monthly_anchor_day = 1  # Anchor on 1st of each month
registry_path = "./registries"
proofs_path = "./proofs"
`))
	want := Default()
	want.Source = File
	want.OTS.Calendars, want.OTS.MinCalendars = []string{"https://alice.btc.calendar.opentimestamps.org"}, 1
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("Parse: %v (-want +got):\n%s", err, diff)
	}
}

func TestParseAll(t *testing.T) {
	got, err := Parse([]byte(`# layout
[ots]
enabled = false
calendars = ["https://a.example/pool", "https://b.example:8443", "https://c.example"]
min_calendars = 3
monthly_anchor_day = 31
registry_path = "data/registries/"
proofs_path = "."

[bitcoin]
require = "chain"

[[documents]]
kind = "lip"
paths = ["lips/lip-????.md", "./old/*/lip-????.md"]
status = ["Active", "Final"]
forbid = []

[[documents]]
kind = "lip"
paths = ["b/lip-????.md"]

[[documents]]
kind = "file"
paths = ["docs/**", "*.[a-z]"]
forbid = ["TBD"]
`))
	want := Config{
		OTS: OTS{
			Calendars:    []string{"https://a.example/pool", "https://b.example:8443", "https://c.example"},
			MinCalendars: 3, MonthlyAnchorDay: 31, RegistryPath: "data/registries", ProofsPath: ".",
		},
		Bitcoin: Bitcoin{Require: "chain"},
		Documents: []Rule{
			{Kind: "lip", Paths: []string{"lips/lip-????.md", "old/*/lip-????.md"}, Status: []string{"Active", "Final"}, Forbid: []string{}},
			{Kind: "lip", Paths: []string{"b/lip-????.md"}, Forbid: []string{"to be populated"}},
			{Kind: "file", Paths: []string{"docs/**", "*.[a-z]"}, Forbid: []string{"TBD"}},
		},
		Source: File,
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("Parse: %v (-want +got):\n%s", err, diff)
	}
}

func TestDocumentsReplace(t *testing.T) {
	got, err := Parse([]byte("documents = []\n"))
	if err != nil || got.Documents == nil || len(got.Documents) != 0 {
		t.Errorf("an empty list: %v, %v", got.Documents, err)
	}
	got, err = Parse([]byte("[ots]\nregistry_path = \"a/b\"\n"))
	if err != nil || got.Documents[1].Paths[0] != "a/b/"+registryName {
		t.Errorf("the default registry rule does not follow registry_path: %v, %v", got.Documents, err)
	}
}

func TestParseRefuses(t *testing.T) {
	ots := func(line string) string { return "[ots]\n" + line + "\n" }
	rule := func(lines string) string { return "[[documents]]\nkind = \"file\"\n" + lines + "\n" }
	tests := []struct{ name, file, want string }{
		{"byte order mark", "\ufeff[ots]\n", "the file starts with a byte order mark (EF BB BF): save it without one"},
		{"NUL", "[ots]\n#\x00\n", "line 2 holds a NUL byte: the file is not text"},
		{"not UTF-8", "# \xff\n", "the file is not valid UTF-8"},
		{"no TOML", "[ots]\n\nenabled\n", "line 3: expected '=' after key"},
		{"given twice", ots("enabled = true\nenabled = true"), "line 3: key enabled is already defined"},
		{"hostile key given twice", "\"\\u001b[2J\" = 1\n\"\\u001b[2J\" = 2\n", "line 2: key \ufffd[2J is already defined"},
		{"unknown key", ots("enabeld = true"), "line 2: unknown key ots.enabeld, the nearest is ots.enabled"},
		{"unknown key outside its table", "min_calendars = 2\n", "line 1: unknown key min_calendars, the nearest is ots.min_calendars"},
		{"unknown table", "[document]\nx = 1\n", "line 1: unknown key document, the nearest is documents"},
		{"unknown key of a rule", rule("path = [\"a\"]"), "line 3: unknown key documents.path, the nearest is documents.paths"},
		{"one calendar in the singular", ots("calendar = \"https://a.example\""), "line 2: unknown key ots.calendar, the nearest is ots.calendars"},
		{"hostile key", "\"\\u001b[2J\" = 1\n", `line 1: unknown key "\x1b[2J", the nearest is ots.enabled`},
		{"dot inside a key", "\"ots.enabled\" = true\n", `line 1: unknown key "ots.enabled", the nearest is ots.enabled`},
		{"another case", ots("Enabled = false"), "key ots.Enabled: keys are in lower case, write ots.enabled"},
		{"both cases", ots("enabled = true\nEnabled = false"), "key ots.Enabled: keys are in lower case, write ots.enabled"},
		{"table in another case", "[Bitcoin]\nrequire = \"node\"\n", "key Bitcoin: keys are in lower case, write bitcoin"},
		{"text for a boolean", ots("enabled = \"yes\""), "line 2: ots.enabled is of the kind string, want true or false"},
		{"text for a list", ots("calendars = \"https://a.example\""), "line 2: ots.calendars is of the kind string, want a list of URLs"},
		{"number for a table", "ots = 1\n", "line 1: ots is of the kind integer, want a table"},
		{"number too large", ots("min_calendars = 99999999999999999999"), "line 2: decimal number is too large to fit in a 64-bit signed integer"},
		{"day 0", ots("monthly_anchor_day = 0"), "ots.monthly_anchor_day is 0, want a day from 1 to 31"},
		{"day 32", ots("monthly_anchor_day = 32"), "ots.monthly_anchor_day is 32, want a day from 1 to 31"},
		{"both forms of calendars", ots("aggregator_url = \"https://a.example\"\ncalendars = [\"https://b.example\"]"), "ots.aggregator_url and ots.calendars are both set: keep one, aggregator_url is the form for a single calendar"},
		{"no calendars", ots("calendars = []"), "ots.calendars is empty: leave it out to use the public calendars"},
		{"calendar twice", ots("calendars = [\"https://a.example\", \"https://A.example/\"]"), `ots.calendars: "https://A.example/" is there twice`},
		{"min 0", ots("min_calendars = 0"), "ots.min_calendars is 0, want a number from 1 to 4, the number of calendars"},
		{"min above the pools", ots("min_calendars = 5"), "ots.min_calendars is 5, want a number from 1 to 4, the number of calendars"},
		{"min above one", ots("aggregator_url = \"https://a.example\"\nmin_calendars = 2"), "ots.min_calendars is 2, want a number from 1 to 1, the number of calendars"},
		{"absolute registries", ots("registry_path = \"/tmp\""), `ots.registry_path: path "/tmp": it must be relative to the top of the repository`},
		{"top of the machine", ots("registry_path = \"/\""), `ots.registry_path: path "/": it must be relative to the top of the repository`},
		{"registries outside", ots("registry_path = \"../x\""), `ots.registry_path: path "../x": it must not contain ..`},
		{"registries out and in", ots("registry_path = \"a/../b\""), `ots.registry_path: path "a/../b": it must not contain ..`},
		{"empty registries", ots("registry_path = \"\""), "ots.registry_path: path is empty"},
		{"registries as a pattern", ots("registry_path = \"r*\""), `ots.registry_path: path "r*": it is a directory and not a pattern, so * ? [ have no place in it`},
		{"proofs in .git", ots("proofs_path = \"a/.GIT/hooks\""), `ots.proofs_path: path "a/.GIT/hooks": it must not lead into .git`},
		{"proofs with backslash", ots("proofs_path = 'a\\b'"), `ots.proofs_path: path "a\\b": names are separated by /, not \`},
		{"proofs with newline", ots("proofs_path = \"a\\nb\""), `ots.proofs_path: path "a\nb": it holds a control character`},
		{"unknown rung", "[bitcoin]\nrequire = \"trust\"\n", `bitcoin.require is "trust", want one of explorer, quorum, work, chain, node`},
		{"unknown kind", "[[documents]]\nkind = \"files\"\n", `[[documents]] number 1: kind is "files", want one of lip, registry, evidence, file`},
		{"no kind", "[[documents]]\npaths = [\"a\"]\n", `[[documents]] number 1: kind is "", want one of lip, registry, evidence, file`},
		{"no paths", rule(""), "[[documents]] number 1: it has no paths"},
		{"second rule", rule("paths = [\"a\"]") + rule("paths = []"), "[[documents]] number 2: it has no paths"},
		{"status of a file", rule("paths = [\"a\"]\nstatus = [\"Final\"]"), "[[documents]] number 1: status is for kind lip only"},
		{"empty status", "[[documents]]\nkind = \"lip\"\npaths = [\"a\"]\nstatus = [\"\"]\n", "[[documents]] number 1: status holds an empty text"},
		{"forbids everything", rule("paths = [\"a\"]\nforbid = [\"\"]"), "[[documents]] number 1: forbid holds an empty text, which is everywhere"},
		{"empty path", rule("paths = [\"\"]"), "[[documents]] number 1: path is empty"},
		{"absolute path", rule("paths = [\"/etc/*\"]"), `[[documents]] number 1: path "/etc/*": it must be relative to the top of the repository`},
		{"path outside", rule("paths = [\"a/../../*\"]"), `[[documents]] number 1: path "a/../../*": it must not contain ..`},
		{"path into .git", rule("paths = [\".git/**\"]"), `[[documents]] number 1: path ".git/**": it must not lead into .git`},
		{"path of a directory", rule("paths = [\"a/\"]"), `[[documents]] number 1: path "a/": it has an empty name or . between slashes`},
		{"bad pattern", rule("paths = [\"a/[z-a]\", \"a/[\"]"), `[[documents]] number 1: path "a/[": syntax error in pattern`},
		{"stars inside a name", rule("paths = [\"a/b**\"]"), `[[documents]] number 1: path "a/b**": ** must be a whole name between slashes`},
		{"proofs as documents", rule("paths = [\"**/*.ots\"]"), `[[documents]] number 1: path "**/*.ots": a proof is not a document`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Parse([]byte(tt.file))
			if err == nil {
				t.Fatalf("accepted as %+v", c)
			}
			if want := "parse .git-anchor.toml: " + tt.want; err.Error() != want {
				t.Errorf("error = %v\nwant    %s", err, want)
			}
		})
	}
}

func TestParseLimits(t *testing.T) {
	list := func(n int, format string) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf(format, i))
		}
		return "[" + strings.Join(all, ",") + "]"
	}
	file := func(n int) string { return "#" + strings.Repeat("x", n-1) }
	calendars := func(n int) string { return "ots.calendars = " + list(n, `"https://c%d.example"`) }
	paths := func(n int) string { return "documents = [{kind='file',paths=" + list(n, `"f%d"`) + "}]" }
	path := func(n int) string { return "documents = [{kind='file',paths=['" + strings.Repeat("a", n) + "']}]" }
	forbid := func(n int) string {
		return "documents = [{kind='file',paths=['a'],forbid=" + list(n, `"f%d"`) + "}]"
	}
	mine := func(n int) string { return "explorers = " + list(n-1, `"%d"`) } // the list counts too
	tests := []struct {
		name  string
		limit int
		file  func(int) string
		want  string
	}{
		{"file", MaxFile, file, "the file has 65537 bytes, the limit is 65536"},
		{"calendars", MaxCalendars, calendars, "ots.calendars has 17 calendars, the limit is 16"},
		{"patterns", MaxPatterns, paths, "documents have more than 64 paths"},
		{"pattern", MaxPattern, path, "[[documents]] number 1: path has 257 bytes, the limit is 256"},
		{"forbid", MaxForbid, forbid, "[[documents]] number 1: forbid has 65 texts, the limit is 64"},
		{"unknown", MaxUnknown, mine, "the file has more than 100 values under keys that are unknown"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Parse([]byte(tt.file(tt.limit))); err != nil {
				t.Errorf("at the limit: %v", err)
			}
			_, err := Parse([]byte(tt.file(tt.limit + 1)))
			if err == nil || err.Error() != "parse .git-anchor.toml: "+tt.want {
				t.Errorf("past the limit: %v, want %s", err, tt.want)
			}
		})
	}
}

// Every field of the file is a known key and the other way round, so that the
// names in messages do not fall behind.
func TestFileKeys(t *testing.T) {
	var want []string
	var walk func(prefix string, t reflect.Type)
	walk = func(prefix string, t reflect.Type) {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct {
			return
		}
		for i := range t.NumField() {
			name := prefix + t.Field(i).Tag.Get("toml")
			want = append(want, name)
			walk(name+".", t.Field(i).Type)
		}
	}
	walk("", reflect.TypeFor[fileTOML]())
	var got []string
	for _, k := range fileKeys() {
		got = append(got, k.name)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
		t.Errorf("keys (-fields +fileKeys):\n%s", diff)
	}
}
