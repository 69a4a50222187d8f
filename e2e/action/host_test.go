package action

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	owner      = "owner"
	repository = owner + "/name"

	maxRequest = 16 << 20         // bytes of a body
	patience   = 90 * time.Second // for runs that are to meet
)

// A host stands in for GitHub: git over HTTPS for one repository, with tokens
// and protected branches, createCommitOnBranch and pull requests. It logs all
// it is asked for.
type host struct {
	t    *testing.T
	url  string // https://127.0.0.1:PORT
	cert string // file of the certificate that its clients must trust
	bare string // the repository
	cgi  cgi.Handler

	client *http.Client // that trusts the host

	// Its tokens, which no other host has.
	mayWrite, mayRead string

	mu       sync.Mutex
	requests []request
	pulls    []pull
	atPush   func()        // called once, before the next push is looked at
	awaited  int           // pushes that are still to come before any goes on
	gathered chan struct{} // closed once they have
}

// A request is a line of the log.
type request struct {
	what  string // "POST /owner/name/git-receive-pack"
	token string // that came with it, "" for none
}

// newHost starts a host with an empty repository.
func newHost(t *testing.T) *host {
	t.Helper()
	dir := t.TempDir()
	programs, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		t.Fatal(err)
	}
	h := &host{t: t, bare: filepath.Join(dir, repository+".git"), cert: filepath.Join(dir, "cert.pem")}
	h.cgi = cgi.Handler{
		Path:   filepath.Join(strings.TrimSpace(string(programs)), "git-http-backend"),
		Env:    []string{"GIT_PROJECT_ROOT=" + dir, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null"},
		Stderr: io.Discard,
	}
	h.git("init", "-q", "--bare", "--initial-branch=main", h.bare)
	for _, pair := range []string{"http.receivepack=true", "uploadpack.allowAnySHA1InWant=true", "receive.denyDeletes=false"} {
		key, value, _ := strings.Cut(pair, "=")
		h.git("-C", h.bare, "config", key, value)
	}
	write(t, filepath.Join(h.bare, "hooks", "pre-receive"), protection, 0o755)
	server := httptest.NewTLSServer(h)
	t.Cleanup(server.Close)
	h.url, h.client = server.URL, server.Client()
	_, port, _ := strings.Cut(h.url, "127.0.0.1:")
	h.mayWrite, h.mayRead = "ghs-may-write-at-"+port, "ghs-may-only-read-at-"+port
	write(t, h.cert, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})), 0o644)
	return h
}

// protection refuses pushes to the branches named in the file "protected", in
// GitHub's words.
const protection = `#!/bin/sh
while read -r old new ref; do
	if grep -qxF "$ref" protected 2>/dev/null; then
		echo "error: GH006: Protected branch update failed for $ref." >&2
		echo "error: Changes must be made through a pull request." >&2
		exit 1
	fi
done
`

// protect lets nobody push to a branch any more.
func (h *host) protect(branch string) {
	write(h.t, filepath.Join(h.bare, "protected"), "refs/heads/"+branch+"\n", 0o644)
}

// git runs git as the host's own, and returns what it prints.
func (h *host) git(args ...string) string {
	h.t.Helper()
	return git(h.t, "", nil, args...)
}

// head is the commit that a branch is at, "" where there is none.
func (h *host) head(branch string) string {
	h.t.Helper()
	return strings.TrimSpace(h.git("-C", h.bare, "for-each-ref", "--format=%(objectname)", "refs/heads/"+branch))
}

// show is a file at a revision.
func (h *host) show(revision, path string) []byte {
	h.t.Helper()
	return []byte(h.git("-C", h.bare, "cat-file", "blob", revision+":"+path))
}

// changed are the paths that a commit changes, by its only parent.
func (h *host) changed(revision string) []string {
	h.t.Helper()
	names := h.git("-C", h.bare, "diff-tree", "-r", "-z", "--no-commit-id", "--name-only", revision+"^", revision)
	return strings.FieldsFunc(names, func(r rune) bool { return r == 0 })
}

// asked are the requests whose "METHOD PATH" matches.
func (h *host) asked(pattern string) []request {
	re := regexp.MustCompile(pattern)
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(h.requests), func(r request) bool { return !re.MatchString(r.what) })
}

// beforePush has f done once, when the next push begins.
func (h *host) beforePush(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.atPush = f
}

// gather lets pushes wait until n of them have come.
func (h *host) gather(n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.awaited, h.gathered = n, make(chan struct{})
}

// ServeHTTP is any request to the host.
func (h *host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	r.Body, r.ContentLength, r.TransferEncoding = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
	token := tokenOf(r)
	h.mu.Lock()
	h.requests = append(h.requests, request{what: r.Method + " " + r.URL.RequestURI(), token: token})
	h.mu.Unlock()
	switch path, ours := strings.CutPrefix(r.URL.Path, "/"+repository); {
	case r.URL.Path == "/api/graphql":
		h.graphql(w, token, body)
	case strings.HasPrefix(r.URL.Path, "/api/v3/repos/"+repository+"/pulls"):
		h.rest(w, r, token, body)
	case ours && strings.HasPrefix(strings.TrimPrefix(path, ".git"), "/"):
		h.serveGit(w, r, token, strings.TrimPrefix(path, ".git"))
	default:
		http.NotFound(w, r)
	}
}

// tokenOf is the token that a request carries, as git or an API client sends it.
func tokenOf(r *http.Request) string {
	if user, token, ok := r.BasicAuth(); ok && user == "x-access-token" {
		return token
	}
	kind, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(kind, "bearer") || strings.EqualFold(kind, "token") {
		return token
	}
	return strings.TrimSpace(r.Header.Get("Authorization"))
}

// serveGit answers git: anybody may read, a token that is sent must be known,
// and pushing takes one that may write.
func (h *host) serveGit(w http.ResponseWriter, r *http.Request, token, path string) {
	pushes := path == "/git-receive-pack" || r.URL.Query().Get("service") == "git-receive-pack"
	switch {
	case token != "" && !h.knows(token), pushes && token == "":
		w.Header().Set("WWW-Authenticate", `Basic realm="GitHub"`)
		http.Error(w, "invalid credentials", http.StatusUnauthorized)
		return
	case pushes && token == h.mayRead:
		http.Error(w, "Write access to repository not granted.", http.StatusForbidden)
		return
	}
	if r.Method == http.MethodPost && path == "/git-receive-pack" {
		h.pushing()
	}
	r.URL.Path = "/" + repository + ".git" + path
	backend := h.cgi
	if pushes {
		backend.Env = append(slices.Clip(backend.Env), "REMOTE_USER="+owner)
	}
	backend.ServeHTTP(w, r)
}

// pushing does what a test wanted done at a push.
func (h *host) pushing() {
	h.mu.Lock()
	first, gathered := h.atPush, h.gathered
	h.atPush = nil
	if h.awaited > 0 {
		if h.awaited--; h.awaited == 0 {
			close(h.gathered)
		}
	}
	h.mu.Unlock()
	if first != nil {
		first()
	}
	if gathered == nil {
		return
	}
	select {
	case <-gathered:
	case <-time.After(patience):
		h.t.Errorf("no other run came to push within %v", patience)
	}
}

// knows reports whether a token is one of the host's.
func (h *host) knows(token string) bool { return token == h.mayRead || token == h.mayWrite }

// basic is how git sends a token.
func basic(token string) string {
	return base64.StdEncoding.EncodeToString([]byte("x-access-token:" + token))
}
