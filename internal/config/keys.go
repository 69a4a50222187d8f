package config

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A key of the repository's file, and what its value is, for messages.
type key struct{ name, want string }

func fileKeys() []key {
	return []key{
		{"ots", "a table"},
		{"ots.enabled", "true or false"},
		{"ots.aggregator_url", "a URL in quotes"},
		{"ots.calendars", "a list of URLs"},
		{"ots.min_calendars", "a whole number"},
		{"ots.monthly_anchor_day", "a whole number"},
		{"ots.registry_path", "a path in quotes"},
		{"ots.proofs_path", "a path in quotes"},
		{"bitcoin", "a table"},
		{"bitcoin.require", "a text in quotes"},
		{"documents", "a list of tables"},
		{"documents.kind", "a text in quotes"},
		{"documents.paths", "a list of texts"},
		{"documents.status", "a list of texts"},
		{"documents.forbid", "a list of texts"},
		{"documents.require_anchor", "true or false"},
		{"registry", "a table"},
		{"registry.maintainers", "a path in quotes"},
		{"registry.servers", "a path in quotes"},
		{"registry.multisig", "a path in quotes"},
		{"registry.command", "a command in quotes"},
		{auditLogs, "a table of paths"},
		{"action", "a table"},
		{"action.before_commit", "a command in quotes"},
		{"action.before_commit_paths", "a list of paths"},
	}
}

func findKey(name string) (key, bool) {
	keys := fileKeys()
	i := slices.IndexFunc(keys, func(k key) bool { return k.name == name })
	if i < 0 {
		return key{}, false
	}
	return keys[i], true
}

func nearestKey(name string) string {
	var names []string
	for _, k := range fileKeys() {
		names = append(names, k.name)
	}
	return nearest(name, names)
}

// personOnly says why a key, given by its parts, is the person's alone, or
// returns "". Spelling does not matter: the person is to hear of every try.
func personOnly(parts []string) string {
	for _, part := range parts {
		word := strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(part))
		if strings.HasPrefix(word, "rpc") {
			word = "node"
		}
		switch word {
		case "explorer", "explorers", "source", "sources":
			return judges + "; you can set them with git config " + personExplorer
		case "node", "nodes", "user", "username", "password", "credential", "credentials", "cookie", "token",
			"mirror", "mirrors", "peer", "peers", "p2p":
			return judges
		case "network":
			return "only you can choose the network, with --network"
		case "command", "commands", "allowcommand", "allowcommands", "hook", "hooks", "run", "exec":
			return "a repository cannot have commands run on your machine"
		case "anchor":
			return "only you can set anchor.*, with git config; a repository cannot choose whom you trust"
		}
	}
	return ""
}

const judges = "a repository cannot choose who judges it"

// A survey looks over a decoded file before the keys are matched with fields.
// The TOML reader takes keys in any case, so that Calendars could be given
// beside calendars, and it needs seconds to report thousands of unknown ones.
type survey struct {
	unknown int    // values under keys we do not know
	misread string // a known key in another case
}

func (s *survey) table(prefix string, table map[string]any) {
	for _, k := range slices.Sorted(maps.Keys(table)) {
		name, v := prefix+printable(k), table[k]
		if _, ok := findKey(name); ok {
			if name != auditLogs { // its keys are server_ids
				s.inner(name+".", v)
			}
			continue
		}
		if _, ok := findKey(strings.ToLower(name)); ok && s.misread == "" {
			s.misread = name
		}
		s.unknown += values(v)
	}
}

func (s *survey) inner(prefix string, v any) {
	switch v := v.(type) {
	case map[string]any:
		s.table(prefix, v)
	case []any:
		for _, element := range v {
			if t, ok := element.(map[string]any); ok {
				s.table(prefix, t)
			}
		}
	}
}

// values counts v and all that is in it.
func values(v any) int {
	n := 1
	switch v := v.(type) {
	case map[string]any:
		for _, inner := range v {
			n += values(inner)
		}
	case []any:
		for _, inner := range v {
			n += values(inner)
		}
	}
	return n
}

// joinKey is the dotted form of a key, fit to be printed.
func joinKey(parts []string) string {
	var b strings.Builder
	for i, part := range parts {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(printable(part))
		if b.Len() > maxShown {
			return b.String()[:maxShown] + "…"
		}
	}
	return b.String()
}

// printable quotes what is not a bare key of TOML, dots included.
func printable(s string) string {
	odd := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-'
	}
	if s == "" || strings.ContainsFunc(s, odd) {
		return quote(s)
	}
	return s
}

const maxShown = 60 // bytes of foreign text in a message

// quote makes foreign text fit for a message.
func quote(s string) string {
	if len(s) > maxShown {
		s = s[:maxShown] + "…"
	}
	return strconv.Quote(s)
}

// nearest returns the known key whose last part takes the fewest edits to make
// from that of s, and among equals the one nearest as a whole: a key is misspelt
// or stands in the wrong table.
func nearest(s string, known []string) string {
	s = s[max(0, len(s)-maxShown):]
	edits := func(k string) [2]int { return [2]int{distance(lastPart(s), lastPart(k)), distance(s, k)} }
	return slices.MinFunc(known, func(a, b string) int {
		x, y := edits(a), edits(b)
		return slices.Compare(x[:], y[:])
	})
}

func lastPart(key string) string { return key[strings.LastIndexByte(key, '.')+1:] }

// distance counts the insertions, deletions and replacements of bytes that turn
// a into b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1) // distances from the part of a read so far to each beginning of b
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// errorf begins every error about the repository's file with its name.
func errorf(format string, args ...any) error {
	return fmt.Errorf("parse "+File+": "+format, args...)
}
