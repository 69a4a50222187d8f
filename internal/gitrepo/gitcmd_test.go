package gitrepo

import (
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestGitEnv(t *testing.T) {
	person := map[string]string{"HOME": "/home/ann", "KEPT": "1", "GIT_DIR": "x/.git", "GIT_WORK_TREE": "/w", "GIT_PREFIX": "sub/", "GIT_ICASE_PATHSPECS": "1",
		"LC_ALL": "de_DE", "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "a.b", "GIT_CONFIG_VALUE_0": "c", "GIT_AUTHOR_NAME": "Ann"}
	environ := []string{"HOME=/root", "KEPT=1", "DROPPED=1", "GIT_PREFIX=sub/", "GIT_ICASE_PATHSPECS=1", "LC_ALL=de_DE", "EMPTY=", "GIT_COMMON_DIR=", "GIT_INDEX_FILE=",
		"GIT_OBJECT_DIRECTORY=", "GIT_ALLOW_PROTOCOL=ext", "GIT_NO_LAZY_FETCH=0"}
	got := gitEnv(environ, func(name string) string { return person[name] }, "/start")
	want := []string{"HOME=/home/ann", "KEPT=1", "EMPTY=", "GIT_DIR=/start/x/.git", "GIT_WORK_TREE=/w", "GIT_CONFIG_COUNT=1", "GIT_AUTHOR_NAME=Ann",
		"GIT_CONFIG_KEY_0=a.b", "GIT_CONFIG_VALUE_0=c", "GIT_LITERAL_PATHSPECS=1", "GIT_NO_REPLACE_OBJECTS=1", "GIT_NO_LAZY_FETCH=1",
		"GIT_ALLOW_PROTOCOL=none", "GIT_GRAFT_FILE=" + os.DevNull + "/none", "GIT_TERMINAL_PROMPT=0", "GIT_PAGER=", "LC_ALL=C"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestTail(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"verdict among hints", "hint: a\nfatal: not so\nhint: b\nerror: nor so\n", "not so; nor so"},
		{"no verdict", "one\ntwo\n", "one; two"},
		{"nothing", "", ""},
		{"escapes", "fatal: '\x1b[31m\u202e\"\\x'\n", `'\x1b[31m\u202e"\x'`},
		{"at the limit", strings.Repeat("x", maxStderr), strings.Repeat("x", maxStderr)},
		{"past it", strings.Repeat("x", maxStderr+1), strings.Repeat("x", maxStderr)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var words tail
			for _, c := range []byte(tt.in) {
				if n, err := words.Write([]byte{c}); n != 1 || err != nil {
					t.Fatal(n, err)
				}
			}
			if got := words.text(); got != tt.want {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestOutputLimit(t *testing.T) {
	for size, want := range map[int]error{maxOutput: nil, maxOutput + 1: ErrTooLarge} {
		out, err := readBounded(strings.NewReader(strings.Repeat("x", size)))
		if !errors.Is(err, want) || err == nil && len(out) != size {
			t.Errorf("%d bytes: %d, %v", size, len(out), err)
		}
	}
}

// TestConcurrent: readers share one process.
func TestConcurrent(t *testing.T) {
	tr := newRepo(t)
	for _, path := range []string{"a", "b", "c/d"} {
		tr.commit(path, strings.Repeat(path, 50_000))
	}
	r := tr.open()
	c := resolve(t, r, "HEAD")
	var wg sync.WaitGroup
	for i := range 12 {
		path := []string{"a", "b", "c/d"}[i%3]
		wg.Go(func() {
			blob, err := r.Blob(t.Context(), c, path)
			if err != nil {
				t.Error(err)
				return
			}
			got, err := blob.Bytes(t.Context())
			if err != nil || string(got) != strings.Repeat(path, 50_000) {
				t.Errorf("%s: %d bytes, %v", path, len(got), err)
			}
		})
	}
	wg.Wait()
}

func TestPersonSettings(t *testing.T) {
	tr := newRepo(t)
	tr.git("config", "--global", "anchor.explorer", "https://person.example")
	tr.git("config", "anchor.explorer", "https://repository.example")
	t.Chdir(tr.dir)
	got, err := PersonSettings(t.Context(), os.Getenv)
	if err != nil || len(got) != 1 || got[0] != [2]string{"anchor.explorer", "https://person.example"} {
		t.Errorf("%q, %v", got, err)
	}
}
