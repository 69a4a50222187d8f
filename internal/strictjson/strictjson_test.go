package strictjson_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openllmo/git-anchor/internal/strictjson"
)

// read walks through an object of every kind of member, as callers do.
func read(raw string, most int) (got map[string]any, faults []string) {
	got = map[string]any{}
	c := strictjson.New([]byte(raw), most)
	c.Object([]string{"name"}, func(name string) {
		switch name {
		case "name":
			got[name], _ = c.Str()
		case "alias":
			got[name] = c.StrOrNull()
		case "on":
			got[name] = c.Boolean()
		case "size":
			got[name], _ = c.Integer(1)
		case "kind":
			got[name] = c.OneOf("a", "b")
		case "at":
			got[name] = c.Time()
		case "list":
			got[name], _, _ = c.Array(func(int) { c.Skip() })
		default:
			got[name] = string(c.Value())
		}
	})
	for _, f := range c.End() {
		faults = append(faults, f.String())
	}
	return got, faults
}

func TestCursor(t *testing.T) {
	got, faults := read(`{"name": "n", "alias": null, "on": true, "size": 1, "kind": "b", "at": "2026-01-01T00:00:00Z", "list": [1, {}], "other": {"a": [ -5 ]} }`, 1000)
	want := map[string]any{"name": "n", "alias": "", "on": true, "size": int64(1), "kind": "b", "at": time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), "list": 2, "other": `{"a": [ -5 ]}`}
	if diff := cmp.Diff(want, got); diff != "" || faults != nil {
		t.Errorf("faults %q, (-want +got):\n%s", faults, diff)
	}
}

func TestFaults(t *testing.T) {
	nested := func(n int) string { return `{"name":"n","x":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}` }
	tests := []struct {
		name, raw string
		want      []string
	}{
		{"nothing", "", []string{"line 1: it is empty"}},
		{"a member is missing", "{\n}", []string{"line 1: name is missing"}},
		{"wrong kinds", "{\"name\": 1,\n\"on\": \"\", \"size\": {\"a\": [1]},\n\"list\": null}", []string{
			"line 1: /name: it is a number, want a string", "line 2: /on: it is a string, want true or false",
			"line 2: /size: it is an object, want an integer", "line 3: /list: it is null, want an array",
		}},
		{"a word of no list", `{"name": "n", "kind": "c"}`, []string{`line 1: /kind: it is "c", want one of a, b`}},
		{"too small", `{"name": "n", "size": 0}`, []string{"line 1: /size: it is 0, want at least 1"}},
		{"another zone", `{"name": "n", "at": "2026-01-01T00:00:00+01:00"}`, []string{`line 1: /at: it is "2026-01-01T00:00:00+01:00", want a time in UTC like 2026-01-01T00:00:00Z`}},
		{"a fraction where nobody looks", `{"name": "n", "x": [1.0]}`, []string{"line 1: /x/0: 1.0 is not an integer from -(2^53-1) to 2^53-1 in decimal digits: write it as a string"}},
		{"twice", `{"name": "n", "name": "m"}`, []string{"line 1: /name: this name is there twice"}},
		{"cut off", `{"name": "n"`, []string{"line 1: it ends in the middle: it is cut off"}},
		{"two values", `{"name": "n"} {}`, []string{"line 1: there is something after the end of the first JSON value"}},
		{"as deep as may be", nested(strictjson.MaxDepth - 1), nil},
		{"a level too deep", nested(strictjson.MaxDepth), []string{"line 1: /x" + strings.Repeat("/0", 58) + "/…: it is nested more than 64 levels deep"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, faults := read(tt.raw, 1000)
			if diff := cmp.Diff(tt.want, faults); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSize(t *testing.T) {
	const raw = `{"name": "n"}`
	if _, faults := read(raw, len(raw)); faults != nil {
		t.Errorf("at the limit: %q", faults)
	}
	if _, faults := read(raw, len(raw)-1); len(faults) != 1 || faults[0] != "line 1: 13 bytes are more than the limit of 12" {
		t.Errorf("one past it: %q", faults)
	}
}

func TestCanonical(t *testing.T) {
	got, err := strictjson.Canonical([]byte(`{"b":[1,{}],"a":"\u00e9\/","é":null,"":-0}`))
	const want = "{\n  \"\": 0,\n  \"a\": \"é/\",\n  \"b\": [\n    1,\n    {}\n  ],\n  \"é\": null\n}\n"
	if err != nil || string(got) != want {
		t.Errorf("%v, %s", err, got)
	}
	if q := strictjson.Quote("a\xff\"\u202e\x01"); string(q) != "\"a\ufffd\\\"\u202e\\u0001\"" {
		t.Errorf("%s", q)
	}
}

// What the cursor accepts is laid out in one form, which it accepts, too.
func FuzzCanonical(f *testing.F) {
	for _, seed := range []string{`{"name":"n"}`, `{"name": "", "x": [1, {"a": "\ud83d\ude00"}]}`, `{"name":1e3}`, "\ufeff{}", `{"name":"n","at":"2026-01-01T00:00:00.5Z"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		first, faults := read(string(raw), 1<<16)
		if faults != nil {
			return
		}
		once, err := strictjson.Canonical(raw)
		if err != nil {
			t.Fatalf("accepted, and has no canonical form: %v", err)
		}
		second, faults := read(string(once), 1<<20)
		twice, err := strictjson.Canonical(once)
		if faults != nil || err != nil || !bytes.Equal(once, twice) || len(first) != len(second) {
			t.Fatalf("canonical\n%s\nfaults %q, %v, and then\n%s", once, faults, err, twice)
		}
	})
}
