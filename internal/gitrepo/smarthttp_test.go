package gitrepo

import (
	"encoding/base64"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const (
	writeToken = "ghs_writeTOKEN0123456789"
	readToken  = "ghs_readTOKEN9876543210"
)

// gitServer is a real git http-backend on loopback in front of a bare
// repository, with tokens as GitHub has them.
type gitServer struct {
	*testRepo // the bare repository
	url       string

	mu       sync.Mutex
	requests []string // "<method> <path>?<query> <authorization>"
	// before runs just before a request is answered, or answers it.
	before  func(w http.ResponseWriter, r *http.Request) (answered bool)
	backend http.Handler
}

// serve makes a server whose repository is a bare clone of tr.
func serve(t *testing.T, tr *testRepo) *gitServer {
	t.Helper()
	root := realDir(t)
	bare := filepath.Join(root, "o", "r.git")
	tr.git("clone", "--quiet", "--bare", tr.dir, bare)
	s := &gitServer{testRepo: &testRepo{t, bare}}
	s.git("config", "http.receivepack", "true")
	s.git("config", "uploadpack.allowFilter", "true")
	git, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	s.backend = &cgi.Handler{Path: git, Args: []string{"http-backend"}, Stderr: os.Stderr, Env: []string{"HOME=" + root,
		"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_NOSYSTEM=1", "REMOTE_USER=x-access-token"}}
	server := httptest.NewServer(http.HandlerFunc(s.answer))
	t.Cleanup(server.Close)
	s.url = server.URL + "/o/r.git"
	return s
}

func (s *gitServer) answer(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.requests = append(s.requests, r.Method+" "+r.URL.Path+"?"+r.URL.RawQuery+" "+strings.Join(r.Header.Values("Authorization"), ", "))
	before := s.before
	s.mu.Unlock()
	basic := func(token string) string {
		return "basic " + base64.StdEncoding.EncodeToString([]byte("x-access-token:"+token))
	}
	auth := r.Header.Values("Authorization")
	switch writes := strings.Contains(r.URL.String(), "git-receive-pack"); {
	case slices.Equal(auth, []string{basic(writeToken)}):
	case slices.Equal(auth, []string{basic(readToken)}) && !writes:
	case slices.Equal(auth, []string{basic(readToken)}):
		http.Error(w, "Write access to repository not granted.", http.StatusForbidden)
		return
	default:
		w.Header().Set("WWW-Authenticate", `Basic realm="GitHub"`)
		http.Error(w, "Bad credentials", http.StatusUnauthorized)
		return
	}
	if !strings.HasPrefix(r.URL.Path, "/o/r.git/") {
		http.Error(w, "Repository not found.", http.StatusNotFound)
		return
	}
	if before == nil || !before(w, r) {
		s.backend.ServeHTTP(w, r)
	}
}

// onRequest sets what happens before a request is answered.
func (s *gitServer) onRequest(do func(w http.ResponseWriter, r *http.Request) (answered bool)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = do
}

// beforePush does something once, when a push has seen where the branches are
// and its commits are on the way.
func (s *gitServer) beforePush(do func()) {
	var once sync.Once
	s.onRequest(func(_ http.ResponseWriter, r *http.Request) bool {
		if isPush(r) {
			once.Do(do)
		}
		return false
	})
}

func isPush(r *http.Request) bool {
	return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/git-receive-pack")
}

// hook installs a hook of the server's.
func (s *gitServer) hook(name, script string) {
	s.t.Helper()
	mkdir(s.t, filepath.Join(s.dir, "hooks"))
	if err := os.WriteFile(filepath.Join(s.dir, "hooks", name), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		s.t.Fatal(err)
	}
}

// advance commits to the server's main as somebody else.
func (s *gitServer) advance(path, content string) string {
	s.t.Helper()
	blob := s.gitIn(content, "hash-object", "-w", "--stdin")
	tree := s.gitIn(s.git("ls-tree", "main")+"\n100644 blob "+blob+"\t"+path+"\n", "mktree")
	id := s.git("commit-tree", "-p", "main", "-m", "theirs", tree)
	s.git("update-ref", "refs/heads/main", id)
	return id
}

// asked lists the requests so far.
func (s *gitServer) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

func (s *gitServer) remote(token string) Remote { return Remote{URL: s.url, Token: token} }

// tip opens a Tip on the server.
func (s *gitServer) tip(r *Repo, token string) *Tip {
	s.t.Helper()
	t, err := OpenTip(s.t.(*testing.T).Context(), r, s.remote(token), os.Getenv)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := t.Close(); err != nil {
			s.t.Error(err)
		}
	})
	return t
}

// checkout clones the server's repository, as actions/checkout leaves it:
// without a way to get at the server again.
func (s *gitServer) checkout(args ...string) *testRepo {
	s.t.Helper()
	dir := filepath.Join(realDir(s.t), "checkout")
	s.git(append(append([]string{"clone", "--quiet"}, args...), "file://"+s.dir, dir)...)
	c := &testRepo{s.t, dir}
	c.git("config", "remote.origin.url", "https://github.invalid/o/r")
	return c
}
