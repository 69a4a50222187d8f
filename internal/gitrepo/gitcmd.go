package gitrepo

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	maxOutput = 64 << 20         // bytes of a git command's output kept in memory
	waitDelay = 10 * time.Second // for a killed git's children to let go of its pipes

	// nowhere is a path at which nothing can be: below what is no directory.
	nowhere = os.DevNull + "/none"
)

// gitCommand starts git so that nothing in the repository runs.
type gitCommand struct {
	path string // of the program; empty: not installed
	env  []string
	base string // -C

	fence []string // arguments that keep git from finding another repository
}

// newGit looks for git in PATH. A git that only a relative PATH entry finds
// could come with the repository: exec.LookPath refuses it.
func newGit(getenv func(string) string, dir string) *gitCommand {
	path, err := exec.LookPath("git")
	if err != nil {
		path = ""
	}
	return &gitCommand{path: path, env: gitEnv(os.Environ(), getenv, dir)}
}

// gitEnv is the environment git gets: the person's, with paths made absolute
// (git starts elsewhere), without what would change how we speak with it.
func gitEnv(environ []string, getenv func(string) string, dir string) []string {
	names := []string{"HOME", "XDG_CONFIG_HOME", "SUDO_UID", "GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE",
		"GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM",
		"GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT", "GIT_CEILING_DIRECTORIES",
		"GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_AUTHOR_DATE", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "GIT_COMMITTER_DATE"}
	count, _ := strconv.Atoi(getenv("GIT_CONFIG_COUNT"))
	for i := range min(count, 1000) {
		names = append(names, fmt.Sprint("GIT_CONFIG_KEY_", i), fmt.Sprint("GIT_CONFIG_VALUE_", i))
	}
	set := map[string]bool{}
	var env []string
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		set[name] = true
		if v := getenv(name); v != value {
			if v == "" {
				continue
			}
			value = v
		}
		env = append(env, name+"="+value)
	}
	for _, name := range names {
		if v := getenv(name); v != "" && !set[name] {
			env = append(env, name+"="+v)
		}
	}
	kept := env[:0]
	for _, kv := range env {
		name, value, _ := strings.Cut(kv, "=")
		switch name {
		case "GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR":
			if value == "" { // git takes it for a path
				continue
			}
			kv = name + "=" + absolute(dir, value)
		case "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY":
			if value == "" {
				continue
			}
		case "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS", "GIT_CONFIG", "GIT_PREFIX",
			"GIT_LITERAL_PATHSPECS", "GIT_NO_REPLACE_OBJECTS", "GIT_OPTIONAL_LOCKS", "GIT_GRAFT_FILE",
			"GIT_NO_LAZY_FETCH", "GIT_ALLOW_PROTOCOL", "GIT_TERMINAL_PROMPT", "GIT_PAGER", "LC_ALL", "LANGUAGE":
			continue
		}
		kept = append(kept, kv)
	}
	// A partial clone would fetch what it lacks, by a program its
	// configuration names.
	return append(kept, "GIT_LITERAL_PATHSPECS=1", "GIT_NO_REPLACE_OBJECTS=1", "GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=none",
		"GIT_GRAFT_FILE="+nowhere, "GIT_TERMINAL_PROMPT=0", "GIT_PAGER=", "LC_ALL=C")
}

// settle sets where git starts, so that its own discovery finds what ours
// found or nothing.
func (g *gitCommand) settle(p place) {
	g.base = p.base
	if p.explicit {
		return
	}
	if !p.asBare {
		g.fence = []string{"-c", "safe.bareRepository=explicit"}
	}
	// An entry that follows an empty one is not resolved. One that has the
	// separator in it cannot be written.
	list := string(filepath.ListSeparator)
	if parent := filepath.Dir(p.base); !strings.Contains(parent, list) {
		g.env = append(g.env[:len(g.env):len(g.env)], "GIT_CEILING_DIRECTORIES="+list+parent)
	}
}

