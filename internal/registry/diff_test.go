package registry_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openllmo/git-anchor/internal/registry"
)

func TestDiff(t *testing.T) {
	h := func(c string) string { return "sha256:" + strings.Repeat(c, 64) }
	const server = `{"server_id":"%id","operator":{"name":"%op","jurisdiction":"US","contact":null},"keys":{"nostr_npub":"n","ssh_fingerprint":"f"},"infrastructure":{"vpn_ip":%ip,"github_runner":true,"ots_enabled":true},"status":"active","added_at":"2025-12-01T00:00:00Z"}`
	const maintainer = `{"id":%id,"name":"%name","npub":"n","added_at":"2025-12-01T00:00:00Z","status":"%status"}`
	fill := func(s string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(s) }
	month := func(maintainers, servers, logs, required, extra string) *registry.Month {
		raw := `{"version":"2026-01","timestamp":"2026-01-01T00:00:00Z","previous_registry_hash":"` + registry.Genesis + `","maintainers":[` + maintainers + `],"authorized_servers":[` + servers +
			`],"audit_logs":{` + logs + `},"multisig_config":{"required_signatures":` + required + `,"total_maintainers":9},` + extra + `}`
		return parse(t, "2026-01", []byte(raw))
	}
	summary := func(id, count, first, last string) string {
		return `"` + id + `":{"entries_count":` + count + `,"first_entry_hash":"` + h(first) + `","last_entry_hash":"` + h(last) + `","merkle_root":"` + h(last) + `"}`
	}
	alice := fill(maintainer, "%id", "1", "%name", "alice", "%status", "active")
	bob := func(status string) string { return fill(maintainer, "%id", "10", "%name", "bob", "%status", status) }
	carol := fill(maintainer, "%id", "2", "%name", "carol", "%status", "active")
	a := month(alice+","+bob("active"), fill(server, "%id", "s1", "%op", "F", "%ip", "null"), summary("s1", "3", "1", "2")+","+summary("s2", "3", "1", "2"), "3", `"motto":{"a":1,"b":[1,2],"gone":null}`)
	// In another order and with other white space, which make no difference.
	b := month(bob("inactive")+", "+carol, fill(server, "%id", "s1", "%op", "G", "%ip", `"10.0.0.1"`), summary("s1", "5", "1", "4")+","+summary("s2", "2", "1", "2"), "4", `"motto":{"b":[ 1, 3 ], "a":1},"new~":"x"`)

	field := func(pointer, old, new string) registry.Change {
		return registry.Change{Pointer: pointer, Old: old, New: new}
	}
	want := registry.Changes{
		Maintainers: registry.Roster{
			Joined: []registry.Party{{ID: "2", Name: "carol", Fields: []registry.Change{
				field("/added_at", "", `"2025-12-01T00:00:00Z"`), field("/id", "", "2"), field("/name", "", `"carol"`), field("/npub", "", `"n"`), field("/status", "", `"active"`),
			}}},
			Left: []registry.Party{{ID: "1", Name: "alice", Fields: []registry.Change{
				field("/added_at", `"2025-12-01T00:00:00Z"`, ""), field("/id", "1", ""), field("/name", `"alice"`, ""), field("/npub", `"n"`, ""), field("/status", `"active"`, ""),
			}}},
			Changed: []registry.Party{{ID: "10", Name: "bob", Fields: []registry.Change{field("/status", `"active"`, `"inactive"`)}}},
		},
		Servers: registry.Roster{Changed: []registry.Party{{ID: "s1", Name: "G", Fields: []registry.Change{
			field("/infrastructure/vpn_ip", "null", `"10.0.0.1"`), field("/operator/name", `"F"`, `"G"`),
		}}}},
		Multisig: []registry.Change{field("/multisig_config/required_signatures", "3", "4")},
		Logs: []registry.LogChange{
			{ServerID: "s1", Old: a.AuditLogs["s1"], New: b.AuditLogs["s1"], Fields: []registry.Change{
				field("/entries_count", "3", "5"), field("/last_entry_hash", `"`+h("2")+`"`, `"`+h("4")+`"`), field("/merkle_root", `"`+h("2")+`"`, `"`+h("4")+`"`),
			}},
			{ServerID: "s2", Old: a.AuditLogs["s2"], New: b.AuditLogs["s2"], Rewritten: true, Fields: []registry.Change{field("/entries_count", "3", "2")}},
		},
		Other: []registry.Change{field("/motto/b", "[1,2]", "[1,3]"), field("/motto/gone", "null", ""), field("/new~0", "", `"x"`)},
	}
	if diff := cmp.Diff(want, registry.Diff(a, b)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if changes := registry.Diff(a, a); !changes.Empty() {
		t.Errorf("a month and itself: %+v", changes)
	}
	again := strings.NewReplacer(`"id": 1,`, "\"id\" :\t1,\r\n", `"name": "alice"`, `"name": "\u0061lice"`, `"version": "2026-01",`, "").Replace(january)
	again = strings.TrimSuffix(again, "}") + `, "version": "2026-01"}`
	if changes := registry.Diff(parse(t, "2026-01", []byte(january)), parse(t, "2026-01", []byte(again))); !changes.Empty() {
		t.Errorf("a month and itself, written otherwise: %+v", changes)
	}
}

func TestRewrittenLogs(t *testing.T) {
	one, two := "sha256:"+strings.Repeat("1", 64), "sha256:"+strings.Repeat("2", 64)
	month := func(logs map[string]registry.Summary) *registry.Month {
		members := values()
		members["audit_logs"] = registry.AuditLogs(logs)
		raw, _, err := registry.Write(period(t, "2026-01"), at(t, "2026-01-01T00:00:00Z"), registry.Genesis, registry.NewContent(members))
		if err != nil {
			t.Fatal(err)
		}
		return parse(t, "2026-01", raw)
	}
	for _, tt := range []struct {
		name     string
		old, new registry.Summary
		want     bool
	}{
		{"grown", registry.Summary{Count: 2, First: one, Last: one, Root: one}, registry.Summary{Count: 3, First: one, Last: two, Root: two}, false},
		{"shrunk", registry.Summary{Count: 3, First: one, Last: two, Root: two}, registry.Summary{Count: 2, First: one, Last: one, Root: one}, true},
		{"another beginning", registry.Summary{Count: 2, First: one, Last: one, Root: one}, registry.Summary{Count: 3, First: two, Last: two, Root: two}, true},
		{"another end", registry.Summary{Count: 2, First: one, Last: one, Root: one}, registry.Summary{Count: 2, First: one, Last: two, Root: two}, true},
		{"another rule of the root", registry.Summary{Count: 2, First: one, Last: one, Root: one}, registry.Summary{Count: 2, First: one, Last: one, Root: two}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			changes := registry.Diff(month(map[string]registry.Summary{"s": tt.old}), month(map[string]registry.Summary{"s": tt.new}))
			if len(changes.Logs) != 1 || changes.Logs[0].Rewritten != tt.want {
				t.Errorf("changes %+v", changes.Logs)
			}
		})
	}
	changes := registry.Diff(month(nil), month(map[string]registry.Summary{"s": {Count: 1, First: one, Last: one, Root: one}}))
	if len(changes.Logs) != 1 || changes.Logs[0].Rewritten || changes.Logs[0].Old != (registry.Summary{}) || len(changes.Logs[0].Fields) != 4 {
		t.Errorf("a new log: %+v", changes.Logs)
	}
}
