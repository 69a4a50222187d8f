// Package config reads the two places a run is configured from: the
// repository's .git-anchor.toml, which says where documents lie and which of
// them may be anchored, and the person's git config anchor.*, which says whom
// to trust.
//
// Start at Parse (or Default, where a repository has no file) and at
// ParsePerson. What only the person may set is never taken from the
// repository's file: it is left out and listed in Config.Ignored, so that a
// hostile clone can neither choose its judges nor stop somebody from judging it.
//
// The package works on bytes and pairs given to it. It reads no files and no
// environment, and does not look up any host.
package config

// File is the name of the repository's configuration, in its top directory.
const File = ".git-anchor.toml"

// Limits of the repository's file, which is foreign text.
const (
	MaxFile      = 64 << 10 // bytes
	MaxUnknown   = 100      // values under keys we do not know; reporting them costs more than reading them
	MaxCalendars = 16       // stamping posts to each of them
	MaxPatterns  = 64       // paths over all rules; each is tried on each file of a commit
	MaxPattern   = 256      // bytes of one path
	MaxForbid    = 64       // forbidden texts of one rule; each is looked for in the whole document
	MaxCommand   = 4096     // bytes of action.before_commit, or of registry.command
	MaxLogs      = 64       // audit logs of a registry
	MaxServerID  = 256      // bytes of a server_id that one is named by
)

// A Config is what a repository asks for.
type Config struct {
	OTS       OTS
	Bitcoin   Bitcoin
	Documents []Rule // tried in order, the first that matches counts
	Registry  Registry
	Action    Action
	Source    string    // "defaults", or File
	Ignored   []Ignored // keys of the file that only the person may set
}

// OTS is the [ots] table.
type OTS struct {
	Enabled          bool     // false: nothing is stamped here
	Calendars        []string // for stamping; empty means the four public pools
	MinCalendars     int      // how many of them must answer, from 1
	MonthlyAnchorDay int      // 1 to 31: when the month's registry is due
	RegistryPath     string   // directory of YYYY-MM.json, cleaned, "." for the top
	ProofsPath       string   // directory of YYYY-MM.json.ots, likewise
}

// Bitcoin is the [bitcoin] table.
type Bitcoin struct {
	Require string // explorer, quorum, work, chain or node; only raises what the person requires
}

// A Rule says which files are documents, and when they may be anchored.
type Rule struct {
	Kind   string   // lip, registry, evidence or file
	Paths  []string // patterns as Match reads them
	Status []string // kind lip: exactly these statuses; empty means the accepted ones
	Forbid []string // texts that must not occur, in any case

	RequireAnchor bool // a change that brings one that may be anchored must bring its proof
}

// Action is the [action] table. It is for the GitHub Action alone, and only
// where the workflow allows commands of the repository.
type Action struct {
	BeforeCommit string   // a shell command to run before proofs are committed, "" for none
	Paths        []string // patterns of the files it may change, as Match reads them
}

// Ignored is a key of the repository's file that has no effect.
type Ignored struct {
	Key  string // as "bitcoin.explorers", fit to be printed
	Line int
	Text string // why, and what the person may do instead
}

// Kinds of documents.
const (
	KindLIP      = "lip"
	KindRegistry = "registry"
	KindEvidence = "evidence"
	KindFile     = "file"
)

const (
	defaultMin = 2 // calendars that must answer
	poolCount  = 4 // public pools that stamping uses where no calendars are named
)

// Default is the configuration of a repository without a file: LLMO's layout.
func Default() Config {
	c := Config{
		OTS: OTS{
			Enabled:          true,
			MinCalendars:     defaultMin,
			MonthlyAnchorDay: 1,
			RegistryPath:     "registries",
			ProofsPath:       "proofs",
		},
		Bitcoin: Bitcoin{Require: "explorer"},
		Source:  "defaults",
	}
	c.Documents = defaultDocuments(c.OTS.RegistryPath)
	return c
}

func defaultDocuments(registries string) []Rule {
	return []Rule{
		{Kind: KindLIP, Paths: []string{"content/spec/lips/lip-????.md"}, Forbid: defaultForbid()},
		{Kind: KindRegistry, Paths: []string{joinPath(registries, registryName)}},
		{Kind: KindEvidence, Paths: []string{"evidence/**/*.json"}},
	}
}

// defaultForbid is for LIPs: one was anchored with these words still in it.
func defaultForbid() []string { return []string{"to be populated"} }

// rungs are the values of bitcoin.require and anchor.require, weakest first.
func rungs() []string { return []string{"explorer", "quorum", "work", "chain", "node"} }

func kinds() []string { return []string{KindLIP, KindRegistry, KindEvidence, KindFile} }
