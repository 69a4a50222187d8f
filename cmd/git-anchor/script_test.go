package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/openllmo/git-anchor/internal/devnet"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"git-anchor": main})
}

// TestScript runs every script below testdata/script against the real binary,
// real git and a devnet over HTTP.
func TestScript(t *testing.T) {
	if scripts, err := filepath.Glob("testdata/script/*.txtar"); err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts found: %v", err)
	}
	params := scriptParams()
	params.Dir = "testdata/script"
	testscript.Run(t, params)
}

// TestLegacyMigration replays the worked example of legacy/README.md.
func TestLegacyMigration(t *testing.T) {
	params := scriptParams()
	params.Files = []string{"../../legacy/migration.txtar"}
	testscript.Run(t, params)
}

func scriptParams() testscript.Params {
	return testscript.Params{
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setup,
		Cmds: commands(map[string]func(*testscript.TestScript, []string){
			"devnet":   startDevnet,
			"mine":     mine,
			"reorg":    reorg,
			"requests": requests,
			"repo":     makeRepo,
			// scriptrun_test.go
			"code":     code,
			"regtest":  regtest,
			"stamp":    stampAll,
			"months":   months,
			"evidence": evidenceAll,
			"start":    start,
			"signal":   signalProcess,
			"finish":   finish,
			"race":     race,
			"gate":     makeGate,
			"arrived":  arrived,
			"open":     openGate,
			"await":    await,
			"asked":    asked,
			"json":     checkJSON,
			"serving":  serving,
			"post":     post200,
			// scriptaction_test.go, scriptserver_test.go
			"runner":   onRunner,
			"step":     newStep,
			"output":   outputIs,
			"summary":  summary,
			"commands": commandsAre,
			"action":   actionPhase,
			"hub":      startHub,
			"hubasked": hubAsked,
			"pulled":   pulled,
			"overtake": overtake,
			// scriptgit_test.go
			"gitobject":   gitObject,
			"timestamped": timestamped,
			"notefile":    noteFile,
			// scriptregistry_test.go
			"chain":   chain,
			"sources": sources,
			// scriptfiles_test.go
			"hexfile":   hexFile,
			"proof":     proofFile,
			"submit":    submit,
			"sum":       sum,
			"replace":   replace,
			"append":    appendTo,
			"cut":       cut,
			"documents": documents,
			"glob":      glob,
			"files":     files,
			"snapshot":  snapshot,
			"unchanged": unchanged,
			"mount":     mount,
			"freeze":    freeze,
			"link":      link,
			"rawfile":   rawFile,
			"paste":     paste,
		}),
		Condition: condition,
	}
}

// commands makes them what testscript runs: none of ours can be negated.
func commands(ours map[string]func(*testscript.TestScript, []string)) map[string]func(*testscript.TestScript, bool, []string) {
	all := map[string]func(*testscript.TestScript, bool, []string){}
	for name, f := range ours {
		all[name] = func(ts *testscript.TestScript, neg bool, args []string) {
			if neg {
				ts.Fatalf("unsupported: ! %s", name)
			}
			f(ts, args)
		}
	}
	return all
}

// setup isolates git from the machine's configuration.
func setup(env *testscript.Env) error {
	home := filepath.Join(env.WorkDir, ".home")
	config := "[user]\n\tname = Ada Example\n\temail = ada@example.org\n[init]\n\tdefaultBranch = main\n[protocol \"file\"]\n\tallow = always\n"
	if err := os.MkdirAll(home, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(home, ".gitconfig"), []byte(config), 0o644); err != nil {
		return err
	}
	env.Setenv("HOME", home)
	env.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	env.Setenv("GIT_CONFIG_GLOBAL", filepath.Join(home, ".gitconfig"))
	env.Setenv("GIT_AUTHOR_DATE", "2026-02-03T04:05:06Z")
	env.Setenv("GIT_COMMITTER_DATE", "2026-02-03T04:05:06Z")
	env.Setenv("LIP", demoPath)
	// Built with the race detector, every run would end with a second's sleep.
	env.Setenv("GORACE", "atexit_sleep_ms=0")
	// What is asked of anybody but loopback ends here, at a port nobody has.
	env.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	env.Values[worldKey{}] = &world{processes: map[string]*process{}, gates: map[string]*gate{}, snapshots: map[string]string{}}
	return nil
}

// worldKey finds a script's world among its values.
type worldKey struct{}

// A world is what one script has started and remembers.
type world struct {
	net       *devnet.Net
	processes map[string]*process
	gates     map[string]*gate
	snapshots map[string]string
	hub       *hub
}

