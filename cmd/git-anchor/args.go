package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// A commandLine is what somebody typed, taken apart.
type commandLine struct {
	command  string   // "" where none was named
	flags    []string // with their values
	names    []string // of the flags, as typed
	operands []string
	help     bool // help was asked for, by word or flag
}

// arrange puts the command first, which may be of two words (registry snapshot),
// its flags next and the operands last behind
// "--", so that a flag after an operand counts as it would before it; the flag
// parser below would silently take it for an operand. Without a command the
// operands are documents to stamp. A question for help leaves nothing but the
// command: that parser would look the operands up as commands of it. The command
// is returned with an error, too, if it is known.
func arrange(app *cli.App, args []string) (command string, arranged []string, err error) {
	line, err := takeApart(app, args)
	if err != nil {
		return line.command, nil, err
	}
	if line.command == "" && len(line.operands) > 0 {
		if err := misspelt(app, line.operands); err != nil {
			return "", nil, err
		}
		line.command = "stamp"
	}
	switch {
	case line.help && line.command != "":
		return line.command, []string{app.Name, line.command, "--help"}, nil
	case line.help:
		return "", []string{app.Name, "--help"}, nil
	case line.command == "":
		return "", nil, usage("no command and no document given")
	}
	arranged = append([]string{app.Name, line.command}, line.flags...)
	return line.command, append(append(arranged, "--"), line.operands...), line.checkFlags(app)
}

func takeApart(app *cli.App, args []string) (commandLine, error) {
	var line commandLine
	takes, empty := valueFlags(app)
	for rest := args; len(rest) > 0; {
		arg := rest[0]
		rest = rest[1:]
		first := line.command == "" && len(line.operands) == 0
		flag := len(arg) > 1 && arg[0] == '-'
		name, value, given := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		switch {
		case arg == "--":
			line.operands = append(line.operands, rest...)
			rest = nil
		case flag && (name == "help" || name == "h"), first && arg == "help":
			line.help = true
		case flag && first && name == "version", first && app.Command(arg) != nil:
			line.command = strings.TrimLeft(arg, "-")
		case !flag && line.command != "" && len(line.operands) == 0 && app.Command(line.command+" "+arg) != nil:
			line.command += " " + arg
		case flag:
			line.flags, line.names = append(line.flags, arg), append(line.names, arg)
			if takes[name] && !given && len(rest) > 0 {
				value, rest, given = rest[0], rest[1:], true
				line.flags = append(line.flags, value)
			}
			// An empty value, perhaps of a variable that is not set, must not
			// stand for leaving the flag out, but where it says something itself.
			if takes[name] && value == "" && !(given && empty[name]) {
				return line, usage("flag needs a value: %s", strings.TrimSuffix(arg, "="))
			}
		default:
			line.operands = append(line.operands, arg)
		}
	}
	return line, nil
}

// checkFlags refuses what is no flag of the command, and names the nearest.
func (line commandLine) checkFlags(app *cli.App) error {
	var known []string
	for _, f := range app.Command(line.command).Flags {
		known = append(known, f.Names()...)
	}
	for _, typed := range line.names {
		typed, _, _ = strings.Cut(typed, "=")
		name := strings.TrimLeft(typed, "-")
		if slices.Contains(known, name) {
			continue
		}
		text := "unknown flag " + typed
		if near := nearest(name, known); near != "" {
			text += "; did you mean " + dashed(near) + "?"
		}
		return usage("%s", text)
	}
	return nil
}

// dashed writes a flag as the help does.
func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// misspelt refuses a first operand that looks like a command and is no file:
// whoever types "git anchor verfy" does not want to stamp.
func misspelt(app *cli.App, operands []string) error {
	first := operands[0]
	if strings.ContainsAny(first, "./\\") {
		return nil
	}
	if _, err := os.Lstat(first); err == nil {
		return nil
	}
	text := fmt.Sprintf("%q is neither a command nor a document here", first)
	var commands []string
	for _, c := range app.Commands {
		commands = append(commands, c.Name)
	}
	if near := nearest(first, commands); near != "" {
		text += "; did you mean git anchor " + near + "?"
	} else if len(operands) > 1 {
		text += " (quote a name that has spaces)"
	}
	return usage("%s", text)
}

// nearest is the word that the fewest edits make of what was typed, "" where
// they would change more than half of it.
func nearest(typed string, words []string) string {
	best, least := "", len(typed)/2+1
	for _, w := range words {
		if n := edits(typed, w); n < least {
			best, least = w, n
		}
	}
	return best
}

// edits counts the bytes to insert, drop or replace to make b of a.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

// wantsJSON looks for --json before the flags can be understood.
func wantsJSON(args []string) bool {
	if i := slices.Index(args, "--"); i >= 0 {
		args = args[:i]
	}
	return slices.Contains(args, "--json") || slices.Contains(args, "-json")
}

// valueFlags names the flags of all commands that are followed by a value, and
// those among them whose value may be empty.
func valueFlags(app *cli.App) (takes, empty map[string]bool) {
	takes, empty = map[string]bool{}, map[string]bool{}
	note := func(flags []cli.Flag) {
		for _, f := range flags {
			if _, ok := f.(*cli.BoolFlag); ok {
				continue
			}
			generic, _ := f.(*cli.GenericFlag)
			for _, name := range f.Names() {
				takes[name] = true
				if generic != nil {
					texts, exact := generic.Value.(*exactTexts)
					empty[name] = exact && texts.empty
				}
			}
		}
	}
	note(app.Flags)
	for _, c := range app.Commands {
		note(c.Flags)
	}
	return takes, empty
}
