package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/devnet"
)

func (r *runner) devnetCommand() *cli.Command {
	return &cli.Command{
		Name:        "devnet",
		Usage:       "serve a local calendar and chain on loopback; their anchors prove nothing",
		Description: "For rehearsals and tests, until interrupted. Blocks are mined on request: curl -X POST URL/mine?n=6. GET URL lists\nall it serves and the faults a request can choose.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "listen", Value: "127.0.0.1:0", Usage: "loopback `ADDRESS:PORT`, port 0 for a free one"},
			&cli.IntFlag{Name: "calendars", Value: 2, Usage: "`N` calendars, each with a pool"},
			&cli.BoolFlag{Name: "immediate", Usage: "answer digests at once instead of once a second"},
		},
		Action: r.devnet,
	}
}

func (r *runner) devnet(c *cli.Context) error {
	if c.NArg() > 0 {
		return usage("devnet takes no operand: %q", c.Args().First())
	}
	if c.Int("calendars") < 1 {
		return usage("--calendars must be at least 1")
	}
	net, err := devnet.Start(devnet.Options{Addr: c.String("listen"), Calendars: c.Int("calendars"), Immediate: c.Bool("immediate")})
	if err != nil {
		return err
	}
	r.recipe(net)
	<-c.Context.Done()
	return net.Close()
}

// recipe prints what to type to use a devnet. Its files need no rule of the
// configuration, and only what it adds to git config is taken out again.
func (r *runner) recipe(net *devnet.Net) {
	var b strings.Builder
	fmt.Fprintf(&b, "devnet at %s: its anchors prove nothing\n\nIn a second terminal, in a repository of yours:\n", net.URL())
	for _, u := range net.CalendarURLs() {
		fmt.Fprintf(&b, "  git config --add anchor.calendar %s\n", u)
	}
	fmt.Fprintf(&b, "  git config --add anchor.explorer %s\n\nStamp a committed FILE at the pools, which hand it to the calendars:\n  git anchor --network regtest", net.Esplora())
	for _, u := range net.Pools() {
		fmt.Fprintf(&b, " --calendar %s", u)
	}
	fmt.Fprintf(&b, " FILE\n\nMine blocks, complete the proof and check it:\n  curl -X POST '%s/mine?n=6'\n", net.URL())
	fmt.Fprintf(&b, "  git anchor upgrade --network regtest --all\n  git anchor verify --network regtest --all\n")
	fmt.Fprintf(&b, "\nTo undo it, before your next real anchor:\n  rm FILE.ots\n  git config --unset-all anchor.calendar '^%s/'\n  git config --unset-all anchor.explorer '^%s/'\n", net.URL(), net.URL())
	fmt.Fprint(r.out, b.String())
}
