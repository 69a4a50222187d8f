package anchor

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
)

// A site is a repository on a server, and a clone of it.
type site struct {
	t    testing.TB
	bare string // directory of the server's repository
	work string // of the clone
	url  string
}

// files are what a commit changes; "" deletes.
type files map[string]string

func newSite(t testing.TB, first files) *site {
	t.Helper()
	t.Setenv("HOME", t.TempDir())
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "GIT_") {
			t.Setenv(name, "")
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	for _, who := range []string{"AUTHOR", "COMMITTER"} {
		t.Setenv("GIT_"+who+"_NAME", "Ann")
		t.Setenv("GIT_"+who+"_EMAIL", "ann@example.org")
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, bare: filepath.Join(dir, "site.git"), work: filepath.Join(dir, "work")}
	s.git(dir, "init", "--quiet", "--bare", "--initial-branch=main", s.bare)
	s.git(s.bare, "config", "http.receivepack", "true")
	s.git(s.bare, "config", "uploadpack.allowAnySHA1InWant", "true")
	s.git(dir, "init", "--quiet", "--initial-branch=main", s.work)
	s.git(s.work, "remote", "add", "origin", s.bare)
	s.commit(first)
	s.push("main")
	backend := filepath.Join(s.git(s.work, "--exec-path"), "git-http-backend")
	server := httptest.NewServer(&cgi.Handler{Path: backend, Env: []string{"GIT_PROJECT_ROOT=" + dir, "GIT_HTTP_EXPORT_ALL=1"}})
	t.Cleanup(server.Close)
	s.url = server.URL + "/site.git"
	return s
}

// git runs git in a directory and returns what it printed.
func (s *site) git(dir string, args ...string) string {
	s.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	var out, words bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &words
	if err := cmd.Run(); err != nil {
		s.t.Fatalf("git %q: %v: %s", args, err, words.String())
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// write changes files of the work tree.
func (s *site) write(f files) {
	s.t.Helper()
	for path, content := range f {
		full := filepath.Join(s.work, path)
		err := os.MkdirAll(filepath.Dir(full), 0o755)
		switch {
		case err != nil:
		case content == "":
			err = os.RemoveAll(full)
		default:
			err = os.WriteFile(full, []byte(content), 0o644)
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// read is a file of the work tree, "" where there is none.
func (s *site) read(path string) string {
	s.t.Helper()
	raw, err := os.ReadFile(filepath.Join(s.work, path))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		s.t.Fatal(err)
	}
	return string(raw)
}

// commit commits the whole work tree of the clone, with these changes.
func (s *site) commit(f files) string {
	s.t.Helper()
	s.write(f)
	s.git(s.work, "add", "--all", "--force")
	s.git(s.work, "commit", "--quiet", "--allow-empty", "-m", "change")
	return s.git(s.work, "rev-parse", "HEAD")
}

// push sets a branch of the server to the clone's HEAD.
func (s *site) push(branch string) {
	s.t.Helper()
	s.git(s.work, "push", "--quiet", "--force", "origin", "HEAD:refs/heads/"+branch)
}

// land commits on top of main, as somebody else does, and leaves the clone where
// it was.
func (s *site) land(branch string, f files) string {
	s.t.Helper()
	other := s.t.(*testing.T).TempDir()
	s.git(other, "clone", "--quiet", "--branch", branch, s.bare, "other")
	o := &site{t: s.t, bare: s.bare, work: filepath.Join(other, "other")}
	id := o.commit(f)
	o.push(branch)
	return id
}

// at reads a file of a branch of the server; "" where there is none.
func (s *site) at(branch, path string) string {
	s.t.Helper()
	cmd := exec.Command("git", "cat-file", "blob", branch+":"+path)
	cmd.Dir = s.bare
	out, err := cmd.Output()
	if err != nil {
		return ""
	}
	return string(out)
}

func (s *site) id(branch string) string {
	s.t.Helper()
	return s.git(s.bare, "rev-parse", "refs/heads/"+branch)
}

// changed lists what a branch of the server changes against a commit.
func (s *site) changed(from, branch string) string {
	s.t.Helper()
	return strings.ReplaceAll(s.git(s.bare, "diff-tree", "-r", "--name-only", from, branch), "\n", " ")
}

func (s *site) open() *gitrepo.Repo {
	s.t.Helper()
	r, err := gitrepo.Open(s.t.(*testing.T).Context(), gitrepo.Options{Dir: s.work})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := r.Close(); err != nil {
			s.t.Error(err)
		}
	})
	return r
}

func (s *site) session() *Session {
	s.t.Helper()
	return &Session{Repo: s.open(), Config: config.Default()}
}

func (s *site) tip() *gitrepo.Tip {
	s.t.Helper()
	tip, err := gitrepo.OpenTip(s.t.(*testing.T).Context(), nil, gitrepo.Remote{URL: s.url}, os.Getenv)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := tip.Close(); err != nil {
			s.t.Error(err)
		}
	})
	return tip
}

// promised is a proof of a document that these calendars promised something
// for.
func promised(t testing.TB, document string, calendars ...string) *ots.Proof {
	t.Helper()
	digest := sha256.Sum256([]byte(document))
	p := &ots.Proof{Hash: ots.SHA256, Digest: digest[:], Tree: &ots.Tree{Msg: digest[:]}}
	for _, name := range calendars {
		a, err := ots.PendingAt("https://" + name + ".example")
		if err != nil {
			t.Fatal(err)
		}
		op := ots.Op{Tag: ots.Append, Arg: []byte(name)}
		msg, err := op.Apply(digest[:])
		if err != nil {
			t.Fatal(err)
		}
		p.Tree.Branches = append(p.Tree.Branches, ots.Branch{Op: op, Tree: &ots.Tree{Msg: msg, Attestations: []ots.Attestation{a}}})
	}
	return p
}

func proofOf(t testing.TB, document string, calendars ...string) string {
	t.Helper()
	return string(promised(t, document, calendars...).Bytes())
}

// headersOf is a file of headers, one at each of these heights.
func headersOf(heights ...uint64) string {
	var b bitcoin.Bundle
	for _, h := range heights {
		b.Add(h, []bitcoin.Header{{}})
	}
	return string(b.Bytes())
}
