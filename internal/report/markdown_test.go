package report

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/verify"
)

// blobs is where files are looked at in these tests.
const blobs = "https://github.example/o/r/blob/"

func markdown() Markdown { return Markdown{Blob: blobs, Now: now()} }

// judged is a change that breaks a rule.
func judged() *anchor.Checked {
	c := &anchor.Checked{
		Findings: []anchor.Breach{
			{Path: "lips/lip-0001.md", Rule: "edited", Line: 12, Text: "the title changed", Hint: "git anchor supersede lips/lip-0001.md", Status: verify.Failed},
			{Path: "gone.md.ots", Rule: "deleted", Text: "the proof is gone", Status: verify.Failed, Gone: true},
			{Path: "kept.superseded.md.ots", Rule: "superseded-dropped", Text: "the proof of an earlier version is gone", Status: verify.Failed, Gone: true},
			{Path: "left.md.ots", Rule: "deleted", Text: "it is no proof any more", Status: verify.Failed},
		},
		Notices: []anchor.Breach{{Path: ".github/workflows/x.yml", Rule: "workflow", Text: "it runs git-anchor"}},
	}
	c.Base.ID, c.Head.ID = strings.Repeat("b", 40), strings.Repeat("a", 40)
	return c
}

func TestMarkdownGolden(t *testing.T) {
	run := every()
	run.Commit.ID, run.Others = strings.Repeat("c", 40), 2
	young := every().Results[2]
	young.Path, young.Outcome.Confirmations = "young.md", 3
	run.Results = append(run.Results, young)
	rehearsal := markdown()
	rehearsal.Regtest = true
	published := anchor.Published{
		Commit: strings.Repeat("d", 40), Paths: []string{"a b.md.ots", "c.md.ots"},
		Dropped: []anchor.Dropped{{Path: "e.md.ots", Reason: "e.md changed meanwhile"}},
	}
	for name, got := range map[string][]byte{
		"summary":   markdown().Summary(Summary{Run: run, Checked: judged(), Notes: []string{"the command was not run: allow_commands is false"}}),
		"regtest":   rehearsal.Summary(Summary{Run: run, Checked: judged()}),
		"none":      markdown().Summary(Summary{}),
		"stopped":   []byte(Stopped("the base of the change is not in this clone", "fetch-depth: 2")),
		"unbroken":  Markdown{Now: now()}.Summary(Summary{Checked: &anchor.Checked{}}),
		"published": markdown().Published(published.Commit, published),
		"dropped":   rehearsal.Published("", anchor.Published{Dropped: published.Dropped}),
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join("testdata", "markdown-"+name+".golden")
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), string(got)); d != "" {
				t.Errorf("-want +got (go test -update writes it anew):\n%s", d)
			}
		})
	}
}

// Of a regtest summary no heading, table or row of a block can be taken alone
// for a real one.
func TestMarkdownRegtestIsMarked(t *testing.T) {
	m := markdown()
	m.Regtest = true
	lines := 0
	for line := range strings.Lines(string(m.Summary(Summary{Run: every()}))) {
		if strings.HasPrefix(line, "#") || strings.Contains(line, "<summary>") || strings.HasPrefix(line, "| ✔") {
			lines++
			if !strings.Contains(line, "regtest, proves nothing: ") {
				t.Errorf("not marked: %s", line)
			}
		}
	}
	if lines < 4 {
		t.Errorf("%d lines looked at, want 4 or more", lines)
	}
}

