package action

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/printable"
)

// Limits of the inputs, which a workflow may fill with foreign text.
const (
	maxInput   = 64 << 10 // bytes of one input
	maxList    = 1000     // entries of a list
	maxShown   = 100      // runes of a wrong input in an error
	maxAgeDays = 36500
)

// A Mode is what the workflow asks for.
type Mode string

// The modes. Auto decides by the event.
const (
	Auto    Mode = "auto"
	Stamp   Mode = "stamp"
	Upgrade Mode = "upgrade"
	Verify  Mode = "verify"
	Check   Mode = "check"
	Status  Mode = "status"
)

// A Delivery is how what a run made gets into the repository.
type Delivery string

// The deliveries.
const (
	Push        Delivery = "push"         // a commit, pushed by git
	API         Delivery = "api"          // a commit made by GitHub, which signs it
	PullRequest Delivery = "pull-request" // a branch of ours, and one pull request
	Nothing     Delivery = "none"         // files are left in the work tree
)

// Inputs are those of the action, read from INPUT_<NAME>. An input that is
// empty has the default in brackets.
type Inputs struct {
	Mode             Mode     // [auto]
	Paths            []string // operands; none: all configured documents
	Config           string   // path of the configuration in the repository [.git-anchor.toml]
	Calendars        []string // URLs
	Explorers        []string // [KIND:]URL
	Node, Mirror     string   // URLs
	Network          string   // mainnet or regtest [mainnet]
	Require          string   // confirmed, or a rung
	AllowCommands    bool     // a command that the repository names may run [false]
	Delivery         Delivery // input commit [push]
	Branch           string   // to push to, or our own with pull-request
	Message          string   // input commit_message, its first line the subject
	Signoff          bool     // [false]
	BeforeCommit     string   // a command
	BeforePaths      []string // patterns of what it may change, input before_commit_paths
	Token            string
	FailOn           []Word  // what turns the run red [violation, changed, failed, missing, disputed]
	MaxPendingDays   float64 // a proof that is pending for longer is a warning; 0: never [7]
	WorkingDirectory string
	Summary          bool // [true]
	Annotations      bool // [true]
}

// InputNames lists the inputs of the action as action.yml has them.
func InputNames() []string {
	return []string{
		"mode", "paths", "config", "calendars", "explorers", "node", "mirror", "network", "require", "allow_commands",
		"commit", "branch", "commit_message", "signoff", "before_commit", "before_commit_paths", "token", "fail_on",
		"max_pending_days", "working_directory", "summary", "annotations",
	}
}

// OutputNames lists the outputs of the action as a whole.
func OutputNames() []string {
	return []string{"changed", "commit_sha", "confirmed", "pending", "failed", "documents"}
}

// StepOutputNames lists what the step that runs hands to those that follow, each
// of which reads it as INPUT_<NAME> again.
func StepOutputNames() []string {
	return []string{"publish", "plan", "plan_sha256", "identity", "exit", "before", "before_paths"}
}

// ourBranch is where pull-request mode keeps its commit.
const ourBranch = "git-anchor/proofs"

// defaultPendingDays: calendars take a day at the most; after a week nobody
// should wait any longer.
const defaultPendingDays = 7

// ParseInputs reads the inputs. What is wrong with one is said by its name,
// with the words that are allowed.
func ParseInputs(getenv func(string) string) (Inputs, error) {
	p := &parser{getenv: getenv}
	in := Inputs{
		Mode:             Mode(p.word("mode", string(Auto), string(Stamp), string(Upgrade), string(Verify), string(Check), string(Status))),
		Paths:            p.lines("paths"),
		Config:           p.path("config"),
		Calendars:        p.list("calendars"),
		Explorers:        p.list("explorers"),
		Node:             p.line("node"),
		Mirror:           p.line("mirror"),
		Network:          p.word("network", "mainnet", "regtest"),
		Require:          p.line("require"),
		AllowCommands:    p.yes("allow_commands", false),
		Delivery:         Delivery(p.word("commit", string(Push), string(API), string(PullRequest), string(Nothing))),
		Branch:           p.branch("branch"),
		Message:          p.text("commit_message"),
		Signoff:          p.yes("signoff", false),
		BeforeCommit:     p.text("before_commit"),
		BeforePaths:      p.lines("before_commit_paths"),
		Token:            p.line("token"),
		FailOn:           p.failOn("fail_on"),
		MaxPendingDays:   p.days("max_pending_days"),
		WorkingDirectory: p.line("working_directory"),
		Summary:          p.yes("summary", true),
		Annotations:      p.yes("annotations", true),
	}
	if (in.BeforeCommit == "") != (len(in.BeforePaths) == 0) {
		p.fail("before_commit", "it belongs together with before_commit_paths: a command, and the files it may change")
	}
	return in, p.err
}

