package gitrepo

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// letGo is how long a command's pipes may stay open once it has ended.
const letGo = time.Second

// maxTouched is how many files are named that a command wrote.
const maxTouched = 5

// A Command is one that the repository's configuration names, which the person
// allowed to run.
type Command struct {
	Line    string        // for sh -c
	Max     int           // bytes that it may print
	Timeout time.Duration // for all of it
	Environ []string      // of this process; CommandEnviron says what of it the command gets
}

// A CommandError is how such a command failed; its text may quote what the
// command printed, fit to be shown.
type CommandError struct{ Text string }

func (e *CommandError) Error() string { return e.Text }

func commandFailed(format string, args ...any) error {
	return &CommandError{fmt.Sprintf(format, args...)}
}

// Output runs the command in the top of the work tree and returns what it
// printed. The error is a *CommandError where it failed, was silent, printed or
// took too much, or where afterwards the repository is not as it was: HEAD points
// elsewhere, a ref was made, moved or deleted, or git status names other files, or
// they hold something else. Not looked at are what git ignores or was told to
// assume unchanged, and the rest of the git directory: configuration, hooks,
// attributes, excludes. Where there are process groups, on Unix, every process of
// the command's was sent SIGKILL by then; nothing waits for those that it started,
// and one that left the group goes on, and may write later.
func (r *Repo) Output(ctx context.Context, c Command) ([]byte, error) {
	before, err := r.condition(ctx)
	if err != nil {
		return nil, err
	}
	out, failed := c.run(ctx, r.top)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	after, err := r.condition(ctx)
	if err != nil {
		return nil, err
	}
	if err := before.compare(after); err != nil {
		return nil, err
	}
	return out, failed
}

// run runs the command and kills what is left of its process group.
func (c Command) run(ctx context.Context, dir string) ([]byte, error) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		return nil, commandFailed("there is no sh to run it: %v", err)
	}
	late := commandFailed("it took longer than %s, and was ended", c.Timeout)
	ctx, cancel := context.WithTimeoutCause(ctx, c.Timeout, late)
	defer cancel()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	cmd := exec.CommandContext(ctx, shell, "-c", c.Line)
	cmd.Dir, cmd.Env, cmd.WaitDelay = dir, CommandEnviron(c.Environ), letGo
	var words tail
	out := &bounded{max: c.Max, full: func() { stop(commandFailed("it printed more than %d bytes, and was ended", c.Max)) }}
	cmd.Stdout, cmd.Stderr = out, &words
	OwnGroup(cmd, syscall.SIGKILL)
	if err := cmd.Start(); err != nil {
		return nil, commandFailed("%v", err)
	}
	err = cmd.Wait()
	if cmd.Cancel != nil {
		_ = cmd.Cancel() // what is left of its group; as a rule nothing is
	}
	switch cause := context.Cause(ctx); {
	case errors.Is(err, exec.ErrWaitDelay):
		return nil, commandFailed("it left a process behind that holds its output open")
	case cause != nil:
		return nil, cause
	case err != nil && words.text() != "":
		return nil, commandFailed("%v: %s", err, words.text())
	case err != nil:
		return nil, commandFailed("%v", err)
	case len(bytes.TrimSpace(out.buf.Bytes())) == 0:
		return nil, commandFailed("it printed nothing")
	}
	return out.buf.Bytes(), nil
}

// bounded keeps what is written to it, up to max bytes; of more it tells.
type bounded struct {
	buf  bytes.Buffer
	max  int
	full func()
}

func (b *bounded) Write(p []byte) (int, error) {
	if len(p) > b.max-b.buf.Len() {
		b.full()
		return 0, io.ErrShortWrite
	}
	return b.buf.Write(p)
}

// A condition is what a command must leave as it is.
type condition struct {
	head   string
	branch string            // that HEAD points to, "" where it is detached
	refs   [sha256.Size]byte // of all refs, with what they point to
	files  map[string]State  // that differ from HEAD, or are new
}

func (r *Repo) condition(ctx context.Context) (condition, error) {
	head, err := r.Resolve(ctx, "HEAD")
	if err != nil {
		return condition{}, err
	}
	now := condition{head: head.ID}
	branch, err := r.git.output(ctx, nil, "symbolic-ref", "--quiet", "HEAD")
	if err != nil && exitCode(err) != 1 { // detached
		return condition{}, err
	}
	now.branch = strings.TrimSuffix(string(branch), "\n")
	refs := sha256.New()
	if err := r.git.stream(ctx, nil, func(out *bufio.Reader) error {
		_, err := io.Copy(refs, out)
		return err
	}, "for-each-ref", "--format=%(refname)%00%(objectname)%00%(symref)"); err != nil {
		return condition{}, err
	}
	refs.Sum(now.refs[:0])
	paths, err := r.Dirty(ctx)
	if err != nil {
		return condition{}, err
	}
	now.files, err = r.States(ctx, paths)
	return now, err
}

// compare says what a command did to HEAD, refs and files.
func (c condition) compare(now condition) error {
	if c.head != now.head {
		return commandFailed("it moved HEAD from %s to %s", c.head, now.head)
	}
	if c.branch != now.branch {
		return commandFailed("it moved HEAD from %q to %q", c.branch, now.branch)
	}
	if c.refs != now.refs {
		return commandFailed("it made, moved or deleted a branch, a tag or another ref (git for-each-ref lists them)")
	}
	var touched []string
	for _, path := range slices.Sorted(maps.Keys(now.files)) {
		if was, there := c.files[path]; !there || !was.same(now.files[path]) {
			touched = append(touched, path)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(c.files)) {
		if _, there := now.files[path]; !there {
			touched = append(touched, path)
		}
	}
	if n := len(touched); n > 0 {
		return commandFailed("it wrote into the repository (files: %d): %q", n, touched[:min(n, maxTouched)])
	}
	return nil
}

// same compares states, of what cannot be compared by the reason.
func (s State) same(t State) bool {
	if s.Err != nil && t.Err != nil && s.Err.Error() == t.Err.Error() {
		s.Err, t.Err = nil, nil
	}
	return s == t
}
