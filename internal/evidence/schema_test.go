package evidence_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/openllmo/git-anchor/internal/evidence"
)

// Records made from a full one by putting another value in the place of each one
// that is there, and by leaving each member out: the shipped schema and Parse agree.
func TestSchemaAgrees(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("../../docs/evidence.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := write(t, full())
	good, bad := 0, 0
	judge := func(what string, raw []byte) {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(raw)))
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		fits := schema.Validate(v)
		_, err = evidence.Parse(raw)
		if (fits == nil) != (err == nil) {
			t.Errorf("%s: schema: %v; Parse: %v", what, fits, err)
		}
		if err == nil {
			good++
		} else {
			bad++
		}
	}
	judge("the record", raw)
	instead := []string{
		`null`, `true`, `0`, `-1`, `2147483648`, `2147483649`, `""`, `"x"`, `"a.ots"`, `"../a"`, `".a"`, `"text/html"`, `"git-anchor-evidence/1"`,
		`"http://a.example/é"`, `"https://"`, `"ftp://a.example"`, `"javascript:alert(1)"`, `"HTTPS://A"`, `"http://a b"`, `"` + strings.Repeat("a", 64) + `"`, `"` + strings.Repeat("g", 64) + `"`,
		`"2026-01-01T00:00:00Z"`, `"2026-01-01T24:00:00Z"`, `"2026-01-01T00:00:00+01:00"`, `{}`, `[]`, `[null]`, `{"a":1}`, `[{"quote":"q"}]`,
	}
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		t.Fatal(err)
	}
	visit(tree, "", func(v any) {
		text, err := json.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		judge(string(text), text)
	}, instead)
	if good < 50 || bad < 500 {
		t.Errorf("only %d good and %d bad records", good, bad)
	}
}

// visit changes each value below a tree in each way, and calls judge with it.
func visit(v any, at string, judge func(any), instead []string) {
	try := func(child any, put func(any)) {
		for _, text := range instead {
			put(json.RawMessage(text))
			judge(text)
		}
		put(child)
	}
	switch v := v.(type) {
	case map[string]any:
		for name, child := range v {
			visit(child, at+"/"+name, judge, instead)
			try(child, func(x any) { v[name] = x })
			delete(v, name)
			judge(nil)
			v[name] = child
		}
		v["other"] = 1
		judge(nil)
		delete(v, "other")
	case []any:
		for i, child := range v {
			visit(child, at+"/"+fmt.Sprint(i), judge, instead)
			try(child, func(x any) { v[i] = x })
		}
	}
}