// hostile is what somebody may write into a path, a title, a server's answer.
func hostile() []string {
	return []string{
		"a|b", "a\nb\r\n\n# heading", "`code` ``x``", "<script>alert(1)</script>", "<!-- -->", "&lt;b&gt;&copy;&#64;", "[x](https://evil.example)",
		"![x](https://evil.example/x.png)", "https://evil.example", "http://evil.example/a(b)", "www.evil.example", "mail@evil.example", "mailto:a@evil.example",
		"@everybody", "#1 GH-1 o/r#1", "*a* _b_ **c** ~~d~~", "\\| \\", "</details>", "| --- |", "<https://evil.example>", "a\u202eb\u2066c\u200b", "\xff\xfe\x00",
		"[x]: https://evil.example", "]( https://evil.example )", "$`x`$ $a$", "::error::x", "x</code></a><b>", "../../x", "./.", "a%2fb?c#d", "ftp://evil.example", "</td></tr></table>",
		"[^1]", "- [ ] x", "1. x", "> x", "    x", "---", "~~~", "xmpp:a@evil.example",
	}
}

var tags = regexp.MustCompile(`<(/?[A-Za-z!?][A-Za-z0-9]*)([^>]*)>`)

// rendered is the HTML of GitHub's dialect, tags that Markdown lets through included.
func rendered(t *testing.T, source []byte) string {
	t.Helper()
	var out bytes.Buffer
	md := goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote), goldmark.WithRendererOptions(html.WithUnsafe()))
	if err := md.Convert(source, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Text that is not ours makes no link, tag, cell or line of its own.
func TestMarkdownForgedText(t *testing.T) {
	for _, evil := range hostile() {
		run := anchor.Run{Results: []anchor.Result{
			{Path: evil, Outcome: verify.Outcome{Status: verify.Failed, Reason: evil}, Hint: evil},
			{Path: evil, Refusal: &anchor.Refusal{Text: evil, Hint: evil}},
			{Path: evil, Err: errors.New(evil)},
			{Path: evil, Outcome: confirmed()},
			{Path: evil, Outcome: verify.Outcome{Status: verify.Pending, Reason: evil}},
		}}
		run.Commit.ID = strings.Repeat("c", 40)
		checked := &anchor.Checked{Findings: []anchor.Breach{{Path: evil, Rule: "edited", Text: evil, Hint: evil}}}
		page := rendered(t, markdown().Summary(Summary{Run: run, Checked: checked, Notes: []string{evil}}))
		page += rendered(t, markdown().Published(strings.Repeat("d", 40), anchor.Published{Paths: []string{evil}, Dropped: []anchor.Dropped{{Path: evil, Reason: evil}}}))
		page += rendered(t, []byte(Stopped(evil, evil)))

		for _, tag := range tags.FindAllStringSubmatch(page, -1) {
			switch name := strings.TrimPrefix(tag[1], "/"); name {
			case "h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "code", "span":
				if tag[2] != "" {
					t.Errorf("%q: tag %s", evil, tag[0])
				}
			case "a":
				if tag[2] != "" && !regexp.MustCompile(`^ href="`+blobs+`[cd]{40}/[A-Za-z0-9%/._-]+"$`).MatchString(tag[2]) {
					t.Errorf("%q: link %s", evil, tag[0])
				}
			default:
				t.Errorf("%q: tag %s", evil, tag[0])
			}
		}
		if links := strings.Count(page, "<a href"); links != 6 {
			t.Errorf("%q: %d links, want those of 5 documents and a file\n%s", evil, links, page)
		}
		if rows, cells := strings.Count(page, "<tr>"), strings.Count(page, "<td>"); rows != 12 || cells != 4*4+2*5+2+1 {
			t.Errorf("%q: %d rows, %d cells\n%s", evil, rows, cells, page)
		}
		for _, r := range page {
			if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
				t.Errorf("%q: %U gets through", evil, r)
			}
		}
		if regexp.MustCompile(`[@#][A-Za-z0-9]`).MatchString(page) {
			t.Errorf("%q: a mention gets through\n%s", evil, page)
		}
	}
}

