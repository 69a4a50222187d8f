package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/bitcoin"
)

// release is set by the linker for releases: -ldflags "-X main.release=1.2.3".
var release string

// version is the release, else what the build knows of the module or commit.
func version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return "devel-" + s.Value[:min(12, len(s.Value))]
		}
	}
	return "devel"
}

func userAgent() string {
	return "git-anchor/" + version() + " (+https://github.com/openllmo/git-anchor)"
}

func (r *runner) versionCommand() *cli.Command {
	return &cli.Command{
		Name:  "version",
		Usage: "print the version, and with -v what is in the binary",
		Flags: []cli.Flag{jsonFlag(), &cli.BoolFlag{Name: "v", Aliases: []string{"verbose"}, Usage: "what the embedded table of block hashes is, too"}},
		Action: func(c *cli.Context) error {
			if c.NArg() > 0 {
				return usage("version takes no operand: %q", c.Args().First())
			}
			r.begin(c)
			n := bitcoin.Mainnet()
			if r.record != nil {
				r.record.Version = build(n)
				return r.end(nil, nil)
			}
			fmt.Fprintf(r.out, "git-anchor %s\n", version())
			if c.Bool("v") {
				fmt.Fprintf(r.out, "built with %s for %s/%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
				r.describeTable(n)
			}
			return nil
		},
	}
}

// describeTable says what the verdicts of rung chain rest on.
func (r *runner) describeTable(n *bitcoin.Network) {
	at, off := n.LastTime()
	fmt.Fprintf(r.out, "table of difficulty periods to block %d, mined %s, give or take %d min\n", n.LastHeight(), at.Format("2006-01-02 15:04 UTC"), int(off.Minutes()))
	for _, s := range n.Stretches() {
		how := map[bitcoin.Confirmation]string{
			bitcoin.ByHeader:      "a full header that hashes or links to it",
			bitcoin.ByPublication: "several independent publications",
			bitcoin.ByWork:        "one source, and the work that the hash itself carries",
		}[s.By]
		blocks := fmt.Sprintf("block %d", s.First)
		if s.First != s.Last {
			blocks = fmt.Sprintf("blocks %d to %d, one a period", s.First, s.Last)
		}
		fmt.Fprintf(r.out, "  %s: confirmed by %s\n", blocks, how)
	}
	fmt.Fprintf(r.out, "  sha256 of the table: %x\n", n.TableDigest())
}

// build is what version says, for JSON.
func build(n *bitcoin.Network) map[string]any {
	at, off := n.LastTime()
	rows := []map[string]any{}
	for _, s := range n.Stretches() {
		rows = append(rows, map[string]any{"first": s.First, "last": s.Last, "confirmed_by": s.By.String()})
	}
	return map[string]any{
		"version": version(), "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH,
		"table_last_height": n.LastHeight(), "table_last_time": at.Format(time.RFC3339), "table_last_time_off_seconds": int(off.Seconds()),
		"table_rows": rows, "table_sha256": fmt.Sprintf("%x", n.TableDigest()),
	}
}
