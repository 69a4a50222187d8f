package registry_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/registry"
)

// One list of maintainers, in each form.
func TestReadSource(t *testing.T) {
	const want = `[{"added_at":"2025-12-01T00:00:00Z","id":1,"name":"alice","npub":"npub1","status":"active"}]`
	const toml = "[[maintainers]]\nid = 1\nname = 'alice'\nnpub = \"npub1\"\nstatus = 'active'\nadded_at = "
	tests := []struct{ name, member, text, want string }{
		{"a.json", "maintainers", `[{"id": 1, "name": "alice", "npub": "npub1", "added_at": "2025-12-01T00:00:00Z", "status": "active"}]`, want},
		{"a.json", "maintainers", "{\"motto\": {\"maintainers\": 1}, \"maintainers\": " + want + "}\n", want},
		{"a.toml", "maintainers", toml + "2025-12-01T00:00:00Z", want},
		{"a.toml", "maintainers", toml + "2025-12-01T02:00:00+02:00\n[other]\nx = 1", want},
		{"a.toml", "maintainers", toml + "2025-12-01", want},
		{"a.toml", "maintainers", toml + "2025-12-01T00:00:00", want},
		{"a.toml", "maintainers", toml + "'2025-12-01T00:00:00Z'", want},
		{"a.toml", "maintainers", "maintainers = [{id=1,name='alice',npub='npub1',status='active',added_at=2025-12-01}]", want},
		{"a.yaml", "maintainers", "- id: 1\n  name: alice\n  npub: npub1\n  added_at: 2025-12-01T00:00:00Z\n  status: active\n", want},
		{"a.yml", "maintainers", "---\n# who\nmaintainers:\n  - {id: 1, name: \"alice\", npub: 'npub1', added_at: 2025-12-01T00:00:00Z, status: active}\n...\n", want},
		{"d/multisig.toml", "multisig_config", "required_signatures = 3\ntotal_maintainers = 5\n", `{"required_signatures":3,"total_maintainers":5}`},
		{"d/multisig.toml", "multisig_config", "[multisig_config]\nrequired_signatures = 3\ntotal_maintainers = 5\n", `{"required_signatures":3,"total_maintainers":5}`},
		{"d/multisig.yaml", "multisig_config", "required_signatures: 3\ntotal_maintainers: 5\n", `{"required_signatures":3,"total_maintainers":5}`},
		{"a.json", "maintainers", strings.Replace(want, "2025-12-01T00:00:00Z", "2025-12-01", 1), want},
		{"a.json", "maintainers", strings.Replace(want, "2025-12-01T00:00:00Z", "2025-12-01T02:00:00+02:00", 1), want},
		{"a.json", "maintainers", strings.Replace(want, "2025-12-01T00:00:00Z", "2025-12-01T00:00:00", 1), want},
		{"a.yaml", "maintainers", "- {id: 1, name: alice, npub: npub1, added_at: 2025-12-01, status: active}", want},
		{"times.json", "maintainers", `[{"added_at": "2025-12-01T00:00:00.50+00:00", "x": {"added_at": "2025-12-01"}, "since": "2025-12-01"}, 1, {"added_at": "2025-13-01"}, {"added_at": 5}, {"added_at":"2025-12-01 00:00:00"}]`,
			`[{"added_at":"2025-12-01T00:00:00.50+00:00","since":"2025-12-01","x":{"added_at":"2025-12-01"}},1,{"added_at":"2025-13-01"},{"added_at":5},{"added_at":"2025-12-01 00:00:00"}]`},
		{"scalars.yaml", "maintainers", "- [null, ~, true, False, yes, \"1\", -7, 2025-12-01, 'a: b', \"\\u00e9\"]\n- {1: one, on: two}\n-\n", `[[null,null,true,false,"yes","1",-7,"2025-12-01","a: b","é"],{"1":"one","on":"two"},null]`},
		{"bangs.yaml", "maintainers", "- [\"! 5\", a ! 5, '!', {a!: \"&\"}]\n-\n- a # ! 1\n", `[["! 5","a ! 5","!",{"a!":"&"}],null,"a"]`},
		{"text.yaml", "maintainers", "- |\n  a\n  b\n", `["a\nb\n"]`},
		{"scalars.toml", "maintainers", "maintainers = [true, -7, 0x10, \"\\u00e9\", [], {}]", `[true,-7,16,"é",[],{}]`},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s %.20q", tt.name, tt.text), func(t *testing.T) {
			v, err := registry.ReadSource(tt.name, []byte(tt.text), tt.member)
			if err != nil {
				t.Fatal(err)
			}
			if err := v.Canonicalize(); err != nil || string(v) != tt.want {
				t.Errorf("read %s, %v, want %s", v, err, tt.want)
			}
		})
	}
}

