package anchor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/lip"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// brought is a proof that the change adds or alters.
type brought struct {
	proofFile
	base  []*ots.Proof // the base's proofs for the same digest
	moved bool         // the base has the same bytes, perhaps elsewhere
	large int          // bytes of the largest of base
}

// ask finds the proofs that are new, and looks their blocks up several at once:
// judging them one after the other then waits for nobody. Proofs are read again
// then; a hostile change has more of them than memory.
func (c *changing) ask(ctx context.Context) error {
	c.over = map[string]bool{}
	blocks := map[uint64]ots.Claim{}
	for _, path := range c.paths {
		ch := c.touched[path]
		if !proofNamed(path) || ch.New.ID == "" || ch.New.ID == ch.Old.ID && ch.New.Regular() {
			continue
		}
		c.news = append(c.news, path)
		b, err := c.bring(ctx, path)
		if err != nil {
			return err
		}
		if b.p == nil || b.moved {
			continue
		}
		for _, claim := range verify.NewClaims(b.p, b.base) {
			if claim.Attestation.Kind() != ots.KindBitcoin || len(claim.Msg) != len(bitcoin.Hash{}) {
				continue
			}
			height := claim.Attestation.Height()
			if _, known := blocks[height]; !known && len(blocks) == maxNewBlocks {
				c.over[path] = true
				break
			}
			blocks[height] = claim
		}
	}
	claims := slices.Collect(maps.Values(blocks))
	each(ctx, len(claims), func(i int) { c.s.Judge.Claim(ctx, claims[i]) })
	return ctx.Err()
}

// bring reads a new proof and finds the base's for the same digest.
func (c *changing) bring(ctx context.Context, path string) (brought, error) {
	f, err := c.proof(ctx, atHead, path)
	b := brought{proofFile: f}
	if err != nil || f.id == "" {
		return b, err
	}
	places := []string{path}
	if stem, ok := Superseded(path); ok {
		places = append(places, stem+".ots")
	} else if f.p != nil {
		places = append(places, SupersededPath(strings.TrimSuffix(path, ".ots"), f.p))
	}
	b.moved = c.left[f.id]
	places = append(places, c.oldProofs[digestKey(f.p)]...)
	slices.Sort(places)
	for _, place := range slices.Compact(places) {
		old, err := c.proof(ctx, atBase, place)
		if err != nil {
			return b, err
		}
		if twins(old.p, f.p) {
			b.base, b.large = append(b.base, old.p), max(b.large, old.size)
		}
	}
	return b, nil
}

// judgeNew judges a proof that the change brings.
func (c *changing) judgeNew(ctx context.Context, b brought) error {
	switch {
	case b.id == "":
		c.broken(b.path, verify.RuleMalformed, "", "a proof is a regular file, and this is none")
		return nil
	case b.p == nil && b.moved:
		return nil
	case errors.Is(b.err, errTooMuch):
		c.unread(b.path, b.err)
		return nil
	case errors.Is(b.err, ots.ErrTooLarge):
		c.broken(b.path, verify.RuleTooLarge, "", "the proof is not read: %v", b.err)
		return nil
	case b.p == nil:
		c.broken(b.path, verify.RuleMalformed, "git anchor info "+c.s.here(b.path), "the proof cannot be read: %v", b.err)
		return nil
	case c.over[b.path]:
		c.breach(b.path, verify.Fault{Rule: verify.RuleUnconfirmed, Status: verify.Undecided, Hint: "bring the proofs in several changes",
			Text: fmt.Sprintf("the new claims of this change lead to more than %d blocks, which are not looked up in one run", maxNewBlocks)})
		return nil
	}
	if !b.moved {
		size := b.size
		if size <= b.large {
			size = 0 // it did not grow
		}
		for _, f := range c.s.Judge.Added(ctx, b.p, size, b.base, c.s.Calendars.Policy.MayWrite) {
			c.breach(b.path, f)
		}
	}
	return c.beside(ctx, b)
}

// beside sees to it that a new proof is for the document that its name says.
func (c *changing) beside(ctx context.Context, b brought) error {
	doc := c.documentNow(b.path)
	if stem, ok := Superseded(b.path); ok {
		if !strings.HasSuffix(b.path, draftSuffix) && SupersededPath(stem, b.p) != b.path {
			c.broken(b.path, verify.RuleOtherBytes, "name it "+c.s.here(SupersededPath(stem, b.p)), "the name of the superseded proof is not that of the digest it stands for, %s", abbreviated(b.p))
		}
		return nil
	}
	stands, err := c.stands(ctx, atHead, b.p, doc)
	if err != nil || stands {
		return err
	}
	old, err := c.proof(ctx, atBase, b.path)
	if err != nil || twins(old.p, b.p) {
		return err // kept has said what is wrong, if that is the change's doing
	}
	blob, err := c.blob(ctx, atHead, doc)
	switch {
	case err != nil:
		return err
	case blob == nil:
		c.note(b.path, verify.NoticeOrphan, "the proof stands beside no document: %s is not there", doc)
	default:
		c.broken(b.path, verify.RuleOtherBytes, "git anchor "+c.s.here(doc)+"  # makes a proof of its committed bytes",
			"the proof is for %s, which are not the bytes of %s", abbreviated(b.p), doc)
	}
	return nil
}

// compare says where and how two versions of a document differ.
func (c *changing) compare(ctx context.Context, before, after *gitrepo.Blob) (line int, details string, err error) {
	if max(before.Size, after.Size) > maxInspected {
		return 0, "", nil
	}
	old, err := before.Bytes(ctx)
	if err != nil {
		return 0, "", err
	}
	now, err := after.Bytes(ctx)
	if err != nil {
		return 0, "", err
	}
	line = firstDifference(old, now)
	if rule, ok := c.s.Config.Match(after.Path); ok && rule.Kind == config.KindLIP {
		if fields, text, ok := lip.Differences(old, now); ok {
			if text {
				fields = append(fields, "the text")
			}
			return line, ": " + strings.Join(fields, ", "), nil
		}
	}
	return line, fmt.Sprintf(" from line %d on", line), nil
}

// firstDifference is the first line, from 1, in which two texts differ.
func firstDifference(a, b []byte) int {
	same := 0
	for same < min(len(a), len(b)) && a[same] == b[same] {
		same++
	}
	return 1 + bytes.Count(b[:same], []byte("\n"))
}
