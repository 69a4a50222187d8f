package certificate

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/evidence"
)

func TestPDFAttachments(t *testing.T) {
	for _, state := range states() {
		for _, name := range []string{"LIP-0017.md", "../../etc/passwd", "звіт №1 🙂.json", "a\\b:c", "", ".ots", "custody.jsonl", "Custody.JSONL"} {
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
				for what, content := range map[string][]byte{"document": c.Document, "proof": c.Proof, "custody log": evidence.LogBytes(c.Custody)} {
					if !got[sha256.Sum256(content)] {
						t.Errorf("the %s did not come out as it was; there are %v", what, found)
					}
				}
				if len(found) != 3 {
					t.Errorf("%d files, want 3: %v", len(found), found)
				}
			})
		}
	}
}

func TestPDFAttachmentNames(t *testing.T) {
	c := sample(t, Confirmed)
	list := poppler(t, "pdfdetach", "-list", saved(t, rendered(t, c, "en", "")))
	if want := "3 embedded files\n1: LIP-0017.md\n2: LIP-0017.md.ots\n3: custody.jsonl\n"; list != want {
		t.Errorf("%q, want %q", list, want)
	}
	c.Document, c.Custody = nil, nil
	list = poppler(t, "pdfdetach", "-list", saved(t, rendered(t, c, "en", "")))
	if want := "1 embedded files\n1: LIP-0017.md.ots\n"; list != want {
		t.Errorf("without document and log: %q, want %q", list, want)
	}
}

// What is listed of the log is what is attached.
func TestPDFListsTheCustodyLog(t *testing.T) {
	c := sample(t, Confirmed)
	log := evidence.LogBytes(c.Custody)
	text := strings.Join(pages(t, c, "en", ""), " ")
	want := fmt.Sprintf("Custody log custody.jsonl %d bytes, attached to this PDF SHA-256 %s", len(log), sum(log))
	if !strings.Contains(text, want) {
		t.Errorf("no %q", want)
	}
	for _, e := range c.Custody {
		want := fmt.Sprintf("%s: %s by %s", e.Kind, e.Claim, e.By)
		if e.Signature != "" {
			want += " signature: " + e.SignatureText()
		}
		want += " Commit " + e.Commit + " SHA-256 of the entry " + e.Hash
		if !strings.Contains(text, want) {
			t.Errorf("no %q", want)
		}
	}
}
