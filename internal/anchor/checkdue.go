package anchor

import (
	"context"
	"errors"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/verify"
)

// due finds a document that policy accepts and whose rule requires a proof.
func (c *changing) due(ctx context.Context, ch gitrepo.Change) error {
	rule, ok := c.s.Config.Match(ch.Path)
	if !ok || c.noMonths[ch.Path] || !rule.RequireAnchor || !ch.New.Regular() || ch.New.ID == ch.Old.ID {
		return nil
	}
	d := c.s.document(ch.Path, false)
	proof, err := c.blob(ctx, atHead, d.proof)
	if err != nil || proof != nil {
		return err
	}
	doc, err := c.blob(ctx, atHead, ch.Path)
	if err != nil || doc == nil {
		return err
	}
	err = c.s.acceptName(d)
	if err == nil {
		err = c.s.acceptText(ctx, d, doc)
	}
	if err == nil {
		err = c.s.acceptEvidence(ctx, c.head, d)
	}
	var refused *Refusal
	switch {
	case errors.As(err, &refused):
		return nil // it is not to be anchored as it is
	case err == nil:
		return c.notAnchored(ctx, d, doc)
	}
	return err
}

// notAnchored is the breach that a document has no proof, whose own may have
// been left behind where it was before.
func (c *changing) notAnchored(ctx context.Context, d document, doc *gitrepo.Blob) error {
	hint := "git anchor --commit " + c.s.here(d.path)
	left, _, err := c.alone.of(ctx, doc)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		hint = c.s.moveAlong(left[0], d) + " && git commit"
	}
	c.broken(d.path, verify.RuleNotAnchored, hint, "it may be anchored, the configuration requires its proof, and %s is not there", d.proof)
	return nil
}
