package gitrepo

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// ready is a tip with a commit to push.
func ready(t *testing.T, token string) (s *gitServer, tip *Tip, parent Commit, id string) {
	t.Helper()
	s, _ = served(t)
	tip = s.tip(nil, token)
	parent = fetch(t, tip, "main")
	return s, tip, parent, plant(t, tip, parent, NewFile{"x.ots", []byte("\x00")})
}

// TestPushMoved: whenever somebody is quicker, it says so, and theirs stays.
func TestPushMoved(t *testing.T) {
	tests := []struct {
		name string
		move func(s *gitServer) (theirs string)
	}{
		{"before", func(s *gitServer) string { return s.advance("y", "y") }},
		{"while it is on the way", func(s *gitServer) (theirs string) {
			s.beforePush(func() { s.advance("y", "y") })
			return ""
		}},
		{"gone", func(s *gitServer) string { s.git("update-ref", "-d", "refs/heads/main"); return "" }},
		{"back", func(s *gitServer) string {
			s.git("update-ref", "refs/heads/main", "main^")
			return s.git("rev-parse", "main")
		}},
		{"and a rule refuses it", func(s *gitServer) string {
			s.hook("pre-receive", "exit 1\n")
			s.beforePush(func() { s.advance("y", "y") })
			return ""
		}},
		{"locked", func(s *gitServer) string {
			s.beforePush(func() { writeFile(s.t, filepath.Join(s.dir, "refs/heads/main.lock"), "") })
			return s.git("rev-parse", "main")
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, tip, parent, id := ready(t, writeToken)
			theirs := tt.move(s)
			if err := tip.Push(t.Context(), "main", id, parent.ID); !errors.Is(err, ErrMoved) {
				t.Errorf("got %v", err)
			}
			now, _ := s.try("", "rev-parse", "--verify", "--quiet", "main")
			if now == id || theirs != "" && now != theirs {
				t.Errorf("it is at %s", now)
			}
		})
	}
}

