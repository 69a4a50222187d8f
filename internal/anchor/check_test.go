package anchor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/calendar"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// judged is the session with a judge that nobody can be asked by.
func (h *history) judged() *Session {
	s := h.session()
	s.Judge = verify.Judge{Chain: bitcoin.NewChain(bitcoin.Mainnet(), bitcoin.Options{})}
	s.Calendars = &calendar.Client{}
	return s
}

func (h *history) put(name string, data []byte) {
	h.t.Helper()
	full := filepath.Join(h.dir, filepath.FromSlash(name))
	if err := errors.Join(os.MkdirAll(filepath.Dir(full), 0o755), os.WriteFile(full, data, 0o644)); err != nil {
		h.t.Fatal(err)
	}
}

// claimOf is a proof of a digest by one Bitcoin claim.
func claimOf(digest byte, height uint64) []byte {
	d := make([]byte, 32)
	d[0] = digest
	p := &ots.Proof{Hash: ots.SHA256, Digest: d, Tree: &ots.Tree{Msg: d, Attestations: []ots.Attestation{ots.BitcoinAt(height)}}}
	return p.Bytes()
}

// changeOf is a history whose HEAD is the base of a change.
func changeOf(t *testing.T) *history {
	h := newHistory(t)
	h.commit("Base")
	h.git("tag", "base")
	return h
}

// changed commits what was put, and judges it.
func (h *history) changed() Checked {
	h.t.Helper()
	h.git("add", ".")
	h.git("commit", "-q", "-m", "Change")
	c, err := h.judged().Check(context.Background(), CheckOptions{Base: "base"})
	if err != nil {
		h.t.Fatal(err)
	}
	return c
}

// What a hostile change may cost is bounded, and past each bound it does not pass:
// here the blocks that are looked up.
func TestCheckBlocksBounded(t *testing.T) {
	over := fmt.Sprintf("the new claims of this change lead to more than %d blocks, which are not looked up in one run", maxNewBlocks)
	for _, extra := range []int{0, 1} {
		h := changeOf(t)
		for i := range maxNewBlocks + extra {
			h.put(fmt.Sprintf("%04d.ots", i), claimOf(1, uint64(1+i)))
		}
		got := 0
		for _, b := range h.changed().Findings {
			if b.Text == over {
				got++
			}
		}
		if got != extra {
			t.Errorf("%d blocks: %d findings that they are too many, want %d", maxNewBlocks+extra, got, extra)
		}
	}
}

func TestCheckFindingsBounded(t *testing.T) {
	for _, extra := range []int{0, 1} {
		h := changeOf(t)
		for i := range maxFindings + extra {
			h.put(fmt.Sprintf("%04d.ots", i), []byte("no proof"))
		}
		if c := h.changed(); len(c.Findings) != maxFindings || c.More != extra {
			t.Errorf("%d unreadable proofs: %d findings and %d more", maxFindings+extra, len(c.Findings), c.More)
		}
	}
}

// A proof moved among many for the same digest: past the limit it is not found,
// and counts as gone.
func TestCheckAlikeBounded(t *testing.T) {
	for _, extra := range []int{0, 1} {
		h := changeOf(t)
		h.put("z", []byte("document"))
		h.put("z.ots", proofFor("document"))
		h.git("add", ".")
		h.git("commit", "-q", "-m", "Anchor")
		h.git("tag", "-f", "base")
		h.git("mv", "z", "y")
		h.git("mv", "z.ots", "y.ots")
		for i := range maxAlike - 1 + extra {
			h.put(fmt.Sprintf("%04d.ots", i), proofFor("document"))
		}
		moved := 0
		for _, b := range h.changed().Findings {
			if b.Rule == verify.RuleMoved {
				moved++
			}
		}
		if moved != extra {
			t.Errorf("%d proofs for one digest: %d findings that one is gone, want %d", maxAlike+extra, moved, extra)
		}
	}
}

