package action

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// env is an environment of inputs, by their names in action.yml.
func env(inputs ...string) func(string) string {
	set := map[string]string{}
	for i := 0; i < len(inputs); i += 2 {
		set["INPUT_"+strings.ToUpper(inputs[i])] = inputs[i+1]
	}
	return func(name string) string { return set[name] }
}

func TestInputDefaults(t *testing.T) {
	got, err := ParseInputs(env())
	if err != nil {
		t.Fatal(err)
	}
	want := Inputs{
		Mode: Auto, Network: "mainnet", Delivery: Push, MaxPendingDays: 7, Summary: true, Annotations: true,
		FailOn: []Word{Violation, Changed, Failed, Missing, Disputed},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestInputs(t *testing.T) {
	got, err := ParseInputs(env(
		"mode", " upgrade ", "paths", "a b.md\r\n\n c,d.md \n", "config", "conf/anchor.toml", "calendars", "https://a.example, https://b.example\nhttps://c.example",
		"explorers", "blockchain.info:https://x.example", "node", "http://127.0.0.1:8332", "mirror", "https://m.example", "network", "regtest", "require", "chain",
		"allow_commands", "true", "commit", "pull-request", "branch", "refs/heads/a/b", "commit_message", "One\n\nTwo\n", "signoff", "true",
		"before_commit", "make index\nmake more\n", "before_commit_paths", "index/*.json\nREADME.md", "token", "t0ken", "fail_on", "pending, refused\nundecided",
		"max_pending_days", "0.5", "working_directory", "sub dir", "summary", "false", "annotations", "false",
	))
	if err != nil {
		t.Fatal(err)
	}
	want := Inputs{
		Mode: Upgrade, Paths: []string{"a b.md", "c,d.md"}, Config: "conf/anchor.toml", Calendars: []string{"https://a.example", "https://b.example", "https://c.example"},
		Explorers: []string{"blockchain.info:https://x.example"}, Node: "http://127.0.0.1:8332", Mirror: "https://m.example", Network: "regtest", Require: "chain",
		AllowCommands: true, Delivery: PullRequest, Branch: "a/b", Message: "One\n\nTwo", Signoff: true,
		BeforeCommit: "make index\nmake more", BeforePaths: []string{"index/*.json", "README.md"}, Token: "t0ken", FailOn: []Word{Pending, Refused, Undecided},
		MaxPendingDays: 0.5, WorkingDirectory: "sub dir",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got, err := ParseInputs(env("fail_on", "none")); err != nil || got.FailOn != nil {
		t.Errorf("none: %v, %v", got.FailOn, err)
	}
}

func TestWrongInputs(t *testing.T) {
	for _, tt := range []struct{ name, value, want string }{
		{"mode", "pwn", `input mode: "pwn" is not one of auto, stamp, upgrade, verify, check, status`},
		{"mode", "\x1b[2K\u202e", `input mode: "\x1b[2K\u202e" is not one of auto, stamp, upgrade, verify, check, status`},
		{"commit", "force", `input commit: "force" is not one of push, api, pull-request, none`},
		{"network", "testnet", `input network: "testnet" is not one of mainnet, regtest`},
		{"signoff", "yes", `input signoff: "yes" is neither true nor false`},
		{"summary", "TRUE", `input summary: "TRUE" is neither true nor false`},
		{"fail_on", "violation, everything", `input fail_on: "everything" is not one of violation, changed, failed, missing, disputed, undecided, refused, pending`},
		{"max_pending_days", "-1", `input max_pending_days: "-1" is not a number of days from 0 to 36500`},
		{"max_pending_days", "NaN", `input max_pending_days: "NaN" is not a number of days from 0 to 36500`},
		{"max_pending_days", "36500.1", `input max_pending_days: "36500.1" is not a number of days from 0 to 36500`},
		{"node", "a\nb", "input node: it is one line"},
		{"token", "a\rb", "input token: it is one line"},
		{"config", "../x.toml", `input config: "../x.toml" is not a path from the top of the repository`},
		{"config", "/etc/x.toml", `input config: "/etc/x.toml" is not a path from the top of the repository`},
		{"config", ".git/x.toml", `input config: ".git/x.toml" is not a path from the top of the repository`},
		{"config", "a//x.toml", `input config: "a//x.toml" is not a path from the top of the repository`},
		{"config", "-x.toml", `input config: "-x.toml" is not a path from the top of the repository`},
		{"branch", strings.Repeat("x", 256), `input branch: "` + strings.Repeat("x", maxShown-1) + `…" is not the name of a branch`},
		{"branch", "HEAD", `input branch: "HEAD" is not the name of a branch`},
		{"branch", "-f", `input branch: "-f" is not the name of a branch`},
		{"branch", "a..b", `input branch: "a..b" is not the name of a branch`},
		{"branch", "a:b", `input branch: "a:b" is not the name of a branch`},
		{"branch", "x.lock", `input branch: "x.lock" is not the name of a branch`},
		{"paths", "a\x00b", "input paths: it has a NUL byte"},
		{"before_commit", "make", "input before_commit: it belongs together with before_commit_paths: a command, and the files it may change"},
		{"before_commit_paths", "a", "input before_commit: it belongs together with before_commit_paths: a command, and the files it may change"},
		{"commit_message", strings.Repeat("x", maxInput+1), "input commit_message: it has 65537 bytes, more than 65536"},
		{"paths", strings.Repeat("x\n", maxList+1), "input paths: it has 1001 entries, more than 1000"},
	} {
		_, err := ParseInputs(env(tt.name, tt.value))
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s: error %v, want %s", tt.name, err, tt.want)
		}
	}
	for name, value := range map[string]string{
		"commit_message": strings.Repeat("x", maxInput), "paths": strings.Repeat("x\n", maxList), "max_pending_days": "36500", "branch": strings.Repeat("x", 255),
	} {
		if _, err := ParseInputs(env(name, value)); err != nil {
			t.Errorf("at its limit, %s: %v", name, err)
		}
	}
}

// What is read and what is listed are the same inputs.
func TestInputNames(t *testing.T) {
	var asked []string
	if _, err := ParseInputs(func(name string) string {
		asked = append(asked, strings.ToLower(strings.TrimPrefix(name, "INPUT_")))
		return ""
	}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(InputNames(), asked); d != "" {
		t.Error(d)
	}
}

// Each output that is set is one that is listed, and the other way round.
func TestOutputNames(t *testing.T) {
	set := map[string]bool{"exit": true} // by whoever turns findings into a code
	for _, name := range []string{"tell.go", "handover.go", "commit.go"} {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range []string{`Output\("([a-z_0-9]+)"`, `\{"([a-z_0-9]+)", [a-z]`} {
			for _, m := range regexp.MustCompile(form).FindAllStringSubmatch(string(source), -1) {
				set[m[1]] = true
			}
		}
	}
	listed := slices.Concat(OutputNames(), StepOutputNames())
	for _, name := range listed {
		if !set[name] {
			t.Errorf("%s is never set", name)
		}
	}
	if len(set) != len(listed) {
		t.Errorf("set are %v, listed %v", set, listed)
	}
}

func FuzzParseInputs(f *testing.F) {
	for _, s := range []string{"", "auto", "a\nb, c", "true", "0.5", "refs/heads/x", "../a", "\x00", "violation,pending"} {
		for _, name := range InputNames() {
			f.Add(name, s)
		}
	}
	f.Fuzz(func(t *testing.T, name, value string) {
		in, err := ParseInputs(env(name, value))
		if err != nil {
			if strings.ContainsAny(err.Error(), "\r\n\x1b\x00") {
				t.Errorf("%q", err)
			}
			return
		}
		if again, err := ParseInputs(env(name, value)); err != nil || fmt.Sprint(again) != fmt.Sprint(in) {
			t.Errorf("%v, then %v", in, again)
		}
		if in.Branch != "" && (strings.HasPrefix(in.Branch, "-") || strings.ContainsAny(in.Branch, " :~^\n")) {
			t.Errorf("branch %q", in.Branch)
		}
	})
}
