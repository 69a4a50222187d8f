package main

import (
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/printable"
)

// registryCommands are the commands about monthly registries, the one that all
// begin with first.
func (r *runner) registryCommands() []*cli.Command {
	return group(&cli.Command{
		Name:  "registry",
		Usage: "monthly snapshots of a governance registry, chained and anchored",
		Description: "A month is the file YYYY-MM.json in the configuration's registry_path, with its proof in proofs_path. Each names the\n" +
			"SHA-256 of the file before it, so that no month can be rewritten unseen by those who hold the proofs.",
	}, []*cli.Command{
		r.registrySnapshotCommand(), r.registryDueCommand(),
		r.registryVerifyCommand(), r.registryShowCommand(), r.registryDiffCommand(), r.registryLogCommand(), r.registryBundleCommand(),
	})
}

// group makes the commands those of a first word, which alone lists them.
func group(first *cli.Command, commands []*cli.Command) []*cli.Command {
	var words, lines []string
	for _, c := range commands {
		words = append(words, c.Name)
		lines = append(lines, "  git anchor "+strings.TrimSpace(first.Name+" "+c.Name+" "+c.ArgsUsage)+"\n      "+c.Usage)
		c.Name = first.Name + " " + c.Name
		c.Hidden = true // the first word's help lists it
	}
	first.ArgsUsage = strings.Join(words, " | ")
	first.Description += "\n\n" + strings.Join(lines, "\n")
	first.Action = func(c *cli.Context) error {
		typed := c.Args().First()
		if typed == "" {
			return usage("git anchor %s what? %s", first.Name, strings.Join(words, ", "))
		}
		if near := nearest(typed, words); near != "" {
			return usage("%q is no command of git anchor %s; did you mean %s?", printable.Text(typed, longestWord), first.Name, near)
		}
		return usage("%q is no command of git anchor %s, which are %s", printable.Text(typed, longestWord), first.Name, strings.Join(words, ", "))
	}
	return append([]*cli.Command{first}, commands...)
}
