package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/openllmo/git-anchor/internal/devnet"
)

// patience is how long anything is waited for before a script fails.
const patience = 30 * time.Second

// code: code N PROGRAM ARGS…: the program must end with exactly that code.
func code(ts *testscript.TestScript, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	checkExit(ts, ts.Exec(args[1], args[2:]...), want)
}

func checkExit(ts *testscript.TestScript, err error, want int) {
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit %d, want %d", got, want)
	}
}

// regtest: regtest N COMMAND ARGS…: git-anchor COMMAND --network regtest ARGS…
func regtest(ts *testscript.TestScript, args []string) {
	code(ts, append([]string{args[0], "git-anchor", args[1], "--network", "regtest"}, args[2:]...))
}

// stamp: stamp N ARGS…: stamps at all pools of the devnet.
func stampAll(ts *testscript.TestScript, args []string) {
	line := []string{args[0], "stamp"}
	for _, u := range running(ts).Pools() {
		line = append(line, "--calendar", u)
	}
	regtest(ts, append(line, args[1:]...))
}

// months: months N COMMAND ARGS…: git-anchor registry COMMAND, which stamps at all
// pools of the devnet.
func months(ts *testscript.TestScript, args []string) {
	line := []string{args[0], "registry", args[1]}
	for _, u := range running(ts).Pools() {
		line = append(line, "--calendar", u)
	}
	regtest(ts, append(line, args[2:]...))
}

// A process runs beside the script.
type process struct {
	cmd      *exec.Cmd
	out, err output
}

// An output is written by a process and read by the script.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// start: start NAME PROGRAM ARGS…: runs it beside the script.
func start(ts *testscript.TestScript, args []string) {
	program, err := exec.LookPath(args[1])
	ts.Check(err)
	p := &process{cmd: exec.Command(program, args[2:]...)}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = ts.MkAbs("."), &p.out, &p.err
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_GLOBAL", "HTTPS_PROXY", "GORACE"} {
		p.cmd.Env = append(p.cmd.Env, name+"="+ts.Getenv(name))
	}
	ts.Check(p.cmd.Start())
	w := theWorld(ts)
	w.processes[args[0]] = p
	ts.Defer(func() { p.cmd.Process.Kill() })
}

// signal: signal NAME INT|KILL.
func signalProcess(ts *testscript.TestScript, args []string) {
	sig := map[string]os.Signal{"INT": syscall.SIGINT, "KILL": syscall.SIGKILL}[args[1]]
	ts.Check(theWorld(ts).processes[args[0]].cmd.Process.Signal(sig))
}

// finish: finish NAME N: waits for its end and checks its exit code, -1 after
// a signal that it could not catch.
func finish(ts *testscript.TestScript, args []string) {
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	p := theWorld(ts).processes[args[0]]
	timer := time.AfterFunc(patience, func() { p.cmd.Process.Kill() })
	err = p.cmd.Wait()
	timer.Stop()
	io.WriteString(ts.Stdout(), p.out.String())
	io.WriteString(ts.Stderr(), p.err.String())
	ts.Logf("[%s stdout]\n%s[%s stderr]\n%s", args[0], &p.out, args[0], &p.err)
	checkExit(ts, err, want)
}

// A gate stands before a URL and holds requests back until it is opened.
type gate struct {
	arrived chan struct{} // one value a request
	opened  chan struct{}
	open    sync.Once
}

// makeGate: gate NAME URL: sets NAME to a URL that leads to URL once open.
func makeGate(ts *testscript.TestScript, args []string) {
	target, err := url.Parse(args[1])
	ts.Check(err)
	g := &gate{arrived: make(chan struct{}, 100), opened: make(chan struct{})}
	proxy := httputil.NewSingleHostReverseProxy(target)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.arrived <- struct{}{}
		select {
		case <-g.opened:
			proxy.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	}))
	ts.Defer(func() {
		g.open.Do(func() { close(g.opened) })
		srv.CloseClientConnections()
		srv.Close()
	})
	ts.Setenv(args[0], srv.URL)
	theWorld(ts).gates[args[0]] = g
}

// arrived: arrived NAME: waits until a request stands before the gate.
func arrived(ts *testscript.TestScript, args []string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	select {
	case <-theWorld(ts).gates[args[0]].arrived:
	case <-ctx.Done():
		ts.Fatalf("no request came to %s", args[0])
	}
}

// openGate: open NAME.
func openGate(ts *testscript.TestScript, args []string) {
	g := theWorld(ts).gates[args[0]]
	g.open.Do(func() { close(g.opened) })
}

// await: await FILE: waits until the file is there.
func await(ts *testscript.TestScript, args []string) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	end := time.After(patience)
	for {
		if _, err := os.Lstat(ts.MkAbs(args[0])); err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-end:
			ts.Fatalf("%s did not come", args[0])
		}
	}
}

// asked: asked N REGEXP: waits until the devnet got N requests "METHOD PATH"
// that match.
func asked(ts *testscript.TestScript, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	re := regexp.MustCompile(args[1])
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	end := time.After(patience)
	for {
		got := 0
		for _, r := range running(ts).Requests() {
			if re.MatchString(r.Method + " " + r.Path) {
				got++
			}
		}
		if got >= want {
			return
		}
		select {
		case <-tick.C:
		case <-end:
			ts.Fatalf("%d requests match %s, want %d", got, re, want)
		}
	}
}

// TestEveryFaultIsShown keeps a new fault of devnet from going without a script,
// or, where it is one of nodes and mirrors, a test of those who ask them.
func TestEveryFaultIsShown(t *testing.T) {
	scripts, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts found: %v", err)
	}
	tests, err := filepath.Glob("../../internal/bitcoin/*_test.go")
	if err != nil || len(tests) == 0 {
		t.Fatalf("no tests found: %v", err)
	}
	var all strings.Builder
	for _, name := range slices.Concat(scripts, tests) {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(raw)
	}
	for _, name := range devnet.Faults() {
		shown := false
		for _, form := range []string{"/fault/" + name + "/", "/later/" + name + "/", `"` + name + `"`} {
			shown = shown || strings.Contains(all.String(), form)
		}
		if !shown {
			t.Errorf("nothing shows the fault %s", name)
		}
	}
}

// race: race A B NAME…: exactly one of them ends with A, all others with B.
func race(ts *testscript.TestScript, args []string) {
	var codes []string
	for _, name := range args[2:] {
		p := theWorld(ts).processes[name]
		timer := time.AfterFunc(patience, func() { p.cmd.Process.Kill() })
		p.cmd.Wait() // the code says how it ended
		timer.Stop()
		ts.Logf("[%s]\n%s%s", name, &p.out, &p.err)
		codes = append(codes, strconv.Itoa(p.cmd.ProcessState.ExitCode()))
	}
	slices.Sort(codes)
	want := slices.Repeat([]string{args[1]}, len(codes))
	want[0] = args[0]
	slices.Sort(want)
	if !slices.Equal(codes, want) {
		ts.Fatalf("exit codes %v, want %v", codes, want)
	}
}
