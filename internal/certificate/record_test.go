package certificate

import (
	"regexp"
	"strings"
	"testing"
)

// The URL of a record of evidence is text behind the title, and leads nowhere,
// whatever it is.
func TestRecordedURLIsNoLink(t *testing.T) {
	link := regexp.MustCompile(`(?i)<a\b|href=`)
	for url, shown := range map[string]string{
		"https://shop.example/listing/4711":       "https://shop.example/listing/4711",
		"javascript:alert(1)":                     "javascript:alert(1)",
		`https://x.example/"><img src=y>`:         "https://x.example/&#34;&gt;&lt;img src=y&gt;",
		"https://bank.example/\u202emoc.live//:p": `https://bank.example/\u202emoc.live//:p`,
	} {
		c := sample(t, Confirmed)
		c.Evidence.URL = url
		page := pageOf(t, c, "en")
		want := "<dd>Anchors for everybody</dd></div>\n<div><dt>Recorded URL<dd>" + shown + "</dd></div>\n<div><dt>Size<dd>"
		if !strings.Contains(page, want) {
			t.Errorf("%q: no %q in the page", url, want)
		}
		before, _, _ := strings.Cut(page, "<script")
		if m := link.FindString(before); m != "" {
			t.Errorf("%q: the page has %s", url, m)
		}
		for _, kind := range []string{"/URI", "/Link", "/JavaScript"} {
			if strings.Contains(string(rendered(t, c, "en", "")), kind) {
				t.Errorf("%q: the PDF has %s", url, kind)
			}
		}
	}
	c := sample(t, Confirmed)
	c.Evidence = nil
	if page := pageOf(t, c, "en"); strings.Contains(page, "Recorded URL") {
		t.Error("a URL where there is none")
	}
}

// A file that is kept elsewhere is said to be, and no other.
func TestFilesKeptElsewhere(t *testing.T) {
	page := pageOf(t, sample(t, Confirmed), "en")
	for _, want := range []string{"-whois.txt, 2214 bytes<br>", "Attachment: recording.mp4, 104857601 bytes, kept elsewhere<br>"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in the page", want)
		}
	}
	text := strings.Join(pages(t, sample(t, Confirmed), "en", ""), " ")
	for _, want := range []string{"2214 bytes, not in this PDF SHA-256", "104857601 bytes, not in this PDF, kept elsewhere SHA-256"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in the PDF", want)
		}
	}
}

// A page knows files by the record that it carries, and only then has what that takes.
func TestPagesThatNameFiles(t *testing.T) {
	for name, tt := range map[string]struct {
		state State
		edit  func(*Certificate)
		want  bool
	}{
		"confirmed":      {Confirmed, func(*Certificate) {}, true},
		"pending":        {Pending, func(*Certificate) {}, true},
		"changed":        {Changed, func(*Certificate) {}, false},
		"not carried":    {Confirmed, func(c *Certificate) { c.Document = nil }, false},
		"names no files": {Confirmed, func(c *Certificate) { c.Evidence = nil }, false},
	} {
		c := sample(t, tt.state)
		tt.edit(c)
		page := pageOf(t, c, "en")
		for _, part := range []string{"const named=", "a file that the record names", "or one of its attachments"} {
			if strings.Contains(page, part) != tt.want {
				t.Errorf("%s: %q is there: %v", name, part, !tt.want)
			}
		}
	}
}
