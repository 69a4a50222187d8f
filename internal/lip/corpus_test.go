package lip

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/openllmo/git-anchor/internal/corpus"
)

// The real texts, each as it was at one commit. Two of them were anchored and
// should not have been: as a Draft, and with words left to be filled in.
func TestRealLIPs(t *testing.T) {
	dir := filepath.Join(corpus.Dir(t), "llmo")
	rule := Rule{Forbid: []string{"to be populated"}}
	draftFindings := func(status, ref string) []string {
		return []string{
			status + ": status is Draft: a Draft cannot be anchored, because the edit that accepts it would break the proof",
			ref + `: the text holds "to be populated", which must not be anchored`,
		}
	}
	tests := []struct {
		file, path, title string
		want              []string
	}{
		{"lip-0001.md@f991c92", "content/spec/lips/lip-0001.md", "LIP Purpose and Guidelines", nil},
		{"lip-0001.mdx@c18fb02", "content/spec/lips/lip-0001.md", "LIP Purpose and Guidelines", nil},
		{
			"lip-0001.mdx@573a5af", "content/spec/lips/lip-0001.md", "LIP Purpose and Guidelines",
			[]string{"15: the last transition leads to Draft, but status is Active"},
		},
		{"lip-0003.md@0fbf0da", "content/spec/lips/lip-0003.md", "LIP Authoring Conventions", draftFindings("8", "17")},
		{"lip-0003.md@5c792ed", "content/spec/lips/lip-0003.md", "LIP Authoring Conventions", draftFindings("8", "16")},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join(dir, tt.file))
			if err != nil {
				t.Fatal(err)
			}
			doc, found := Check(tt.path, b, rule)
			if doc.Title != tt.title || doc.Author != "Nic Chavez <spec@llmo.org>" || doc.LinkTitle == "" {
				t.Errorf("document = %+v", doc)
			}
			if diff := cmp.Diff(tt.want, texts(found)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}
