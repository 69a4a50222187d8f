package treeanchor

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

var testKey = Key{1, 2, 3}

// file is a record whose content is its path.
func file(path string) Record { return Record{Regular, path, sha256.Sum256([]byte(path))} }

// some are n files in directories, one of them a link and one executable.
func some(n int) []Record {
	var list []Record
	for i := range n {
		list = append(list, file(fmt.Sprintf("d%d/f%03d", i%3, i)))
	}
	list[0].Mode = Symlink
	list[n-1].Mode = Executable
	return list
}

func manifest(t testing.TB, files ...Record) *Manifest {
	t.Helper()
	m, err := New(testKey, files)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// exampleRoot was computed by other software from the package comment.
const exampleRoot = "13e57d5c17c83f7c0b6a8d9cc677cdf6bf979f40ed50f06a661bf01559667f91"

// The format written out: other software must be able to follow it.
func TestWorkedExample(t *testing.T) {
	m := manifest(t, Record{Executable, "run.sh", sha256.Sum256([]byte("two"))}, Record{Regular, "a/b\n", sha256.Sum256([]byte("one"))})
	want := "git-anchor-tree 1 2 0102030000000000000000000000000000000000000000000000000000000000\n" +
		"100644 7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed a/b\n\x00" +
		"100755 3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3 run.sh\x00"
	if got := string(m.Bytes()); got != want {
		t.Errorf("%q\nexpected\n%q", got, want)
	}
	if i, found := m.Find("run.sh"); i != 1 || !found {
		t.Errorf("run.sh is record %d, %v", i, found)
	}
	if _, found := m.Find("run"); found {
		t.Error("run is found")
	}
	if got := hex.EncodeToString(m.Root()); got != exampleRoot {
		t.Errorf("root %s", got)
	}
}

// The order of the files given does not count; that of paths is by bytes.
func TestOrder(t *testing.T) {
	names := []string{"A", "a.b", "a/b", "a/b.c", "ab", "b\xff", "ü"}
	var files []Record
	for _, n := range names {
		files = append(files, file(n))
	}
	want := manifest(t, files...).Bytes()
	slices.Reverse(files)
	before := slices.Clone(files)
	m := manifest(t, files...)
	if !bytes.Equal(m.Bytes(), want) || !slices.Equal(files, before) {
		t.Error("the order given makes a difference, or was changed")
	}
	for i, r := range m.Records() {
		if r.Path != names[i] {
			t.Errorf("record %d is %q, expected %q", i, r.Path, names[i])
		}
	}
}

func TestPathLeadsToRoot(t *testing.T) {
	for n := 1; n <= 40; n++ {
		m := manifest(t, some(n)...)
		for i, r := range m.Records() {
			msg := r.Sum[:]
			for _, op := range m.Path(i) {
				var err error
				if msg, err = op.Apply(msg); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(msg, m.Root()) {
				t.Fatalf("file %d of %d leads to %x", i, n, msg)
			}
		}
	}
}

// Whatever is changed about a file changes the root.
func TestRootBindsRecords(t *testing.T) {
	files := some(5)
	roots := map[string]string{}
	add := func(name string, key Key, files []Record) {
		m, err := New(key, files)
		if err != nil {
			t.Fatal(err)
		}
		root := string(m.Root())
		if other, found := roots[root]; found {
			t.Errorf("%s and %s have one root", name, other)
		}
		roots[root] = name
	}
	change := func(i int, f func(*Record)) []Record {
		list := slices.Clone(files)
		f(&list[i])
		return list
	}
	add("as they are", testKey, files)
	add("other key", Key{9}, files)
	add("one less", testKey, files[:4])
	for i := range files {
		add(fmt.Sprint("content ", i), testKey, change(i, func(r *Record) { r.Sum[31] ^= 1 }))
		add(fmt.Sprint("path ", i), testKey, change(i, func(r *Record) { r.Path += "x" }))
		if files[i].Mode == Regular {
			add(fmt.Sprint("mode ", i), testKey, change(i, func(r *Record) { r.Mode = Executable }))
		}
	}
	if len(roots) != 3+5+5+3 {
		t.Errorf("%d roots", len(roots))
	}
}

// Files made of nodes are not leaves: with and without the byte before them,
// under any path of the tree, no record for such a file gives a node or the root.
func TestNodesAreNotLeaves(t *testing.T) {
	m := manifest(t, some(7)...)
	known := map[[32]byte]bool{}
	var forged [][]byte
	for _, level := range m.tree {
		for i, node := range level {
			known[node] = true
			if i+1 < len(level) {
				pair := append(bytes.Clone(node[:]), level[i+1][:]...)
				forged = append(forged, pair, append([]byte{nodeTag}, pair...), append([]byte{leafTag}, pair...))
			}
		}
	}
	if len(forged) == 0 || len(forged[0]) != 64 {
		t.Fatal("no pair of nodes")
	}
	for _, content := range forged {
		sum := sha256.Sum256(content)
		if len(content) == 64 && known[sum] {
			t.Error("64 bytes hash to a node")
		}
		for _, r := range m.Records() {
			for _, mode := range []Mode{Regular, Executable, Symlink} {
				alone := manifest(t, Record{mode, r.Path, sum})
				if known[alone.tree[0][0]] || known[alone.records[0].leaf()] {
					t.Fatalf("%x at %s is a leaf", content, r.Path)
				}
			}
		}
	}
}

func TestNewRefuses(t *testing.T) {
	long := strings.Repeat("d/", MaxPath/2) + "ff"
	for _, tt := range []struct {
		name  string
		files []Record
		rule  error
		text  string
	}{
		{"nothing", nil, ErrMalformed, "no files"},
		{"twice", []Record{file("a"), file("b"), file("a")}, ErrMalformed, "a stands in it twice"},
		{"submodule", []Record{{submodule, "lib", [32]byte{}}}, ErrSubmodule, "lib"},
		{"directory", []Record{{"040000", "lib", [32]byte{}}}, ErrMalformed, "mode 040000"},
		{"mode of old gits", []Record{{"100664", "a", [32]byte{}}}, ErrMalformed, "mode 100664"},
		{"no mode", []Record{{"", "a", [32]byte{}}}, ErrMalformed, "mode"},
		{"empty path", []Record{file("")}, ErrMalformed, "an empty name"},
		{"absolute", []Record{file("/a")}, ErrMalformed, "an empty name"},
		{"directory's name", []Record{file("a/")}, ErrMalformed, "an empty name"},
		{"dot", []Record{file("a/./b")}, ErrMalformed, ". in the path"},
		{"dots", []Record{file("../a")}, ErrMalformed, ".. in the path"},
		{"git", []Record{file("a/.git/config")}, ErrMalformed, ".git in the path"},
		{"Git", []Record{file(".GiT")}, ErrMalformed, ".GiT in the path"},
		{"NUL", []Record{file("a\x00b")}, ErrMalformed, "NUL"},
		{"file and directory", []Record{file("a"), file("a.b"), file("a/b")}, ErrMalformed, "a is both"},
		{"file and directory deeper", []Record{file("a/b"), file("a/b-"), file("a/b.c/d"), file("a/b/c/d")}, ErrMalformed, "a/b is both"},
		{"path too long", []Record{file(long[:MaxPath-1] + "xx")}, ErrTooLarge, "a path of 4056 bytes, at most 4055"},
		{"control characters", []Record{file("a\x1b[31m/")}, ErrMalformed, `a\x1b[31m/`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, err := New(testKey, tt.files)
			if m != nil || !errors.Is(err, tt.rule) || !strings.HasPrefix(err.Error(), "tree anchor: ") || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("%v, expected %v with %q", err, tt.rule, tt.text)
			}
		})
	}
	if _, err := New(Key{}, some(1)); !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), "zeros") {
		t.Errorf("key of zeros: %v", err)
	}
	for _, ok := range []string{"a.git", ".gitignore", "...", "a b", "-", long[:MaxPath-1] + "x", "\xff"} {
		if _, err := New(testKey, []Record{file(ok)}); err != nil {
			t.Errorf("%.20q: %v", ok, err)
		}
	}
}