func TestReadSourceRefuses(t *testing.T) {
	const empty = "the list is empty: a source that is empty makes no month"
	const notInteger = " is not an integer from -(2^53-1) to 2^53-1 in decimal digits: write it as a string"
	tests := []struct{ name, file, text, want string }{
		{"another ending", "a.txt", "[]", `the name "a.txt" does not end in .json, .toml, .yaml or .yml, by which it is read`},
		{"an ending in capitals", "a.JSON", "[]", `the name "a.JSON" does not end in .json, .toml, .yaml or .yml, by which it is read`},
		{"empty JSON", "a.json", "", "line 1: it is empty"},
		{"empty TOML", "a.toml", " \n# nothing\n", "it is empty"},
		{"empty YAML", "a.yaml", "# nothing\n", "it is empty"},
		{"empty YAML document", "a.yaml", "---\n", "it is empty"},
		{"null", "a.json", "null", "it is empty"},
		{"an object without it", "a.json", `{"x": []}`, "it is neither the list maintainers nor an object with that member"},
		{"a table without it", "a.toml", "x = []", "it is neither the list maintainers nor an object with that member"},
		{"an empty list", "a.json", "[ ]", empty},
		{"an empty list in an object", "a.json", "{\"maintainers\": []}", empty},
		{"an empty list of TOML", "a.toml", "maintainers = []", empty},
		{"an empty list of YAML", "a.yaml", "maintainers: []", empty},
		{"a member that is no list", "a.toml", "maintainers = 0", "maintainers is a number, want an array"},
		{"a member that is null", "a.yaml", "maintainers:\n", "maintainers is null, want an array"},
		{"a text", "a.yaml", "hello", "it is neither the list maintainers nor an object with that member"},
		{"broken JSON", "a.json", "[\n1,]", "line 2: not JSON: invalid character ',' at start of value"},
		{"two values of JSON", "a.json", "[]\n[]", "line 2: there is something after the end of the first JSON value"},
		{"a name twice in JSON", "a.json", `[{"a":1,"a":2}]`, "line 1: /0/a: this name is there twice"},
		{"a fraction in JSON", "a.json", "[\n\n0.5]", "line 3: /0: 0.5" + notInteger},
		{"broken TOML", "a.toml", "a = 1\nb = = 2\n", "line 2: not TOML: toml: "},
		{"a name twice in TOML", "a.toml", "a = 1\na = 2\n", "line 2: not TOML: toml: "},
		{"a float in TOML", "a.toml", "maintainers = [{id = 1.0}]", "/maintainers/0/id: 1" + notInteger},
		{"NaN in TOML", "a.toml", "a = nan", "/a: NaN" + notInteger},
		{"infinity in TOML", "a.toml", "a = -inf", "/a: -Inf" + notInteger},
		{"too large in TOML", "a.toml", "a = 9007199254740992", "/a: 9007199254740992" + notInteger},
		{"a time of day", "a.toml", "a = 07:32:00", "/a: a time of day without a date: write it as a string"},
		{"broken YAML", "a.yaml", "- a: [\n", "not YAML: yaml: line 1: did not find expected node content"},
		{"a name twice in YAML", "a.yaml", "- a: 1\n  b: 2\n  a: 3\n", `line 3: the name "a" is there twice`},
		{"a name twice by quotes", "a.yaml", "- 1: 1\n  \"1\": 2\n", `line 2: the name "1" is there twice`},
		{"an anchor", "a.yaml", "- &x {a: 1}\n- *x\n", "line 1: an anchor (x): leave it out, and write values out"},
		{"an alias of many", "a.yaml", "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n", "line 1: an anchor (a): leave it out, and write values out"},
		{"an alias of itself", "a.yaml", "- *x\n", "not YAML: yaml: unknown anchor 'x' referenced"},
		{"the tag of nothing in particular", "a.yaml", "- {x: ! 5}\n", "line 1: a tag (!): leave it out, and quote what is a string"},
		{"that tag behind lines of all kinds", "a.yaml", "- 'é \r\n ! '\n- \"\\u0085\u0085\"\n- |\n  ! 1\n- # ! 1\n  ! 5\n", "line 9: a tag (!): leave it out, and quote what is a string"},
		{"that tag of a list", "a.yaml", "- ! [5]\n", "line 1: a tag (!): leave it out, and quote what is a string"},
		{"that tag of a name", "a.yaml", "- {! 5: 5}\n", "line 1: a name that is not a plain text"},
		{"that tag of a block", "a.yaml", "- !\n  a: 5\n", "line 1: a tag (!): leave it out, and quote what is a string"},
		{"a merge", "a.yaml", "- <<: {a: 1}\n", "line 1: a merge (<<): write the members out"},
		{"a tag", "a.yaml", "- !!binary aGk=\n", "line 1: a tag (!!binary): leave it out, and quote what is a string"},
		{"a tag of theirs", "a.yaml", "- !x {a: 1}\n", "line 1: a tag (!x): leave it out, and quote what is a string"},
		{"a name that is a list", "a.yaml", "- ? [a]\n  : 1\n", "line 1: a name that is not a plain text"},
		{"two documents", "a.yaml", "[]\n---\n[]\n", "line 2: there is a second document"},
		{"a float in YAML", "a.yaml", "-\n- 1.5\n", "line 2: 1.5" + notInteger},
		{"NaN in YAML", "a.yaml", "- .nan\n", "line 1: .nan" + notInteger},
		{"a hex number in YAML", "a.yaml", "- 0x10\n", "line 1: 0x10" + notInteger},
		{"an octal number in YAML", "a.yaml", "- 010\n", "line 1: 010" + notInteger},
		{"too large in YAML", "a.yaml", "- 9007199254740992\n", "line 1: 9007199254740992" + notInteger},
		{"byte order mark in JSON", "a.json", "\ufeff[]", "line 1: it starts with a byte order mark (EF BB BF): save it without one"},
		{"byte order mark in YAML", "a.yaml", "\ufeff[]", "it starts with a byte order mark (EF BB BF): save it without one"},
		{"UTF-16 in YAML", "a.yaml", "\xff\xfe[\x00]\x00", "it is not valid UTF-8"},
		{"not UTF-8 in TOML", "a.toml", "a = '\xff'", "it is not valid UTF-8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := registry.ReadSource(tt.file, []byte(tt.text), "maintainers")
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) || !strings.HasSuffix(tt.want, ": ") && err.Error() != tt.want {
				t.Errorf("read %s, error %v, want %s", v, err, tt.want)
			}
		})
	}
}

