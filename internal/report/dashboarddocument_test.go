package report_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/report"
)

func rendered(t testing.TB, markdown string) string {
	t.Helper()
	run := everyState()
	page, err := dashboardOf(run).Document(run.Results[0], report.Entry{}, [32]byte{0xab}, []byte(markdown))
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

func article(page string) string {
	_, rest, _ := strings.Cut(page, "<article>\n")
	body, _, _ := strings.Cut(rest, "\n</article>")
	return strings.TrimSpace(body)
}

func TestDocument(t *testing.T) {
	const rel = ` rel="noopener noreferrer nofollow"`
	tests := []struct{ name, markdown, want string }{
		{"emphasis", "*a* **b**", "<p><em>a</em> <strong>b</strong></p>"},
		{"link", "[a](https://example.org/?a=1&b=%22)", `<p><a href="https://example.org/?a=1&amp;b=%22"` + rel + `>a</a></p>`},
		{"link in capitals", "[a](HTTPS://example.org)", `<p><a href="HTTPS://example.org"` + rel + `>a</a></p>`},
		{"script address", "[a](javascript:x)", "<p>a (javascript:x)</p>"},
		{"script address as reference", "[a](java&#115;cript&colon;x)", "<p>a (javascript:x)</p>"},
		{"data address", "[a](data:text/html,x)", "<p>a (data:text/html,x)</p>"},
		{"relative", "[a](../b.md)", "<p>a (../b.md)</p>"},
		{"no scheme", "[a](//example.org/x)", "<p>a (//example.org/x)</p>"},
		{"file", "<file:///etc/passwd>", "<p>file:///etc/passwd</p>"},
		{"automatic", "<https://example.org/>", `<p><a href="https://example.org/"` + rel + `>https://example.org/</a></p>`},
		{"mail", "<a@example.org>", `<p><a href="mailto:a@example.org"` + rel + `>a@example.org</a></p>`},
		{"image", `![a *b*](https://example.org/x.png "t")`, "<p>[image: a <em>b</em>]</p>"},
		{"HTML in a line", "a <b onclick=x()>b</b>", "<p>a <code>&lt;b onclick=x()&gt;</code>b<code>&lt;/b&gt;</code></p>"},
		{"HTML", "<script>\nx()\n</script>", "<pre><code>&lt;script&gt;\nx()\n&lt;/script&gt;</code></pre>"},
		{"reversed", "a\u202eb &#x202e;", `<p>a\u202eb \u202e</p>`},
		{"table", "|a|\n|--:|\n|b|", "<table>\n<thead>\n<tr>\n<th align=\"right\">a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td align=\"right\">b</td>\n</tr>\n</tbody>\n</table>"},
		{"front matter", "---\r\ntitle: <b>\r\n---\r\n# a", "<h1>a</h1>"},
		{"front matter that does not end", "---\ntitle: </article>", "<hr>\n<p>title: <code>&lt;/article&gt;</code></p>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := article(rendered(t, tt.markdown)); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
	page := rendered(t, "---\ntitle: </pre><b>\n---\ntext")
	for _, want := range []string{"The digest covers the raw file, not this rendering.", "title: &lt;/pre&gt;&lt;b&gt;", "ab000000", "no later than 2025-08-28 (UTC), block 912095"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
}

func TestRenders(t *testing.T) {
	for name, want := range map[string]bool{"a.md": true, "a.MD": true, "a.mdx": true, "a.html": false, "a.json": false, "md": false} {
		if report.Renders(name, []byte("x")) != want {
			t.Errorf("%s: not %v", name, want)
		}
	}
	block := strings.Repeat("x", report.MaxBlock-2) + "\n\n"
	full := strings.Repeat(block, report.MaxRendered/len(block))
	for name, raw := range map[string]string{"one too large": full + block, "a line too long": block[:len(block)-1] + "xx", "lines without a blank one": strings.Repeat("x\n", report.MaxBlock/2) + "x", "not UTF-8": "\xff"} {
		if report.Renders("a.md", []byte(raw)) {
			t.Errorf("%s is rendered", name)
		}
	}
	if !report.Renders("a.md", []byte(full)) || !report.Renders("a.md", []byte(strings.Repeat("x\n", report.MaxBlock/2))) {
		t.Error("what is within the limits is not rendered")
	}
}

// What Markdown of the largest size costs that parsers are slow with.
func BenchmarkHostileDocument(b *testing.B) {
	for _, unit := range []string{">", "[", "*a_", "![", "`", "- ", "<a ", "(", "[a](", "\t", "|a", "&#x", "<!--", "1. ", "> - "} {
		block := strings.Repeat(unit, (report.MaxBlock-2)/len(unit)) + "\n\n"
		text := strings.Repeat(block, report.MaxRendered/report.MaxBlock)
		if !report.Renders("a.md", []byte(text)) {
			b.Fatalf("%q is not rendered", unit)
		}
		b.Run(fmt.Sprintf("%q", unit), func(b *testing.B) {
			for b.Loop() {
				rendered(b, text)
			}
		})
	}
}

var element = regexp.MustCompile(`<(/?[a-zA-Z!][^\s/>]*)`)

// FuzzDocument: nothing but harmless elements comes of a document.
func FuzzDocument(f *testing.F) {
	for _, seed := range []string{"# a", "<script>", "[a](javascript:x)", "![a](b)", "&lt;script&gt;", "|a|\n|-|\n|<b>|", "`<img>`", "[a](https://\"onclick=x)", "<https://a\"b>"} {
		f.Add([]byte(seed))
	}
	harmless := " a em strong code pre p h1 h2 h3 h4 h5 h6 ul ol li blockquote hr br table thead tbody tr th td del "
	f.Fuzz(func(t *testing.T, markdown []byte) {
		if !report.Renders("a.md", markdown) {
			t.Skip("not a document that is rendered")
		}
		body := article(rendered(t, string(markdown)))
		for _, m := range element.FindAllStringSubmatch(body, -1) {
			if name := strings.TrimPrefix(m[1], "/"); !strings.Contains(harmless, " "+name+" ") {
				t.Errorf("<%s in\n%s", name, body)
			}
		}
		for _, m := range regexp.MustCompile(` (on\w+|style|src)=`).FindAllString(regexp.MustCompile(`>[^<]*<`).ReplaceAllString(body, "><"), -1) {
			t.Errorf("%q in\n%s", m, body)
		}
		if bytes.ContainsAny([]byte(body), "\u202e\x1b") {
			t.Errorf("what is not seen is in\n%q", body)
		}
	})
}
