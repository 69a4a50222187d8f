package gitrepo

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

func TestReadFile(t *testing.T) {
	tr := newRepo(t)
	tr.write("d/file", "12345")
	link(t, "file", filepath.Join(tr.dir, "d/link"))
	link(t, "d", filepath.Join(tr.dir, "linked"))
	link(t, "nowhere", filepath.Join(tr.dir, "dangling"))
	outside := filepath.Join(filepath.Dir(tr.dir), "outside")
	writeFile(t, outside, "secret")
	link(t, outside, filepath.Join(tr.dir, "escape"))
	r := tr.open()
	tests := []struct {
		path string
		max  int64
		want error
	}{
		{"d/file", 5, nil}, {"d/file", 6, nil}, {"d/file", 4, ErrTooLarge}, {"d/none", 5, fs.ErrNotExist}, {"none/file", 5, fs.ErrNotExist},
		{"d/file/x", 5, fs.ErrNotExist}, {"d", 5, ErrDirectory}, {"d/link", 5, ErrSymlink}, {"linked/file", 5, ErrSymlink}, {"dangling", 5, ErrSymlink},
		{"escape", 9, ErrSymlink}, {"../outside", 9, ErrBadPath}, {outside, 9, ErrBadPath}, {".git/config", 9, ErrBadPath}, {"", 9, ErrBadPath},
	}
	for _, tt := range tests {
		got, err := r.ReadFile(tt.path, tt.max)
		if !errors.Is(err, tt.want) || err == nil && string(got) != "12345" {
			t.Errorf("%q, %d: %q, %v", tt.path, tt.max, got, err)
		}
	}
	if _, err := newRepo(t, "--bare").open().ReadFile("x", 1); !errors.Is(err, ErrNoWorkTree) {
		t.Errorf("bare: %v", err)
	}
}

var writeTests = []struct {
	name string
	path string
	old  string // "-": must not exist
	make func(t *testing.T, tr *testRepo)
	want error
	hold string // what is there in the end; "-": no regular file
}{
	{"new", "d/x", "-", nil, nil, "data"},
	{"exists", "d/file", "-", nil, ErrExists, "old"},
	{"replaced", "d/file", "old", nil, nil, "data"},
	{"changed", "d/file", "ol", nil, ErrChanged, "old"},
	{"changed, longer", "d/file", "older", nil, ErrChanged, "old"},
	{"gone", "d/x", "old", nil, ErrChanged, "-"},
	{"empty old", "d/file", "", nil, ErrChanged, "old"},
	{"empty was there", "d/empty", "", func(t *testing.T, tr *testRepo) { tr.write("d/empty", "") }, nil, "data"},
	{"no directory", "none/at/all/x", "-", nil, nil, "data"},
	{"no directory to replace in", "none/x", "old", nil, fs.ErrNotExist, "-"},
	{"a file on the way", "d/file/x", "-", nil, fs.ErrNotExist, "-"},
	{"a link on the way to new directories", "linked/a/b/x", "-", func(t *testing.T, tr *testRepo) { link(t, "d", filepath.Join(tr.dir, "linked")) }, ErrSymlink, "-"},
	{"a name too long", "new/" + strings.Repeat("x", 256), "-", nil, syscall.ENAMETOOLONG, "-"},
	{"directory", "d", "-", nil, ErrExists, "-"},
	{"symlink", "d/link", "-", func(t *testing.T, tr *testRepo) { link(t, "file", filepath.Join(tr.dir, "d/link")) }, ErrExists, "-"},
	{"symlink replaced", "d/link", "old", func(t *testing.T, tr *testRepo) { link(t, "file", filepath.Join(tr.dir, "d/link")) }, ErrSymlink, "-"},
	{"dangling symlink", "d/link", "-", func(t *testing.T, tr *testRepo) { link(t, "nowhere", filepath.Join(tr.dir, "d/link")) }, ErrExists, "-"},
	{"symlink on the way", "linked/x", "-", func(t *testing.T, tr *testRepo) { link(t, "d", filepath.Join(tr.dir, "linked")) }, ErrSymlink, "-"},
	{"way out", "linked/x", "-", func(t *testing.T, tr *testRepo) { link(t, "..", filepath.Join(tr.dir, "linked")) }, ErrSymlink, "-"},
	{"outside", "../x", "-", nil, ErrBadPath, "-"},
	{"git's", ".git/hooks/x", "-", nil, ErrBadPath, "-"},
	{"temporary is a symlink", "d/x", "-", func(t *testing.T, tr *testRepo) {
		link(t, "file", filepath.Join(tr.dir, "d", tempName("x")))
	}, ErrNotRegular, "-"},
	{"temporary of a dead run", "d/x", "-", func(t *testing.T, tr *testRepo) { tr.write("d/"+tempName("x"), "half") }, nil, "data"},
	{"dead run, after the link", "d/file", "old", func(t *testing.T, tr *testRepo) {
		if err := os.Link(filepath.Join(tr.dir, "d/file"), filepath.Join(tr.dir, "d", tempName("file"))); err != nil {
			t.Fatal(err)
		}
	}, nil, "data"},
	{"long name", "d/" + strings.Repeat("x", 255), "-", nil, nil, "data"},
	{"odd name", "d/\xff\n", "-", nil, nil, "data"},
}

