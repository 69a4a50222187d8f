package registry_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openllmo/git-anchor/internal/registry"
)

// content is january's, as a command might print it.
func content(t testing.TB) registry.Content {
	t.Helper()
	begin := strings.Index(january, `"maintainers"`)
	c, err := registry.ReadContent([]byte("{" + january[begin:]))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// values are the members of the smallest content.
func values() map[string]registry.Value {
	return map[string]registry.Value{
		"maintainers":        registry.Value(`[{"id":1,"name":"a","npub":"n","added_at":"2025-12-01T00:00:00Z","status":"active"}]`),
		"authorized_servers": registry.Value(`[]`),
		"multisig_config":    registry.Value(`{"total_maintainers":1,"required_signatures":1}`),
	}
}

func TestWrite(t *testing.T) {
	raw, _, err := registry.Write(period(t, "2026-01"), at(t, "2026-01-01T02:00:05.50+02:00"), registry.Genesis, registry.NewContent(values()))
	if err != nil {
		t.Fatal(err)
	}
	want := `{
  "audit_logs": {},
  "authorized_servers": [],
  "maintainers": [
    {
      "added_at": "2025-12-01T00:00:00Z",
      "id": 1,
      "name": "a",
      "npub": "n",
      "status": "active"
    }
  ],
  "multisig_config": {
    "required_signatures": 1,
    "total_maintainers": 1
  },
  "previous_registry_hash": "` + registry.Genesis + `",
  "timestamp": "2026-01-01T00:00:05.5Z",
  "version": "2026-01"
}
`
	if diff := cmp.Diff(want, string(raw)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if m := parse(t, "2026-01", raw); !m.Canonical {
		t.Error("it is not canonical")
	}
}

// The same inputs give the same bytes: maps have no order, files do.
func TestWriteIsReproducible(t *testing.T) {
	var first []byte
	for range 20 {
		raw, _, err := registry.Write(period(t, "2026-01"), at(t, "2026-01-01T00:00:05Z"), registry.Genesis, content(t))
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = raw
		}
		if !bytes.Equal(first, raw) {
			t.Fatalf("another run gave\n%s\nnot\n%s", raw, first)
		}
	}
	if m := parse(t, "2026-01", first); !m.Canonical || !bytes.Contains(first, []byte(`  "motto": "in code",`)) || !bytes.Contains(first, []byte(`"since": null`)) {
		t.Errorf("members that are not known are gone, or it is not canonical:\n%s", first)
	}
}

// canonicalOf is a value as Write lays it out, one level deep.
func canonicalOf(t *testing.T, value string) string {
	t.Helper()
	members := values()
	members["~"] = registry.Value(value)
	raw, _, err := registry.Write(period(t, "2026-01"), at(t, "2026-01-01T00:00:05Z"), registry.Genesis, registry.NewContent(members))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(raw), "\n  \"~\": ")
	if !ok || !strings.HasSuffix(rest, "\n}\n") {
		t.Fatalf("~ is not the last member of\n%s", raw)
	}
	return strings.TrimSuffix(rest, "\n}\n")
}