func TestSourceLimits(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	names := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	read := func(name, text string) error {
		_, err := registry.ReadSource(name, []byte(text), "maintainers")
		return err
	}
	wide := "there are more than 4000 names beside each other: write it as JSON"
	for _, tt := range []struct{ name, file, good, bad, want string }{
		{"depth of JSON", "a.json", nested(registry.MaxDepth), nested(registry.MaxDepth + 1), "line 1: " + strings.Repeat("/0", 59) + "/…: it is nested more than 64 levels deep"},
		{"depth of YAML", "a.yaml", nested(registry.MaxDepth), nested(registry.MaxDepth + 2), "line 1: it is nested more than 64 levels deep"},
		{"depth of TOML", "a.toml", "maintainers=" + nested(registry.MaxDepth-1), "maintainers=" + nested(registry.MaxDepth+1), "/maintainers" + strings.Repeat("/0", 53) + "/…: it is nested more than 64 levels deep"},
		{"size of JSON", "a.json", "[1]" + strings.Repeat(" ", registry.MaxFile-3), "[1]" + strings.Repeat(" ", registry.MaxFile-2), "line 1: 16777217 bytes are more than the limit of 16777216"},
		{"size of YAML", "a.yaml", "[1]\n" + strings.Repeat("\n", registry.MaxMarkup-4), "[1]\n" + strings.Repeat("\n", registry.MaxMarkup-3), "4194305 bytes are more than the limit of 4194304 for TOML and YAML: write it as JSON"},
		{"size of TOML", "a.toml", "maintainers=[1]" + strings.Repeat("\n", registry.MaxMarkup-15), "maintainers=[1]" + strings.Repeat("\n", registry.MaxMarkup-14), "4194305 bytes are more than the limit of 4194304 for TOML and YAML: write it as JSON"},
		{"names of TOML", "a.toml", "maintainers=[1]\n" + names(3999, "a%d=1\n"), "maintainers=[1]\n" + names(4000, "a%d=1\n"), wide},
		{"tables of TOML", "a.toml", "maintainers=[1]\n" + names(3999, "[a%d]\n"), "maintainers=[1]\n" + names(4000, "[a%d]\n"), wide},
		{"lists of TOML", "a.toml", "maintainers=[1]\n" + names(3999, "[[a%d]]\n"), "maintainers=[1]\n" + names(4000, "[[a%d]]\n"), wide},
		{"an inline table of TOML", "a.toml", "maintainers=[{" + names(3999, "a%d=1,") + "b=1}]", "maintainers=[{" + names(4000, "a%d=1,") + "b=1}]", wide},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := read(tt.file, tt.good); err != nil {
				t.Errorf("at the limit: %v", err)
			}
			if err := read(tt.file, tt.bad); err == nil || err.Error() != tt.want {
				t.Errorf("past the limit: %v, want %s", err, tt.want)
			}
		})
	}
	if err := read("a.toml", strings.Repeat("[[maintainers]]\nid=1\n", 20_000)); err != nil {
		t.Errorf("a long list of TOML: %v", err)
	}
}

