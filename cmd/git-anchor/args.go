package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// arrange puts the command first, its flags next and the operands last behind
// "--", so that a flag after an operand counts as it would before it; the flag
// parser below would silently take it for an operand. Without a command the
// operands are documents to stamp.
func arrange(app *cli.App, args []string) ([]string, error) {
	takes := valueFlags(app)
	var flags, operands []string
	command := ""
	rest := args
	for len(rest) > 0 {
		arg := rest[0]
		rest = rest[1:]
		switch {
		case arg == "--":
			operands = append(operands, rest...)
			rest = nil
		case len(arg) > 1 && arg[0] == '-':
			flags = append(flags, arg)
			name := strings.TrimLeft(arg, "-")
			if takes[name] && !strings.Contains(arg, "=") {
				if len(rest) == 0 {
					return nil, usage("flag needs a value: %s", arg)
				}
				flags = append(flags, rest[0])
				rest = rest[1:]
			}
		case command == "" && len(operands) == 0 && app.Command(arg) != nil:
			command = arg
		case command == "" && len(operands) == 0 && arg == "help":
			flags = append(flags, "--help")
		default:
			operands = append(operands, arg)
		}
	}
	if command == "" {
		switch {
		case len(operands) > 0:
			command = "stamp"
		case len(flags) == 0:
			return nil, usage("no command and no document given")
		default:
			return append([]string{app.Name}, flags...), nil
		}
	}
	arranged := append([]string{app.Name, command}, flags...)
	return append(append(arranged, "--"), operands...), nil
}

// wantsJSON looks for --json before the flags can be understood.
func wantsJSON(args []string) bool {
	if i := slices.Index(args, "--"); i >= 0 {
		args = args[:i]
	}
	return slices.Contains(args, "--json") || slices.Contains(args, "-json")
}

// valueFlags names the flags of all commands that are followed by a value.
func valueFlags(app *cli.App) map[string]bool {
	takes := map[string]bool{}
	note := func(flags []cli.Flag) {
		for _, f := range flags {
			if _, ok := f.(*cli.BoolFlag); ok {
				continue
			}
			for _, name := range f.Names() {
				takes[name] = true
			}
		}
	}
	note(app.Flags)
	for _, c := range app.Commands {
		note(c.Flags)
	}
	return takes
}
