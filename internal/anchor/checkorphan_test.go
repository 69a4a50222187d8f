package anchor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/calendar"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/verify"
)

// A proof without a document may move beside one whose bytes are those that it is
// for; beside nothing, and beside what cannot be read, it is gone.
func TestCheckOrphanMoves(t *testing.T) {
	const text = "a text that was anchored"
	const limit = 1000
	for to, kept := range map[string]bool{
		"copy.md.ots":    true,
		"nothing.md.ots": false,
		"d/.ots":         false,
		".git.ots":       false, // git can have no document of that name
		"other.md.ots":   false,
		"big.bin.ots":    false,
		"link.md.ots":    false,
		"x/copy.md.superseded-" + strings.Repeat("0", 64) + ".ots": false,
	} {
		t.Run(to, func(t *testing.T) {
			h := newHistory(t)
			h.put("copy.md", []byte(text))
			h.put("other.md", []byte("another text"))
			h.put("big.bin", []byte(strings.Repeat("x", limit+1)))
			h.put("a.md.ots", []byte(proofOf(t, text, "alice")))
			h.put("d/keep", nil)
			h.put("x/keep", nil)
			if err := os.Symlink("copy.md", filepath.Join(h.dir, "link.md")); err != nil {
				t.Fatal(err)
			}
			h.git("add", ".")
			h.git("commit", "-q", "-m", "Base")
			h.git("tag", "base")
			h.git("mv", "a.md.ots", to)
			h.git("commit", "-q", "-m", "Move it")
			repo, err := gitrepo.Open(t.Context(), gitrepo.Options{Dir: h.dir, MaxBlob: limit})
			if err != nil {
				t.Fatal(err)
			}
			defer repo.Close()
			s := &Session{Repo: repo, Calendars: &calendar.Client{}, Judge: verify.Judge{Chain: bitcoin.NewChain(bitcoin.Mainnet(), bitcoin.Options{})}}
			c, err := s.Check(t.Context(), CheckOptions{Base: "base"})
			if err != nil {
				t.Fatal(err)
			}
			var rules []verify.Rule
			for _, b := range c.Findings {
				if b.Path == "a.md.ots" {
					rules = append(rules, b.Rule)
				}
			}
			if kept && len(c.Findings) > 0 || !kept && (len(rules) != 1 || rules[0] != verify.RuleDeleted) {
				t.Errorf("findings %+v, want it kept: %v", c.Findings, kept)
			}
		})
	}
}
