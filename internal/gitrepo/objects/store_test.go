package objects

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	writeFile(t, file, nil)
	tests := []struct {
		name string
		dirs []string
		o    Options
		says string
	}{
		{"none", nil, Options{}, "no object directory given"},
		{"not there", []string{filepath.Join(dir, "x")}, Options{}, "object directory: "},
		{"no directory", []string{file}, Options{}, "invalid argument"},
		{"length of ids", []string{dir}, Options{IDLen: 21}, "object ids of 21 bytes"},
		{"an alternate not there", []string{dir, filepath.Join(dir, "x")}, Options{}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := Open(tt.dirs, tt.o)
			if tt.says == "" {
				if err != nil {
					t.Fatal(err)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			} else if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v, want %q", err, tt.says)
			}
		})
	}
}

func TestMissingAndClosed(t *testing.T) {
	s, err := Open([]string{t.TempDir()}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []ID{blobID("x"), {}, parseID(t, strings.Repeat("0", 64))} {
		if _, _, err := s.Header(t.Context(), id); !errors.Is(err, ErrMissing) {
			t.Errorf("Header %s: %v", id, err)
		}
		if _, _, err := s.Bytes(t.Context(), id, 1); !errors.Is(err, ErrMissing) {
			t.Errorf("Bytes %s: %v", id, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Bytes(t.Context(), blobID("x"), 1); !errors.Is(err, ErrClosed) {
		t.Errorf("Bytes: %v", err)
	}
	if err := s.Scan(t.Context(), ScanOptions{Kind: Blob}, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("Scan: %v", err)
	}
	if _, err := s.Prefix("0000", 1); !errors.Is(err, ErrClosed) {
		t.Errorf("Prefix: %v", err)
	}
}

func TestParseID(t *testing.T) {
	for _, s := range []string{"", "ab", strings.Repeat("a", 39), strings.Repeat("g", 40), strings.Repeat("a", 41), strings.Repeat("a", 65)} {
		if id, err := ParseID(s); err == nil {
			t.Errorf("%q: %s", s, id)
		}
	}
	for _, n := range []int{40, 64} {
		s := strings.Repeat("0a", n/2)
		if id, err := ParseID(s); err != nil || id.String() != s {
			t.Errorf("%q: %s, %v", s, id, err)
		}
	}
}

func TestSplitDirs(t *testing.T) {
	tests := []struct {
		list string
		want []string
	}{
		{"", nil},
		{"a", []string{"a"}},
		{"a\n../b/c\n\nd\n", []string{"a", "../b/c", "d"}},
		{"#a\nb\n #c", []string{"b", " #c"}},
		{`"a` + "\n" + `b"`, []string{`"a`, `b"`}},
		{`"a\nb"` + "\nc", []string{"a\nb", "c"}},
		{`"a\303\244"`, []string{"aä"}},
		{`"a"b` + "\nc", []string{`"a"b`, "c"}},
		{`""` + "\nc", []string{"c"}},
		{"'a'\n`b`", []string{"'a'", "`b`"}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, splitDirs(tt.list, '\n')); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.list, diff)
		}
	}
	list := strings.Join([]string{"a", `"b"`}, string(os.PathListSeparator))
	if diff := cmp.Diff([]string{"a", "b"}, SplitDirs(list)); diff != "" {
		t.Errorf("SplitDirs (-want +got):\n%s", diff)
	}
}

// Objects of alternates and of their alternates, as deep as git goes, by all
// spellings; a circle of them.
func TestAlternates(t *testing.T) {
	var repos []*testRepo
	want := map[ID]object{}
	for i := range maxNesting + 2 {
		r := newRepo(t)
		text := fmt.Sprintf("in %d", i)
		id := r.blob(text)
		if i <= maxNesting {
			want[id] = object{"blob", text}
		}
		repos = append(repos, r)
	}
	for i, r := range repos {
		next := repos[(i+1)%len(repos)].objects()
		line := "# a comment\n\n" + next
		switch i {
		case 0:
			rel, err := filepath.Rel(r.objects(), next)
			if err != nil {
				t.Fatal(err)
			}
			line = rel
		case 1:
			line = `"` + strings.ReplaceAll(next, "/", `\057`) + `"`
		case 2:
			line = next + "\n/not/there\n" + r.objects() + "\n"
		}
		writeFile(t, filepath.Join(r.objects(), "info/alternates"), []byte(line+"\n"))
	}
	s := openStore(t, Options{}, repos[0].objects())
	same(t, s, want)
	scanned(t, s, want)
	if got := repos[0].all(); len(got) != len(want) {
		t.Errorf("git finds %d objects, we %d", len(got), len(want))
	}
	if n := len(s.Dirs()); n != maxNesting+1 {
		t.Errorf("%d directories", n)
	}
}

func TestManyAlternates(t *testing.T) {
	dir := t.TempDir()
	var lines strings.Builder
	for i := range maxDirs {
		sub := filepath.Join(dir, "x", fmt.Sprint(i))
		if err := os.MkdirAll(sub, 0o755); err != nil {
			t.Fatal(err)
		}
		if i == maxDirs-1 {
			writeFile(t, filepath.Join(dir, "info/alternates"), []byte(lines.String()))
			openStore(t, Options{}, dir)
		}
		lines.WriteString(sub + "\n")
	}
	writeFile(t, filepath.Join(dir, "info/alternates"), []byte(lines.String()))
	if _, err := Open([]string{dir}, Options{}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("%d and one: %v", maxDirs, err)
	}
	writeFile(t, filepath.Join(dir, "info/alternates"), []byte(strings.Repeat("\n", maxAlternates)))
	openStore(t, Options{}, dir)
	writeFile(t, filepath.Join(dir, "info/alternates"), []byte(strings.Repeat("\n", maxAlternates+1)))
	if _, err := Open([]string{dir}, Options{}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a long file: %v", err)
	}
}

func TestPrefix(t *testing.T) {
	r := newRepo(t)
	r.fill(3, 30)
	r.git("repack", "-adq")
	loose := r.blob("loose")
	writeFile(t, filepath.Join(r.objects(), "pack/b.pack"), readFile(t, files(t, r.objects(), "pack/*.pack")[0]))
	writeFile(t, filepath.Join(r.objects(), "pack/b.idx"), readFile(t, files(t, r.objects(), "pack/*.idx")[0]))
	s := openStore(t, Options{}, r.objects())
	all := r.all()
	for id := range all {
		for _, n := range []int{4, 5, 39, 40} {
			prefix := id.String()[:n]
			var want []ID
			for other := range all {
				if strings.HasPrefix(other.String(), prefix) {
					want = append(want, other)
				}
			}
			want = firstIDs(want, 100)
			got, err := s.Prefix(prefix, 100)
			if err != nil || !cmp.Equal(got, want, cmp.AllowUnexported(ID{})) {
				t.Fatalf("%s: %v, %v; want %v", prefix, got, err, want)
			}
		}
	}
	if got, err := s.Prefix(loose.String()[:4], 1); err != nil || len(got) != 1 {
		t.Errorf("limit 1: %v, %v", got, err)
	}
	later := r.blob("written later")
	if got, err := s.Prefix(later.String()[:10], 10); err != nil || len(got) != 1 || got[0] != later {
		t.Errorf("later: %v, %v", got, err)
	}
	for _, digits := range []string{"", "abc", "abcg", strings.Repeat("a", 41)} {
		if got, err := s.Prefix(digits, 10); err == nil {
			t.Errorf("%q: %v", digits, got)
		}
	}
}

// Many short prefixes: each bound to its limit, by the first ids.
func TestPrefixLimit(t *testing.T) {
	var entries []rawEntry
	for i := range 20 {
		id := rawID(append([]byte{0xab, 0xcd, byte(i)}, make([]byte, 17)...))
		entries = append(entries, rawEntry{id: id, kind: Blob, data: []byte("x")})
	}
	s := openStore(t, Options{}, packDir(t, entries[:10], entries[5:]))
	for limit, want := range map[int]int{1: 1, 7: 7, 19: 19, 20: 20, 21: 20} {
		got, err := s.Prefix("abcd", limit)
		if err != nil || len(got) != want || got[want-1] != entries[want-1].id {
			t.Errorf("limit %d: %v, %v", limit, got, err)
		}
	}
}

// While git repacks without pause, nothing is missing.
func TestWhileRepacking(t *testing.T) {
	r := newRepo(t)
	r.fill(4, 40)
	want := r.all()
	rounds := 12
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(done)
		for i := range rounds {
			r.blob(fmt.Sprint("unreachable ", i))
			args := []string{"-C", r.dir, "repack", "-adfq", fmt.Sprintf("--depth=%d", i%5+1)}
			if i%3 == 2 {
				args = []string{"-C", r.dir, "repack", "-AdfFq", fmt.Sprintf("--max-pack-size=%dk", 1024)}
			}
			if out, err := r.command(args...).CombinedOutput(); err != nil {
				t.Errorf("git repack: %v\n%s", err, out)
			}
		}
	})
	var reads, scans int
	kept := openStore(t, Options{Cache: -1}, r.objects())
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		fresh, err := Open([]string{r.objects()}, Options{Cache: -1})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []*Store{kept, fresh} {
			for id, o := range want {
				reads++
				if _, data, err := s.Bytes(t.Context(), id, 1<<20); err != nil || string(data) != o.data {
					t.Fatalf("read %d: %s: %v", reads, id, err)
				}
				if reads%100 == 0 {
					runtime.Gosched()
				}
			}
			for kind := Commit; kind <= Tag; kind++ {
				scans++
				found, bad, err := collect(t, s, ScanOptions{Kind: kind})
				for id, o := range want {
					if o.kind == kind.String() && found[id] != o {
						t.Fatalf("scan %d: %s %s: %v, %v", scans, kind, id, bad[id], err)
					}
				}
				if err != nil || len(bad) > 0 {
					t.Fatalf("scan %d: %v, %v", scans, bad, err)
				}
			}
		}
		if err := fresh.Close(); err != nil {
			t.Error(err)
		}
	}
	wg.Wait()
	t.Logf("%d reads and %d scans during %d repacks", reads, scans, rounds)
}

// The cache gives what was put and forgets what was used longest ago.
func TestCache(t *testing.T) {
	c := cache{budget: 8 * (100 + cacheOverhead)}
	p := &pack{}
	if c.keeps(101) || !c.keeps(100) {
		t.Error("an eighth of the budget is the limit")
	}
	for i := range int64(8) {
		c.put(spot{p, i}, Blob, make([]byte, 100))
	}
	if _, _, ok := c.get(spot{p, 0}); !ok {
		t.Error("the first is gone though there was room")
	}
	c.put(spot{p, 8}, Blob, make([]byte, 100))
	if _, _, ok := c.get(spot{p, 1}); ok {
		t.Error("the one used longest ago is there still")
	}
	if kind, data, ok := c.get(spot{p, 0}); !ok || kind != Blob || len(data) != 100 {
		t.Error("the one used last is gone")
	}
	if c.size != c.budget || len(c.entries) != 8 {
		t.Errorf("%d bytes, %d entries", c.size, len(c.entries))
	}
}