func TestWriteFile(t *testing.T) {
	for _, tt := range writeTests {
		t.Run(tt.name, func(t *testing.T) {
			tr := newRepo(t)
			tr.write("d/file", "old")
			if tt.make != nil {
				tt.make(t, tr)
			}
			old := []byte(tt.old)
			if tt.old == "-" {
				old = nil
			}
			err := tr.open().WriteFile(tt.path, []byte("data"), old)
			if !errors.Is(err, tt.want) {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			full := filepath.Join(tr.dir, tt.path)
			info, statErr := os.Lstat(full)
			if tt.hold == "-" {
				if statErr == nil && info.Mode().IsRegular() {
					t.Errorf("there is a file")
				}
			} else if got := readFile(t, full); got != tt.hold {
				t.Errorf("it holds %q", got)
			}
			if got := readFile(t, filepath.Join(tr.dir, "d/file")); tt.path != "d/file" && got != "old" {
				t.Errorf("the other file holds %q", got)
			}
			if tt.want == nil && tt.old == "-" && info.Mode().Perm() != 0o644 {
				t.Errorf("mode %v", info.Mode())
			}
			if tt.want != ErrNotRegular {
				noTemps(t, tr.dir)
			}
		})
	}
}

// noTemps: nothing of a write is left beside the files.
func noTemps(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".tmp") {
			t.Errorf("left behind: %s", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestWriteKeepsMode(t *testing.T) {
	tr := newRepo(t)
	tr.write("x", "old")
	full := filepath.Join(tr.dir, "x")
	if err := os.Chmod(full, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := tr.open().WriteFile("x", []byte("new"), []byte("old")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(full); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// TestWriteRace: of many writers that create a file, and of many that replace
// it, one wins; nobody ever sees a part.
func TestWriteRace(t *testing.T) {
	tr := newRepo(t)
	r := tr.open()
	const writers = 16
	round := 0 // who writes what is there already changes nothing, and then another one wins, too
	content := func(i int) []byte { return bytes.Repeat(fmt.Appendf(nil, "round %d writer %02d\n", round, i), 1000) }
	race := func(old []byte, lost error) []byte {
		t.Helper()
		errs := make([]error, writers)
		var wg sync.WaitGroup
		for i := range writers {
			wg.Go(func() { errs[i] = r.WriteFile("x", content(i), old) })
		}
		wg.Wait()
		won := -1
		for i, err := range errs {
			switch {
			case err == nil && won >= 0:
				t.Errorf("%d and %d both won", won, i)
			case err == nil:
				won = i
			case !errors.Is(err, lost):
				t.Errorf("%d: %v", i, err)
			}
		}
		if won < 0 {
			t.Fatal("nobody won")
		}
		got, err := r.ReadFile("x", 1<<20)
		if err != nil || !bytes.Equal(got, content(won)) {
			t.Errorf("not what %d wrote: %v", won, err)
		}
		return got
	}
	first := race(nil, ErrExists)
	round++
	race(first, ErrChanged)
	noTemps(t, tr.dir)
}
