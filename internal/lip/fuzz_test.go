package lip

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzCheck looks for panics, for findings on lines that the file does not have
// or that could not be printed, and for documents that pass though they are not
// what a passed document must be.
func FuzzCheck(f *testing.F) {
	f.Add("content/spec/lips/lip-0007.md", []byte(valid(f)), "to be populated")
	f.Add("lip-NEW-abc.md", []byte("---\nlip: 0010\n---\n"), "")
	f.Add("spec/lips/lip-0001.mdx", []byte("---\r\na: &a [*a]\r\n---\r\n"), "x\ny")
	f.Add("LIP-1.md", []byte("---\ntransitions:\n- {date: 2026-01-01, from: null, to: Draft, ref: [}\n---"), "İ")
	f.Add("lip-0001.md", []byte("\ufeff---\n? {a: b}\n: c\n"), "\xff")
	f.Fuzz(func(t *testing.T, path string, b []byte, forbid string) {
		before := bytes.Clone(b)
		doc, found := Check(path, b, Rule{Forbid: []string{forbid}})
		if !bytes.Equal(before, b) {
			t.Fatal("Check changed the bytes")
		}
		if len(found) > MaxFindings {
			t.Fatalf("%d findings", len(found))
		}
		lines := 1 + bytes.Count(b, []byte("\n"))
		for _, f := range found {
			if f.Line < 0 || f.Line > lines || f.Text == "" {
				t.Errorf("finding %+v in a file of %d lines", f, lines)
			}
			if !utf8.ValidString(f.Text+f.Hint) || strings.ContainsAny(f.Text+f.Hint, "\n\r\x1b") {
				t.Errorf("finding %q cannot be printed", f.Text)
			}
		}
		if len(found) == 0 && (doc.Title == "" || doc.Author == "" || len(doc.Transitions) == 0 || doc.Status != accepted(doc.Type)) {
			t.Errorf("passed: %+v", doc)
		}
	})
}
