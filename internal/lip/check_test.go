package lip

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// draftOf returns the valid LIP as it was before it was accepted.
func draftOf(t testing.TB) string {
	t.Helper()
	doc := with(t, "status: Final", "status: Draft")
	start := strings.Index(doc, "  - date: 2026-05-20")
	return doc[:start] + doc[strings.Index(doc, "\n---\n")+1:]
}

func TestCheck(t *testing.T) {
	const path = "content/spec/lips/lip-0007.md"
	const aDraft = "8: status is Draft: a Draft cannot be anchored, because the edit that accepts it would break the proof"
	standing := func(status string) string { // the valid LIP in another status
		return strings.ReplaceAll(strings.ReplaceAll(valid(t), "status: Final", "status: "+status), "to: Final", "to: "+status)
	}
	tests := []struct {
		name, path, doc string
		rule            Rule
		want            []string
	}{
		{name: "accepted", path: path, doc: valid(t)},
		{name: "another directory", path: "lip-0007.md", doc: valid(t)},
		{name: "process accepted", path: path, doc: strings.Replace(standing("Active"), "type: Informational", "type: Process", 1)},
		{name: "ten, not eight", path: "content/spec/lips/lip-0010.md", doc: with(t, "lip: 7", "lip: 0010")},
		{
			name: "another number", path: "content/spec/lips/lip-0008.md", doc: valid(t),
			want: []string{"2: lip is 7, but the file name says 8, and the file name decides"},
		},
		{
			name: "number unreadable", path: "content/spec/lips/lip-0008.md", doc: with(t, "lip: 7", "lip: seven"),
			want: []string{`2: lip is "seven", want a number of at most 4 digits without quotes`},
		},
		{name: "draft", path: path, doc: draftOf(t), want: []string{aDraft}},
		{name: "draft of unknown type", path: path, doc: strings.Replace(draftOf(t), "Informational", "Essay", 1), want: []string{
			aDraft, `9: type is "Essay", want one of Standards Track, Process, Informational`,
		}},
		{name: "draft that the repository allows", path: path, doc: draftOf(t), rule: Rule{Status: []string{"Draft"}}},
		{
			name: "active informational", path: path, doc: standing("Active"),
			want: []string{`8: status is "Active", and only "Final" is anchored`},
		},
		{name: "active informational, allowed", path: path, doc: standing("Active"), rule: Rule{Status: []string{"Active", "Final"}}},
		{
			name: "final process", path: path, doc: with(t, "type: Informational", "type: Process"),
			want: []string{`8: status is "Final", and only "Active" is anchored`},
		},
		{
			name: "withdrawn", path: path, doc: standing("Withdrawn"), rule: Rule{Status: []string{"Active", "Final"}},
			want: []string{`8: status is "Withdrawn", and only "Active" or "Final" is anchored`},
		},
		{
			name: "bad name, and what else there is", path: "content/spec/lips/lip-7.md", doc: draftOf(t),
			want: []string{`0: "lip-7.md" is not a LIP name: LIP names have exactly 4 digits, not 1`, aDraft},
		},
		{
			name: "placeholder with a number inside", path: "content/spec/lips/lip-NEW-numbering.md", doc: valid(t),
			want: []string{`0: "lip-NEW-numbering.md" is not final: it is a placeholder, whatever number its front matter holds`},
		},
		{
			name: "mdx at the new place", path: "content/spec/lips/lip-0007.mdx", doc: valid(t),
			want: []string{`0: "lip-0007.mdx" is not a LIP name: LIPs are .md files since they moved to content/spec/lips`},
		},
		{
			name: "old path", path: "spec/lips/lip-0007.mdx", doc: valid(t),
			want: []string{"0: LIPs are no longer kept at spec/lips/lip-0007.mdx: this one is now content/spec/lips/lip-0007.md, and the proof of the old file is static/spec/lips/legacy/lip-0007.mdx.ots"},
		},
		{
			name: "left to be filled in", path: path, doc: with(t, `ref: "Accepted"`, `ref: "PR To Be Populated post-merge"`), rule: Rule{Forbid: []string{"to be populated"}},
			want: []string{`21: the text holds "to be populated", which must not be anchored`},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, found := Check(tt.path, []byte(tt.doc), tt.rule)
			if diff := cmp.Diff(tt.want, texts(found)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCheckHints(t *testing.T) {
	tests := []struct{ name, path, doc, hint string }{
		{"old path", "spec/lips/lip-0007.mdx", valid(t), "name content/spec/lips/lip-0007.md instead"},
		{"another number", "lip-0008.md", valid(t), "write lip: 8"},
		{"draft", "lip-0007.md", draftOf(t), `anchor it once its status is "Final"`},
		{"byte order mark", "lip-0007.md", "\ufeff" + valid(t), "save the file as UTF-8 without a byte order mark"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, found := Check(tt.path, []byte(tt.doc), Rule{})
			if len(found) != 1 || found[0].Hint != tt.hint {
				t.Errorf("findings = %+v, want one with the hint %q", found, tt.hint)
			}
		})
	}
}

func TestForbidden(t *testing.T) {
	const held = `the text holds "to be populated", which must not be anchored`
	words := []string{"to be populated"}
	tests := []struct {
		name, text string
		patterns   []string
		want       []string
	}{
		{"nothing", "all is there\n", words, nil},
		{"nothing forbidden", "to be populated", nil, nil},
		{"every line once", "x\nTO BE POPULATED to be populated\n\nto be Populated", words, []string{"2: " + held, "4: " + held}},
		{"CRLF", "x\r\nto be populated\r\n", words, []string{"2: " + held}},
		{"not UTF-8 before", "\xff\xff\n\xffto be populated", words, []string{"2: " + held}},
		{"letters that change length", "İİİ\nİ to be populated", words, []string{"2: " + held}},
		{"over two lines", "a\nb\na\nb", []string{"A\nB"}, []string{"1: the text holds \"A\\nB\", which must not be anchored", "3: the text holds \"A\\nB\", which must not be anchored"}},
		{"several, by line", "tbd\nfixme tbd", []string{"FIXME", "TBD"}, []string{
			`1: the text holds "TBD", which must not be anchored`, `2: the text holds "FIXME", which must not be anchored`, `2: the text holds "TBD", which must not be anchored`,
		}},
		{"empty pattern", "abc", []string{""}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, texts(Forbidden([]byte(tt.text), tt.patterns))); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMaxFindings(t *testing.T) {
	for _, lines := range []int{MaxFindings, MaxFindings + 1, 10 * MaxFindings} {
		found := Forbidden([]byte(strings.Repeat("tbd\n", lines)), []string{"tbd"})
		last := found[len(found)-1]
		want := Finding{Line: MaxFindings, Text: `the text holds "tbd", which must not be anchored`, Hint: "fill it in or remove it, and commit that"}
		if lines > MaxFindings {
			want = Finding{Line: MaxFindings, Text: "there are more findings from here on, which are not listed"}
		}
		if len(found) != MaxFindings || last != want {
			t.Errorf("%d lines: %d findings, the last %+v, want %d and %+v", lines, len(found), last, MaxFindings, want)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	doc := []byte(valid(b))
	doc = append(doc, strings.Repeat("A line of text as LIPs have, about as long as theirs.\n", 350)...)
	b.SetBytes(int64(len(doc)))
	for b.Loop() {
		if _, found := Check("lip-0007.md", doc, Rule{Forbid: []string{"to be populated"}}); len(found) > 0 {
			b.Fatal(fmt.Sprint(found))
		}
	}
}
