package registry_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/openllmo/git-anchor/internal/registry"
)

func schema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	compiled, err := jsonschema.NewCompiler().Compile("../../docs/registry.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// fits reports what the shipped schema says of a month.
func fits(t testing.TB, s *jsonschema.Schema, raw string) bool {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(raw))
	if err != nil {
		t.Fatalf("%v in\n%s", err, raw)
	}
	return s.Validate(v) == nil
}

// Months made from january by putting another value in the place of each one that
// is there, and by leaving each member out: the schema and Parse agree.
func TestSchemaAgrees(t *testing.T) {
	s := schema(t)
	if !fits(t, s, january) {
		t.Fatal("january does not fit the schema")
	}
	instead := []string{
		`null`, `true`, `0`, `1`, `-1`, `5`, `6`, `9007199254740991`, `9007199254740992`, `""`, `"active"`, `"retiring"`, `"x"`, `"2026-01"`, `"2026-00"`,
		`"` + registry.Genesis + `"`, `"sha256:0"`, `"2026-01-01T00:00:00Z"`, `"2026-01-01T00:00:00.123456789+00:00"`, `"2026-01-01T24:00:00Z"`,
		`"2026-01-01T00:00:00.1234567890Z"`, `"2026-01-01T00:00:00+01:00"`, `"2026-01-01t00:00:00z"`, `{}`, `[]`, `[null]`, `{"a":{}}`,
	}
	good, bad := 0, 0
	judge := func(what, raw string) {
		_, err := registry.Parse(period(t, "2026-01"), []byte(raw))
		if fits := fits(t, s, raw); fits != (err == nil) && !beyondSchema(err) {
			t.Errorf("%s: fits the schema: %t; Parse: %v", what, fits, err)
		}
		if err == nil {
			good++
		} else {
			bad++
		}
	}
	for _, place := range places(january) {
		for _, value := range instead {
			judge(fmt.Sprintf("%s at byte %d", value, place.begin), january[:place.begin]+value+january[place.end:])
		}
		if place.name != place.begin {
			judge(fmt.Sprintf("nothing at byte %d", place.name), without(january, place))
		}
	}
	if good < 100 || bad < 500 {
		t.Errorf("only %d good and %d bad months", good, bad)
	}
}

// Whole months, as Write makes them.
func TestSchemaFitsWhatIsWritten(t *testing.T) {
	s := schema(t)
	for _, f := range chain(t, rand.New(rand.NewPCG(3, 3)), 12) {
		if !fits(t, s, string(f.raw)) {
			t.Errorf("%s does not fit", f.name)
		}
	}
}

// beyondSchema reports whether all faults are of the kinds that the schema's
// description leaves to the program.
func beyondSchema(err error) bool {
	list, ok := err.(registry.Faults)
	for _, f := range list {
		left := strings.Contains(f.Text, "the file is named for") || strings.Contains(f.Text, "is there twice, first as number") ||
			strings.Contains(f.Text, "more than total_maintainers") || strings.Contains(f.Text, "is not an integer from")
		ok = ok && left
	}
	return ok
}

// Each rule that is left to the program is one: the schema has nothing against it.
func TestBeyondSchema(t *testing.T) {
	s := schema(t)
	for _, tt := range []struct{ name, old, new string }{
		{"another month", `"version": "2026-01"`, `"version": "2026-02"`},
		{"an id twice", `"id": 2`, `"id": 1`},
		{"too many signatures", `"required_signatures": 3`, `"required_signatures": 6`},
		{"no such day", "2026-01-01T00:00:05Z", "2026-02-30T00:00:05Z"},
		{"a fraction that is none", `"id": 2`, `"id": 2.0`},
		{"a fraction in a member of others", `"in code"`, `0.5`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			raw := instead(t, tt.old, tt.new)
			if !fits(t, s, raw) {
				t.Error("the schema says so too")
			}
			if len(faults(t, raw)) == 0 {
				t.Error("Parse accepts it")
			}
		})
	}
}

// A place is a value in a text: name is where its member begins, which is begin
// where it is none.
type place struct{ name, begin, end int }

// places are the values of january, whose members each begin on a line of their own.
func places(text string) []place {
	var found []place
	begin := 0
	for line := range strings.SplitAfterSeq(text, "\n") {
		indent := len(line) - len(strings.TrimLeft(line, " "))
		if name, rest, ok := strings.Cut(line[indent:], `": `); ok && name[0] == '"' {
			at := begin + indent + len(name) + len(`": `)
			found = append(found, place{begin + indent, at, at + valueLen(text[at:], rest)})
		}
		begin += len(line)
	}
	return found
}

// valueLen is the length of the value a text begins with, of which line is the first.
func valueLen(text, line string) int {
	scalar := strings.TrimRight(line, ",\n")
	if scalar != "{" && scalar != "[" {
		return len(scalar)
	}
	depth := 0
	for i := range text {
		switch text[i] {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}

// without takes a member out, and the comma that then is too many.
func without(text string, p place) string {
	before, after := strings.TrimRight(text[:p.name], " \n"), strings.TrimLeft(text[p.end:], " \n")
	if rest, more := strings.CutPrefix(after, ","); more {
		return before + rest
	}
	return strings.TrimSuffix(before, ",") + after
}

func TestPlaces(t *testing.T) {
	for _, p := range places(january) {
		if v := january[p.begin:p.end]; !bytes.Contains([]byte(january[p.name:p.begin]), []byte(`": `)) || strings.HasSuffix(v, ",") {
			t.Errorf("%q: %q", january[p.name:p.begin], v)
		}
	}
	if n := len(places(january)); n != 40 {
		t.Errorf("%d places", n)
	}
}
