package gitrepo

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// A command that the repository names: what it prints is taken, and whatever goes
// wrong is said.
func TestCommand(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no sh to rely on")
	}
	tests := []struct {
		name, line, out, err string
		timeout              time.Duration // 0: an hour
	}{
		{name: "prints", line: "echo one; echo words >&2", out: "one\n"},
		{name: "at the limit", line: "printf 1234567890123456", out: "1234567890123456"},
		{name: "above the limit", line: "printf 12345678901234567", err: "it printed more than 16 bytes, and was ended"},
		{name: "floods, and hears no signal", line: "trap '' PIPE TERM; while :; do echo x; done", err: "it printed more than 16 bytes, and was ended"},
		{name: "in the top", line: "cat d/x", out: "1"},
		{name: "no input", line: "cat; echo end", out: "end\n"},
		{name: "fails", line: "echo a; exit 3", err: "exit status 3"},
		{name: "fails with words", line: "printf 'a\\033[2J' >&2; exit 3", err: `exit status 3: a\x1b[2J`},
		{name: "silent", line: "echo; echo", err: "it printed nothing"},
		{name: "hangs", line: "sleep 1000", err: "it took longer than 50ms, and was ended", timeout: 50 * time.Millisecond},
		{name: "leaves a process", line: "echo a; sleep 1000 &", err: "it left a process behind that holds its output open"},
		{name: "edits", line: "echo a; echo 2 >>d/x", err: `it wrote into the repository (files: 1): ["d/x"]`},
		{name: "edits what was edited", line: "echo a; echo 2 >>dirty", err: `it wrote into the repository (files: 1): ["dirty"]`},
		{name: "removes", line: "echo a; rm d/x new", err: `it wrote into the repository (files: 2): ["d/x" "new"]`},
		{name: "adds many", line: "echo a; for f in 1 2 3 4 5; do echo b >n$f; done", err: `it wrote into the repository (files: 5): ["n1" "n2" "n3" "n4" "n5"]`},
		{name: "adds one more", line: "echo a; for f in 1 2 3 4 5 6; do echo b >n$f; done", err: `it wrote into the repository (files: 6): ["n1" "n2" "n3" "n4" "n5"]`},
		{name: "adds", line: "echo a; git add new", err: `it wrote into the repository (files: 1): ["new"]`},
		{name: "commits", line: "echo a; git add new; git -c user.name=x -c user.email=x@x commit -q -m x", err: "it moved HEAD from "},
		{name: "puts HEAD on another branch", line: "echo a; git symbolic-ref HEAD refs/heads/twin", err: `it moved HEAD from "refs/heads/main" to "refs/heads/twin"`},
		{name: "detaches HEAD", line: "echo a; git checkout -q --detach", err: `it moved HEAD from "refs/heads/main" to ""`},
		{name: "makes a tag", line: "echo a; git tag t", err: "it made, moved or deleted a branch, a tag or another ref"},
		{name: "moves a branch", line: "echo a; git update-ref refs/heads/twin HEAD~", err: "it made, moved or deleted a branch"},
		{name: "deletes a branch", line: "echo a; git branch -q -D twin", err: "it made, moved or deleted a branch"},
		{name: "writes what is ignored", line: "echo a; echo b >ignored", out: "a\n"},
		{name: "fails and writes", line: "echo b >other; exit 1", err: `it wrote into the repository (files: 1): ["other"]`},
		{name: "environment", line: `echo "$A$GIT_DIR$MY_TOKEN$input_x$AWS_SECRET_ACCESS_KEY$GITHUB_ENV."`, out: "a.\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr := newRepo(t)
			tr.commit("d/x", "1")
			tr.commit("dirty", "1")
			tr.commit(".gitignore", "ignored\n")
			tr.git("branch", "twin")
			tr.write("dirty", "2")
			tr.write("new", "3")
			c := Command{Line: tt.line, Max: 16, Timeout: cmp.Or(tt.timeout, time.Hour), Environ: append(os.Environ(), "A=a", "MY_TOKEN=b", "input_x=c", "AWS_SECRET_ACCESS_KEY=d", "GITHUB_ENV=e")}
			out, err := tr.open().Output(t.Context(), c)
			if tt.err == "" {
				if err != nil || string(out) != tt.out {
					t.Errorf("%q, %v", out, err)
				}
				return
			}
			var failed *CommandError
			if !errors.As(err, &failed) || !strings.HasPrefix(err.Error(), tt.err) || out != nil {
				t.Errorf("%q, %v, want %s", out, err, tt.err)
			}
		})
	}
}

// Cancelled, nothing of the command is left, not what it started either.
func TestCommandCancelled(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no sh to rely on")
	}
	tr := newRepo(t)
	tr.commit("x", "1")
	fifo := filepath.Join(t.TempDir(), "alive")
	if err := exec.CommandContext(t.Context(), "mkfifo", fifo).Run(); err != nil {
		t.Fatal(err)
	}
	hold, err := os.OpenFile(fifo, os.O_RDWR, 0) // so that the next one does not wait for a writer
	if err != nil {
		t.Fatal(err)
	}
	alive, err := os.Open(fifo)
	if err != nil {
		t.Fatal(err)
	}
	defer alive.Close()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := tr.open().Output(ctx, Command{Line: "{ echo; exec sleep 1000; } >" + fifo + " & wait", Max: 16, Timeout: time.Hour, Environ: os.Environ()})
		done <- err
		hold.Close() // whether it came so far or not
	}()
	if n, err := alive.Read(make([]byte, 1)); n != 1 {
		t.Fatalf("it did not start: %v, %v", err, <-done)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if n, err := alive.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) { // when the last one that held it has let go
		t.Errorf("%d bytes, %v", n, err)
	}
}

// A file of any size is streamed, and what git would store otherwise is told.
func TestStreamAndKept(t *testing.T) {
	tr := newRepo(t)
	big := strings.Repeat("0123456789", 10_000)
	tr.commit("big", big)
	r := openAt(t, tr.dir)
	r.maxBlob = 5
	head, err := r.Resolve(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := r.Stream(t.Context(), head, "big", &got); err != nil || got.String() != big {
		t.Errorf("%d bytes, %v", got.Len(), err)
	}
	if err := r.Stream(t.Context(), head, "none", &got); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
	tr.write(".gitattributes", "*.crlf text\n*.loud filter=loud\n")
	tr.git("config", "filter.loud.clean", "tr a-z A-Z")
	for _, tt := range []struct {
		path, data string
		ok         bool
	}{
		{"a.crlf", "a\n", true}, {"a.crlf", "a\r\n", false}, {"a.loud", "A\n", true}, {"a.loud", "a\n", false}, {"a", "a\r\n", true},
	} {
		err := r.Kept(t.Context(), tt.path, []byte(tt.data))
		if tt.ok && err != nil || !tt.ok && !errors.Is(err, ErrAttributes) {
			t.Errorf("%s %q: %v", tt.path, tt.data, err)
		}
	}
	id, err := r.StoreBlob(t.Context(), []byte("a\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	if size := tr.git("cat-file", "-s", id); size != "3" {
		t.Errorf("%s bytes of %q are stored", size, "a\r\n")
	}
}
