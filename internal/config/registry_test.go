package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// registryFiles names a registry's sources; logs so many audit logs.
const registryFiles = "maintainers = \"./g/m.toml\"\nservers = \"g/s.json\"\nmultisig = \"m.yaml\"\n"

func logs(n int) string {
	lines := "[registry.audit_logs]\n"
	for i := range n {
		lines += fmt.Sprintf("S%d = \"logs/%d.jsonl\"\n", i, i)
	}
	return lines
}

func TestRegistrySources(t *testing.T) {
	const files = registryFiles
	const together = "registry.maintainers and registry.multisig belong together: name both, and registry.servers where there are any, or a command instead"
	tests := []struct {
		name, file string
		want       Registry
		err        string
	}{
		{name: "none", file: "[registry]\n"},
		{name: "files", file: files, want: Registry{Maintainers: "g/m.toml", Servers: "g/s.json", Multisig: "m.yaml"}},
		{name: "command", file: "command = \"make-registry\"\n", want: Registry{Command: "make-registry"}},
		{name: "logs", file: files + "[registry.audit_logs]\n\"b.1\" = \"./b\"\nGov = \"a\"\n", want: Registry{
			Maintainers: "g/m.toml", Servers: "g/s.json", Multisig: "m.yaml", AuditLogs: []AuditLog{{"Gov", "a"}, {"b.1", "b"}},
		}},
		{name: "both", file: files + "command = \"x\"\n", err: "registry.command and the files are both set: keep the command, or maintainers, servers and multisig"},
		{name: "no servers", file: "maintainers = \"a\"\nmultisig = \"b\"\n", want: Registry{Maintainers: "a", Multisig: "b"}},
		{name: "no multisig", file: "maintainers = \"a\"\nservers = \"b\"\n", err: together},
		{name: "servers alone", file: "servers = \"b\"\n", err: together},
		{name: "logs alone", file: logs(1), err: "registry.audit_logs is set alone: name maintainers and multisig as well"},
		{name: "logs and a command", file: "command = \"x\"\n" + logs(1), err: "registry.command and registry.audit_logs are both set: what the command prints has the summaries of audit logs in it"},
		{name: "absolute", file: strings.Replace(files, "./g/m.toml", "/etc/passwd", 1), err: `registry.maintainers: path "/etc/passwd": it must be relative to the top of the repository`},
		{name: "outside", file: strings.Replace(files, "m.yaml", "../m.yaml", 1), err: `registry.multisig: path "../m.yaml": it must not contain ..`},
		{name: "in .git", file: strings.Replace(files, "g/s.json", ".GIT/config", 1), err: `registry.servers: path ".GIT/config": it must not lead into .git`},
		{name: "empty", file: strings.Replace(files, "m.yaml", "", 1), err: "registry.multisig: path is empty"},
		{name: "long path", file: strings.Replace(files, "m.yaml", strings.Repeat("x", MaxPattern+1), 1), err: "registry.multisig: path has 257 bytes, the limit is 256"},
		{name: "empty command", file: "command = \" \"\n", err: "registry.command has 1 bytes, want a command of 1 to 4096"},
		{name: "long command", file: "command = \"" + strings.Repeat("x", MaxCommand+1) + "\"\n", err: "registry.command has 4097 bytes, want a command of 1 to 4096"},
		{name: "too many logs", file: files + logs(MaxLogs+1), err: "registry.audit_logs has 65 logs, the limit is 64"},
		{name: "hostile server", file: files + "[registry.audit_logs]\n\"\\u001b[2J\" = \"../x\"\n", err: `registry.audit_logs."\x1b[2J": path "../x": it must not contain ..`},
		{name: "long server", file: files + "[registry.audit_logs]\n" + strings.Repeat("x", 257) + " = \"x\"\n", err: "registry.audit_logs: a server_id has 257 bytes, want 1 to 256"},
		{name: "empty server", file: files + "[registry.audit_logs]\n\"\" = \"x\"\n", err: "registry.audit_logs: a server_id has 0 bytes, want 1 to 256"},
		{name: "number for a log", file: files + "[registry.audit_logs]\na = 1\n", err: "line 6: "},
		{name: "unknown key", file: "maintainer = \"x\"\n", err: "line 2: unknown key registry.maintainer, the nearest is registry.maintainers"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := tt.file
			if !strings.HasPrefix(file, "[registry") {
				file = "[registry]\n" + file
			}
			got, err := Parse([]byte(file))
			if tt.err != "" {
				if err == nil || !strings.HasPrefix(err.Error(), "parse .git-anchor.toml: "+tt.err) {
					t.Fatalf("got %v, want %s", err, tt.err)
				}
				return
			}
			if d := cmp.Diff(tt.want, got.Registry); err != nil || d != "" {
				t.Errorf("%v\n%s", err, d)
			}
			if got.Registry.Named() != (tt.name != "none") {
				t.Errorf("named: %v", got.Registry.Named())
			}
		})
	}
}

func TestRegistryLimits(t *testing.T) {
	const files = registryFiles
	if c, err := Parse([]byte("[registry]\n" + files + logs(MaxLogs))); err != nil || len(c.Registry.AuditLogs) != MaxLogs {
		t.Errorf("%d logs: %v", len(c.Registry.AuditLogs), err)
	}
	server := strings.Repeat("x", 256)
	if c, err := Parse([]byte("[registry]\n" + files + "[registry.audit_logs]\n" + server + " = \"x\"\n")); err != nil || c.Registry.AuditLogs[0].Server != server {
		t.Errorf("a server_id at the limit: %v", err)
	}
	command := strings.Repeat("x", MaxCommand)
	if c, err := Parse([]byte("[registry]\ncommand = \"" + command + "\"\n")); err != nil || c.Registry.Command != command {
		t.Errorf("a command at the limit: %v", err)
	}
}

func TestAllowCommands(t *testing.T) {
	for value, want := range map[string]bool{"true": true, "false": false, "1": true, "no": false} {
		p, err := ParsePerson([][2]string{{"anchor.allowcommands", value}})
		if err != nil || p.AllowCommands != want {
			t.Errorf("%s: %v, %v", value, p.AllowCommands, err)
		}
	}
	if _, err := ParsePerson([][2]string{{"anchor.allowcommands", "perhaps"}}); err == nil || err.Error() != `git config anchor.allowCommands: "perhaps" is not a boolean, want true or false` {
		t.Errorf("got %v", err)
	}
}
