package certificate

import (
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/evidence"
)

// Of long lists so many are shown, and the rest is counted.
func TestListsAreBounded(t *testing.T) {
	for name, fill := range map[string]func(c *Certificate, n int){
		"notes":  func(c *Certificate, n int) { c.Outcome.Findings = make([]string, n) },
		"quotes": func(c *Certificate, n int) { c.Evidence.Matches = make([]evidence.Match, n) },
		"files":  func(c *Certificate, n int) { c.Evidence.Attachments = make([]evidence.File, n-3) }, // and three answers
		"custody": func(c *Certificate, n int) {
			c.Custody = make([]evidence.Entry, n)
			evidence.Chain(c.Custody)
		},
	} {
		for _, extra := range []int{0, 1} {
			c := sample(t, Confirmed)
			fill(c, 3)
			few := strings.Count(pageOf(t, c, "en"), "<li>")
			fill(c, MaxListed+extra)
			page := pageOf(t, c, "en")
			if got := strings.Count(page, "<li>") - few; got != MaxListed-3 {
				t.Errorf("%s: %d of %d are listed", name, got+3, MaxListed+extra)
			}
			if said := strings.Contains(page, "1 more is not listed."); said != (extra == 1) {
				t.Errorf("%s: %d, and the rest is counted: %v", name, MaxListed+extra, said)
			}
		}
	}
}

// Texts that are not ours are shown up to a length, and end in … beyond it.
func TestTextsAreBounded(t *testing.T) {
	for name, tt := range map[string]struct {
		limit int
		fill  func(c *Certificate, text string)
		where string // before the text, in the page
	}{
		"name":      {longestName, func(c *Certificate, text string) { c.Name = text }, `data-is="name">`},
		"path":      {longestLine, func(c *Certificate, text string) { c.Path = text }, "<dt>Path<dd>"},
		"title":     {longestLine, func(c *Certificate, text string) { c.Evidence.Title = text }, "<dt>Title<dd>"},
		"head":      {longestName, func(c *Certificate, text string) { c.Evidence.Title = text }, "a claim:<br><q>"},
		"URL":       {longestLine, func(c *Certificate, text string) { c.Evidence.URL = text }, "<dt>Recorded URL<dd>"},
		"maker":     {longestLine, func(c *Certificate, text string) { c.Evidence.By = text }, "<dt>Recorded by<dd>"},
		"note":      {longestLine, func(c *Certificate, text string) { c.Evidence.Note = text }, "<dt>Note<dd>"},
		"quote":     {longestLine, func(c *Certificate, text string) { c.Evidence.Matches[0].Quote = text }, "<li><q>"},
		"place":     {longestLine, func(c *Certificate, text string) { c.Evidence.Matches[0].Where = text }, "<small>Where: "},
		"file":      {longestName, func(c *Certificate, text string) { c.Evidence.Attachments[1].Name = text }, "Attachment: "},
		"claim":     {longestLine, func(c *Certificate, text string) { c.Custody[0].Claim = text }, `commit: <span lang="en">`},
		"committer": {longestName, func(c *Certificate, text string) { c.Custody[0].By = text }, "record.json</span>, "},
		"finding":   {longestLine, func(c *Certificate, text string) { c.Outcome.Findings = []string{text} }, "<ul lang=\"en\">\n<li>"},
	} {
		for extra, end := range map[int]string{0: "é", 1: "…"} {
			c := sample(t, Confirmed)
			tt.fill(c, strings.Repeat("é", tt.limit+extra))
			want := tt.where + strings.Repeat("é", tt.limit-1) + end
			if page := pageOf(t, c, "en"); !strings.Contains(page, want) || strings.Contains(page, want+"é") {
				t.Errorf("%s of %d runes is not shown up to %d", name, tt.limit+extra, tt.limit)
			}
		}
	}
}
