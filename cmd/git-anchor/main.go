// Command git-anchor anchors documents kept in git to Bitcoin through
// OpenTimestamps, and checks such anchors. Installed on the PATH it is the git
// subcommand "git anchor".
//
// This package holds flags, wiring and exit codes; what a command does is in
// internal/anchor, how it is shown in internal/report.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/openllmo/git-anchor/internal/report"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// Asked for, the signal does not end the program: writing to a closed pipe
	// fails, and is an error like any other.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	code := run(ctx, os.Args[1:], stdio{os.Stdin, os.Stdout, os.Stderr}, os.Getenv)
	stop()
	os.Exit(code)
}

// stdio is where a run reads and writes.
type stdio struct {
	in       io.Reader
	out, err io.Writer
}

// run does what the arguments say and returns the exit code (exit.go).
func run(ctx context.Context, args []string, std stdio, getenv func(string) string) int {
	commands := std.out
	if getenv("GITHUB_ACTIONS") != "" {
		std.out, std.err = &runnerSafe{w: std.out}, &runnerSafe{w: std.err}
	}
	stdout := &sink{w: std.out}
	std.out = stdout
	r := &runner{stdio: std, stdout: stdout, commands: commands, getenv: getenv}
	if wantsJSON(args) {
		r.record = &report.Record{} // for an error in the flags; a command begins its own
	}
	app := r.app()
	command, arranged, err := arrange(app, args)
	r.command = command
	if r.record != nil {
		r.record.Command = command
	}
	if err == nil {
		err = app.RunContext(ctx, arranged)
	}
	return r.finish(ctx, err)
}

// A sink writes, and keeps the first error: a result that nobody got must not
// end with the exit code of a result.
type sink struct {
	w   io.Writer
	err error
}

func (s *sink) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	if s.err == nil {
		s.err = err
	}
	return n, err
}
