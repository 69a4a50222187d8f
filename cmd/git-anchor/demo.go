package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/devnet"
	"github.com/openllmo/git-anchor/internal/fetch"
)

// demoDocument is a LIP of our own text.
//
//go:embed demo-lip.md
var demoDocument []byte

const demoPath = "content/spec/lips/lip-0001.md"

func (r *runner) demoCommand() *cli.Command {
	return &cli.Command{
		Name:        "demo",
		Usage:       "show the whole life of an anchor in a temporary repository, without any network",
		Description: "Commits a document, stamps it, mines blocks on a local chain, upgrades and verifies the proof, then edits the document\nand shows that it fails. Every step is a command you could type.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "keep", Usage: "work in `DIR`, which must not exist yet, and leave it there"},
		},
		Action: r.demo,
	}
}

func (r *runner) demo(c *cli.Context) (err error) {
	if c.NArg() > 0 {
		return usage("demo takes no operand: %q", c.Args().First())
	}
	dir, cleanup, err := demoDirectory(c.String("keep"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cleanup()) }()
	net, err := devnet.Start(devnet.Options{Immediate: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, net.Close()) }()
	d, err := r.newDemo(dir, net)
	if err != nil {
		return err
	}
	if err := d.play(c.Context); err != nil {
		return err
	}
	if c.String("keep") != "" {
		fmt.Fprintf(r.out, "\nThe repository is left in %s; its local calendar and chain are gone.\n", dir)
	}
	return nil
}

// demoDirectory makes the directory of the demo and says how to leave it.
func demoDirectory(keep string) (dir string, cleanup func() error, err error) {
	if keep == "" {
		dir, err = os.MkdirTemp("", "git-anchor-demo-")
		return dir, func() error { return os.RemoveAll(dir) }, err
	}
	if err := os.Mkdir(keep, 0o755); err != nil {
		return "", nil, err
	}
	dir, err = filepath.Abs(keep)
	return dir, func() error { return nil }, err
}

// A demo is a repository and what its steps run with.
type demo struct {
	out  io.Writer
	raw  io.Writer // what out writes to, for programs that look for a terminal
	repo string
	self string // this very program
	env  []string
	net  *devnet.Net
}

// A step is one line of the demo: words, or a command and its exit code.
type step struct {
	say  string
	args []string                    // a command line, as typed
	want int                         // its exit code
	do   func(context.Context) error // instead of running it as a child process
}

func (r *runner) newDemo(dir string, net *devnet.Net) (*demo, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	d := &demo{out: r.out, raw: r.stdout.w, repo: dir, self: self, net: net}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(strings.ToUpper(v), "GIT_") {
			d.env = append(d.env, v)
		}
	}
	d.env = append(d.env,
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull,
		"GIT_AUTHOR_NAME=Demo", "GIT_AUTHOR_EMAIL=demo@example.org",
		"GIT_COMMITTER_NAME=Demo", "GIT_COMMITTER_EMAIL=demo@example.org")
	return d, nil
}

