package certificate

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/ots"
)

// solid returns what stands between the head and the foot of all pages, without white
// space: what goes over to another page is in one piece, where no pale word lies
// behind it.
func solid(t *testing.T, c *Certificate) string {
	t.Helper()
	return squeezed(poppler(t, "pdftotext", "-raw", "-r", "72", "-x", "0", "-W", "595", "-y", "45", "-H", "742", saved(t, rendered(t, c, "en", DeclarePlain)), "-"))
}

// Of a text as long as its limit all is there, of one longer its beginning and a sign.
func TestPDFLimitsOfTexts(t *testing.T) {
	const letter = "ж"
	for about, tt := range map[string]struct {
		max int
		put func(c *Certificate, text string)
	}{
		"name":         {maxShownName, func(c *Certificate, text string) { c.Name = text }},
		"path":         {maxShownName, func(c *Certificate, text string) { c.Path = text }},
		"title":        {maxShownName, func(c *Certificate, text string) { c.Evidence, c.Title = nil, text }},
		"record title": {maxShownName, func(c *Certificate, text string) { c.Evidence.Title = text }},
		"by":           {maxShownName, func(c *Certificate, text string) { c.Evidence.By = text }},
		"where":        {maxShownName, func(c *Certificate, text string) { c.Evidence.Matches[0].Where = text }},
		"committer":    {maxShownName, func(c *Certificate, text string) { c.Custody[0].By = text }},
		"blob":         {maxShownID, func(c *Certificate, text string) { c.Blob = text }},
		"commit":       {maxShownID, func(c *Certificate, text string) { c.Commit = text }},
		"tool":         {maxShownID, func(c *Certificate, text string) { c.Tool = text }},
		"entry commit": {maxShownID, func(c *Certificate, text string) { c.Custody[0].Commit = text }},
		"entry hash":   {maxShownID, func(c *Certificate, text string) { c.Custody[0].Hash = text }},
		"finding":      {maxShownText, func(c *Certificate, text string) { c.Outcome.Findings = []string{text} }},
		"URL":          {maxShownText, func(c *Certificate, text string) { c.Evidence.URL = text }},
		"note":         {maxShownText, func(c *Certificate, text string) { c.Evidence.Note = text }},
		"quote":        {maxShownText, func(c *Certificate, text string) { c.Evidence.Matches[0].Quote = text }},
		"title, head":  {maxShownClaim, func(c *Certificate, text string) { c.Evidence.Title = text }},
		"URL, head":    {maxShownClaim, func(c *Certificate, text string) { c.Evidence.URL = text }},
		"entry":        {maxShownEntry, func(c *Certificate, text string) { c.Custody[0].Claim = text }},
	} {
		t.Run(about, func(t *testing.T) {
			whole, cut := strings.Repeat(letter, tt.max), strings.Repeat(letter, tt.max-1)+"…"
			c := sample(t, Confirmed)
			tt.put(c, whole)
			if text := solid(t, c); !strings.Contains(text, whole) || strings.Contains(text, cut) {
				t.Errorf("%d characters are not there as they are", tt.max)
			}
			c = sample(t, Confirmed)
			tt.put(c, whole+letter)
			if text := solid(t, c); !strings.Contains(text, cut) || strings.Contains(text, letter+cut) {
				t.Errorf("%d characters are not cut to %d", tt.max+1, tt.max)
			}
		})
	}
}

