package anchor

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// TestCheckNamesFew: what is listed for a reader's sake is bounded, and says where
// it ends.
func TestCheckNamesFew(t *testing.T) {
	for _, extra := range []int{0, 1} {
		h := newHistory(t)
		for i := range maxNamed + extra {
			h.put(fmt.Sprintf("%02d", i), []byte("document"))
			h.put(fmt.Sprintf("%02d.ots", i), proofFor("document"))
		}
		h.git("add", ".")
		h.git("commit", "-q", "-m", "Anchor")
		h.git("tag", "base")
		for i := range maxNamed + extra {
			h.put(fmt.Sprintf("%02d", i), []byte("another"))
		}
		h.git("commit", "-q", "-a", "-m", "Change")
		c, err := h.judged().Check(context.Background(), CheckOptions{Base: "base"})
		if err != nil {
			t.Fatal(err)
		}
		named := 0
		for _, b := range c.Findings {
			if strings.Contains(b.Text, " in commit ") {
				named++
			}
		}
		if len(c.Findings) != maxNamed+extra || named != maxNamed {
			t.Errorf("%d edits: %d findings, of which %d name a commit", maxNamed+extra, len(c.Findings), named)
		}
	}
}

// TestCheckNoticesBounded: documents that a configuration lets go of are named up
// to a number, and a workflow is searched up to a size.
func TestCheckNoticesBounded(t *testing.T) {
	for _, extra := range []int{0, 1} {
		h := newHistory(t)
		h.put(config.File, []byte("[[documents]]\nkind = 'file'\npaths = ['docs/*']\n"))
		for i := range maxListed + extra {
			h.put(fmt.Sprintf("docs/%02d", i), []byte("document"))
			h.put(fmt.Sprintf("docs/%02d.ots", i), proofFor("document"))
		}
		h.git("add", ".")
		h.git("commit", "-q", "-m", "Anchor")
		h.git("tag", "base")
		h.put(config.File, []byte("[[documents]]\nkind = 'file'\npaths = ['other/*']\n"))
		h.put(".github/workflows/big.yml", []byte(strings.Repeat("#", maxWorkflow+extra)))
		h.git("add", ".")
		h.git("commit", "-q", "-m", "Change")
		c, err := h.judged().Check(context.Background(), CheckOptions{Base: "base"})
		if err != nil {
			t.Fatal(err)
		}
		more, workflows := 0, 0
		for _, n := range c.Notices {
			if strings.Contains(n.Text, " and 1 more") {
				more++
			}
			if n.Rule == verify.NoticeWorkflow {
				workflows++
			}
		}
		if more != extra || workflows != extra {
			t.Errorf("%d past the limits: %d notices that end early, %d about a workflow: %+v", extra, more, workflows, c.Notices)
		}
	}
}

// proofFor is a proof of a document by one promise.
func proofFor(document string) []byte {
	d := sha256.Sum256([]byte(document))
	a, err := ots.PendingAt("https://alice.btc.calendar.opentimestamps.org")
	if err != nil {
		panic(err)
	}
	return (&ots.Proof{Hash: ots.SHA256, Digest: d[:], Tree: &ots.Tree{Msg: d[:], Attestations: []ots.Attestation{a}}}).Bytes()
}