// A summary that GitHub would not show is worth nothing: rows are left out.
func TestMarkdownLimit(t *testing.T) {
	var run anchor.Run
	for i := range 20000 {
		run.Results = append(run.Results, anchor.Result{Path: fmt.Sprintf("%0200d.md", i), Outcome: confirmed()})
	}
	run.Results = append(run.Results, anchor.Result{Path: "bad.md", Outcome: verify.Outcome{Status: verify.Failed, Reason: "malformed"}})
	got := string(markdown().Summary(Summary{Run: run}))
	if len(got) > maxSummary || len(got) < maxSummary-tailRoom-1000 {
		t.Errorf("%d bytes, want a little less than %d", len(got), maxSummary)
	}
	shown := strings.Count(got, "| ✔ |")
	if left := fmt.Sprintf("\n%d rows more are left out here; the log has them.\n", 20000-shown); !strings.Contains(got, left) {
		t.Errorf("with %d rows it does not say %q", shown, left)
	}
	if !strings.Contains(got, "## git-anchor: 1 failed, 20000 confirmed\n") || !strings.Contains(got, "bad&#46;md") || !strings.Contains(got, "</details>") {
		t.Error("heading, problem or end is missing")
	}
}

func FuzzPlain(f *testing.F) {
	for _, s := range hostile() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := prose(text)
		if strings.ContainsAny(strings.NewReplacer("<span>&#64;</span>", "", "<span>&#35;</span>", "").Replace(got), "<>|`[]()*_\\@\n\r") {
			t.Errorf("%q became %q", text, got)
		}
		if path := percent(text); strings.Trim(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.%/") != "" {
			t.Errorf("%q became %q", text, path)
		}
	})
}

var codeSpans = regexp.MustCompile(`(?s)<code>.*?</code>`)

// A table of legacy proofs stands in a file of the repository: what is not ours
// makes nothing of its own there, either, and is read as it is.
func TestLegacyTableForgedText(t *testing.T) {
	for _, evil := range append(hostile(), "a`b", "a|b", `a\`, " a ", "", "<!-- git-anchor legacy -->") {
		run := anchor.LegacyRun{Proofs: []anchor.Legacy{
			{Found: anchor.Found{Proof: evil, Err: errors.New(evil)}},
			{Found: anchor.Found{Proof: evil, Blob: strings.Repeat("b", 40), TodayPath: evil, Today: []string{evil}}},
		}}
		table := Markdown{}.LegacyTable(run)
		if strings.Contains(table, "<!--") {
			t.Errorf("%q: begins a comment, as the lines do between which the table stands", evil)
		}
		page := rendered(t, []byte(table))
		for _, tag := range tags.FindAllStringSubmatch(page, -1) {
			switch name := strings.TrimPrefix(tag[1], "/"); name {
			case "table", "thead", "tbody", "tr", "th", "td", "code", "span":
				if tag[2] == "" {
					continue
				}
			}
			t.Errorf("%q: tag %s", evil, tag[0])
		}
		if rows, cells := strings.Count(page, "<tr>"), strings.Count(page, "<td>"); rows != 3 || cells != 8 {
			t.Errorf("%q: %d rows, %d cells\n%s", evil, rows, cells, page)
		}
		if regexp.MustCompile(`[@#][A-Za-z0-9]`).MatchString(codeSpans.ReplaceAllString(page, "")) {
			t.Errorf("%q: a mention gets through\n%s", evil, page)
		}
	}
	for text, want := range map[string]string{
		`2 lines added, 1 removed; date: nothing → "2026-01-05"`: `2 lines added, 1 removed; date: nothing → "2026-01-05"`,
		"a.md (old) = b+c, it's: v1.2.":                          "a.md (old) = b+c, it's: v1.2.",
		"https://a.example :smile: WWW.a.example":                "https&#58;//a.example &#58;smile: WWW&#46;a.example",
		"@a #1 <b> [c](d) `e` *f* _g_ |":                         "<span>&#64;</span>a <span>&#35;</span>1 &#60;b&#62; &#91;c&#93;(d) &#96;e&#96; &#42;f&#42; &#95;g&#95; &#124;",
	} {
		if got := quiet(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}