// The examples of RFC 8785, as far as their numbers are integers; the layout
// adds only white space.
func TestRFC8785(t *testing.T) {
	tests := []struct{ name, value, want string }{
		{"section 3.2.2, strings and literals", `{"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}`,
			`{"literals":[null,true,false],"string":"€$\u000f\nA'B\"\\\\\"/"}`},
		{"section 3.2.3, sorting by UTF-16", `{"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One", "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"}`,
			"{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}"},
		{"appendix B, zeros", `[0, -0]`, `[0,0]`},
		{"appendix B, largest integers", `[9007199254740991, -9007199254740991]`, `[9007199254740991,-9007199254740991]`},
		{"controls", `"\u0000\u0008\u0009\u000a\u000c\u000d\u001f\u007f\u2028"`, "\"\\u0000\\b\\t\\n\\f\\r\\u001f\u007f\u2028\""},
		{"empty ones", `[ [ ], { } ]`, `[[],{}]`},
		{"no white space inside", "[\r\n1 ,\t2 ]", `[1,2]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var lines strings.Builder
			for line := range strings.SplitSeq(canonicalOf(t, tt.value), "\n") {
				lines.WriteString(strings.Replace(strings.TrimLeft(line, " "), "\": ", "\":", 1))
			}
			if diff := cmp.Diff(tt.want, lines.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if diff := cmp.Diff("{\n    \"a\": [\n      1,\n      {}\n    ],\n    \"b\": {\n      \"c\": []\n    }\n  }", canonicalOf(t, `{"b":{"c":[]},"a":[1,{}]}`)); diff != "" {
		t.Errorf("the layout (-want +got):\n%s", diff)
	}
}

func TestWriteRefuses(t *testing.T) {
	with := func(name, value string) map[string]registry.Value {
		m := values()
		m[name] = registry.Value(value)
		return m
	}
	without := values()
	delete(without, "multisig_config")
	tests := []struct {
		name, previous string
		members        map[string]registry.Value
		want           string
	}{
		{"version", registry.Genesis, with("version", `"2026-02"`), "/version: it is set when the month is made: leave it out"},
		{"no multisig", registry.Genesis, without, "multisig_config is missing"},
		{"no maintainers", registry.Genesis, with("maintainers", `[]`), "/maintainers: there is no maintainer, want at least one"},
		{"no link", "", values(), `/previous_registry_hash: it is "", want "sha256:" and 64 digits of lower-case hex`},
		{"a value that is two", registry.Genesis, with("a", `1,"version":"2026-02"`), "/a: there is something after the end of the first JSON value"},
		{"a value that is none", registry.Genesis, with("a", ``), "/a: it is empty"},
		{"a value that is broken", registry.Genesis, with("a", `{"b":[1}`), "/a/b: not JSON: invalid character '}' after array element (expecting ',' or ']')"},
		{"a fraction", registry.Genesis, with("a", `[0.5]`), "/a/0: 0.5 is not an integer from -(2^53-1) to 2^53-1 in decimal digits: write it as a string"},
		{"a level too many", registry.Genesis, with("a", strings.Repeat("[", registry.MaxDepth)+strings.Repeat("]", registry.MaxDepth)), "it is nested more than 64 levels deep"},
		{"too large laid out", registry.Genesis, with("a", "["+strings.Repeat("1,", registry.MaxFile/6)+"1]"), " bytes are more than the limit of 16777216"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			raw, _, err := registry.Write(period(t, "2026-01"), at(t, "2026-01-01T00:00:05Z"), tt.previous, registry.NewContent(tt.members))
			if found := shown(t, err); len(found) != 1 || !strings.HasSuffix(found[0], tt.want) || raw != nil {
				t.Errorf("found %q, want %q", found, tt.want)
			}
		})
	}
	if _, _, err := registry.Write(period(t, "2026-01"), at(t, "2026-01-01T00:00:05Z").AddDate(8000, 0, 0), registry.Genesis, registry.NewContent(values())); err == nil || !strings.Contains(err.Error(), `/timestamp: it is "10026-`) {
		t.Errorf("a year of five digits: %v", err)
	}
}

func TestReadContentRefuses(t *testing.T) {
	tests := []struct{ name, raw, want string }{
		{"empty", "", "line 1: it is empty"},
		{"a list", "[]", "line 1: it is an array, want an object"},
		{"no members", "{}", "line 1: maintainers is missing"},
		{"an empty list", "{\"maintainers\":[],\"multisig_config\":0,\n\"authorized_servers\":[]}", "line 1: /maintainers: the list is empty: a source that is empty makes no month"},
		{"no servers", "{\"maintainers\":0,\"multisig_config\":0,\n\"authorized_servers\":[]}", "line 2: /authorized_servers: the list is empty: a source that is empty makes no month"},
		{"two objects", `{"maintainers":0,"authorized_servers":0,"multisig_config":0}{}`, "line 1: there is something after the end of the first JSON value"},
		{"a link of its own", "{\"maintainers\":0,\"authorized_servers\":0,\n\"previous_registry_hash\":0,\"multisig_config\":0}", "line 2: /previous_registry_hash: it is set when the month is made: leave it out"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := registry.ReadContent([]byte(tt.raw))
			if found := shown(t, err); len(found) == 0 || found[0] != tt.want {
				t.Errorf("found %q, want %q", found, tt.want)
			}
		})
	}
}

// What is read is not what the caller does with his bytes later.
func TestReadContentKeepsACopy(t *testing.T) {
	raw := []byte(`{"maintainers":0,"authorized_servers":0,"multisig_config":0}`)
	c, err := registry.ReadContent(raw)
	clear(raw)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = registry.Write(period(t, "2026-01"), at(t, "2026-01-01T00:00:05Z"), registry.Genesis, c)
	if found := shown(t, err); len(found) != 3 || !strings.HasSuffix(found[0], "/authorized_servers: it is a number, want an array") {
		t.Errorf("found %q", found)
	}
}

func TestAuditLogs(t *testing.T) {
	h := func(c string) string { return "sha256:" + strings.Repeat(c, 64) }
	want := map[string]registry.Summary{"b\"": {Count: 2, First: h("1"), Last: h("2"), Root: h("3")}, "a": {Count: 1 << 52, First: h("4"), Last: h("4"), Root: h("4")}}
	members := values()
	members["audit_logs"] = registry.AuditLogs(want)
	raw, _, err := registry.Write(period(t, "2026-01"), at(t, "2026-01-01T00:00:05Z"), registry.Genesis, registry.NewContent(members))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, parse(t, "2026-01", raw).AuditLogs); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	members["audit_logs"] = registry.AuditLogs(map[string]registry.Summary{"a\xff": want["a"], "a\xfe": want["a"]})
	if _, _, err := registry.Write(period(t, "2026-01"), at(t, "2026-01-01T00:00:05Z"), registry.Genesis, registry.NewContent(members)); !errors.As(err, new(registry.Faults)) {
		t.Errorf("ids that are not UTF-8 and the same when mended: %v", err)
	}
}