// TestPushBranch: one that is not there is made, only then; one's own is
// replaced, only where it was.
func TestPushBranch(t *testing.T) {
	s, tip, parent, id := ready(t, writeToken)
	const branch = "git-anchor/proofs"
	if err := tip.Push(t.Context(), branch, id, parent.ID); !errors.Is(err, ErrMoved) {
		t.Errorf("not there, and thought there: %v", err)
	}
	if err := tip.Push(t.Context(), branch, id, ""); err != nil {
		t.Fatal(err)
	}
	other := plant(t, tip, parent, NewFile{"z.ots", nil})
	if err := tip.Push(t.Context(), branch, other, ""); !errors.Is(err, ErrMoved) {
		t.Errorf("there, and thought not there: %v", err)
	}
	if err := tip.Push(t.Context(), branch, other, id); err != nil {
		t.Errorf("replaced: %v", err)
	}
	if err := tip.Push(t.Context(), branch, other, other); err != nil {
		t.Errorf("there already: %v", err)
	}
	if got := s.git("rev-parse", branch, "main"); got != other+"\n"+parent.ID {
		t.Errorf("got %s", got)
	}
	for _, bad := range [][2]string{{"main", "x"}, {"x", ""}, {"--all", ""}} {
		if err := tip.Push(t.Context(), branch, bad[0], bad[1]); !errors.Is(err, ErrNoCommit) {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

// TestPushRejected: a rule's words reach the person, safe to show and bounded.
func TestPushRejected(t *testing.T) {
	tests := []struct{ name, script, want string }{
		{"protected branch", "echo 'error: GH006: Protected branch update failed for refs/heads/main.' >&2; echo 'error: Changes must be made through a pull request.' >&2; exit 1\n",
			"error: GH006: Protected branch update failed for refs/heads/main.\nerror: Changes must be made through a pull request."},
		{"no words", "exit 1\n", "[remote rejected] (pre-receive hook declined)"},
		{"hostile", "printf '\\033[31m::error::\\342\\200\\256x\\n' >&2; exit 1\n", `\x1b[31m::error::\u202ex`},
		{"the token", "echo " + writeToken + " >&2; exit 1\n", "***"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, tip, parent, id := ready(t, writeToken)
			s.hook("pre-receive", tt.script)
			err := tip.Push(t.Context(), "main", id, parent.ID)
			var rejected *Rejected
			if !errors.As(err, &rejected) || rejected.Words != tt.want || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v", err)
			}
			if s.git("rev-parse", "main") != parent.ID {
				t.Error("it moved")
			}
		})
	}
	s, tip, parent, id := ready(t, writeToken)
	s.hook("pre-receive", "head -c 1000000 /dev/zero | tr '\\0' 'x' | fold -w 99 >&2; exit 1\n")
	var rejected *Rejected
	if err := tip.Push(t.Context(), "main", id, parent.ID); !errors.As(err, &rejected) || len(rejected.Words) < maxStderr/2 || len(rejected.Words) > maxStderr+8 {
		t.Errorf("a flood: %v", err)
	}
}

// TestPushReadOnly: a token that may only read is said to be one.
func TestPushReadOnly(t *testing.T) {
	s, tip, parent, id := ready(t, readToken)
	err := tip.Push(t.Context(), "main", id, parent.ID)
	if !errors.Is(err, ErrUnauthorized) || !strings.Contains(err.Error(), "Write access to repository not granted.") || strings.Contains(err.Error(), readToken) {
		t.Errorf("got %v", err)
	}
	if s.git("rev-parse", "main") != parent.ID {
		t.Error("it moved")
	}
}

// TestPushAnswerLost: what landed has landed, whatever became of the answer;
// what did not is no race.
func TestPushAnswerLost(t *testing.T) {
	for _, lands := range []bool{true, false} {
		s, tip, parent, id := ready(t, writeToken)
		s.onRequest(func(w http.ResponseWriter, r *http.Request) bool {
			if !isPush(r) {
				return false
			}
			if lands {
				s.backend.ServeHTTP(httptest.NewRecorder(), r)
			}
			http.Error(w, "bad gateway", http.StatusBadGateway)
			return true
		})
		err := tip.Push(t.Context(), "main", id, parent.ID)
		if lands && err != nil || !lands && (err == nil || errors.Is(err, ErrMoved) || !strings.Contains(err.Error(), "502")) {
			t.Errorf("lands %v: %v", lands, err)
		}
		if (s.git("rev-parse", "main") == id) != lands {
			t.Errorf("lands %v: it did not", lands)
		}
	}
}

// TestPushCancelled: a server that does not answer holds nobody.
func TestPushCancelled(t *testing.T) {
	s, tip, parent, id := ready(t, writeToken)
	ctx, cancel := context.WithCancel(t.Context())
	s.onRequest(func(_ http.ResponseWriter, r *http.Request) bool {
		if !isPush(r) {
			return false
		}
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			t.Error(err)
		}
		cancel()
		select {
		case <-r.Context().Done(): // it hangs up
		case <-time.After(2 * waitDelay):
			t.Error("something still waits for the answer")
		}
		return true
	})
	if err := tip.Push(ctx, "main", id, parent.ID); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// hostileSettings are what a command that ran before could have left in every
// configuration there is; trap is a program that leaves a mark.
func hostileSettings(trap, elsewhere string, s *gitServer) [][2]string {
	host := strings.TrimSuffix(s.url, "/o/r.git")
	return [][2]string{
		{"url." + elsewhere + "/.insteadOf", host + "/"}, {"url." + elsewhere + "/.pushInsteadOf", host + "/"},
		{"http.proxy", elsewhere}, {"http." + host + ".proxy", elsewhere}, {"http.sslVerify", "false"}, {"http.followRedirects", "true"},
		{"core.sshCommand", trap}, {"core.askPass", trap}, {"core.gitProxy", trap}, {"core.alternateRefsCommand", trap}, {"core.fsmonitor", trap},
		{"core.hooksPath", filepath.Dir(trap)}, {"core.pager", trap}, {"core.editor", trap}, {"credential.helper", "!" + trap},
		{"filter.x.clean", trap}, {"filter.x.required", "true"}, {"core.attributesFile", filepath.Join(filepath.Dir(trap), "attributes")},
		{"gpg.program", trap}, {"gpg.ssh.program", trap}, {"commit.gpgSign", "true"}, {"push.gpgSign", "if-asked"},
		{"remote.origin.uploadpack", trap}, {"remote.origin.receivepack", trap}, {"remote.origin.vcs", "ext"}, {"protocol.ext.allow", "always"},
		{"diff.external", trap}, {"include.path", filepath.Join(filepath.Dir(trap), "more")},
	}
}

// trapped fills the configuration and the environment with what would run programs
// and ask other hosts, all of which would leave a mark in the file that it names.
func trapped(t *testing.T, s *gitServer, c *testRepo) (mark string) {
	t.Helper()
	mark = filepath.Join(realDir(t), "mark")
	trap := filepath.Join(realDir(t), "pre-push")
	if err := os.WriteFile(trap, []byte("#!/bin/sh\necho \"$0 $*\" >>"+mark+"\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"reference-transaction", "post-checkout", "pre-receive", "git-remote-ext"} {
		link(t, trap, filepath.Join(filepath.Dir(trap), name))
	}
	writeFile(t, filepath.Join(filepath.Dir(trap), "attributes"), "* filter=x\n")
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, err := os.OpenFile(mark, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err == nil {
			_, err = f.WriteString("asked " + r.URL.String() + " " + r.Header.Get("Authorization") + "\n")
			_ = f.Close()
		}
		http.Error(w, "trapped", http.StatusTeapot)
		if err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(other.Close)
	global := filepath.Join(os.Getenv("HOME"), ".gitconfig")
	for _, pair := range hostileSettings(trap, other.URL, s) {
		c.git("config", "--add", pair[0], pair[1])
		c.git("config", "--file", global, "--add", pair[0], pair[1])
	}
	c.git("config", "--file", global, "init.templateDir", filepath.Dir(trap))
	writeFile(t, filepath.Join(os.Getenv("HOME"), ".netrc"), "default login x password netrc\n")
	for name, value := range map[string]string{"GIT_CONFIG_GLOBAL": global, "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "http.proxy", "GIT_CONFIG_VALUE_0": other.URL, "GIT_ASKPASS": trap, "GIT_SSH_COMMAND": trap,
		"GIT_TRACE": mark, "GIT_TRACE_CURL": mark, "GIT_CURL_VERBOSE": "1", "GIT_TEMPLATE_DIR": filepath.Dir(trap), "http_proxy": other.URL, "ALL_PROXY": other.URL, "INPUT_TOKEN": writeToken} {
		t.Setenv(name, value)
	}
	return mark
}

// TestHostileConfiguration: none of it counts: no program runs, no other host
// is asked.
func TestHostileConfiguration(t *testing.T) {
	s, c := served(t, "--depth=1")
	mark := trapped(t, s, c)
	r := c.open()
	tip := s.tip(r, writeToken)
	parent := fetch(t, tip, "main")
	id := plant(t, tip, parent, NewFile{"doc.md.ots", []byte("\x00\r\n")})
	if err := tip.Push(t.Context(), "main", id, parent.ID); err != nil {
		t.Error(err)
	}
	if b, err := os.ReadFile(mark); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("trapped: %s, %v", b, err)
	}
	if _, err := s.tip(r, "geheim").Fetch(t.Context(), "main"); !errors.Is(err, ErrUnauthorized) {
		t.Errorf("an unknown token: %v", err)
	}
	if _, err := s.tip(r, "").Fetch(t.Context(), "main"); !errors.Is(err, ErrUnauthorized) {
		t.Errorf("no token: %v", err)
	}
	if b, err := os.ReadFile(mark); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("trapped, without a good token: %s, %v", b, err)
	}
	for _, request := range s.asked() {
		auth := strings.SplitN(request, " ", 3)[2]
		if auth != "" && auth != "basic "+tip.remote.basic() && auth != "basic "+s.remote("geheim").basic() {
			t.Errorf("somebody else's password: %s", request)
		}
	}
	if _, err := c.try("", "fetch", s.url, "main"); err == nil || !strings.Contains(readFile(t, mark), "asked") {
		t.Errorf("the trap does not work: %v", err)
	}
}