func theWorld(ts *testscript.TestScript) *world { return ts.Value(worldKey{}).(*world) }

func running(ts *testscript.TestScript) *devnet.Net {
	w := theWorld(ts)
	if w.net == nil {
		ts.Fatalf("start a devnet first")
	}
	return w.net
}

// condition: [root], [mount] where file systems may be mounted, and [oracle] where
// the reference library is installed.
func condition(name string) (bool, error) {
	switch name {
	case "root":
		return os.Geteuid() == 0, nil
	case "oracle":
		return exec.Command("/usr/bin/python3", "-c", "import opentimestamps").Run() == nil, nil
	case "mount":
		if runtime.GOOS != "linux" || os.Geteuid() != 0 {
			return false, nil
		}
		dir, err := os.MkdirTemp("", "mount-")
		if err != nil {
			return false, err
		}
		defer os.RemoveAll(dir)
		if exec.Command("mount", "-t", "tmpfs", "none", dir).Run() != nil {
			return false, nil
		}
		return true, exec.Command("umount", dir).Run()
	}
	return false, fmt.Errorf("unknown condition %q", name)
}

// startDevnet: devnet [CALENDARS [RFC3339]], the time of the first block. Sets
// DEVNET, ESPLORA, BCI, POOL_A…, CAL_A….
func startDevnet(ts *testscript.TestScript, args []string) {
	o := devnet.Options{Immediate: true}
	if len(args) > 0 {
		n, err := strconv.Atoi(args[0])
		ts.Check(err)
		o.Calendars = n
	}
	if len(args) > 1 {
		start, err := time.Parse(time.RFC3339, args[1])
		ts.Check(err)
		o.Start = start
	}
	n, err := devnet.Start(o)
	ts.Check(err)
	ts.Defer(func() { ts.Check(n.Close()) })
	ts.Setenv("DEVNET", n.URL())
	ts.Setenv("ESPLORA", n.Esplora())
	ts.Setenv("BCI", n.BlockchainInfo())
	for i, u := range n.Pools() {
		ts.Setenv("POOL_"+string(rune('A'+i)), u)
	}
	for i, u := range n.CalendarURLs() {
		ts.Setenv("CAL_"+string(rune('A'+i)), u)
	}
	theWorld(ts).net = n
}

// mine: mine [N [RFC3339]]: N blocks, 6 by default.
func mine(ts *testscript.TestScript, args []string) {
	n := 6
	if len(args) > 0 {
		var err error
		n, err = strconv.Atoi(args[0])
		ts.Check(err)
	}
	if len(args) < 2 {
		ts.Check(running(ts).Mine(n))
		return
	}
	start, err := time.Parse(time.RFC3339, args[1])
	ts.Check(err)
	times := make([]time.Time, n)
	for i := range times {
		times[i] = start.Add(time.Duration(i) * 10 * time.Minute)
	}
	ts.Check(running(ts).MineAt(times...))
}

// reorg: reorg DEPTH.
func reorg(ts *testscript.TestScript, args []string) {
	depth, err := strconv.Atoi(args[0])
	ts.Check(err)
	ts.Check(running(ts).Reorg(depth))
}

// requests: requests COUNT REGEXP: so many requests of "METHOD PATH" match.
func requests(ts *testscript.TestScript, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	re := regexp.MustCompile(args[1])
	var got []string
	for _, r := range running(ts).Requests() {
		if line := r.Method + " " + r.Path; re.MatchString(line) {
			got = append(got, line)
		}
	}
	if len(got) != want {
		ts.Fatalf("%d requests match %s, want %d:\n%s", len(got), re, want, strings.Join(got, "\n"))
	}
}

// repo: repo [DIR]: a repository with the demo's LIP committed at $LIP, and the
// devnet's calendars and explorer as the person's own.
func makeRepo(ts *testscript.TestScript, args []string) {
	dir := ts.MkAbs(".")
	if len(args) > 0 {
		dir = ts.MkAbs(args[0])
	}
	file := filepath.Join(dir, filepath.FromSlash(demoPath))
	ts.Check(os.MkdirAll(filepath.Dir(file), 0o755))
	ts.Check(os.WriteFile(file, demoDocument, 0o644))
	git := func(args ...string) { ts.Check(ts.Exec("git", append([]string{"-C", dir}, args...)...)) }
	git("init", "-q")
	if w := theWorld(ts); w.net != nil {
		for _, u := range w.net.CalendarURLs() {
			git("config", "--add", "anchor.calendar", u)
		}
		git("config", "anchor.explorer", w.net.Esplora())
	}
	git("add", demoPath)
	git("commit", "-q", "-m", "Accept LIP-1")
}
