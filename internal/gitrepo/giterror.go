package gitrepo

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"sync"
)

// maxStderr is how much of git's words is kept for an error, in bytes.
const maxStderr = 4 << 10

// gitError is a git command that failed.
type gitError struct {
	command string
	code    int // exit code; -1: killed
	stderr  string
}

func (e *gitError) Error() string {
	if e.stderr == "" {
		return fmt.Sprintf("git %s: exit status %d", e.command, e.code)
	}
	return fmt.Sprintf("git %s: %s", e.command, e.stderr)
}

// tail keeps the first bytes of git's words.
type tail struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf.Write(p[:min(len(p), maxStderr-t.buf.Len())])
	return len(p), nil
}

// text is one line, git's own verdict where it gives one. It may quote names
// from the repository, so that nothing in it must reach a terminal raw.
func (t *tail) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(t.buf.String()), "\n")
	var verdicts []string
	for _, line := range lines {
		for _, level := range []string{"fatal: ", "error: "} {
			if rest, ok := strings.CutPrefix(line, level); ok {
				verdicts = append(verdicts, rest)
			}
		}
	}
	if verdicts == nil {
		verdicts = lines
	}
	q := strconv.QuoteToGraphic(strings.Join(verdicts, "; "))
	return strings.ReplaceAll(strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`), `\\`, `\`)
}

func exitError(name string, words *tail, err error) error {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		if err != nil {
			return fmt.Errorf("git %s: %w", name, err)
		}
		return nil
	}
	e := &gitError{command: name, code: exit.ExitCode(), stderr: words.text()}
	switch {
	case strings.Contains(e.stderr, "detected dubious ownership"):
		return fmt.Errorf("%w: %w", ErrDubiousOwner, e)
	case strings.Contains(e.stderr, "promisor remote"):
		return fmt.Errorf("an object is %w; to have it: git checkout, or git fetch --refetch --no-filter: %w", ErrMissingObject, e)
	}
	return e
}

// exitCode is the code git ended with, 0 without an error, -1 for another one.
func exitCode(err error) int {
	var e *gitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &e):
		return e.code
	}
	return -1
}
