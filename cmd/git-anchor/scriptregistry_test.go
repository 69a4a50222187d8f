package main

import (
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/registry"
)

// registrySources are what months are made from, and the configuration.
var registrySources = map[string]string{
	".git-anchor.toml": `[registry]
maintainers = "governance/maintainers.json"
servers = "governance/servers.json"
multisig = "governance/multisig.json"
`,
	"governance/maintainers.json": `[
{"id": 1, "name": "Ada", "npub": "npub1ada", "added_at": "2025-01-01T00:00:00Z", "status": "active"},
{"id": 2, "name": "Bob", "npub": "npub1bob", "added_at": "2025-02-01T00:00:00Z", "status": "inactive"}
]
`,
	"governance/servers.json": `[{"server_id": "governance-01", "operator": {"name": "Ada", "jurisdiction": "DE", "contact": null},
"keys": {"nostr_npub": "npub1srv", "ssh_fingerprint": "SHA256:abc"},
"infrastructure": {"vpn_ip": null, "github_runner": true, "ots_enabled": true},
"status": "active", "added_at": "2025-01-01T00:00:00Z"}]
`,
	"governance/multisig.json": `{"required_signatures": 1, "total_maintainers": 3}
`,
}

// source is one file of all that a month must say, and namesIt a configuration.
const (
	source = `{"maintainers": [{"id": 1, "name": "Ada", "npub": "npub1ada", "added_at": "2025-01-01T00:00:00Z", "status": "active"}],
 "multisig_config": {"required_signatures": 1, "total_maintainers": 1}}
`
	namesIt = `[registry]
maintainers = "governance/all.json"
multisig = "governance/all.json"
`
)

// sources: sources [FILE...]: commits governance/all.json, a configuration, which
// the script may have written itself, these files, and what else was changed.
func sources(ts *testscript.TestScript, args []string) {
	put(ts, "governance/all.json", source)
	if _, err := os.Lstat(ts.MkAbs(config.File)); err != nil {
		put(ts, config.File, namesIt)
	}
	ts.Check(ts.Exec("git", append([]string{"add", config.File, "governance"}, args...)...))
	ts.Check(ts.Exec("git", "commit", "-q", "-a", "-m", "sources"))
}

// put writes a file that is named from the top.
func put(ts *testscript.TestScript, name, text string) {
	at := filepath.Join(ts.MkAbs("."), filepath.FromSlash(name))
	ts.Check(os.MkdirAll(filepath.Dir(at), 0o755))
	ts.Check(os.WriteFile(at, []byte(text), 0o644))
}

// chain: chain FIRST LAST: a chain of months from sources that are written and
// committed first, where they are not there; each is stamped in its month, and its
// proof confirmed. The devnet must begin before them.
func chain(ts *testscript.TestScript, args []string) {
	first, err := registry.ParsePeriod(args[0])
	ts.Check(err)
	last, err := registry.ParsePeriod(args[1])
	ts.Check(err)
	if _, err := os.Lstat(ts.MkAbs("governance")); err != nil {
		for name, text := range registrySources {
			put(ts, name, text)
			ts.Check(ts.Exec("git", "add", name))
		}
		for _, u := range running(ts).CalendarURLs() {
			ts.Check(ts.Exec("git", "config", "--add", "anchor.calendar", u))
		}
		ts.Check(ts.Exec("git", "commit", "-q", "-m", "Describe the registry"))
	}
	for p := first; !last.Before(p); p = p.Next() {
		at := p.String() + "-01T"
		months(ts, []string{"0", "snapshot", "--month", p.String(), "--now", at + "09:00:00Z", "--commit"})
		mine(ts, []string{"6", at + "12:00:00Z"})
	}
	regtest(ts, []string{"0", "upgrade", "--commit"})
}
