package lip

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFields(t *testing.T) {
	const types, known = "Standards Track, Process, Informational", "Draft, Proposed, Active, Final, Superseded, Withdrawn, Rejected, Obsolete"
	tests := []struct {
		name, old, new string
		want           []string
	}{
		{"no lip", "lip: 7\n", "", []string{"1: the front matter has no lip"}},
		{"no title", "title: \"Numbering: how example proposals count\"\n", "", []string{"1: the front matter has no title"}},
		{"no author", "author: Ada Example <ada@example.org>\n", "", []string{"1: the front matter has no author"}},
		{"no status", "status: Final\n", "", []string{"1: the front matter has no status"}},
		{"no type", "type: Informational\n", "", []string{"1: the front matter has no type"}},
		{"no created", "created: 2026-05-01\n", "", []string{"1: the front matter has no created"}},
		{"key in another case", "status: Final\n", "Status: Final\n", []string{"1: the front matter has no status"}},
		{"empty title", "title: \"Numbering: how example proposals count\"", "title: \"\"", []string{"3: title is empty"}},
		{"null title", "title: \"Numbering: how example proposals count\"", "title: null", []string{"3: title is empty"}},
		{"title is a list", "title: \"Numbering: how example proposals count\"", "title: [a]", []string{"3: title is a list or map, want a single value"}},
		{"number in quotes", "lip: 7", "lip: \"7\"", []string{`2: lip is "7", want a number of at most 4 digits without quotes`}},
		{"number with underscore", "lip: 7", "lip: 0_7", []string{`2: lip is "0_7", want a number of at most 4 digits without quotes`}},
		{"hexadecimal number", "lip: 7", "lip: 0x7", []string{`2: lip is "0x7", want a number of at most 4 digits without quotes`}},
		{"fraction", "lip: 7", "lip: 7.0", []string{`2: lip is "7.0", want a number of at most 4 digits without quotes`}},
		{"five digits", "lip: 7", "lip: 00007", []string{`2: lip is "00007", want a number of at most 4 digits without quotes`}},
		{"placeholder for a number", "lip: 7", "lip: NEW", []string{`2: lip is "NEW", want a number of at most 4 digits without quotes`}},
		{"author without address", "Ada Example <ada@example.org>", "Ada Example", []string{`6: author is "Ada Example", want "Name <email>"`}},
		{"author without name", "Ada Example <ada@example.org>", "<ada@example.org>", []string{`6: author is "<ada@example.org>", want "Name <email>"`}},
		{"author's address without @", "<ada@example.org>", "<ada>", []string{`6: author is "Ada Example <ada>", want "Name <email>"`}},
		{"two authors", "<ada@example.org>", "<ada@example.org>, Bo Two <bo@example.org>", nil},
		{"two authors without a comma", "<ada@example.org>", "<ada@example.org> Bo Two <bo@example.org>", []string{`6: author is "Ada Example <ada@example.org> Bo Two <bo@example.org>", want "Name <email>"`}},
		{"unknown status", "status: Final", "status: final", []string{`8: status is "final", want one of ` + known}},
		{"unknown type", "type: Informational", "type: Essay", []string{`9: type is "Essay", want one of ` + types}},
		{"hostile type", "type: Informational", `type: "\x1b[2J` + strings.Repeat("x", 100) + `"`, []string{`9: type is "\x1b[2J` + strings.Repeat("x", 56) + `…", want one of ` + types}},
		{"created is no date", "created: 2026-05-01", "created: 2026-02-30", []string{`10: created is "2026-02-30", want a date like 2026-04-21`}},
		{"created is a time", "created: 2026-05-01", "created: 2026-05-01T00:00:00Z", []string{`10: created is "2026-05-01T00:00:00Z", want a date like 2026-04-21`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, found := Parse([]byte(with(t, tt.old, tt.new)))
			if diff := cmp.Diff(tt.want, texts(found)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTransitions(t *testing.T) {
	const known = "Draft, Proposed, Active, Final, Superseded, Withdrawn, Rejected, Obsolete"
	const list = `transitions:
  - date: 2026-05-01
    from: null
    to: Draft
    ref: "First text"
  - date: 2026-05-20
    from: Draft
    to: Final
    ref: "Accepted"
`
	tests := []struct {
		name, old, new string
		want           []string
	}{
		{"absent", list, "", []string{"1: the front matter has no transitions"}},
		{"empty", list, "transitions: []\n", []string{"13: transitions is not a list with at least one entry"}},
		{"not a list", list, "transitions: Final\n", []string{"13: transitions is not a list with at least one entry"}},
		{"entry is no map", list, "transitions: [Final]\n", []string{"13: transition 1 is not a map of date, from, to and ref"}},
		{"first from null in another spelling", "from: null", "from: ~", nil},
		{"skips a status", "from: Draft", "from: Proposed", nil}, // real histories do
		{"same day", "date: 2026-05-20", "date: 2026-05-01", nil},
		{"first not from null", "from: null", "from: Draft", []string{"15: from of transition 1 is not null, but the first transition comes from nothing"}},
		{"first from the text null", "from: null", `from: "null"`, []string{"15: from of transition 1 is not null, but the first transition comes from nothing"}},
		{"first without from", "    from: null\n", "", []string{"14: transition 1 has no from"}},
		{"second from null", "from: Draft", "from: null", []string{"19: from of transition 2 is empty"}},
		{"no ref", "    ref: \"Accepted\"\n", "", []string{"18: transition 2 has no ref"}},
		{"no date", "  - date: 2026-05-20\n    from", "  - from", []string{"18: transition 2 has no date"}},
		{"bad date", "date: 2026-05-20", "date: 20 May", []string{`18: date of transition 2 is "20 May", want a date like 2026-04-21`}},
		{"date before the one above", "date: 2026-05-20", "date: 2026-04-30", []string{"18: date of transition 2 is 2026-04-30, before the one above it (2026-05-01)"}},
		{"unknown to", "to: Draft", "to: Idea", []string{`16: to of transition 1 is "Idea", want one of ` + known}},
		{"last does not lead to status", "to: Final", "to: Proposed", []string{"20: the last transition leads to Proposed, but status is Final"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, found := Parse([]byte(with(t, tt.old, tt.new)))
			if diff := cmp.Diff(tt.want, texts(found)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHeading(t *testing.T) {
	for _, tt := range []struct{ name, front, title, status string }{
		{"complete", "title: A title\nstatus: Final\n", "A title", "Final"},
		{"a status that no LIP has", "title: A title\nstatus: Accepted\n", "A title", "Accepted"},
		{"no status", "title: A title\n", "A title", ""},
		{"not a single value", "title: [a]\nstatus: {b: c}\n", "", ""},
		{"given twice", "title: a\nTitle: b\nstatus: Final\n", "", ""},
		{"no YAML", "title: 'a\n", "", ""},
	} {
		title, status := Heading([]byte("---\n" + tt.front + "---\ntext\n"))
		if title != tt.title || status != tt.status {
			t.Errorf("%s: %q, %q", tt.name, title, status)
		}
	}
	if title, status := Heading([]byte("title: a\nstatus: b\n")); title != "" || status != "" {
		t.Errorf("no front matter: %q, %q", title, status)
	}
}
