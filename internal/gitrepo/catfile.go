package gitrepo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
)

// usageExit is git's exit code for an option it does not know.
const usageExit = 129

// catFile is one long-lived git cat-file process.
type catFile struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Reader
	words tail
}

// ask sends one name and reads the header of the answer; the bytes, when
// contents is set, and a line feed are then left in the process's output.
func (o *objectReader) ask(ctx context.Context, name string, contents bool) (header, *catFile, error) {
	if strings.ContainsAny(name, "\n\x00") {
		return header{}, nil, errMissing
	}
	line, c, err := o.exchange(ctx, name, contents)
	var e *gitError
	if errors.As(err, &e) && e.code == usageExit && !o.old {
		o.old = true
		line, c, err = o.exchange(ctx, name, contents)
	}
	if err != nil {
		return header{}, nil, err
	}
	h, err := parseHeader(line)
	return h, c, err
}

func (o *objectReader) exchange(ctx context.Context, name string, contents bool) (string, *catFile, error) {
	c, prefix, err := o.process(ctx, contents)
	if err != nil {
		return "", nil, err
	}
	stop := context.AfterFunc(ctx, c.kill)
	defer stop()
	_, err = io.WriteString(c.in, prefix+name+"\n")
	line := ""
	if err == nil {
		line, err = c.out.ReadString('\n')
	}
	if err == nil {
		return strings.TrimSuffix(line, "\n"), c, nil
	}
	exit := o.finish(c)
	switch {
	case ctx.Err() != nil:
		err = fmt.Errorf("git cat-file: %w", ctx.Err())
	case exit != nil:
		err = exit
	default:
		err = fmt.Errorf("git cat-file: %w", err)
	}
	return "", nil, err
}

// process gives the process to ask, and what to put before a name.
func (o *objectReader) process(ctx context.Context, contents bool) (c *catFile, prefix string, err error) {
	at, mode := &o.batch, "--batch-command"
	switch {
	case !o.old && contents:
		prefix = "contents "
	case !o.old:
		prefix = "info "
	case contents:
		mode = "--batch"
	default:
		at, mode = &o.check, "--batch-check"
	}
	if *at == nil {
		*at, err = o.start(ctx, mode)
	}
	return *at, prefix, err
}

// start begins a process that outlives this request: exchange and read kill it
// when the context of theirs ends.
func (o *objectReader) start(ctx context.Context, mode string) (*catFile, error) {
	cmd, err := o.git.command(context.WithoutCancel(ctx), false, "cat-file", mode)
	if err != nil {
		return nil, err
	}
	c := &catFile{cmd: cmd}
	cmd.Stderr = &c.words
	if c.in, err = cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("git cat-file: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("git cat-file: %w", err)
	}
	c.out = bufio.NewReaderSize(out, 64<<10)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("git cat-file: %w", err)
	}
	return c, nil
}

func (c *catFile) kill() {
	// The only failure is that it has ended already.
	_ = c.cmd.Process.Kill()
}

// finish lets a process end and tells how it did.
func (o *objectReader) finish(c *catFile) error {
	if o.batch == c {
		o.batch = nil
	}
	if o.check == c {
		o.check = nil
	}
	closeErr := c.in.Close()
	if err := exitError("cat-file", &c.words, c.cmd.Wait()); err != nil {
		return err
	}
	return closeErr
}

// drop ends a process in the middle of an answer.
func (o *objectReader) drop(c *catFile) {
	c.kill()
	_ = o.finish(c) // it says that it was killed
}

func (o *objectReader) close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	var errs []error
	for _, c := range []*catFile{o.batch, o.check} {
		if c != nil {
			errs = append(errs, o.finish(c))
		}
	}
	return errors.Join(errs...)
}

// parseHeader reads "<id> <kind> <size>", "<name> missing" or "<name>
// ambiguous".
func parseHeader(line string) (header, error) {
	switch {
	case strings.HasSuffix(line, " missing"):
		return header{}, errMissing
	case strings.HasSuffix(line, " ambiguous"):
		return header{}, fmt.Errorf("%w: more than one object begins so", ErrNoCommit)
	}
	if f := strings.Split(line, " "); len(f) == 3 && IsID(f[0]) {
		if size, err := strconv.ParseInt(f[2], 10, 64); err == nil && size >= 0 {
			return header{f[0], f[1], size}, nil
		}
	}
	return header{}, fmt.Errorf("git cat-file: answered %q", line)
}
