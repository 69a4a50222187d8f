package anchor

import (
	"context"
	"errors"
	"fmt"
	"path"
	"reflect"

	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/verify"
)

// registryRules says what a change of the configuration does to the registry: it
// may move months that are anchored, and not rewrite them on the way.
func (c *changing) registryRules(ctx context.Context, conf string, now config.Config) error {
	before := c.s.Config
	for _, dir := range []struct{ key, old, new string }{
		{"registry_path", before.OTS.RegistryPath, now.OTS.RegistryPath}, {"proofs_path", before.OTS.ProofsPath, now.OTS.ProofsPath},
	} {
		if dir.old != dir.new {
			c.note(conf, verify.NoticeRegistry, "%s changes from %q to %q: the registry, or the proofs of its months, are looked for elsewhere", dir.key, dir.old, dir.new)
		}
	}
	if old, day := before.OTS.MonthlyAnchorDay, now.OTS.MonthlyAnchorDay; old != day {
		c.note(conf, verify.NoticeRegistry, "monthly_anchor_day changes from %d to %d, and with it by when each month had to be anchored, those before included", old, day)
	}
	if !reflect.DeepEqual(before.Registry, now.Registry) {
		c.note(conf, verify.NoticeRegistry, "[registry] changes: what the next months are made from")
	}
	if c.now == nil {
		return nil
	}
	return c.movedMonths(ctx)
}

// layout finds out whether the change has the registry, or the proofs of its
// months, elsewhere.
func (c *changing) layout(ctx context.Context, conf string) error {
	if conf == "" {
		conf = config.File
	}
	if _, ok := c.touched[conf]; !ok {
		return nil
	}
	now, unusable, err := c.newConfig(ctx, conf)
	before := c.s.Config.OTS
	if err != nil || unusable != "" || now.OTS.RegistryPath == before.RegistryPath && now.OTS.ProofsPath == before.ProofsPath {
		return err
	}
	c.now = &now
	return nil
}

// laidOut is where the change has a month of the base, and its proof; false where
// it is none, or stays.
func (c *changing) laidOut(doc string) (month, proof string, ok bool) {
	p, ok := monthAt(c.s.Config, doc)
	if !ok || c.now == nil {
		return "", "", false
	}
	month = path.Join(c.now.OTS.RegistryPath, p.File())
	return month, c.now.ProofPath(month), true
}

// goesAlong reports whether a proof of the base is that of a month that the change
// has elsewhere.
func (c *changing) goesAlong(ctx context.Context, old proofFile) (bool, error) {
	doc := documentOf(c.s.Config, old.path)
	if _, _, ok := c.laidOut(doc); !ok || c.s.Config.ProofPath(doc) != old.path {
		return false, nil
	}
	month, err := c.blob(ctx, atBase, doc)
	return month != nil, err
}

// documentNow is the document that a proof of the head stands for.
func (c *changing) documentNow(proof string) string {
	if c.now != nil {
		doc := documentOf(*c.now, proof)
		if _, ok := monthAt(*c.now, doc); ok {
			return doc
		}
	}
	return documentOf(c.s.Config, proof)
}

// movedMonths judges the months where the new configuration has them: each that is
// anchored in the base must be there with the same bytes and a proof that holds as
// much, and what else is there must follow.
func (c *changing) movedMonths(ctx context.Context) error {
	base, _, err := c.periods(ctx)
	if err != nil {
		return err
	}
	if len(base) > maxMonths {
		c.unread(c.s.Config.OTS.RegistryPath, fmt.Errorf("%w: there are %d months, more than %d", errTooMuch, len(base), maxMonths))
		return nil
	}
	for _, p := range base {
		if err := c.movedMonth(ctx, c.at(p)); err != nil {
			return err
		}
	}
	if c.now.OTS.RegistryPath == c.s.Config.OTS.RegistryPath {
		return nil
	}
	session, moved := *c.s, *c
	session.Config = *c.now
	moved.s, moved.now = &session, nil
	err = moved.months(ctx)
	c.findings, c.more = moved.findings, moved.more
	return err
}

func (c *changing) movedMonth(ctx context.Context, at string) error {
	to, proof, _ := c.laidOut(at)
	month, err := c.blob(ctx, atBase, at)
	if err != nil || month == nil {
		return err
	}
	old, err := c.proof(ctx, atBase, c.s.Config.ProofPath(at))
	if err != nil || old.id == "" {
		return err
	}
	moved, err := c.blob(ctx, atHead, to)
	switch {
	case err != nil:
		return err
	case moved == nil:
		c.gone(to, verify.RuleRegistry, c.fromBase(at, to), "the registry moves here, and %s, which is anchored, does not come along", at)
		return nil
	case moved.ID != month.ID:
		c.broken(to, verify.RuleRegistry, c.fromBase(at, to), "the registry moves here, and this is not what %s is, which is anchored", at)
		return nil
	}
	return c.movedProof(ctx, old, proof)
}

// movedProof judges the proof of a month that is where it should be.
func (c *changing) movedProof(ctx context.Context, old proofFile, to string) error {
	now, err := c.proof(ctx, atHead, to)
	hint := c.fromBase(old.path, to)
	switch {
	case err != nil:
		return err
	case now.id == old.id:
	case now.id == "":
		c.gone(to, verify.RuleRegistry, hint, "the proofs of the registry move here, and %s does not come along", old.path)
	case errors.Is(old.err, errTooMuch) || errors.Is(now.err, errTooMuch):
		c.unread(to, errTooMuch)
	case old.p == nil:
		c.broken(to, verify.RuleReplaced, hint, "%s cannot be read (%v), and so must come along as it is, byte for byte", old.path, old.err)
	case now.p == nil:
		c.broken(to, verify.RuleReplaced, hint, "the proof stood for %s in %s, and what is here cannot be read: %v", abbreviated(old.p), old.path, now.err)
	case !twins(now.p, old.p):
		c.broken(to, verify.RuleReplaced, hint, "the proof stood for %s in %s, and stands for %s here; the earlier claim is gone", abbreviated(old.p), old.path, abbreviated(now.p))
	default:
		if lost := now.p.Missing(old.p); len(lost) > 0 {
			c.broken(to, verify.RuleWeakened, hint, "the proof lost what %s held in %s: %s", old.path, briefly(c.base), claims(lost))
		}
	}
	return nil
}

// fromBase is the command that puts a file of the base where it belongs now.
func (c *changing) fromBase(old, to string) string { return c.s.putFrom(briefly(c.base), old, to) }
