package gitrepo

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// testRepo is a real repository made with the real git command.
type testRepo struct {
	t   testing.TB
	dir string
}

// isolate keeps the machine's git configuration out.
func isolate(t *testing.T) {
	t.Helper()
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(name, "GIT_") {
			t.Setenv(name, "")
			os.Unsetenv(name)
		}
	}
	home := realDir(t)
	config := filepath.Join(home, "gitconfig")
	writeFile(t, config, "[user]\n\tname = Ann\n\temail = ann@example.org\n[init]\n\tdefaultBranch = main\n[protocol \"file\"]\n\tallow = always\n")
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", home)
	t.Setenv("GIT_CONFIG_GLOBAL", config)
	t.Setenv("GIT_CONFIG_SYSTEM", os.DevNull)
	t.Setenv("GIT_AUTHOR_DATE", "2025-08-28T10:00:00Z")
	t.Setenv("GIT_COMMITTER_DATE", "2025-08-28T12:00:00+02:00")
}

// realDir is a temporary directory without symbolic links on the way.
func realDir(t testing.TB) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func newRepo(t *testing.T, initArgs ...string) *testRepo {
	t.Helper()
	isolate(t)
	tr := &testRepo{t, filepath.Join(realDir(t), "repo")}
	if err := os.Mkdir(tr.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	tr.git(append([]string{"init", "--quiet"}, initArgs...)...)
	return tr
}

// git runs git in the repository and returns its output without the last line
// feed.
func (tr *testRepo) git(args ...string) string {
	tr.t.Helper()
	return tr.gitIn("", args...)
}

func (tr *testRepo) gitIn(stdin string, args ...string) string {
	tr.t.Helper()
	out, err := tr.try(stdin, args...)
	if err != nil {
		tr.t.Fatal(err, out)
	}
	return out
}

func (tr *testRepo) try(stdin string, args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir = tr.dir
	cmd.Env = append(os.Environ(), "GIT_LITERAL_PATHSPECS=1")
	cmd.Stdin = strings.NewReader(stdin)
	var out, words bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &words
	if err := cmd.Run(); err != nil {
		return words.String(), err
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}

func (tr *testRepo) write(path, content string) {
	tr.t.Helper()
	full := filepath.Join(tr.dir, path)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		tr.t.Fatal(err)
	}
	writeFile(tr.t, full, content)
}

// commit writes the file and commits it, and returns the commit's id.
func (tr *testRepo) commit(path, content string) string {
	tr.t.Helper()
	tr.write(path, content)
	tr.git("add", "-f", "--", path)
	tr.git("commit", "--quiet", "-m", "write "+strings.ToValidUTF8(path, "?"))
	return tr.git("rev-parse", "HEAD")
}

func (tr *testRepo) open() *Repo {
	tr.t.Helper()
	return openAt(tr.t, tr.dir)
}

func openAt(t testing.TB, dir string) *Repo {
	t.Helper()
	r, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// withoutGit lets what is opened from now on find no git.
func withoutGit(t *testing.T) {
	t.Helper()
	t.Setenv("PATH", realDir(t))
}

func resolve(t testing.TB, r *Repo, rev string) Commit {
	t.Helper()
	c, err := r.Resolve(t.Context(), rev)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// committed reads REV:path.
func committed(t testing.TB, r *Repo, rev, path string) string {
	t.Helper()
	blob, err := r.Blob(t.Context(), resolve(t, r, rev), path)
	if err != nil {
		t.Fatal(err)
	}
	b, err := blob.Bytes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func writeFile(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func readFile(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
