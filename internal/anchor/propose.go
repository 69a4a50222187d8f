package anchor

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/openllmo/git-anchor/internal/config"
)

// config is a commented .git-anchor.toml for what was found. What cannot be said
// in one is left out, and said so in it.
func (v survey) config() []byte {
	p := &proposal{}
	p.line("# What git-anchor anchors in this repository. Whom to trust is no matter of this")
	p.line("# file: everybody sets that with git config anchor.*. All keys:")
	p.line("# https://github.com/openllmo/git-anchor/blob/main/docs/config.md")
	p.ots(v)
	p.lips(v)
	if len(v.Registries) > 0 {
		p.rule("# Monthly registries.", config.KindRegistry, p.patterns(registryPatterns(v.Registries)))
	}
	if v.Evidence {
		p.rule("# Evidence records.", config.KindEvidence, []string{"evidence/**/*.json"})
	}
	p.rule("# Other files that have a proof beside them.", config.KindFile, p.patterns(together(v.Anchored)))
	if p.rules == 0 {
		p.line("")
		p.line("# Nothing to anchor was found. Without [[documents]] the defaults hold:")
		p.line("# content/spec/lips/lip-????.md, registries/YYYY-MM.json and evidence/**/*.json.")
		p.line("#")
		p.line("# [[documents]]")
		p.line("# kind = \"file\"")
		p.line("# paths = [\"docs/*.md\"]")
		p.line("# forbid = [\"to be populated\"]   # refused while one of these texts is in it")
		p.line("# require_anchor = true           # a change that brings one must bring its proof")
	}
	p.registry()
	return []byte(p.b.String())
}

// registry shows what months of a registry can be made from: that is nothing that
// names alone tell.
func (p *proposal) registry() {
	p.line("")
	p.line("# A registry, one file a month, is made by git anchor registry due from files")
	p.line("# like these: docs/registry.md.")
	p.line("#")
	p.line("# [registry]")
	p.line("# maintainers = \"governance/maintainers.toml\"   # JSON, TOML or YAML")
	p.line("# servers     = \"governance/servers.json\"       # left out where there are none")
	p.line("# multisig    = \"governance/multisig.yaml\"")
	p.line("#")
	p.line("# [registry.audit_logs]   # summed up in each month, by server_id")
	p.line("# governance-01 = \"logs/governance-01.jsonl\"")
}

// A proposal is a configuration on its way.
type proposal struct {
	b     strings.Builder
	rules int
	used  int // patterns
}

func (p *proposal) line(format string, args ...any) { fmt.Fprintf(&p.b, format+"\n", args...) }

func (p *proposal) ots(v survey) {
	p.line("")
	p.line("[ots]")
	p.line("# calendars = [\"https://…\"]   # to stamp with; default: the public pools")
	p.line("# min_calendars = 2            # default; so many must answer")
	dirs := slices.DeleteFunc(slices.Clone(v.Registries), func(dir string) bool { return !sayable(dir) || strings.ContainsAny(dir, "*?[") })
	if len(dirs) == 0 {
		return
	}
	registries, proofs := dirs[0], "proofs"
	if slices.Contains(dirs, "registries") {
		registries = "registries"
	}
	for _, dir := range v.Proofs {
		if sayable(dir) && !strings.ContainsAny(dir, "*?[") && (proofs == "proofs" || dir == registries) {
			proofs = dir
		}
	}
	p.line("registry_path = %s   # where YYYY-MM.json lie", strconv.Quote(registries))
	p.line("proofs_path = %s   # where their proofs lie", strconv.Quote(proofs))
}

func (p *proposal) lips(v survey) {
	var found []string
	for _, dir := range v.LIPs {
		found = append(found, path.Join(literal(dir), "lip-????.md"))
	}
	if list := p.patterns(found); len(list) > 0 {
		p.rule("# LIPs: anchored once accepted. Placeholders, lip-NEW-….md, never are.", config.KindLIP, list)
		p.line("# Without a status of yours: Active for the type Process, Final for the others.")
		p.line("# forbid = [\"to be populated\"]   # default; refused while one of these texts is in it")
		p.line("# require_anchor = true           # a change that brings one must bring its proof")
	}
	if len(v.Legacy) > 0 {
		p.line("")
		p.line("# Not anchored any more: lip-NNNN.mdx, as LIPs were named before, in")
		for _, dir := range v.Legacy[:min(len(v.Legacy), named)] {
			if sayable(dir) {
				p.line("#   %s", strconv.Quote(dir))
			}
		}
	}
}

// rule writes one, if there is something it is for.
func (p *proposal) rule(comment, kind string, paths []string) {
	if len(paths) == 0 {
		return
	}
	p.rules++
	p.line("")
	p.line("%s", comment)
	p.line("[[documents]]")
	p.line("kind = %s", strconv.Quote(kind))
	if len(paths) == 1 {
		p.line("paths = [%s]", strconv.Quote(paths[0]))
		return
	}
	p.line("paths = [")
	for _, pattern := range paths {
		p.line("  %s,", strconv.Quote(pattern))
	}
	p.line("]")
}

// patterns takes those that a configuration can hold, and as many.
func (p *proposal) patterns(all []string) []string {
	var list []string
	left := 0
	for _, pattern := range all {
		if !sayable(pattern) || p.used == proposed {
			left++
			continue
		}
		p.used++
		list = append(list, pattern)
	}
	if left > 0 {
		p.line("")
		p.line("# Left out: %d paths that are too many, too long or of characters that have no", left)
		p.line("# place here.")
	}
	return list
}

// proposed is how many patterns are written: the file must fit its limit.
const proposed = min(config.MaxPatterns, config.MaxFile/(4*config.MaxPattern))

// named is how many directories are listed in a remark.
const named = 8

// sayable says that a path can stand in a configuration.
func sayable(p string) bool {
	odd := func(r rune) bool { return !unicode.IsPrint(r) || r == '\\' }
	return p != "" && len(p) <= config.MaxPattern && utf8.ValidString(p) && !strings.ContainsFunc(p, odd) && !strings.HasSuffix(p, ".ots")
}

// literal is a pattern for a path: what means something in one becomes "any
// character".
func literal(p string) string { return strings.NewReplacer("*", "?", "[", "?").Replace(p) }

func registryPatterns(dirs []string) []string {
	var list []string
	for _, dir := range dirs {
		list = append(list, path.Join(literal(dir), "[0-9][0-9][0-9][0-9]-[0-9][0-9].json"))
	}
	return list
}

// together makes patterns of documents: of several that share a directory and
// an ending, one.
func together(docs []string) []string {
	groups := map[string][]string{}
	var order []string
	for _, doc := range docs {
		key := path.Join(literal(path.Dir(doc)), "*"+literal(path.Ext(doc)))
		if path.Ext(doc) == "" || path.Ext(doc) == path.Base(doc) {
			key = literal(doc)
		}
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], doc)
	}
	var list []string
	for _, key := range order {
		if len(groups[key]) == 1 {
			key = literal(groups[key][0])
		}
		list = append(list, key)
	}
	return list
}