// What would take a reader minutes or all memory, within the limits of size, is
// refused before it does: memory stands for work.
func TestHostileSources(t *testing.T) {
	const size, most = 1 << 20, 512 << 20 // bytes of a source, and that reading it may use and use again
	names := func(format string) string {
		var b strings.Builder
		for i := 0; b.Len() < size; i++ {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	repeat := func(s string) string { return strings.Repeat(s, size/len(s)) }
	const wide, deep, deepTOML, deepYAML = "there are more than 4000 names beside each other", "it is nested more than 64 levels deep", "levels deep", "not YAML: yaml: exceeded max depth"
	for _, tt := range []struct{ name, text, want string }{
		{"dots.toml", repeat("a.") + "a=1", deep}, {"headers.toml", "[" + repeat("a.") + "a]", deep},
		{"brackets.toml", "a=" + repeat("["), deepTOML}, {"braces.toml", "a=" + repeat("{a="), deepTOML},
		{"names.toml", names("a%d=1\n"), wide}, {"tables.toml", names("[a%d]\n"), wide}, {"lists.toml", names("[[a%d]]\n"), wide},
		{"inline.toml", "a={" + names("a%d=1,") + "b=1}", wide},
		{"flow.yaml", repeat("["), deepYAML}, {"block.yaml", repeat("- "), deepYAML}, {"keys.yaml", repeat("? "), deepYAML},
		{"anchors.yaml", repeat("&a "), "not YAML: yaml: "}, {"names.yaml", names("a%d: 1\n"), "it is neither the list"},
		{"values.yaml", "[" + repeat("a,") + "]", ""}, {"depth.json", repeat("["), deep}, {"values.json", "[" + repeat("0,") + "0.5]", "0.5 is not an integer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := registry.ReadSource(tt.name, []byte(tt.text), "authorized_servers")
			runtime.ReadMemStats(&after)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > most {
				t.Errorf("reading %d bytes used %d", len(tt.text), used)
			}
		})
	}
}
