package report

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"html"
	"html/template"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/printable"
)

// Limits of what is rendered. Markdown takes time by the square of what stands
// without a blank line between: a minute for 256 KiB of quotation marks.
const (
	MaxRendered = 256 << 10 // bytes of a document
	MaxBlock    = 8 << 10   // bytes without a blank line between them
)

// Renders reports whether Document makes a page of a document: Markdown in
// UTF-8 within the limits.
func Renders(name string, raw []byte) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".md", ".mdx", ".markdown":
	default:
		return false
	}
	block := 0
	for line := range bytes.Lines(raw) {
		if block += len(line); len(bytes.TrimSpace(line)) == 0 {
			block = 0
		}
		if block > MaxBlock {
			return false
		}
	}
	return len(raw) <= MaxRendered && utf8.Valid(raw)
}

// Document renders a Markdown document for reading beside its certificate; it
// lies one directory below the dashboard's pages. Nothing in it runs or is
// fetched: HTML is shown as text, images as what they are called; links lead to
// http, https and mailto addresses only, and everything else is text.
func (d *Dashboard) Document(r anchor.Result, e Entry, sum [32]byte, raw []byte) ([]byte, error) {
	if err := d.prepare(); err != nil {
		return nil, err
	}
	front, text := cutFront(raw)
	body, err := markdownHTML(text)
	if err != nil {
		return nil, fmt.Errorf("render %s: %w", show(r.Path), err)
	}
	v := struct {
		line
		Policy, Regtest, Digest, Front string
		Style                          template.CSS
		Body                           template.HTML
	}{
		line: d.line(r, e, rowOf(r)), Policy: stylePolicy(d.style), Style: template.CSS(d.style),
		Digest: hex.EncodeToString(sum[:]), Front: invisibleEscaped(string(front)), Body: template.HTML(body), // markdownHTML escapes
	}
	if v.Title == "" {
		v.Title = v.Name
	}
	if d.Regtest {
		v.Regtest = regtestBanner
	}
	var b bytes.Buffer
	err = d.templates.ExecuteTemplate(&b, "document", v)
	return b.Bytes(), err
}

// cutFront takes the front matter off, without the lines around it.
func cutFront(raw []byte) (front, text []byte) {
	text = bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
	rest, ok := bytes.CutPrefix(text, []byte("---\n"))
	if !ok {
		return nil, text
	}
	if front, after, ok := bytes.Cut(rest, []byte("\n---\n")); ok {
		return front, after
	}
	return nil, text
}

// invisibleEscaped makes text printable, and leaves its lines and tabs.
func invisibleEscaped(text string) string {
	var b strings.Builder
	for piece := range strings.SplitAfterSeq(text, "\n") {
		line, ended := strings.CutSuffix(piece, "\n")
		for i, part := range strings.Split(line, "\t") {
			if i > 0 {
				b.WriteByte('\t')
			}
			b.WriteString(printable.Text(part, 0))
		}
		if ended {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// markdownHTML renders Markdown. What it returns holds no element that loads or
// runs anything, and no character that is not seen.
func markdownHTML(text []byte) (string, error) {
	table := extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute))
	md := goldmark.New(
		goldmark.WithExtensions(table, extension.Strikethrough),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(inert{}, 1))),
	)
	var b strings.Builder
	if err := md.Convert(text, &b); err != nil {
		return "", err
	}
	return invisibleEscaped(b.String()), nil // a character reference may stand for any character
}

// inert renders what could load, run or lead somewhere as text.
type inert struct{}

func (inert) RegisterFuncs(reg renderer.NodeRendererFuncRegisterer) {
	reg.Register(ast.KindHTMLBlock, inert{}.block)
	reg.Register(ast.KindRawHTML, inert{}.raw)
	reg.Register(ast.KindImage, inert{}.image)
	reg.Register(ast.KindLink, inert{}.link)
	reg.Register(ast.KindAutoLink, inert{}.autoLink)
}

func (inert) block(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if n := node.(*ast.HTMLBlock); entering {
		fmt.Fprint(w, "<pre><code>")
		for i := range n.Lines().Len() {
			at := n.Lines().At(i)
			fmt.Fprint(w, html.EscapeString(string(at.Value(source))))
		}
		if n.HasClosure() {
			fmt.Fprint(w, html.EscapeString(string(n.ClosureLine.Value(source))))
		}
		fmt.Fprint(w, "</code></pre>\n")
	}
	return ast.WalkSkipChildren, nil
}

func (inert) raw(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if n := node.(*ast.RawHTML); entering {
		fmt.Fprint(w, "<code>")
		for i := range n.Segments.Len() {
			at := n.Segments.At(i)
			fmt.Fprint(w, html.EscapeString(string(at.Value(source))))
		}
		fmt.Fprint(w, "</code>")
	}
	return ast.WalkSkipChildren, nil
}

func (inert) image(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		fmt.Fprint(w, "[image: ")
	} else {
		fmt.Fprint(w, "]")
	}
	return ast.WalkContinue, nil
}

func (inert) link(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	switch to, ok := harmless(node.(*ast.Link).Destination); {
	case ok && entering:
		fmt.Fprintf(w, `<a href="%s" rel="noopener noreferrer nofollow">`, to)
	case ok:
		fmt.Fprint(w, "</a>")
	case !entering && to != "":
		fmt.Fprintf(w, " (%s)", to)
	}
	return ast.WalkContinue, nil
}

func (inert) autoLink(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n := node.(*ast.AutoLink)
	if !entering {
		return ast.WalkContinue, nil
	}
	label := html.EscapeString(string(n.Label(source)))
	to := n.URL(source)
	if n.AutoLinkType == ast.AutoLinkEmail {
		to = append([]byte("mailto:"), to...)
	}
	if address, ok := harmless(to); ok {
		label = fmt.Sprintf(`<a href="%s" rel="noopener noreferrer nofollow">%s</a>`, address, label)
	}
	fmt.Fprint(w, label)
	return ast.WalkContinue, nil
}

// harmless is an address, escaped, and whether a page may lead there.
func harmless(destination []byte) (to string, ok bool) {
	address := util.URLEscape(destination, true)
	lower := strings.ToLower(string(address))
	for _, scheme := range []string{"https://", "http://", "mailto:"} {
		ok = ok || strings.HasPrefix(lower, scheme)
	}
	return html.EscapeString(string(address)), ok
}
