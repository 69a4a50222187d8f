package registry_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openllmo/git-anchor/internal/registry"
)

// Each rule of the format, by name.
func TestRules(t *testing.T) {
	const alice = `      "status": "active"
    },
    {`
	tests := []struct{ name, old, new, want string }{
		{"version is another month", `"version": "2026-01"`, `"version": "2026-02"`, `line 2: /version: it is "2026-02", and the file is named for 2026-01`},
		{"version is empty", `"version": "2026-01"`, `"version": ""`, `line 2: /version: it is empty, want "2026-01", the month that the file is named for`},
		{"version is a number", `"version": "2026-01"`, `"version": 202601`, `line 2: /version: it is a number, want a string`},
		{"version is missing", `"version": "2026-01",`, ``, `line 1: version is missing`},
		{"timestamp in another zone", "2026-01-01T00:00:05Z", "2026-01-01T02:00:05+02:00", `line 3: /timestamp: it is "2026-01-01T02:00:05+02:00", want a time in UTC like 2026-01-01T00:00:00Z`},
		{"timestamp with a space", "2026-01-01T00:00:05Z", "2026-01-01 00:00:05Z", `line 3: /timestamp: it is "2026-01-01 00:00:05Z", want a time in UTC like 2026-01-01T00:00:00Z`},
		{"timestamp with a comma", "2026-01-01T00:00:05Z", "2026-01-01T00:00:05,5Z", `line 3: /timestamp: it is "2026-01-01T00:00:05,5Z", want a time in UTC like 2026-01-01T00:00:00Z`},
		{"timestamp on no day", "2026-01-01T00:00:05Z", "2026-02-30T00:00:05Z", `line 3: /timestamp: it is "2026-02-30T00:00:05Z", want a time in UTC like 2026-01-01T00:00:00Z`},
		{"timestamp is null", `"2026-01-01T00:00:05Z"`, `null`, `line 3: /timestamp: it is null, want a string`},
		{"link is short", registry.Genesis, registry.Genesis[1:], `line 4: /previous_registry_hash: it is "ha256:00000000000000000000000000000000000000000000000000000…", want "sha256:" and 64 digits of lower-case hex`},
		{"link in capitals", registry.Genesis, "sha256:" + strings.Repeat("A", 64), `line 4: /previous_registry_hash: it is "sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA…", want "sha256:" and 64 digits of lower-case hex`},
		{"id is twice", `"id": 2`, `"id": 1`, `line 13: /maintainers/1: id 1 is there twice, first as number 1 of the list`},
		{"id is a string", `"id": 2`, `"id": "2"`, `line 14: /maintainers/1/id: it is a string, want an integer`},
		{"name is null", `"name": "bob"`, `"name": null`, `line 15: /maintainers/1/name: it is null, want a string`},
		{"npub is missing", `      "npub": "npub1bob",`, ``, `line 13: /maintainers/1: npub is missing`},
		{"added_at without a zone", "00:00:00.5+00:00", "00:00:00.5", `line 17: /maintainers/1/added_at: it is "2025-12-01T00:00:00.5", want a time in UTC like 2026-01-01T00:00:00Z`},
		{"status of a server for a maintainer", alice, strings.Replace(alice, "active", "retiring", 1), `line 11: /maintainers/0/status: it is "retiring", want one of active, inactive`},
		{"status in capitals", `"status": "inactive"`, `"status": "Inactive"`, `line 18: /maintainers/1/status: it is "Inactive", want one of active, inactive`},
		{"operator is a string", `"operator": {`, `"operator": "us", "was": {`, `line 25: /authorized_servers/0/operator: it is a string, want an object`},
		{"jurisdiction is null", `"jurisdiction": "US"`, `"jurisdiction": null`, `line 27: /authorized_servers/0/operator/jurisdiction: it is null, want a string`},
		{"contact is a number", `"contact": null`, `"contact": 5`, `line 28: /authorized_servers/0/operator/contact: it is a number, want a string or null`},
		{"contact is missing", `"jurisdiction": "US",
        "contact": null`, `"jurisdiction": "US"`, `line 25: /authorized_servers/0/operator: contact is missing`},
		{"github_runner is a string", `"github_runner": true`, `"github_runner": "true"`, `line 36: /authorized_servers/0/infrastructure/github_runner: it is a string, want true or false`},
		{"entries_count is negative", `"entries_count": 3`, `"entries_count": -1`, `line 45: /audit_logs/governance-01/entries_count: it is -1, want at least 0`},
		{"merkle_root is null", `"merkle_root": "sha256:dd4b535bdb514202fea9c7be56c6d2912073bbb309165963ae300bcb117f067d"`, `"merkle_root": null`, `line 48: /audit_logs/governance-01/merkle_root: it is null, want a string`},
		{"no signature required", `"required_signatures": 3`, `"required_signatures": 0`, `line 52: /multisig_config/required_signatures: it is 0, want at least 1`},
		{"more signatures than maintainers", `"required_signatures": 3`, `"required_signatures": 6`, `line 51: /multisig_config: required_signatures is 6, more than total_maintainers, which is 5`},
		{"multisig is a list", `"multisig_config": {`, `"multisig_config": [1], "was": {`, `line 51: /multisig_config: it is an array, want an object`},
		{"hostile words", `"status": "inactive"`, `"status": "\u001b[2J\u202e"`, `line 18: /maintainers/1/status: it is "\x1b[2J\u202e", want one of active, inactive`},
		{"hostile name", `"motto": "in code"`, `"\u001b[2J/~": 0.5`, `line 55: /\x1b[2J~1~0: 0.5 is not an integer from -(2^53-1) to 2^53-1 in decimal digits: write it as a string`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff([]string{tt.want}, faults(t, instead(t, tt.old, tt.new))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if found := faults(t, january); found != nil {
		t.Errorf("january has faults: %q", found)
	}
}

// A generator that failed gives an empty registry, which is none.
func TestEmptyRegistry(t *testing.T) {
	begin, end := strings.Index(january, `"maintainers": [`), strings.Index(january, `  "authorized_servers"`)
	raw := january[:begin] + "\"maintainers\": [],\n" + january[end:]
	if diff := cmp.Diff([]string{"line 5: /maintainers: there is no maintainer, want at least one"}, faults(t, raw)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestServersTwice(t *testing.T) {
	begin, end := strings.Index(january, "    {\n      \"server_id\""), strings.Index(january, "  ],\n  \"audit_logs\"")
	raw := january[:end-1] + ",\n" + january[begin:]
	if diff := cmp.Diff([]string{`line 42: /authorized_servers/1: server_id "governance-01" is there twice, first as number 1 of the list`}, faults(t, raw)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What is accepted although a reader may wonder.
func TestAccepted(t *testing.T) {
	tests := []struct{ name, old, new string }{
		{"as many signatures as maintainers", `"required_signatures": 3`, `"required_signatures": 5`},
		{"a contact", `"contact": null`, `"contact": "a@b.example"`},
		{"an address", `"vpn_ip": null`, `"vpn_ip": "10.0.0.1"`},
		{"a negative id", `"id": 2`, `"id": -9007199254740991`},
		{"the largest id", `"id": 2`, `"id": 9007199254740991`},
		{"empty texts", `"name": "bob"`, `"name": ""`},
		{"a log without entries", `"entries_count": 3`, `"entries_count": 0`},
		{"nanoseconds", "2026-01-01T00:00:05Z", "2026-01-01T00:00:05.123456789Z"},
		{"a timestamp in another month", "2026-01-01T00:00:05Z", "2026-03-01T00:00:05Z"},
		{"unknown members", `"motto": "in code"`, `"motto": {"a": [null, true, -1, {"b": {}}], "": "é\ud83d\ude00"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if found := faults(t, instead(t, tt.old, tt.new)); found != nil {
				t.Errorf("found %q", found)
			}
		})
	}
}

// What is no JSON, or JSON that programs read in different ways.
func TestBadInput(t *testing.T) {
	motto := func(value string) string { return instead(t, `"in code"`, value) }
	integer := func(n string) []string {
		return []string{"line 55: /motto: " + n + " is not an integer from -(2^53-1) to 2^53-1 in decimal digits: write it as a string"}
	}
	tests := []struct {
		name, raw string
		want      []string
	}{
		{"empty", "", []string{"line 1: it is empty"}},
		{"blank", " \n\t\r\n", []string{"line 1: it is empty"}},
		{"byte order mark", "\ufeff" + january, []string{"line 1: it starts with a byte order mark (EF BB BF): save it without one"}},
		{"a list", "[" + january + "]", []string{"line 1: it is an array, want an object"}},
		{"two values", january + "\n{}", []string{"line 57: there is something after the end of the first JSON value"}},
		{"rubbish after it", january + "x", []string{"line 56: there is something after the end of the first JSON value"}},
		{"a name twice", motto(`"in code", "version": "2026-01"`), []string{"line 55: /version: this name is there twice"}},
		{"a name twice by an escape", motto(`"in code", "motto\u0021": 1, "motto!": 1`), []string{"line 55: /motto!: this name is there twice"}},
		{"a name twice below", motto(`[{"a": 1, "a": 1}]`), []string{"line 55: /motto/0/a: this name is there twice"}},
		{"a log twice", instead(t, `"audit_logs": {`, `"audit_logs": {"governance-01": {"entries_count": 0, "first_entry_hash": "`+registry.Genesis+`", "last_entry_hash": "`+registry.Genesis+`", "merkle_root": "`+registry.Genesis+`"},`), []string{"line 44: /audit_logs/governance-01: this name is there twice"}},
		{"NaN", motto("NaN"), []string{"line 55: /motto: not JSON: invalid character 'N' at start of value"}},
		{"infinity", motto("-Infinity"), []string{"line 55: /motto: not JSON: invalid character 'I' in number (expecting digit)"}},
		{"a comment", motto(`1 // one`), []string{"line 55: not JSON: invalid character '/' after object value (expecting ',' or '}')"}},
		{"a fraction", motto("0.5"), integer("0.5")},
		{"a fraction of nothing", motto("1.0"), integer("1.0")},
		{"an exponent", motto("1e2"), integer("1e2")},
		{"too large by one", motto("9007199254740992"), integer("9007199254740992")},
		{"too small by one", motto("-9007199254740992"), integer("-9007199254740992")},
		{"a huge number", motto(strings.Repeat("9", 100_000)), integer(strings.Repeat("9", 59) + "…")},
		{"a huge exponent", motto("1e999999999"), integer("1e999999999")},
		{"a lone surrogate", motto(`"\ud800, and on"`), []string{"line 55: /motto: not JSON: invalid surrogate pair \"\\\\ud800, and \" in string"}},
		{"surrogates swapped", motto(`"\udc00\ud800"`), []string{"line 55: /motto: not JSON: invalid surrogate pair `\\udc00\\ud800` in string"}},
		{"bytes that are not UTF-8", motto("\"\xff\""), []string{"line 55: /motto: not JSON: invalid UTF-8"}},
		{"a line feed in a string", motto("\"a\nb\""), []string{`line 55: /motto: not JSON: invalid character '\n' in string (expecting non-control character)`}},
		{"UTF-16", "{\x00\"\x00", []string{`line 1: not JSON: invalid character '\x00' at start of value`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, faults(t, tt.raw)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A killed run leaves the beginning of a file, wherever it was killed.
func TestCutOff(t *testing.T) {
	for n := 1; n < len(january); n++ {
		found := faults(t, january[:n])
		if last := found[len(found)-1]; !strings.HasSuffix(last, ": it ends in the middle: it is cut off") {
			t.Fatalf("%d bytes: %s", n, last)
		}
	}
}

func TestLimits(t *testing.T) {
	nested := func(n int) string {
		return instead(t, `"in code"`, strings.Repeat("[", n)+strings.Repeat("]", n))
	}
	pad := func(n int) string { return january + strings.Repeat(" ", n-len(january)) }
	if found := faults(t, nested(registry.MaxDepth-1)); found != nil {
		t.Errorf("%d levels: %q", registry.MaxDepth, found)
	}
	_, err := registry.Parse(period(t, "2026-01"), []byte(nested(registry.MaxDepth)))
	deep := registry.Faults{{Pointer: "/motto" + strings.Repeat("/0", registry.MaxDepth-1), Line: 55, Text: "it is nested more than 64 levels deep"}}
	if diff := cmp.Diff(error(deep), err); diff != "" {
		t.Errorf("one level more (-want +got):\n%s", diff)
	}
	if found := faults(t, pad(registry.MaxFile)); found != nil {
		t.Errorf("%d bytes: %q", registry.MaxFile, found)
	}
	if diff := cmp.Diff([]string{"line 1: 16777217 bytes are more than the limit of 16777216"}, faults(t, pad(registry.MaxFile+1))); diff != "" {
		t.Errorf("one byte more (-want +got):\n%s", diff)
	}
	for _, n := range []int{registry.MaxFaults, registry.MaxFaults + 1, 10 * registry.MaxFaults} {
		raw := instead(t, `"in code"`, "["+strings.TrimSuffix(strings.Repeat("0.5,", n), ",")+"]")
		if found := faults(t, raw); len(found) != registry.MaxFaults {
			t.Errorf("%d faults: %d are listed", n, len(found))
		}
	}
}

// A name may be as long as the file; what is shown of it is not.
func TestLongNames(t *testing.T) {
	raw := instead(t, `"motto": "in code"`, `"`+strings.Repeat("é", 1<<20)+`": [`+strings.TrimSuffix(strings.Repeat("0.5,", 200), ",")+`]`)
	_, err := registry.Parse(period(t, "2026-01"), []byte(raw))
	list, ok := err.(registry.Faults)
	if !ok || len(list) != registry.MaxFaults {
		t.Fatalf("error %v", err)
	}
	for _, f := range list {
		if len(f.Pointer) > 1100 || len(f.String()) > 1100 {
			t.Fatalf("a pointer of %d bytes, shown in %d", len(f.Pointer), len(f.String()))
		}
	}
}

func TestFaultsError(t *testing.T) {
	many := make(registry.Faults, registry.MaxFaults)
	for i := range many {
		many[i] = registry.Fault{Pointer: fmt.Sprintf("/a\x1b/%d", i), Line: i + 1, Text: "it is wrong"}
	}
	for n, want := range map[int]string{
		1:                  `line 1: /a\x1b/0: it is wrong`,
		3:                  `line 1: /a\x1b/0: it is wrong (and 2 more)`,
		registry.MaxFaults: `line 1: /a\x1b/0: it is wrong (and 99 more, where listing them ended)`,
	} {
		if got := many[:n].Error(); got != want {
			t.Errorf("%d faults: %s", n, got)
		}
	}
}
