package main

import (
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/printable"
)

// exactTexts are the values of a flag that may be given several times, in their
// order and byte by byte: a cli.StringSlice takes the blanks off their ends.
type exactTexts struct {
	all   []string
	empty bool // "" is a value, too
}

// Set adds a value.
func (t *exactTexts) Set(value string) error {
	t.all = append(t.all, value)
	return nil
}

// String is what help shows as the default.
func (t *exactTexts) String() string { return strings.Join(t.all, ", ") }

// texts are the values of such a flag.
func texts(c *cli.Context, name string) []string {
	return c.Generic(name).(*exactTexts).all
}

// matches are the quotes of the command line, then those of files.
func matches(c *cli.Context) ([]evidence.Match, error) {
	var all []evidence.Match
	quotes, where := texts(c, "match"), texts(c, "where")
	for i, quote := range quotes {
		m := evidence.Match{Quote: quote}
		if i < len(where) {
			m.Where = where[i]
		}
		all = append(all, m)
	}
	if len(where) > len(all) {
		return nil, usage("there are more --where than --match")
	}
	for _, name := range c.StringSlice("match-file") {
		info, err := os.Stat(name)
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() || info.Size() > evidence.MaxQuote {
			return nil, usage("--match-file %q is no file of at most %d bytes; --attach keeps larger ones", printable.Text(name, longestWord), evidence.MaxQuote)
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		all = append(all, evidence.Match{Quote: string(text)})
	}
	return all, nil
}
