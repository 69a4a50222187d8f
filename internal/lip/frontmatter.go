package lip

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
	"go.abhg.dev/goldmark/frontmatter"
	"gopkg.in/yaml.v3"
)

// Limits of front matter. Real ones have about 20 lines and 40 nodes.
const (
	MaxFrontMatter = 64 << 10 // bytes between the two lines of hyphens
	MaxNodes       = 4096     // keys, values, lists and maps
	MaxNesting     = 16       // levels below the top one
)

const fence = "---"

// frontMatter finds the block between the first line and the next one that are
// exactly "---". goldmark's own idea of a block is wider: it takes one that is
// never closed, one with four hyphens and one after a blank line.
func frontMatter(b []byte) ([]byte, *Finding) {
	if len(b) == 0 {
		return nil, &Finding{Text: "the file is empty"}
	}
	if bytes.HasPrefix(b, []byte("\ufeff")) {
		return nil, &Finding{
			Line: 1,
			Text: "the file starts with a byte order mark (EF BB BF), which hides the front matter from other readers",
			Hint: "save the file as UTF-8 without a byte order mark",
		}
	}
	first, rest := cutLine(b)
	if first != fence {
		return nil, &Finding{
			Line: 1,
			Text: "there is no front matter: the first line is not exactly ---",
			Hint: "begin the file with a line of three hyphens, nothing before or after them",
		}
	}
	for body := rest; len(rest) > 0; {
		var line string
		at := len(body) - len(rest)
		if line, rest = cutLine(rest); line != fence {
			continue
		}
		if at > MaxFrontMatter {
			return nil, &Finding{Line: 1, Text: fmt.Sprintf("the front matter has %d bytes, the limit is %d", at, MaxFrontMatter)}
		}
		return body[:at], nil
	}
	return nil, &Finding{
		Line: 1,
		Text: "the front matter is not closed: no later line is exactly ---",
		Hint: "end the front matter with a line of three hyphens, nothing before or after them",
	}
}

// cutLine returns the first line without its end (LF or CRLF), and what follows.
func cutLine(b []byte) (line string, rest []byte) {
	l, rest, _ := bytes.Cut(b, []byte("\n"))
	return string(bytes.TrimSuffix(l, []byte("\r"))), rest
}

var documentMarker = regexp.MustCompile(`^(---|\.\.\.)([ \t]|$)`)

// checkText refuses what makes two readers see different lines or documents in
// one block: YAML ends a line at characters Markdown does not, ends a document
// at its own markers, and switches to UTF-16 at a byte order mark.
func checkText(body []byte) *Finding {
	for n := 2; len(body) > 0; n++ {
		var line string
		line, body = cutLine(body)
		if !utf8.ValidString(line) {
			return &Finding{Line: n, Text: "the front matter is not valid UTF-8 here", Hint: "save the file as UTF-8"}
		}
		if i := strings.IndexAny(line, "\r\u0085\u2028\u2029\ufeff"); i >= 0 {
			r, _ := utf8.DecodeRuneInString(line[i:])
			return &Finding{
				Line: n,
				Text: fmt.Sprintf("the front matter holds the character %U, at which readers disagree where a line ends", r),
				Hint: "end lines with LF or CRLF, and remove the character",
			}
		}
		if documentMarker.MatchString(line) {
			return &Finding{
				Line: n,
				Text: fmt.Sprintf("%s starts or ends a YAML document inside the front matter, so readers disagree where it ends", quote(line)),
				Hint: "quote or remove the line",
			}
		}
	}
	return nil
}

// decode hands the block to goldmark's front matter extension, which keeps the
// YAML reader the same as that of renderers. It decodes into nodes, not values:
// as a value 0010 would be eight, a nested duplicate key would pass and an alias
// would be expanded.
func decode(body []byte) (*yaml.Node, []Finding) {
	source := append(append([]byte(fence+"\n"), body...), fence+"\n"...)
	ctx := parser.NewContext()
	md := parser.NewParser(parser.WithBlockParsers(
		util.Prioritized(&frontmatter.Parser{Formats: []frontmatter.Format{frontmatter.YAML}}, 0),
	))
	md.Parse(text.NewReader(source), parser.WithContext(ctx))
	data := frontmatter.Get(ctx)
	if data == nil {
		panic("lip: goldmark finds no front matter in a block made for it")
	}
	var doc yaml.Node
	if err := data.Decode(&doc); err != nil {
		return nil, []Finding{yamlFinding(err)}
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, []Finding{{Line: 1, Text: "the front matter is not a list of keys and values"}}
	}
	root := doc.Content[0]
	w := walker{}
	w.walk(root, 0)
	return root, w.found
}

var yamlError = regexp.MustCompile(`(?s)^yaml: (?:line (\d+): )?(.*)$`)

// yamlFinding gives the YAML reader's error a line of the file. The reader names
// the line where the broken construct begins or ends, hence "near", or none.
func yamlFinding(err error) Finding {
	const most = 120 // bytes; the reader's message may hold a name from the file
	f := Finding{Line: 1, Text: "the front matter is not valid YAML"}
	m := yamlError.FindStringSubmatch(err.Error())
	if m == nil {
		return f
	}
	if n, err := strconv.Atoi(m[1]); err == nil {
		f.Line = n + 1 // the block begins on line 2
		f.Text += " near here"
	}
	f.Text += ": " + m[2][:min(len(m[2]), most)]
	return f
}

// A walker looks for what makes a value ambiguous.
type walker struct {
	nodes int
	found []Finding
}

// add notes a finding and reports false, for walk to stop on.
func (w *walker) add(n *yaml.Node, format string, args ...any) bool {
	w.found = append(w.found, Finding{Line: fileLine(n), Text: fmt.Sprintf(format, args...)})
	return false
}

// walk reports whether to go on.
func (w *walker) walk(n *yaml.Node, depth int) bool {
	if w.nodes++; w.nodes > MaxNodes {
		return w.add(n, "the front matter has more than %d keys and values", MaxNodes)
	}
	if depth > MaxNesting {
		return w.add(n, "the front matter is nested more than %d deep", MaxNesting)
	}
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		return w.add(n, "the front matter uses a YAML anchor or alias, which a few bytes can blow up without bound: write the value out")
	}
	if n.Style&yaml.TaggedStyle != 0 {
		return w.add(n, "the front matter uses the YAML tag %s: write the value without it", quote(n.Tag))
	}
	if n.Kind == yaml.MappingNode {
		w.keys(n)
	}
	for _, child := range n.Content {
		if !w.walk(child, depth+1) {
			return false
		}
	}
	return true
}

// keys finds a key given twice. Renderers fold the case of keys, so Status is
// status given again.
func (w *walker) keys(n *yaml.Node) {
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode {
			w.add(key, "a key of the front matter is not plain text")
			continue
		}
		fold := strings.ToLower(key.Value)
		if first, twice := seen[fold]; twice {
			w.add(key, "the key %s is given twice, first on line %d", quote(key.Value), first)
			continue
		}
		seen[fold] = fileLine(key)
	}
}

// fileLine is the line in the file of a node, whose own lines are those of the
// block, which begins on line 2.
func fileLine(n *yaml.Node) int { return n.Line + 1 }
