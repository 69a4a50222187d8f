package action

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/gitrepo"
)

// A Command is the phase that runs the repository's own command. No process of
// its step has a token, and what it printed, changed or left running says
// nothing to the runner and to the steps that follow, but for files of the
// repository that the patterns allow.
type Command struct {
	Event    Event
	Session  *anchor.Session
	Getenv   func(string) string
	Environ  []string // of this process
	Out, Err io.Writer
	Note     func(format string, args ...any)
}

// A CommandError is how the repository's own command failed.
type CommandError struct{ Cause error }

func (e *CommandError) Error() string { return "before_commit: " + e.Cause.Error() }

func (e *CommandError) Unwrap() error { return e.Cause }

// leftBehind is about a command that had to be ended, and could not.
func leftBehind() error {
	return &CommandError{errors.New("it left a process behind that could not be ended")}
}

// maxLogLine is how many bytes of a line are kept together; a longer one is cut
// in two.
const maxLogLine = 64 << 10

// letGo is how long the pipes of processes that were killed may stay open.
const letGo = 10 * time.Second

// Run runs the command that INPUT_BEFORE holds in the work tree, and collects
// what it changed. The error is a *CommandError where the command failed;
// nothing is to be committed then.
func (c *Command) Run(ctx context.Context) error {
	if err := c.Event.MayWrite(); err != nil {
		return err
	}
	command, err := parseText(c.Getenv("INPUT_BEFORE"))
	if err != nil {
		return fmt.Errorf("INPUT_BEFORE: %w", err)
	}
	patterns, err := parseList(c.Getenv("INPUT_BEFORE_PATHS"))
	if err != nil {
		return fmt.Errorf("INPUT_BEFORE_PATHS: %w", err)
	}
	dir, err := temporary(c.Getenv)
	if err != nil {
		return err
	}
	left, err := adopting()
	if err != nil {
		return err
	}
	var raw []byte
	err = c.run(ctx, command)
	if err == nil {
		raw, err = c.collect(ctx, patterns)
	}
	// Whatever it set up has run by now, also what git runs to see what changed.
	// What that left running is ended before its traces are wiped out.
	err = errors.Join(err, left.end())
	if err := errors.Join(err, clearFiles(c.Getenv)); err != nil {
		return err
	}
	return writeAnew(filepath.Join(dir, extraName), raw)
}

// collect returns what the command changed and may change.
func (c *Command) collect(ctx context.Context, patterns []string) ([]byte, error) {
	extra, notes, err := c.Session.CollectExtra(ctx, patterns)
	if err := errors.Join(err, c.Session.Repo.Close()); err != nil {
		return nil, err
	}
	for _, n := range notes {
		c.Note("%s", n)
	}
	return extra.Bytes()
}

// writeAnew writes a file in the place of whatever stands there.
func writeAnew(path string, raw []byte) error {
	if err := os.RemoveAll(path); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(raw)
	return errors.Join(err, f.Close())
}

// clearFiles empties the files by which a step speaks to the runner: what the
// command wrote there would be believed.
func clearFiles(getenv func(string) string) error {
	var errs []error
	for _, name := range gitrepo.RunnersFiles() {
		errs = append(errs, empty(getenv(name)))
	}
	return errors.Join(errs...)
}

// run runs the command, and ends what it left running.
func (c *Command) run(ctx context.Context, command string) error {
	shell, err := exec.LookPath("bash")
	if err != nil {
		if shell, err = exec.LookPath("sh"); err != nil {
			return &CommandError{errors.New("there is neither bash nor sh to run it")}
		}
	}
	cmd := exec.CommandContext(ctx, shell, "-c", command)
	cmd.Dir, cmd.Env = c.Session.Repo.Top(), gitrepo.CommandEnviron(c.Environ)
	out, err := newPipe(c.Out)
	if err != nil {
		return err
	}
	defer out.close()
	errs, err := newPipe(c.Err)
	if err != nil {
		return err
	}
	defer errs.close()
	cmd.Stdout, cmd.Stderr = out.write, errs.write
	gitrepo.OwnGroup(cmd, syscall.SIGKILL)
	left, err := adopting()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return &CommandError{err}
	}
	err = cmd.Wait() // for the process alone: its pipes are files
	_ = cmd.Cancel() // what is left of its group; as a rule nothing is
	bad := left.end()
	if bad := errors.Join(bad, out.drain(), errs.drain()); bad != nil {
		return bad
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return &CommandError{err}
	}
	return nil
}

// A pipe hands what a process prints on line by line: a command of the runner's
// must not come together from pieces.
type pipe struct {
	read, write *os.File
	copied      chan error
	closed      sync.Once
}

func newPipe(to io.Writer) (*pipe, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p := &pipe{read: read, write: write, copied: make(chan error, 1)}
	go func() { p.copied <- copyLines(to, read) }()
	return p, nil
}

// copyLines ends each line, also the last one and a part of one that is too long.
func copyLines(to io.Writer, from io.Reader) error {
	lines := bufio.NewReaderSize(from, maxLogLine)
	for {
		line, err := lines.ReadSlice('\n')
		if len(line) > 0 {
			if line[len(line)-1] != '\n' {
				line = append(line[:len(line):len(line)], '\n')
			}
			if _, bad := to.Write(line); bad != nil {
				return bad
			}
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return nil // the end, or our own closing of the pipe
		}
	}
}

// drain waits for the end of what was printed. A process that got away may keep
// the pipe open.
func (p *pipe) drain() error {
	p.closeWrite()
	timer := time.NewTimer(letGo)
	defer timer.Stop()
	select {
	case err := <-p.copied:
		return err
	case <-timer.C:
		return leftBehind()
	}
}

func (p *pipe) closeWrite() { p.closed.Do(func() { p.write.Close() }) }

// close ends the reader too; what is lost then nobody waits for.
func (p *pipe) close() {
	p.closeWrite()
	p.read.Close()
}
