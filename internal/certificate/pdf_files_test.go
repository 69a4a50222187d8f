package certificate

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPDFAttachments(t *testing.T) {
	for _, state := range states() {
		for _, name := range []string{"LIP-0017.md", "../../etc/passwd", "звіт №1 🙂.json", "a\\b:c", "", ".ots"} {
			t.Run(string(state)+" "+name, func(t *testing.T) {
				c := sample(t, state)
				c.Name = name
				pdf, dir := saved(t, rendered(t, c, "en", "")), t.TempDir()
				poppler(t, "pdfdetach", "-saveall", "-o", dir, pdf)
				found, err := os.ReadDir(dir)
				if err != nil {
					t.Fatal(err)
				}
				got := map[[sha256.Size]byte]bool{}
				for _, f := range found {
					content, err := os.ReadFile(filepath.Join(dir, f.Name()))
					if err != nil {
						t.Fatal(err)
					}
					got[sha256.Sum256(content)] = true
				}
				for what, content := range map[string][]byte{"document": c.Document, "proof": c.Proof} {
					if !got[sha256.Sum256(content)] {
						t.Errorf("the %s did not come out as it was; there are %v", what, found)
					}
				}
				if len(found) != 2 {
					t.Errorf("%d files, want 2: %v", len(found), found)
				}
			})
		}
	}
}

func TestPDFAttachmentNames(t *testing.T) {
	c := sample(t, Confirmed)
	list := poppler(t, "pdfdetach", "-list", saved(t, rendered(t, c, "en", "")))
	for _, want := range []string{"1: LIP-0017.md\n", "2: LIP-0017.md.ots\n"} {
		if !strings.Contains(list, want) {
			t.Errorf("no %q among %q", want, list)
		}
	}
	c.Document = nil
	list = poppler(t, "pdfdetach", "-list", saved(t, rendered(t, c, "en", "")))
	if want := "1 embedded files\n1: LIP-0017.md.ots\n"; list != want {
		t.Errorf("without the document: %q, want %q", list, want)
	}
}
