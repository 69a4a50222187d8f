package objects

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// testRepo is a real, bare repository made with the real git command.
type testRepo struct {
	t   testing.TB
	dir string
}

func newRepo(t testing.TB, initArgs ...string) *testRepo {
	t.Helper()
	r := &testRepo{t, filepath.Join(t.TempDir(), "repo")}
	r.run("", append([]string{"init", "--quiet", "--bare", r.dir}, initArgs...)...)
	return r
}

func (r *testRepo) objects() string { return filepath.Join(r.dir, "objects") }

// command keeps the machine's git configuration out.
func (r *testRepo) command(args ...string) *exec.Cmd {
	cmd := exec.Command("git", args...)
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "GIT_") && !strings.HasPrefix(kv, "HOME=") {
			cmd.Env = append(cmd.Env, kv)
		}
	}
	who := []string{"HOME=" + filepath.Dir(r.dir), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull,
		"GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@example.org", "GIT_AUTHOR_DATE=2025-08-28T10:00:00Z",
		"GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@example.org", "GIT_COMMITTER_DATE=2025-08-28T10:00:00Z"}
	cmd.Env = append(cmd.Env, who...)
	return cmd
}

func (r *testRepo) run(stdin string, args ...string) string {
	r.t.Helper()
	cmd := r.command(args...)
	cmd.Stdin = strings.NewReader(stdin)
	var words bytes.Buffer
	cmd.Stderr = &words
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatalf("git %s: %v\n%s", args, err, words.String())
	}
	return strings.TrimSuffix(string(out), "\n")
}

func (r *testRepo) git(args ...string) string {
	r.t.Helper()
	return r.run("", append([]string{"-C", r.dir}, args...)...)
}

// blob writes a loose blob.
func (r *testRepo) blob(content string) ID {
	r.t.Helper()
	return parseID(r.t, r.run(content, "-C", r.dir, "hash-object", "-w", "--stdin"))
}

func parseID(t testing.TB, s string) ID {
	t.Helper()
	id, err := ParseID(s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// object is one as git gives it.
type object struct {
	kind string
	data string
}

// all are the repository's objects, as git cat-file gives them.
func (r *testRepo) all() map[ID]object {
	r.t.Helper()
	cmd := r.command("-C", r.dir, "cat-file", "--batch-all-objects", "--batch")
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatal(err)
	}
	all := map[ID]object{}
	in := bufio.NewReader(bytes.NewReader(out))
	for {
		line, err := in.ReadString('\n')
		if err == io.EOF {
			break
		}
		f := strings.Fields(line)
		if err != nil || len(f) != 3 {
			r.t.Fatal(line, err)
		}
		size, err := strconv.Atoi(f[2])
		if err != nil {
			r.t.Fatal(err)
		}
		data := make([]byte, size+1)
		if _, err := io.ReadFull(in, data); err != nil {
			r.t.Fatal(err)
		}
		all[parseID(r.t, f[0])] = object{f[1], string(data[:size])}
	}
	if len(all) == 0 {
		r.t.Fatal("git has no objects")
	}
	return all
}

// fill commits documents that change, so that there are deltas to be made, and
// an annotated tag, an empty blob and bytes that cannot be compressed. It is
// the same for the same seed.
func (r *testRepo) fill(seed uint64, commits int) {
	r.t.Helper()
	rnd := rand.New(rand.NewPCG(seed, 0))
	var in strings.Builder
	docs := make([][]string, 5)
	data := func(s string) { fmt.Fprintf(&in, "data %d\n%s\n", len(s), s) }
	line := func() string { return fmt.Sprintf("line %d of %x", rnd.IntN(100), rnd.Uint64()) }
	for n := range commits {
		doc := &docs[rnd.IntN(len(docs))]
		for len(*doc) < 100 {
			*doc = append(*doc, line())
		}
		(*doc)[rnd.IntN(len(*doc))] = line()
		*doc = append(*doc, line())
		fmt.Fprintf(&in, "commit refs/heads/main\nmark :%d\ncommitter A <a@example.org> %d +0000\n", n+1, 1500000000+n)
		data(fmt.Sprintf("commit %d of %d", n, seed))
		for i, doc := range docs {
			fmt.Fprintf(&in, "M 100644 inline dir/doc-%d\n", i)
			data(strings.Join(doc, "\n"))
		}
		noise := make([]byte, rnd.IntN(300))
		for i := range noise {
			noise[i] = byte(rnd.Uint32())
		}
		fmt.Fprintf(&in, "M 100644 inline noise/%d\n", n)
		data(string(noise))
		in.WriteString("M 100644 inline empty\ndata 0\n\n")
	}
	fmt.Fprintf(&in, "tag v%d\nfrom :%d\ntagger A <a@example.org> 1500000000 +0000\n", seed, commits)
	data("a tag")
	r.run(in.String(), "-C", r.dir, "fast-import", "--quiet", "--force", "--depth=3")
}

func openStore(t testing.TB, o Options, dirs ...string) *Store {
	t.Helper()
	s, err := Open(dirs, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func writeFile(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(path); err != nil { // git makes its files read-only
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// files are those of dir that match, at least one.
func files(t testing.TB, dir, pattern string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(list) == 0 {
		t.Fatalf("%s/%s: %d files, %v", dir, pattern, len(list), err)
	}
	return list
}
