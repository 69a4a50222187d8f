package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// Tokens that a hub takes.
const (
	writeToken = "ghs_write0123456789"
	readToken  = "ghs_read9876543210"
)

// A hub stands in for GitHub: git's own HTTP backend before a bare repository,
// the one mutation and the few addresses of the API that we use.
type hub struct {
	ts   *testscript.TestScript
	bare string
	git  http.Handler

	mu       sync.Mutex
	requests []string
	pulls    []map[string]any
	before   func() // once, when a commit is asked for by the API
}

// startHub: hub: a bare clone of the repository here at the address that the
// environment names, and tokens $WRITE and $READ for it.
func startHub(ts *testscript.TestScript, _ []string) {
	root := filepath.Join(ts.MkAbs("."), ".home", "hub")
	h := &hub{ts: ts, bare: filepath.Join(root, "o", "r.git")}
	ts.Check(ts.Exec("git", "clone", "-q", "--bare", ".", h.bare))
	ts.Check(ts.Exec("git", "-C", h.bare, "config", "http.receivepack", "true"))
	program, err := exec.LookPath("git")
	ts.Check(err)
	h.git = &cgi.Handler{Path: program, Args: []string{"http-backend"}, Stderr: os.Stderr, Env: []string{
		"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_NOSYSTEM=1", "REMOTE_USER=x", "HOME=" + root,
	}}
	srv := httptest.NewServer(http.HandlerFunc(h.serve))
	ts.Defer(srv.Close)
	theWorld(ts).hub = h
	for name, value := range map[string]string{
		"GITHUB_SERVER_URL": srv.URL, "GITHUB_REPOSITORY": "o/r", "GITHUB_API_URL": srv.URL + "/api/v3", "GITHUB_GRAPHQL_URL": srv.URL + "/api/graphql",
		"HUB": h.bare, "WRITE": writeToken, "READ": readToken,
	} {
		ts.Setenv(name, value)
	}
}

func (h *hub) serve(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.requests = append(h.requests, r.Method+" "+r.URL.Path+" "+r.URL.RawQuery)
	if strings.HasPrefix(r.URL.Path, "/api/") {
		h.api(w, r)
		return
	}
	auth := r.Header.Get("Authorization")
	basic := func(token string) string {
		return "basic " + base64.StdEncoding.EncodeToString([]byte("x-access-token:"+token))
	}
	switch writes := strings.Contains(r.URL.String(), "git-receive-pack"); {
	case auth == basic(writeToken), auth == basic(readToken) && !writes:
		h.git.ServeHTTP(w, r)
	case auth == basic(readToken):
		http.Error(w, "Write access to repository not granted.", http.StatusForbidden)
	default:
		w.Header().Set("WWW-Authenticate", `Basic realm="GitHub"`)
		http.Error(w, "Bad credentials", http.StatusUnauthorized)
	}
}

