package lip

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// valid is a LIP of our own in the shape of the real ones.
func valid(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile("testdata/lip-0007.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// with returns the valid LIP with one text replaced, which must be there once.
func with(t testing.TB, old, new string) string {
	t.Helper()
	doc := valid(t)
	if strings.Count(doc, old) != 1 {
		t.Fatalf("%q is in the example %d times", old, strings.Count(doc, old))
	}
	return strings.Replace(doc, old, new, 1)
}

// texts gives findings the form "line: text".
func texts(found []Finding) []string {
	var all []string
	for _, f := range found {
		all = append(all, fmt.Sprintf("%d: %s", f.Line, f.Text))
	}
	return all
}

func TestParse(t *testing.T) {
	want := Document{
		Number: 7, Title: "Numbering: how example proposals count", LinkTitle: "LIP-7",
		Author: "Ada Example <ada@example.org>", Status: "Final", Type: "Informational", Created: "2026-05-01",
		Transitions: []Transition{
			{Date: "2026-05-01", To: "Draft", Ref: "First text"},
			{Date: "2026-05-20", From: "Draft", To: "Final", Ref: "Accepted"},
		},
	}
	for name, doc := range map[string]string{
		"as it is":            valid(t),
		"CRLF":                strings.ReplaceAll(valid(t), "\n", "\r\n"),
		"nothing after":       strings.SplitAfter(valid(t), "\n---")[0],
		"old name of a key":   with(t, "linkTitle", "sidebarTitle"),
		"number with zeros":   with(t, "lip: 7", "lip: 0007"),
		"date in quotes":      with(t, "created: 2026-05-01", `created: "2026-05-01"`),
		"blank line":          with(t, "license:", "\nlicense:"),
		"hyphens in the text": valid(t) + "\n---\nlip: 8\n---\n",
	} {
		t.Run(name, func(t *testing.T) {
			got, found := Parse([]byte(doc))
			if diff := cmp.Diff(want, got); diff != "" || len(found) > 0 {
				t.Errorf("document (-want +got):\n%s\nfindings: %q", diff, texts(found))
			}
		})
	}
}

func TestFrontMatterRefused(t *testing.T) {
	tests := []struct {
		name, doc string
		want      []string
	}{
		{"empty file", "", []string{"0: the file is empty"}},
		{"missing", "# A title\n", []string{"1: there is no front matter: the first line is not exactly ---"}},
		{"blank line first", "\n" + valid(t), []string{"1: there is no front matter: the first line is not exactly ---"}},
		{"four hyphens", "-" + valid(t), []string{"1: there is no front matter: the first line is not exactly ---"}},
		{"space after hyphens", strings.Replace(valid(t), "---", "--- ", 1), []string{"1: there is no front matter: the first line is not exactly ---"}},
		{"TOML", "+++\nlip = 7\n+++\n", []string{"1: there is no front matter: the first line is not exactly ---"}},
		{"byte order mark", "\ufeff" + valid(t), []string{"1: the file starts with a byte order mark (EF BB BF), which hides the front matter from other readers"}},
		{"unterminated", with(t, "\n---\n", "\n----\n"), []string{"1: the front matter is not closed: no later line is exactly ---"}},
		{"unterminated at the end", "---", []string{"1: the front matter is not closed: no later line is exactly ---"}},
		{"empty block", "---\n---\n", []string{"1: the front matter is not a list of keys and values"}},
		{"a list", "---\n- lip: 7\n---\n", []string{"1: the front matter is not a list of keys and values"}},
		{"bad YAML", with(t, "license: CC0-1.0", "license: CC0: 1.0"), []string{"12: the front matter is not valid YAML near here: mapping values are not allowed in this context"}},
		{"duplicate key", with(t, "license: CC0-1.0", "license: CC0-1.0\nstatus: Draft"), []string{`13: the key "status" is given twice, first on line 8`}},
		{"duplicate key in quotes", with(t, "license: CC0-1.0", `"status": Draft`), []string{`12: the key "status" is given twice, first on line 8`}},
		{"duplicate key in another case", with(t, "license: CC0-1.0", "Status: Draft"), []string{`12: the key "Status" is given twice, first on line 8`}},
		{"duplicate key after a blank line", with(t, "license: CC0-1.0", "\nstatus: Draft"), []string{`13: the key "status" is given twice, first on line 8`}},
		{"nested duplicate key", with(t, "    to: Final", "    to: Final\n    to: Draft"), []string{`21: the key "to" is given twice, first on line 20`}},
		{"a list as key", with(t, "license: CC0-1.0", "? [a]\n: b"), []string{"12: a key of the front matter is not plain text"}},
		{"tag", with(t, "lip: 7", "lip: !!str 7"), []string{`2: the front matter uses the YAML tag "!!str": write the value without it`}},
		{"UTF-16 after the hyphens", "---\n\xff\xfel\x00\n---\n", []string{"2: the front matter is not valid UTF-8 here"}},
		{"not UTF-8", with(t, "Ada", "Ad\xe4"), []string{"6: the front matter is not valid UTF-8 here"}},
		{"lone CR", with(t, "license: CC0-1.0", "license: x\rstatus: Draft"), []string{"12: the front matter holds the character U+000D, at which readers disagree where a line ends"}},
		{"next line character", with(t, "CC0-1.0", "x\u0085status: Draft"), []string{"12: the front matter holds the character U+0085, at which readers disagree where a line ends"}},
		{"inner byte order mark", with(t, "lip: 7", "\ufefflip: 7"), []string{"2: the front matter holds the character U+FEFF, at which readers disagree where a line ends"}},
		{"document marker", with(t, "license:", "--- # next\nlicense:"), []string{`12: "--- # next" starts or ends a YAML document inside the front matter, so readers disagree where it ends`}},
		{"document end", with(t, "license:", "...\nlicense:"), []string{`12: "..." starts or ends a YAML document inside the front matter, so readers disagree where it ends`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, found := Parse([]byte(tt.doc))
			if diff := cmp.Diff(tt.want, texts(found)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// An alias bomb must be refused before anything expands it.
func TestAliasBomb(t *testing.T) {
	bomb := "---\na0: &a0 [x,x,x,x,x,x,x,x,x]\n"
	for i := range 12 {
		ref := fmt.Sprintf("*a%d", i)
		bomb += fmt.Sprintf("a%d: &a%d [%s]\n", i+1, i+1, strings.Join([]string{ref, ref, ref, ref, ref, ref, ref, ref, ref}, ","))
	}
	_, found := Parse([]byte(bomb + "---\n"))
	want := []string{"2: the front matter uses a YAML anchor or alias, which a few bytes can blow up without bound: write the value out"}
	if diff := cmp.Diff(want, texts(found)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestFrontMatterLimits(t *testing.T) {
	size := func(n int) string { // the valid front matter, filled up to n bytes with a comment
		doc := valid(t)
		end := strings.Index(doc, "\n---\n") + 1
		have := end - len("---\n")
		return doc[:end] + "#" + strings.Repeat("x", n-have-2) + "\n" + doc[end:]
	}
	nodes := func(n int) string { // a map with one list of n-3 values: the map, the key, the list
		return "---\na: [" + strings.TrimSuffix(strings.Repeat("1,", n-3), ",") + "]\n---\n"
	}
	nested := func(n int) string { // values n levels below the top
		return "---\na: " + strings.Repeat("[", n) + strings.Repeat("]", n) + "\n---\n"
	}
	tests := []struct {
		name, doc, want string // want: the only finding, or empty when the limit is kept
	}{
		{"most bytes", size(MaxFrontMatter), ""},
		{"a byte more", size(MaxFrontMatter + 1), "1: the front matter has 65537 bytes, the limit is 65536"},
		{"most nodes", nodes(MaxNodes), ""},
		{"a node more", nodes(MaxNodes + 1), "2: the front matter has more than 4096 keys and values"},
		{"most levels", nested(MaxNesting), ""},
		{"a level more", nested(MaxNesting + 1), "2: the front matter is nested more than 16 deep"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, found := Parse([]byte(tt.doc))
			if tt.want != "" {
				if diff := cmp.Diff([]string{tt.want}, texts(found)); diff != "" {
					t.Errorf("findings (-want +got):\n%s", diff)
				}
				return
			}
			for _, f := range found { // keys of a LIP may be missing, the limit must not be met
				if !strings.HasPrefix(f.Text, "the front matter has no ") {
					t.Errorf("unexpected finding %q", f.Text)
				}
			}
		})
	}
}