// command prepares git in the repository. It does not take index locks unless
// locks is set.
func (g *gitCommand) command(ctx context.Context, locks bool, args ...string) (*exec.Cmd, error) {
	if g.path == "" {
		return nil, fmt.Errorf("git %s: %w", args[0], ErrNoGit)
	}
	// A commit graph is believed unread: a forged one hides commits. An entry
	// outside the sparse checkout keeps its bit though its file is there.
	fixed := append([]string{"-C", g.base, "-c", "core.fsmonitor=false", "-c", "core.hooksPath=" + os.DevNull, "-c", "core.commitGraph=false",
		"-c", "sparse.expectFilesOutsideOfPatterns=true", "-c", "gc.auto=0", "-c", "maintenance.auto=false"}, g.fence...)
	cmd := exec.CommandContext(ctx, g.path, append(fixed, args...)...)
	cmd.Env = g.env[:len(g.env):len(g.env)]
	if locks {
		// Killed at once it would leave its lock files.
		cmd.Cancel = func() error {
			if cmd.Process.Signal(syscall.SIGTERM) == nil {
				return nil
			}
			return cmd.Process.Kill()
		}
	} else {
		cmd.Env = append(cmd.Env, "GIT_OPTIONAL_LOCKS=0")
	}
	cmd.WaitDelay = waitDelay
	return cmd, nil
}

// magicPathspecs, set last, lets a pathspec begin with ":(".
const magicPathspecs = "GIT_LITERAL_PATHSPECS=0"

// outside prepares git config where it reads no repository's.
func (g *gitCommand) outside(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, g.path, append([]string{"config", "-z"}, args...)...)
	cmd.Env = append(g.env[:len(g.env):len(g.env)], "GIT_DIR="+nowhere)
	return cmd
}

// stream runs git and hands its output to read.
func (g *gitCommand) stream(ctx context.Context, stdin []byte, read func(*bufio.Reader) error, args ...string) error {
	cmd, err := g.command(ctx, false, args...)
	if err != nil {
		return err
	}
	return run(ctx, cmd, args[0], stdin, read)
}

// output runs git and returns what it printed.
func (g *gitCommand) output(ctx context.Context, stdin []byte, args ...string) ([]byte, error) {
	var out []byte
	err := g.stream(ctx, stdin, func(r *bufio.Reader) error {
		var err error
		out, err = readBounded(r)
		return err
	}, args...)
	return out, err
}

// change is output for a command that writes to the repository.
func (g *gitCommand) change(ctx context.Context, stdin []byte, args ...string) ([]byte, error) {
	cmd, err := g.command(ctx, true, args...)
	if err != nil {
		return nil, err
	}
	var out []byte
	err = run(ctx, cmd, args[0], stdin, func(r *bufio.Reader) error {
		var err error
		out, err = readBounded(r)
		return err
	})
	return out, err
}

func readBounded(r io.Reader) ([]byte, error) {
	out, err := io.ReadAll(io.LimitReader(r, maxOutput+1))
	if err == nil && len(out) > maxOutput {
		err = fmt.Errorf("%w: git printed more than %d bytes", ErrTooLarge, maxOutput)
	}
	return out, err
}

// run starts cmd, gives its output to read and waits. An error of read ends
// the command.
func run(ctx context.Context, cmd *exec.Cmd, name string, stdin []byte, read func(*bufio.Reader) error) error {
	var words tail
	cmd.Stderr = &words
	return finish(ctx, cmd, name, stdin, &words, read)
}

// finish is run where words are collected on the way.
func finish(ctx context.Context, cmd *exec.Cmd, name string, stdin []byte, words *tail, read func(*bufio.Reader) error) error {
	if stdin != nil {
		cmd.Stdin = bytes.NewReader(stdin)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("git %s: %w", name, err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("git %s: %w", name, err)
	}
	readErr := read(bufio.NewReaderSize(out, 64<<10))
	if readErr != nil {
		err = cmd.Process.Kill()
	} else {
		_, readErr = io.Copy(io.Discard, out)
	}
	waitErr := cmd.Wait()
	if ctx.Err() != nil {
		return fmt.Errorf("git %s: %w", name, ctx.Err())
	}
	if readErr != nil {
		return errors.Join(fmt.Errorf("git %s: %w", name, readErr), err)
	}
	return exitError(name, words, waitErr)
}

// records reads NUL-terminated records.
func records(r *bufio.Reader, each func(record string) error) error { return terminated(r, 0, each) }

// lines reads lines.
func lines(r *bufio.Reader, each func(line string) error) error { return terminated(r, '\n', each) }

func terminated(r *bufio.Reader, end byte, each func(string) error) error {
	for {
		b, err := r.ReadBytes(end)
		if err == io.EOF && len(b) == 0 {
			return nil
		}
		if err == io.EOF {
			return io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		if err := each(string(b[:len(b)-1])); err != nil {
			return err
		}
	}
}
