package anchor

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// stale sees to it that a proof which is kept as that of an earlier version does
// not stand beside the new one, too, where it is for other bytes.
func (c *changing) stale(ctx context.Context, old, kept proofFile) error {
	if kept.path == old.path {
		return nil
	}
	now, err := c.proof(ctx, atHead, old.path)
	if err != nil || !twins(now.p, old.p) {
		return err
	}
	doc := documentOf(c.s.Config, old.path)
	before, err := c.stands(ctx, atBase, old.p, doc)
	if err != nil || !before {
		return err
	}
	if stands, err := c.stands(ctx, atHead, old.p, doc); err != nil || stands {
		return err
	}
	c.broken(old.path, verify.RuleEdited, "git rm "+c.s.spec(old.path), "it is kept as %s, and still stands beside %s, which is other bytes by now", kept.path, doc)
	return nil
}

// explain says what became of a base proof that the head does not hold.
func (c *changing) explain(ctx context.Context, old proofFile) error {
	doc := documentOf(c.s.Config, old.path)
	if left := c.uncommitted(old); left != "" {
		c.broken(left, verify.RuleDeleted, "git add "+c.s.spec(left)+" && git commit", "the proof of %s was superseded, and is in the work tree and in no commit", doc)
		return nil
	}
	if _, ok := Superseded(old.path); ok {
		c.gone(old.path, verify.RuleDropped, c.restore(old.path), "the proof of an earlier version of %s is gone, and its claim with it", doc)
		return nil
	}
	now, err := c.proof(ctx, atHead, old.path)
	if err != nil {
		return err
	}
	if now.id != "" && now.p == nil {
		c.broken(old.path, verify.RuleReplaced, c.restore(old.path), "the proof stood for %s, and what is there now cannot be read: %v", abbreviated(old.p), now.err)
		return nil
	}
	month := c.s.isMonth(c.s.document(doc, false))
	if now.p != nil && !twins(now.p, old.p) && month {
		c.broken(old.path, verify.RuleReplaced, c.restore(old.path, doc)+"  # "+monthStays,
			"the proof stood for %s and now stands for %s; the earlier claim is gone", abbreviated(old.p), abbreviated(now.p))
		return nil
	}
	if now.p != nil && !twins(now.p, old.p) {
		c.broken(old.path, verify.RuleReplaced, c.restore(old.path)+" && git anchor supersede "+c.s.here(doc)+"  # keeps the earlier proof",
			"the proof stood for %s and now stands for %s; the earlier claim is gone", abbreviated(old.p), abbreviated(now.p))
		return nil
	}
	if to := c.movedTo(doc); to != "" {
		hint := c.s.gitMove(old.path, c.s.Config.ProofPath(to))
		if month {
			hint = c.s.gitMove(to, doc)
		}
		c.broken(to, verify.RuleMoved, hint,
			"it was %s, and its proof %s did not move with it", doc, old.path)
		return nil
	}
	if now.p == nil {
		lost := []string{old.path}
		if ch := c.touched[doc]; ch.Old.Regular() && ch.New.ID == "" {
			lost = []string{doc, old.path}
		}
		c.gone(old.path, verify.RuleDeleted, c.restore(lost...), "the proof of %s was deleted", doc)
		return nil
	}
	return c.edited(ctx, old, doc)
}

// uncommitted is where the work tree keeps a proof as that of an earlier version,
// "" if it does not: git commit -a leaves it out.
func (c *changing) uncommitted(old proofFile) string {
	if _, ok := Superseded(old.path); ok {
		return ""
	}
	at := SupersededPath(strings.TrimSuffix(old.path, ".ots"), old.p)
	raw, err := c.s.Repo.ReadFile(at, ots.MaxProof)
	if err != nil {
		return ""
	}
	if p, err := ots.Parse(raw); err != nil || !twins(p, old.p) || len(p.Missing(old.p)) > 0 {
		return ""
	}
	return at
}

// edited says how an anchored document changed.
func (c *changing) edited(ctx context.Context, old proofFile, doc string) error {
	if len(c.findings) == maxFindings {
		c.more++
		return nil
	}
	before, err := c.blob(ctx, atBase, doc)
	if err != nil {
		return err
	}
	after, err := c.blob(ctx, atHead, doc)
	if err != nil {
		return err
	}
	hint := "git anchor supersede " + c.s.here(doc) + "  # keeps the earlier proof; then commit, and anchor the new version"
	what := "the anchored document changed"
	switch {
	case after == nil && c.touched[doc].New.Regular():
		what = "the anchored document changed, and is too large to be compared"
	case after == nil:
		what, hint = "the anchored document was deleted, or is no regular file any more", "git anchor supersede "+c.s.here(doc)+"  # keeps its proof"
	}
	if c.s.isMonth(c.s.document(doc, false)) {
		hint = c.restore(doc) + "  # " + monthStays
	}
	if c.named++; c.named > maxNamed {
		// the first ones tell enough
	} else if commit, err := c.s.Repo.LastChange(ctx, c.base, c.head, doc); err == nil {
		what += fmt.Sprintf(" in commit %s (%s)", briefly(commit), commit.Subject)
	} else if ctx.Err() != nil || !errors.Is(err, gitrepo.ErrNoCommit) && !errors.Is(err, gitrepo.ErrMissingObject) {
		return err
	}
	b := Breach{Path: doc, Rule: verify.RuleEdited, Status: verify.Failed, Hint: hint, Text: what, Gone: after == nil && !c.touched[doc].New.Regular()}
	if before != nil && after != nil {
		var details string
		if b.Line, details, err = c.compare(ctx, before, after); err != nil {
			return err
		}
		b.Text += details
	}
	b.Text += fmt.Sprintf("; %s stands for its earlier bytes, and was not superseded", old.path)
	c.find(b)
	return nil
}

// movedTo is where the base's document stands at the head, where it is not at
// its own path any more, "" if nowhere.
func (c *changing) movedTo(doc string) string {
	gone, ok := c.touched[doc]
	if !ok || gone.Old.ID == "" || gone.New.ID != "" {
		return ""
	}
	for _, path := range c.arrived[gone.Old.ID] {
		if !proofNamed(path) {
			return path
		}
	}
	return ""
}

func (c *changing) restore(paths ...string) string {
	back := "git checkout " + briefly(c.base) + " --"
	for _, path := range paths {
		back += " " + c.s.spec(path)
	}
	return back
}

// briefly is a commit's id as far as it is shown.
func briefly(c gitrepo.Commit) string { return fmt.Sprintf("%.12s", c.ID) }

func abbreviated(p *ots.Proof) string {
	return p.Hash.String() + " " + hex.EncodeToString(p.Digest[:4]) + "…"
}

// claims names the first few.
func claims(list []ots.Claim) string {
	const most = 3
	var words []string
	for _, cl := range list[:min(len(list), most)] {
		switch a := cl.Attestation; a.Kind() {
		case ots.KindPending:
			words = append(words, "the promise of "+a.URI())
		case ots.KindBitcoin:
			words = append(words, fmt.Sprintf("the claim on Bitcoin block %d", a.Height()))
		default:
			words = append(words, "an attestation of another kind")
		}
	}
	if more := len(list) - most; more > 0 {
		words = append(words, fmt.Sprintf("%d more", more))
	}
	return strings.Join(words, ", ")
}