func (h *hub) api(w http.ResponseWriter, r *http.Request) {
	var body map[string]any
	if r.Method != http.MethodGet {
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	auth, number := r.Header.Get("Authorization"), 0
	_, err := fmt.Sscanf(r.URL.Path, "/api/v3/repos/o/r/pulls/%d", &number)
	answer := any(map[string]any{"message": "Not Found"})
	status := http.StatusOK
	switch {
	case auth != "Bearer "+writeToken:
		status, answer = http.StatusForbidden, map[string]any{"message": "Resource not accessible by integration"}
	case r.URL.Path == "/api/graphql":
		answer = h.mutate(body)
	case r.URL.Path == "/api/v3/repos/o/r/pulls" && r.Method == http.MethodGet:
		answer = h.open(r.URL.Query().Get("head"), r.URL.Query().Get("base"))
	case r.URL.Path == "/api/v3/repos/o/r/pulls" && r.Method == http.MethodPost:
		body["number"], body["html_url"] = len(h.pulls)+1, "http://x/pull/1"
		h.pulls = append(h.pulls, body)
		status, answer = http.StatusCreated, body
	case err == nil && r.Method == http.MethodPatch:
		for k, v := range body {
			h.pulls[number-1][k] = v
		}
		answer = h.pulls[number-1]
	default:
		status = http.StatusNotFound
	}
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(answer)
}

func (h *hub) open(head, base string) []map[string]any {
	list := []map[string]any{}
	for _, p := range h.pulls {
		if "o:"+fmt.Sprint(p["head"]) == head && p["base"] == base && p["state"] == nil {
			list = append(list, p)
		}
	}
	return list
}

// mutate does createCommitOnBranch, if the branch is where it is expected.
func (h *hub) mutate(body map[string]any) any {
	fail := func(kind, text string) any {
		return map[string]any{"data": map[string]any{"createCommitOnBranch": nil}, "errors": []any{map[string]any{"type": kind, "message": text}}}
	}
	input := body["variables"].(map[string]any)["input"].(map[string]any)
	branch := input["branch"].(map[string]any)
	if branch["repositoryNameWithOwner"] != "o/r" {
		return fail("NOT_FOUND", "Could not resolve to a Repository")
	}
	if before := h.before; before != nil {
		h.before = nil
		before()
	}
	dir, err := os.MkdirTemp("", "hub-")
	if err != nil {
		return fail("INTERNAL", err.Error())
	}
	defer os.RemoveAll(dir)
	git := func(args ...string) string {
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_AUTHOR_NAME=GitHub", "GIT_AUTHOR_EMAIL=noreply@github.com", "GIT_COMMITTER_NAME=GitHub", "GIT_COMMITTER_EMAIL=noreply@github.com")
		out, err := cmd.Output()
		if err != nil {
			h.ts.Logf("git %v: %v", args, err)
		}
		return strings.TrimSpace(string(out))
	}
	name := branch["branchName"].(string)
	git("clone", "-q", "--branch", name, h.bare, ".")
	if head := git("rev-parse", "HEAD"); head != input["expectedHeadOid"] {
		return fail("STALE_DATA", fmt.Sprintf("Expected branch to point to %q but it did not. Pull and try again.", input["expectedHeadOid"]))
	}
	for _, a := range input["fileChanges"].(map[string]any)["additions"].([]any) {
		file := a.(map[string]any)
		raw, err := base64.StdEncoding.DecodeString(file["contents"].(string))
		path := filepath.Join(dir, filepath.FromSlash(file["path"].(string)))
		if err == nil {
			err = os.MkdirAll(filepath.Dir(path), 0o755)
		}
		if err == nil {
			err = os.WriteFile(path, raw, 0o644)
		}
		if err != nil {
			return fail("UNPROCESSABLE", err.Error())
		}
	}
	git("add", "-A")
	git("commit", "-q", "-m", input["message"].(map[string]any)["headline"].(string))
	git("push", "-q", "origin", "HEAD:refs/heads/"+name)
	return map[string]any{"data": map[string]any{"createCommitOnBranch": map[string]any{"commit": map[string]any{"oid": git("rev-parse", "HEAD")}}}}
}

// hubAsked: hubasked N REGEXP: so many requests "METHOD PATH QUERY" match.
func hubAsked(ts *testscript.TestScript, args []string) {
	h := theWorld(ts).hub
	h.mu.Lock()
	defer h.mu.Unlock()
	var got []string
	for _, r := range h.requests {
		if regexp.MustCompile(args[1]).MatchString(r) {
			got = append(got, r)
		}
	}
	if fmt.Sprint(len(got)) != args[0] {
		ts.Fatalf("%d requests match %s, want %s:\n%s", len(got), args[1], args[0], strings.Join(h.requests, "\n"))
	}
}

// pulled: pulled N [KEY=REGEXP]…: so many pull requests were made, and the last
// one has these values.
func pulled(ts *testscript.TestScript, args []string) {
	h := theWorld(ts).hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if fmt.Sprint(len(h.pulls)) != args[0] {
		ts.Fatalf("%d pull requests, want %s: %v", len(h.pulls), args[0], h.pulls)
	}
	for _, arg := range args[1:] {
		key, want, _ := strings.Cut(arg, "=")
		if got := fmt.Sprint(h.pulls[len(h.pulls)-1][key]); !regexp.MustCompile(want).MatchString(got) {
			ts.Fatalf("%s is %q, want %s", key, got, want)
		}
	}
}

// overtake: overtake FILE: once, just before the API makes a commit, somebody
// else pushes one that adds FILE.
func overtake(ts *testscript.TestScript, args []string) {
	h := theWorld(ts).hub
	work := filepath.Join(filepath.Dir(filepath.Dir(h.bare)), "other")
	ts.Check(ts.Exec("git", "clone", "-q", h.bare, work))
	h.before = func() {
		for _, line := range [][]string{
			{"sh", "-c", "echo other >" + args[0]}, {"git", "add", args[0]},
			{"git", "-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-q", "-m", "other"}, {"git", "push", "-q"},
		} {
			cmd := exec.Command(line[0], line[1:]...)
			cmd.Dir = work
			if out, err := cmd.CombinedOutput(); err != nil {
				ts.Logf("%v: %v: %s", line, err, out)
			}
		}
	}
}