// A parser reads inputs, and keeps the first error.
type parser struct {
	getenv func(string) string
	err    error
}

func (p *parser) fail(name, format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("input %s: %s", name, fmt.Sprintf(format, args...))
	}
}

// text is an input as it is, but for blanks around it.
func (p *parser) text(name string) string {
	v := p.getenv("INPUT_" + strings.ToUpper(name))
	if len(v) > maxInput {
		p.fail(name, "it has %d bytes, more than %d", len(v), maxInput)
		return ""
	}
	if strings.ContainsRune(v, 0) {
		p.fail(name, "it has a NUL byte")
		return ""
	}
	return strings.TrimSpace(v)
}

func (p *parser) line(name string) string {
	v := p.text(name)
	if strings.ContainsAny(v, "\r\n") {
		p.fail(name, "it is one line")
	}
	return v
}

// lines is one entry a line; blank ones do not count.
func (p *parser) lines(name string) []string {
	return p.split(name, func(r rune) bool { return r == '\n' || r == '\r' })
}

// list is one entry a line, or several with commas between.
func (p *parser) list(name string) []string {
	return p.split(name, func(r rune) bool { return r == '\n' || r == '\r' || r == ',' })
}

func (p *parser) split(name string, at func(rune) bool) []string {
	var list []string
	for _, entry := range strings.FieldsFunc(p.text(name), at) {
		if entry = strings.TrimSpace(entry); entry != "" {
			list = append(list, entry)
		}
	}
	if len(list) > maxList {
		p.fail(name, "it has %d entries, more than %d", len(list), maxList)
		return nil
	}
	return list
}

// word is one of the words allowed, the first by default.
func (p *parser) word(name string, allowed ...string) string {
	v := p.line(name)
	if v == "" {
		return allowed[0]
	}
	if !slices.Contains(allowed, v) {
		p.fail(name, "%s is not one of %s", quoted(v), strings.Join(allowed, ", "))
	}
	return v
}

func (p *parser) yes(name string, otherwise bool) bool {
	switch v := p.line(name); v {
	case "":
		return otherwise
	case "true":
		return true
	case "false":
		return false
	default:
		p.fail(name, "%s is neither true nor false", quoted(v))
		return otherwise
	}
}

// path is one inside the repository.
func (p *parser) path(name string) string {
	v := p.line(name)
	if v != "" && (gitrepo.CheckPath(v) != nil || strings.HasPrefix(v, "-")) {
		p.fail(name, "%s is not a path from the top of the repository", quoted(v))
	}
	return v
}

func (p *parser) branch(name string) string {
	v := strings.TrimPrefix(p.line(name), "refs/heads/")
	if v != "" && gitrepo.CheckBranch(v) != nil {
		p.fail(name, "%s is not the name of a branch", quoted(v))
	}
	return v
}

func (p *parser) days(name string) float64 {
	v := p.line(name)
	if v == "" {
		return defaultPendingDays
	}
	n, err := strconv.ParseFloat(v, 64)
	if err != nil || math.IsNaN(n) || n < 0 || n > maxAgeDays {
		p.fail(name, "%s is not a number of days from 0 to %d", quoted(v), maxAgeDays)
	}
	return n
}

// failOn reads what turns a run red; the word none stands for nothing at all.
func (p *parser) failOn(name string) []Word {
	list := p.list(name)
	switch {
	case len(list) == 0:
		return []Word{Violation, Changed, Failed, Missing, Disputed}
	case len(list) == 1 && list[0] == "none":
		return nil
	}
	var words []Word
	for _, v := range list {
		if !slices.Contains(Words(), Word(v)) {
			p.fail(name, "%s is not one of %s", quoted(v), joined(Words()))
			return nil
		}
		words = append(words, Word(v))
	}
	return words
}

func quoted(v string) string { return `"` + printable.Text(v, maxShown) + `"` }

func joined(words []Word) string {
	var list []string
	for _, w := range words {
		list = append(list, string(w))
	}
	return strings.Join(list, ", ")
}