// A manifest of MaxManifest bytes is made and read, one more byte is not.
func TestLargestManifest(t *testing.T) {
	if testing.Short() {
		t.Skip("64 MiB of records take seconds")
	}
	var files []Record
	dir := strings.Repeat("d", 1900)
	size := len("git-anchor-tree 1 ") + len("33893 ") + 64 + 1 // the count below has five digits
	for size < MaxManifest {
		name := fmt.Sprintf("%s/%06d", dir, len(files))
		if rest := MaxManifest - size - pathAt - 1; rest <= MaxPath {
			name += strings.Repeat("x", rest-len(name))
		}
		files = append(files, file(name))
		size += pathAt + len(name) + 1
	}
	m, err := New(testKey, files)
	if err != nil {
		t.Fatal(err)
	}
	b := m.Bytes()
	if len(b) != MaxManifest {
		t.Fatalf("%d bytes", len(b))
	}
	if _, err := Parse(b); err != nil {
		t.Fatal(err)
	}
	if _, err := Parse(append(b, 0)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one more byte: %v", err)
	}
	files[0].Path += "x"
	if _, err := New(testKey, files); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a longer path: %v", err)
	}
}

// randomFiles are up to n files under random names.
func randomFiles(r *rand.Rand, n int) []Record {
	var list []Record
	for i := range n {
		list = append(list, file(fmt.Sprintf("%x/%c%d", r.IntN(4), 'a'+rune(r.IntN(26)), i)))
	}
	return list
}