// TestCheckReadsBounded: proofs are read up to a limit in all, and what was not
// read passes for nothing.
func TestCheckReadsBounded(t *testing.T) {
	h := newHistory(t)
	h.commit("Base")
	h.git("tag", "base")
	d := make([]byte, 32)
	tree := &ots.Tree{Msg: d}
	for i := range verify.MaxOtherClaims + 1 { // past a limit, which is one finding
		tree.Attestations = append(tree.Attestations, ots.Attestation{Tag: [8]byte{1, byte(i)}, Payload: make([]byte, 900)})
	}
	raw := (&ots.Proof{Hash: ots.SHA256, Digest: d, Tree: tree}).Bytes()
	const times = 3 // that each is read
	fits := maxParsed / len(raw) / times
	for i := range fits {
		h.put(fmt.Sprintf("%04d.ots", i), raw)
	}
	unread := func() (n int) {
		t.Helper()
		h.git("add", ".")
		h.git("commit", "-q", "-m", "Change")
		c, err := h.judged().Check(context.Background(), CheckOptions{Base: "base"})
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range c.Findings {
			if b.Rule == verify.RuleTooLarge && b.Status == verify.Undecided {
				n++
			}
		}
		return n
	}
	if n := unread(); n != 0 {
		t.Errorf("%d proofs of %d bytes: %d were not read", fits, len(raw), n)
	}
	for i := range 3 {
		h.put(fmt.Sprintf("more%d.ots", i), raw)
	}
	if n := unread(); n == 0 {
		t.Errorf("%d proofs of %d bytes: all were read", fits+3, len(raw))
	}
}

// TestCheckLargeDocument: a document that is too large to be read cannot be
// compared with its proof, and so must not change.
func TestCheckLargeDocument(t *testing.T) {
	const size = 1000
	for _, limit := range []int64{size, size - 1} {
		h := newHistory(t)
		text := strings.Repeat("x", size)
		h.put("a", []byte(text))
		h.put("a.ots", proofFor(text))
		h.git("add", ".")
		h.git("commit", "-q", "-m", "Anchor")
		h.git("tag", "base")
		h.put("a", []byte(strings.Repeat("y", size)))
		h.git("commit", "-q", "-a", "-m", "Change")
		repo, err := gitrepo.Open(context.Background(), gitrepo.Options{Dir: h.dir, MaxBlob: limit})
		if err != nil {
			t.Fatal(err)
		}
		s := h.judged()
		s.Repo = repo
		c, err := s.Check(context.Background(), CheckOptions{Base: "base"})
		if err != nil || len(c.Findings) != 1 || c.Findings[0].Rule != verify.RuleEdited ||
			strings.Contains(c.Findings[0].Text, "too large to be compared") != (limit < size) {
			t.Errorf("limit %d: %+v, %v", limit, c.Findings, err)
		}
		if err := repo.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestCheckLongPath: a path that is too long to be looked up passes for nothing.
func TestCheckLongPath(t *testing.T) {
	const longest = 4096 // of a path, in bytes, as gitrepo has it
	for _, extra := range []int{0, 1} {
		h := newHistory(t)
		h.commit("Base")
		h.git("tag", "base")
		path := strings.Repeat(strings.Repeat("d", 99)+"/", 40)
		path += strings.Repeat("x", longest-len(".ots")-len(path)+extra)
		blob := h.git("hash-object", "-w", "--stdin")
		for tree := ""; ; {
			dir, name, nested := cutLast(path)
			line := "100644 blob " + blob + "\t" + name + "\n"
			if tree != "" {
				line = "040000 tree " + tree + "\t" + name + "\n"
			}
			if tree = h.input(line, "mktree"); !nested {
				h.git("reset", "-q", "--soft", h.git("commit-tree", "-p", "base", "-m", "Change", tree))
				break
			}
			path = dir
		}
		c, err := h.judged().Check(context.Background(), CheckOptions{Base: "base"})
		if err != nil || len(c.Findings) != extra || extra > 0 && c.Findings[0].Status != verify.Undecided {
			t.Errorf("%d bytes past the limit: %+v, %v", extra, c.Findings, err)
		}
	}
}

// cutLast splits a path before its last name.
func cutLast(path string) (dir, name string, nested bool) {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)], path[i+1:], i >= 0
}

// BenchmarkCheck judges a change to 3 of 10,000 anchored documents.
func BenchmarkCheck(b *testing.B) {
	h := newHistory(b)
	for i := range 10_000 {
		name := fmt.Sprintf("docs/%02d/%04d.md", i%100, i)
		h.put(name, []byte(name))
		h.put(name+".ots", proofFor(name))
	}
	h.git("add", ".")
	h.git("commit", "-q", "-m", "Anchor")
	h.git("tag", "base")
	for i := range 3 {
		name := fmt.Sprintf("docs/%02d/%04d.md", i, i)
		h.put(name, []byte("changed"))
		h.git("mv", name+".ots", SupersededPath(name, must(ots.Parse(proofFor(name)))))
	}
	h.git("add", ".")
	h.git("commit", "-q", "-m", "Supersede")
	for b.Loop() {
		s := h.judged()
		c, err := s.Check(context.Background(), CheckOptions{Base: "base"})
		if err != nil || len(c.Findings) != 0 || c.Files != 9 {
			b.Fatalf("%+v, %v", c, err)
		}
	}
}

func must(p *ots.Proof, err error) *ots.Proof {
	if err != nil {
		panic(err)
	}
	return p
}
