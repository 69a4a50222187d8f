package gitrepo

import (
	"context"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestOneBadFile: what is wrong with one file is that file's, and all others
// are compared.
func TestOneBadFile(t *testing.T) {
	tr := newRepo(t)
	tr.commit("doc.md", "1\n")
	tr.commit("filtered.md", "1\n")
	tr.commit("secret.md", "1\n")
	blob := tr.gitIn("x", "hash-object", "-w", "--stdin")
	long, longer := strings.Repeat("n", 253)+".ots", strings.Repeat("n", 300)
	tr.gitIn("100644 "+blob+"\t"+longer+"\n100644 "+blob+"\t"+longer+"/x\n", "update-index", "--index-info")
	tr.git("update-ref", "HEAD", tr.git("commit-tree", "-p", "HEAD", "-m", "x", tr.git("write-tree")))
	tr.write(".git/info/attributes", "filtered*.md filter=x\n")
	tr.git("config", "filter.x.clean", "false")
	tr.git("config", "filter.x.required", "true")
	for _, path := range []string{"doc.md", "filtered.md", "filtered2.md", "last.md"} {
		tr.write(path, "2\n")
	}
	if err := os.Chmod(filepath.Join(tr.dir, "secret.md"), 0); err != nil {
		t.Fatal(err)
	}
	huge := strings.Repeat("x/", maxPath/2)
	want := map[string]string{"doc.md": "head index disk edited", "last.md": "disk untracked", long: "", longer + "/x": "head index edited",
		huge + "x": "bad", "../x": "bad", "filtered.md": "bad", "filtered2.md": "bad", "secret.md": "bad"}
	if os.Geteuid() == 0 {
		want["secret.md"] = "head index disk" // root may read anything
	}
	var paths []string
	for path := range want {
		paths = append(paths, path)
	}
	r := tr.open()
	states, err := r.States(t.Context(), paths)
	if err != nil {
		t.Fatal(err)
	}
	for path, w := range want {
		s := states[path]
		if w == "bad" {
			if s.Err == nil || s.Clean() || s.Disk != "" {
				t.Errorf("%.20q: %+v", path, s)
			}
			if _, err := r.State(t.Context(), path); err == nil {
				t.Errorf("%.20q alone: no error", path)
			}
		} else if got := flags(s); s.Err != nil || got != w {
			t.Errorf("%.20q: %s, %v", path, got, s.Err)
		}
	}
	if !strings.Contains(states["filtered2.md"].Err.Error(), "filter 'x' failed") {
		t.Errorf("filter: %v", states["filtered2.md"].Err)
	}
	if _, err := r.ReadFile(long+"x", 10); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ReadFile: %v", err)
	}
	history, err := r.HistoryOf(t.Context(), paths)
	var bad PathErrors
	if !errors.As(err, &bad) || len(bad) != 2 || !errors.Is(bad["../x"], ErrBadPath) || !errors.Is(err, ErrBadPath) {
		t.Errorf("HistoryOf: %v", err)
	}
	if len(history["doc.md"]) != 1 || len(history[longer+"/x"]) != 1 {
		t.Errorf("HistoryOf: %v", history)
	}
	attributes, err := r.ProofAttributesOf(t.Context(), paths)
	if err != nil || !errors.Is(attributes["../x"], ErrBadPath) || !errors.Is(attributes["filtered.md"], ErrAttributes) || attributes["doc.md"] != nil || attributes[longer+"/x"] != nil {
		t.Errorf("ProofAttributesOf: %v, %v", attributes, err)
	}
}

