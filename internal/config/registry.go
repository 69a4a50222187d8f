package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// auditLogs is the key of the table whose keys are server_ids.
const auditLogs = "registry.audit_logs"

// Registry is the [registry] table: what a month's registry is made from. Either
// the files are named, or the command, or nothing at all.
type Registry struct {
	Maintainers string     // path of a file of the repository, JSON, TOML or YAML by its extension
	Servers     string     // likewise, "" where there are none
	Multisig    string     // likewise
	Command     string     // a shell command whose standard output is the content; it runs only where the person allows commands
	AuditLogs   []AuditLog // by server_id, to be summarised beside the files
}

// An AuditLog is a server's log of JSON lines.
type AuditLog struct{ Server, Path string }

// Named reports whether it says where a month's content comes from.
func (r Registry) Named() bool { return r.Command != "" || r.Maintainers != "" }

// setRegistry reads the sources of registries.
func (c *Config) setRegistry(file fileTOML) error {
	from, to := file.Registry, &c.Registry
	files := false
	for _, source := range []struct {
		name     string
		from, to *string
	}{
		{"registry.maintainers", from.Maintainers, &to.Maintainers}, {"registry.servers", from.Servers, &to.Servers},
		{"registry.multisig", from.Multisig, &to.Multisig},
	} {
		if source.from == nil {
			continue
		}
		files = true
		clean, err := checkSource(*source.from)
		if err != nil {
			return fmt.Errorf("%s: %w", source.name, err)
		}
		*source.to = clean
	}
	if from.Command != nil {
		to.Command = *from.Command
		if n := len(to.Command); strings.TrimSpace(to.Command) == "" || n > MaxCommand {
			return fmt.Errorf("registry.command has %d bytes, want a command of 1 to %d", n, MaxCommand)
		}
		if strings.ContainsRune(to.Command, 0) {
			return errors.New("registry.command holds a NUL character")
		}
	}
	logs := len(from.AuditLogs) > 0
	switch {
	case to.Command != "" && files:
		return errors.New("registry.command and the files are both set: keep the command, or maintainers, servers and multisig")
	case files && (to.Maintainers == "" || to.Multisig == ""):
		return errors.New("registry.maintainers and registry.multisig belong together: name both, and registry.servers where there are any, or a command instead")
	case to.Command != "" && logs:
		return errors.New("registry.command and " + auditLogs + " are both set: what the command prints has the summaries of audit logs in it")
	case logs && !to.Named():
		return errors.New(auditLogs + " is set alone: name maintainers and multisig as well")
	}
	return to.setLogs(from.AuditLogs)
}

func (r *Registry) setLogs(logs map[string]string) error {
	if len(logs) > MaxLogs {
		return fmt.Errorf("%s has %d logs, the limit is %d", auditLogs, len(logs), MaxLogs)
	}
	for _, server := range slices.Sorted(maps.Keys(logs)) {
		if server == "" || len(server) > MaxServerID {
			return fmt.Errorf("%s: a server_id has %d bytes, want 1 to %d", auditLogs, len(server), MaxServerID)
		}
		clean, err := checkSource(logs[server])
		if err != nil {
			return fmt.Errorf("%s.%s: %w", auditLogs, printable(server), err)
		}
		r.AuditLogs = append(r.AuditLogs, AuditLog{server, clean})
	}
	return nil
}

// checkSource cleans a leading ./ off the path of a file in the repository.
func checkSource(p string) (string, error) {
	if len(p) > MaxPattern {
		return "", fmt.Errorf("path has %d bytes, the limit is %d", len(p), MaxPattern)
	}
	p = strings.TrimPrefix(p, "./")
	return p, checkPath(p)
}
