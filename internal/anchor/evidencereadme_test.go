package anchor

import (
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/evidence"
)

// A bundle's README has so much of what a record says it is of.
func TestReadmeClaimLimit(t *testing.T) {
	s := newSite(t, files{"a": "a"}).session()
	s.Judge.Chain = bitcoin.NewChain(bitcoin.Mainnet(), bitcoin.Options{})
	for extra, want := range []string{strings.Repeat("é", longestClaim), strings.Repeat("é", longestClaim-1) + "…"} {
		b := &evidenceBundling{s: s, item: EvidenceItem{Recorded: Recorded{ID: "a", Record: &evidence.Record{Title: strings.Repeat("é", longestClaim+extra)}}}}
		if got := b.inventory(false); !strings.Contains(got, "\n    "+want+"\n") {
			t.Errorf("%d past the limit:\n%s", extra, got)
		}
	}
}