// A list as long as its limit is there, of one longer the rest is counted.
func TestPDFLimitsOfLists(t *testing.T) {
	for about, tt := range map[string]struct {
		max int
		put func(c *Certificate, n int)
	}{
		"findings": {maxNotes, func(c *Certificate, n int) { c.Outcome.Findings = slices.Repeat([]string{"noticed"}, n) }},
		"custody":  {MaxListed, func(c *Certificate, n int) { c.Custody = slices.Repeat(c.Custody[:1], n) }},
		"quotes":   {MaxListed, func(c *Certificate, n int) { c.Evidence.Matches = slices.Repeat(c.Evidence.Matches[:1], n) }},
		"files": {MaxListed, func(c *Certificate, n int) {
			c.Evidence.Attachments = slices.Repeat(c.Evidence.Attachments[:1], n-3) // beside three answers
		}},
		"claims": {MaxClaims, func(c *Certificate, n int) {
			var all []ots.Attestation
			for i := range n {
				all = append(all, promise(t, fmt.Sprintf("https://calendar-%d.example", i)))
			}
			c.Proof, _ = written(t, c.Document, nil, all...)
		}},
	} {
		t.Run(about, func(t *testing.T) {
			for n, want := range map[int]bool{tt.max: false, tt.max + 1: true} {
				c := sample(t, Pending)
				tt.put(c, n)
				text := solid(t, c)
				if got := strings.Contains(text, squeezed("1 more is not listed.")); got != want || strings.Contains(text, "moreare") {
					t.Errorf("%d: one is counted and not listed: %t", n, got)
				}
			}
		})
	}
}

// A log of more entries than are listed is attached whole.
func TestPDFAttachesAllOfALog(t *testing.T) {
	c := sample(t, Confirmed)
	c.Custody = slices.Repeat(c.Custody[:1], MaxListed+1)
	evidence.Chain(c.Custody)
	log := evidence.LogBytes(c.Custody)
	if text, want := solid(t, c), fmt.Sprintf("%dbytes,attachedtothisPDFSHA-256%s", len(log), sum(log)); !strings.Contains(text, want) {
		t.Errorf("no %q", want)
	}
}

func TestPDFLimitsOfBytes(t *testing.T) {
	for n, want := range map[int]string{
		maxShownBytes:     hex.EncodeToString([]byte(strings.Repeat("🙂", maxShownBytes/4))),
		maxShownBytes + 1: hex.EncodeToString([]byte(strings.Repeat("🙂", maxShownBytes/4))) + "…(201bytesinall)",
	} {
		c := sample(t, Pending)
		c.Name = strings.Repeat("🙂", maxShownBytes/4) + strings.Repeat("x", n-maxShownBytes)
		if text := solid(t, c); !strings.Contains(text, want) || strings.Contains(text, want+"…") {
			t.Errorf("a name of %d bytes: no %q", n, want)
		}
	}
	for n, want := range map[int]string{
		maxShownValue:     strings.Repeat("77", maxShownValue),
		maxShownValue + 1: strings.Repeat("77", maxShownValue) + "…(257bytesinall)",
	} {
		c := sample(t, Pending)
		c.Proof, _ = written(t, c.Document, []ots.Op{{Tag: ots.Append, Arg: []byte(strings.Repeat("w", n))}}, promise(t, "https://calendar.example"))
		if text := solid(t, c); !strings.Contains(text, want) || strings.Contains(text, want+"…") || strings.Contains(text, want+"77") {
			t.Errorf("an argument of %d bytes: no %q", n, want)
		}
	}
}

func TestPDFLimitOfFileNames(t *testing.T) {
	whole := strings.Repeat("x", maxFileName)
	for name, want := range map[string]string{whole: whole, whole + "x": whole[1:] + "_"} {
		c := sample(t, Confirmed)
		c.Name = name
		list := poppler(t, "pdfdetach", "-list", saved(t, rendered(t, c, "en", "")))
		if !strings.Contains(list, "1: "+want+"\n2: "+want+".ots\n") {
			t.Errorf("%d characters: %q", len(name), list)
		}
	}
}

// What the record's digest is must be the document's, or its claims are another's.
func TestPDFRefusesAnotherRecord(t *testing.T) {
	c := sample(t, Confirmed)
	c.Evidence = recorded(sha256.Sum256(nil))
	if _, err := c.PDF("en", "", nil); err == nil || err.Error() != ErrDisagree.Error()+": the record of evidence is not the document" {
		t.Errorf("%v", err)
	}
}