// steps is the whole life of an anchor.
func (d *demo) steps() []step {
	stamp := []string{"git", "anchor", "--network", "regtest"}
	list := []step{
		{say: "A repository with an accepted document. A local calendar and chain stand in for\n" +
			"OpenTimestamps and Bitcoin: nothing leaves this machine, and nothing is proved."},
		{args: []string{"git", "init", "-q", "-b", "main"}},
		{args: []string{"git", "add", demoPath}},
		{args: []string{"git", "commit", "-q", "-m", "Accept LIP-1"}},
	}
	for _, u := range d.net.CalendarURLs() {
		list = append(list, step{args: []string{"git", "config", "--add", "anchor.calendar", u}})
	}
	for _, u := range d.net.Pools() {
		stamp = append(stamp, "--calendar", u)
	}
	stamp = append(stamp, demoPath)
	mine := d.net.URL() + "/mine?n=6"
	return append(list,
		step{args: []string{"git", "config", "anchor.explorer", d.net.Esplora()}},

		step{say: "\n1. Stamp: a digest made from the committed bytes goes to two calendars."},
		step{args: stamp},
		step{args: []string{"git", "add", demoPath + ".ots"}},
		step{args: []string{"git", "commit", "-q", "-m", "Anchor LIP-1"}},

		step{say: "\n2. Pending: the calendars have promised, Bitcoin has not confirmed."},
		step{args: []string{"git", "anchor", "verify", "--network", "regtest", demoPath}},

		step{say: "\n3. Six blocks later the calendars can say which block holds it."},
		step{args: []string{"curl", "-X", "POST", mine}, do: func(ctx context.Context) error { return post(ctx, mine) }},
		step{args: []string{"git", "anchor", "upgrade", "--network", "regtest", "--commit", demoPath}},

		step{say: "\n4. Verify: the committed bytes lead to the block's merkle root."},
		step{args: []string{"git", "anchor", "verify", "--network", "regtest", demoPath}},

		step{say: "\n5. Somebody edits the document. The proof stands for the old bytes."},
		step{args: []string{"echo", "One more rule.", ">>", demoPath}, do: d.edit},
		step{args: []string{"git", "commit", "-q", "-a", "-m", "Reword LIP-1"}},
		step{args: []string{"git", "anchor", "verify", "--network", "regtest", demoPath}, want: exitFailed},

		step{say: "\n6. Anchoring it again would hide the earlier claim."},
		step{args: stamp, want: exitRefused},

		step{say: "\n7. Where it has to change, superseding keeps the earlier proof beside the new one."},
		step{args: append(slices.Clone(stamp), "--supersede", "--commit")},
		step{args: []string{"git", "anchor", "status", "--network", "regtest"}},
	)
}

func (d *demo) play(ctx context.Context) error {
	if err := d.write(demoDocument); err != nil {
		return err
	}
	for _, s := range d.steps() {
		if s.say != "" {
			fmt.Fprintln(d.out, s.say)
			continue
		}
		fmt.Fprintf(d.out, "$ %s\n", typed(s.args))
		code, err := d.run(ctx, s)
		switch {
		case err != nil:
			return fmt.Errorf("demo: %s: %w", typed(s.args), err)
		case code != s.want:
			return fmt.Errorf("demo: %s: exit %d, want %d", typed(s.args), code, s.want)
		case code != 0:
			fmt.Fprintf(d.out, "(exit %d)\n", code)
		}
	}
	return nil
}

// run does one step and returns its exit code.
func (d *demo) run(ctx context.Context, s step) (int, error) {
	if s.do != nil {
		return 0, s.do(ctx)
	}
	cmd := exec.CommandContext(ctx, s.args[0], s.args[1:]...)
	if s.args[1] == "anchor" {
		cmd = exec.CommandContext(ctx, d.self, s.args[2:]...)
	}
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = d.repo, d.env, d.raw, d.raw
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), nil
	}
	return 0, err
}

// typed writes arguments as one would type them.
func typed(args []string) string {
	line := make([]string, len(args))
	for i, a := range args {
		line[i] = a
		if strings.ContainsAny(a, " ?") {
			line[i] = "'" + a + "'"
		}
	}
	return strings.Join(line, " ")
}

func post(ctx context.Context, url string) error {
	resp, err := fetch.New(fetch.Config{LoopbackOnly: true}).Do(ctx, fetch.Request{Method: http.MethodPost, URL: url, Limit: 1 << 16, Named: true})
	if err == nil && resp.Status != http.StatusOK {
		err = fmt.Errorf("status %d", resp.Status)
	}
	return err
}

func (d *demo) edit(context.Context) error {
	return d.write(append(bytes.Clone(demoDocument), "One more rule.\n"...))
}

func (d *demo) write(text []byte) error {
	full := filepath.Join(d.repo, filepath.FromSlash(demoPath))
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		return err
	}
	return os.WriteFile(full, text, 0o644)
}
