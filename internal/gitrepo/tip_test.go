package gitrepo

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func bot() Identity { return Identity{Name: "bot", Email: "bot@example.org"} }

func fetch(t testing.TB, tip *Tip, branch string) Commit {
	t.Helper()
	c, err := tip.Fetch(t.Context(), branch)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func plant(t testing.TB, tip *Tip, parent Commit, files ...NewFile) string {
	t.Helper()
	id, err := tip.Plant(t.Context(), parent, files, bot(), "Anchor\n")
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// snapshot is every file below dir with its mode and bytes.
func snapshot(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Mode().IsRegular() {
			files[path] = info.Mode().String() + readFile(t, path)
		} else {
			files[path], err = os.Readlink(path)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatal(len(files), err)
	}
	return files
}

// served is a server with a small history, and a checkout of what it had
// before its last commit.
func served(t *testing.T, cloneArgs ...string) (*gitServer, *testRepo) {
	t.Helper()
	tr := newRepo(t)
	for _, content := range []string{"1", "2", "3"} {
		tr.commit("doc.md", content)
	}
	tr.commit("d/other.md", "x")
	s := serve(t, tr)
	c := s.checkout(cloneArgs...)
	s.advance("theirs.md", "theirs")
	return s, c
}

// TestTip: a commit gets on the server's newest one whatever the checkout is
// like, and the checkout stays as it is to the last byte.
func TestTip(t *testing.T) {
	tests := []struct {
		name    string
		args    []string
		prepare func(t *testing.T, c *testRepo)
		shallow bool
	}{
		{"full", nil, nil, false},
		{"depth 1", []string{"--depth=1"}, nil, true},
		{"detached", nil, func(t *testing.T, c *testRepo) { c.git("checkout", "--quiet", "HEAD~1") }, false},
		{"work under way", nil, func(t *testing.T, c *testRepo) {
			c.write("doc.md", "edited")
			c.write("staged", "staged")
			c.git("add", "staged")
			c.write("untracked", "x")
		}, false},
		{"partial", []string{"--filter=blob:none", "--no-checkout"}, nil, true},
		{"bare", []string{"--bare"}, nil, false},
		{"damaged", nil, func(t *testing.T, c *testRepo) { remove(t, c, ".git/objects/pack") }, true},
		{"unborn", nil, func(t *testing.T, c *testRepo) { c.git("symbolic-ref", "HEAD", "refs/heads/none") }, true},
		{"none", nil, nil, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, c := served(t, tt.args...)
			if tt.prepare != nil {
				tt.prepare(t, c)
			}
			var r *Repo
			if tt.name != "none" {
				r = c.open()
			}
			before := snapshot(t, c.dir)
			tip := s.tip(r, writeToken)
			parent := fetch(t, tip, "main")
			if parent.ID != s.git("rev-parse", "main") || parent.Subject != "theirs" || tip.shallow != tt.shallow {
				t.Errorf("fetched %+v, shallow %v", parent, tip.shallow)
			}
			if got := committed(t, tip.Repo(), parent.ID, "theirs.md") + committed(t, tip.Repo(), parent.ID, "doc.md"); got != "theirs3" {
				t.Errorf("it holds %q", got)
			}
			id := plant(t, tip, parent, NewFile{"doc.md.ots", []byte("\x00")}, NewFile{"d/new/x.ots", []byte("\x01")})
			if err := tip.Push(t.Context(), "main", id, parent.ID); err != nil {
				t.Fatal(err)
			}
			if got := s.git("rev-parse", "main", "main^"); got != id+"\n"+parent.ID {
				t.Errorf("the server has %q", got)
			}
			if got := s.git("diff-tree", "-r", "--name-status", "--no-commit-id", "main"); got != "A\td/new/x.ots\nA\tdoc.md.ots" {
				t.Errorf("it changes %q", got)
			}
			s.git("fsck", "--strict")
			if d := cmp.Diff(before, snapshot(t, c.dir)); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestTipFetchesLittle: what the checkout has is not fetched again, and a
// branch that left it long ago brings one commit, not all before it.
func TestTipFetchesLittle(t *testing.T) {
	s, c := served(t, "--depth=1")
	old := s.commitOf(s.git("rev-parse", "main~3^{tree}"), s.git("rev-parse", "main~3"))
	s.git("branch", "old", old)
	tip := s.tip(c.open(), readToken)
	fetch(t, tip, "main")
	fetch(t, tip, "old")
	tr := &testRepo{t, tip.dir}
	if got := tr.git("rev-list", "--count", fetchedRef("old")); got != "1" {
		t.Errorf("%s commits", got)
	}
	// A commit, its tree and one blob of each.
	if got := tr.git("count-objects"); !strings.HasPrefix(got, "6 objects") {
		t.Errorf("fetched %s", got)
	}
	full := s.tip(s.checkout().open(), readToken)
	if c := fetch(t, full, "main"); len(c.Parents) != 1 {
		t.Errorf("got %+v", c)
	} else if _, err := full.Repo().HistoryOf(t.Context(), []string{"doc.md"}); err != nil {
		t.Errorf("a full one's history: %v", err)
	}
}

// TestTipCloses: nothing is left, and nobody else can look in.
func TestTipCloses(t *testing.T) {
	s, c := served(t)
	temp := realDir(t)
	t.Setenv("TMPDIR", temp)
	tip, err := OpenTip(t.Context(), c.open(), s.remote(writeToken), os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	parent := fetch(t, tip, "main")
	plant(t, tip, parent, NewFile{"x", nil})
	if info, err := os.Stat(tip.dir); err != nil || info.Mode().Perm() != 0o700 || filepath.Dir(tip.dir) != temp {
		t.Errorf("%s: %v, %v", tip.dir, info, err)
	}
	if err := tip.Close(); err != nil {
		t.Error(err)
	}
	if _, err := OpenTip(t.Context(), nil, Remote{URL: "file:///"}, os.Getenv); err == nil || !strings.HasSuffix(err.Error(), "it is neither https nor http") {
		t.Errorf("a bad URL: %v", err)
	}
	withoutGit(t)
	if _, err := OpenTip(t.Context(), nil, s.remote(""), os.Getenv); !errors.Is(err, ErrNoGit) {
		t.Errorf("without git: %v", err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) != 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestFetchRefused(t *testing.T) {
	s, _ := served(t)
	elsewhere := Remote{URL: strings.Replace(s.url, "/o/", "/p/", 1), Token: readToken}
	tests := []struct {
		name, branch string
		remote       Remote
		want         error
		text         string
	}{
		{"no such branch", "none", s.remote(readToken), ErrNoCommit, "the server has no such branch"},
		{"no token", "main", s.remote(""), ErrUnauthorized, "without a token"},
		{"unknown token", "main", s.remote("geheim"), ErrUnauthorized, "does not know the token"},
		{"no such repository", "main", elsewhere, nil, "no repository there, or the token may not see it"},
		{"no branch at all", "a..b", s.remote(readToken), nil, "no name of a branch"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tip, err := OpenTip(t.Context(), nil, tt.remote, os.Getenv)
			if err != nil {
				t.Fatal(err)
			}
			defer tip.Close()
			_, err = tip.Fetch(t.Context(), tt.branch)
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) || strings.Contains(err.Error(), "geheim") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestRedirect: the token goes where it was told to and nowhere else.
func TestRedirect(t *testing.T) {
	s, _ := served(t)
	var asked atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(other.Close)
	for _, code := range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		s.onRequest(nil)
		tip := s.tip(nil, writeToken)
		parent := fetch(t, tip, "main")
		id := plant(t, tip, parent, NewFile{"x", nil})
		for _, only := range []string{"GET", "POST"} {
			s.onRequest(func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method == only {
					http.Redirect(w, r, other.URL+r.URL.String(), code)
				}
				return r.Method == only
			})
			if _, err := tip.Fetch(t.Context(), "main"); err == nil || !strings.Contains(err.Error(), "elsewhere") {
				t.Errorf("fetch, %d to a %s: %v", code, only, err)
			}
			if err := tip.Push(t.Context(), "main", id, parent.ID); err == nil || !strings.Contains(err.Error(), "elsewhere") {
				t.Errorf("push, %d to a %s: %v", code, only, err)
			}
		}
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("the other server was asked %d times", n)
	}
}

// TestRacingWriters: all that want to commit do, and nothing is lost.
func TestRacingWriters(t *testing.T) {
	const writers, commits, tries = 4, 4, 200
	s, c := served(t)
	s.git("config", "receive.autoGC", "false")
	shallow := s.checkout("--depth=1").open()
	lenders := []*Repo{nil, c.open(), shallow}
	var wg sync.WaitGroup
	var moved atomic.Int32
	for w := range writers {
		tip := s.tip(lenders[w%len(lenders)], writeToken)
		wg.Go(func() {
			for i := range commits {
				file := NewFile{Path: "w" + string(rune('0'+w)) + "/" + string(rune('0'+i)) + ".ots", Data: []byte{0, byte(w), byte(i)}}
				err := ErrMoved
				for try := 0; errors.Is(err, ErrMoved) && try < tries; try++ {
					parent, fetchErr := tip.Fetch(t.Context(), "main")
					if err = fetchErr; err != nil {
						break
					}
					id, plantErr := tip.Plant(t.Context(), parent, []NewFile{file}, bot(), "Anchor\n")
					if err = plantErr; err != nil {
						break
					}
					if err = tip.Push(t.Context(), "main", id, parent.ID); err != nil {
						moved.Add(1)
					}
				}
				if err != nil {
					t.Errorf("%s: %v", file.Path, err)
				}
			}
		})
	}
	wg.Wait()
	if got := len(strings.Fields(s.git("ls-tree", "-r", "--name-only", "main"))); got != writers*commits+3 {
		t.Errorf("%d files", got)
	}
	if got := s.git("rev-list", "--count", "main"); got != fmt.Sprint(writers*commits+5) {
		t.Errorf("%s commits", got)
	}
	s.git("fsck", "--strict")
	t.Logf("%d pushes came too late", moved.Load())
}
