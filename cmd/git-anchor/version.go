package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

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
		Flags: []cli.Flag{jsonFlag(), &cli.BoolFlag{Name: "v", Aliases: []string{"verbose"}, Usage: "the embedded table of block headers, too"}},
		Action: func(c *cli.Context) error {
			if c.NArg() > 0 {
				return usage("version takes no operand: %q", c.Args().First())
			}
			r.begin(c)
			n := bitcoin.Mainnet()
			if r.record != nil {
				r.record.Version = map[string]any{
					"version": version(), "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH,
					"table_last_height": n.LastHeight(),
				}
				return r.end(nil, nil)
			}
			fmt.Fprintf(r.out, "git-anchor %s\n", version())
			if c.Bool("v") {
				fmt.Fprintf(r.out, "built with %s for %s/%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
				fmt.Fprintf(r.out, "table of difficulty periods to block %d\n", n.LastHeight())
			}
			return nil
		},
	}
}
