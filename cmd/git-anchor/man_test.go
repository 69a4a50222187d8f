package main

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// The man page names every command and every flag, and no flag that is not there.
func TestManPage(t *testing.T) {
	raw, err := os.ReadFile("../../docs/git-anchor.1")
	if err != nil {
		t.Fatal(err)
	}
	page := string(raw)
	described := map[string]bool{}
	for _, item := range regexp.MustCompile(`(?m)^\.It Fl (.*)$`).FindAllStringSubmatch(page, -1) {
		names := regexp.MustCompile(` (Ar|Cm) .*`).ReplaceAllString(item[1], "")
		for _, word := range flagWords(strings.ReplaceAll(names, ",", "")) {
			described[word] = true
		}
	}
	if len(described) == 0 {
		t.Fatal("the man page describes no flag")
	}
	common := map[string]bool{}
	for _, f := range lookFlags() {
		common[f.Names()[0]] = true
	}
	known := map[string]bool{}
	for _, c := range (&runner{}).app().Commands {
		section := manSection(page, c.Name)
		if section == "" {
			t.Errorf("no section for %s", c.Name)
		}
		for _, f := range c.Flags {
			for i, name := range f.Names() {
				known[name] = true
				if !described[name] {
					t.Errorf("%s of %s is not described", name, c.Name)
				}
				if i == 0 && !common[name] && !slices.Contains(flagWords(section), name) {
					t.Errorf("the section of %s does not name its flag %s", c.Name, name)
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(described)) {
		if !known[name] {
			t.Errorf("%s is described, and no command has it", name)
		}
	}
}

// flagWords are the words of mdoc text with the dash of long flags taken off.
func flagWords(text string) []string {
	words := strings.Fields(text)
	for i, w := range words {
		words[i] = strings.TrimPrefix(w, "-")
	}
	return words
}

// manSection is the text of a command's section, "" where there is none.
func manSection(page, command string) string {
	_, rest, ok := strings.Cut(page, "\n.Ss "+command)
	if !ok || !strings.ContainsAny(rest[:1], " \n") {
		return ""
	}
	section, _, _ := strings.Cut(rest, "\n.S")
	return section
}

// Every exit code of the help is in the man page, and the README.
func TestExitCodesAreDocumented(t *testing.T) {
	for file, form := range map[string]string{"../../docs/git-anchor.1": "\n.It %\n", "../../README.md": "\n| % |"} {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, code := range []string{"0", "1", "2", "3", "4", "5", "128", "129"} {
			if !strings.Contains(string(raw), strings.ReplaceAll(form, "%", code)) {
				t.Errorf("%s does not list exit code %s", file, code)
			}
		}
	}
}

// The page says of which commands -q and --color are.
func TestManPageOnLooks(t *testing.T) {
	raw, err := os.ReadFile("../../docs/git-anchor.1")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^\.Fl q\nand\n\.Fl -color\nto (.*)\.$`).FindSubmatch(raw)
	if m == nil {
		t.Fatal("the sentence is gone")
	}
	said := regexp.MustCompile(`\w+`).FindAllString(strings.Replace(string(m[1]), " and ", ", ", 1), -1)
	var have []string
	for _, c := range (&runner{}).app().Commands {
		if slices.ContainsFunc(c.Flags, func(f cli.Flag) bool { return f.Names()[0] == "color" }) {
			first, _, _ := strings.Cut(c.Name, " ") // of registry and audit all commands
			have = append(have, first)
		}
	}
	slices.Sort(said)
	slices.Sort(have)
	have = slices.Compact(have)
	if !slices.Equal(said, have) {
		t.Errorf("it says %q, and it is %q", said, have)
	}
}