// TestPathLimit: the longest path that is asked about, and one byte more.
func TestPathLimit(t *testing.T) {
	for n, want := range map[int]error{maxPath: nil, maxPath + 1: ErrBadPath} {
		if err := checkPath(strings.Repeat("xx/", n/3) + strings.Repeat("x", n%3)); !errors.Is(err, want) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

// TestDeepDirectory: one that lies too deep is named, and the rest is listed.
func TestDeepDirectory(t *testing.T) {
	tr := newRepo(t)
	blob := tr.gitIn("x", "hash-object", "-w", "--stdin")
	tree := tr.gitIn("100644 blob "+blob+"\tf\n", "mktree")
	for range maxTreeDepth {
		tree = tr.gitIn("040000 tree "+tree+"\td\n", "mktree")
	}
	tree = tr.gitIn("100644 blob "+blob+"\ta\n040000 tree "+tree+"\td\n100644 blob "+blob+"\tz\n", "mktree")
	r := tr.open()
	c := resolve(t, r, tr.git("commit-tree", "-m", "x", tree))
	got, err := r.Files(t.Context(), c, func(string) bool { return true })
	if len(got) != 2 || got[0].Path != "a" || got[1].Path != "z" {
		t.Errorf("got %v", got)
	}
	var bad PathErrors
	deep := strings.TrimSuffix(strings.Repeat("d/", maxTreeDepth+1), "/")
	if !errors.As(err, &bad) || len(bad) != 1 || !errors.Is(bad[deep], ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

// TestHistoryBomb: trees that unfold without end beside a path, and at the path
// itself, are not gone through.
func TestHistoryBomb(t *testing.T) {
	tr := newRepo(t)
	blob := tr.gitIn("x", "hash-object", "-w", "--stdin")
	for _, leaf := range []string{"", "100644 blob " + blob + "\tf\n"} {
		bomb := tr.gitIn(leaf, "mktree")
		for range 10 {
			var lines strings.Builder
			for i := range 10 {
				fmt.Fprintf(&lines, "040000 tree %s\td%d\n", bomb, i)
			}
			bomb = tr.gitIn(lines.String(), "mktree")
		}
		commit := func(lines string, parents ...string) string {
			top := tr.gitIn("040000 tree "+tr.gitIn(lines, "mktree")+"\tdocs\n", "mktree")
			args := []string{"commit-tree", "-m", "x"}
			for _, p := range parents {
				args = append(args, "-p", p)
			}
			return tr.git(append(args, top)...)
		}
		file := "100644 blob " + blob + "\ta.ots\n"
		one := commit(file)
		two := commit(file+"040000 tree "+bomb+"\tbeside\n", one)
		three := commit("040000 tree "+bomb+"\ta.ots\n", two)
		four := commit(file, three)
		tr.git("update-ref", "HEAD", commit(file, four, one))
		paths := []string{"docs/a.ots"}
		for i := range 3 * historyBatch {
			paths = append(paths, fmt.Sprintf("docs/none%d.ots", i))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		got, err := tr.open().HistoryOf(ctx, append(paths, paths...))
		if err != nil {
			t.Fatal(err)
		}
		if v := got["docs/a.ots"]; len(got) != 1 || len(v) != 2 || v[0].Commit != four || v[1].Commit != one {
			t.Errorf("got %v", got)
		}
	}
}

// TestForgedCommitGraph: one that leaves a parent out hides no former version.
func TestForgedCommitGraph(t *testing.T) {
	tr := newRepo(t)
	first := tr.commit("x.ots", "\x00former")
	tr.git("rm", "--quiet", "x.ots")
	tr.git("commit", "--quiet", "--allow-empty", "-m", "delete")
	tr.git("commit-graph", "write", "--reachable")
	file := filepath.Join(tr.dir, ".git/objects/info/commit-graph")
	b := []byte(readFile(t, file))
	chunks := int(b[6])
	for i := range chunks {
		if entry := b[8+12*i:]; string(entry[:4]) == "CDAT" {
			start, end := binary.BigEndian.Uint64(entry[4:]), binary.BigEndian.Uint64(entry[16:])
			for data := b[start:end]; len(data) >= 36; data = data[36:] {
				binary.BigEndian.PutUint32(data[20:], 0x70000000) // no parent
			}
		}
	}
	sum := sha1.Sum(b[:len(b)-20])
	copy(b[len(b)-20:], sum[:])
	remove(t, tr, ".git/objects/info/commit-graph")
	writeFile(t, file, string(b))
	if got := tr.git("rev-list", "--count", "HEAD"); got != "1" {
		t.Fatalf("the forgery does not work: %s commits", got)
	}
	got, err := tr.open().History(t.Context(), "x.ots")
	if err != nil || len(got) != 1 || got[0].Commit != first {
		t.Errorf("got %v, %v", got, err)
	}
}
