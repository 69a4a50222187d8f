package anchor

import (
	"context"
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
	if before.OTS.RegistryPath == now.OTS.RegistryPath {
		return nil
	}
	return c.movedMonths(ctx, now)
}

// movedMonths judges the months where the new configuration has them: each that is
// anchored in the base must be there with the same bytes, and what else is there
// must follow.
func (c *changing) movedMonths(ctx context.Context, now config.Config) error {
	base, _, err := c.periods(ctx)
	if err != nil {
		return err
	}
	if len(base) > maxMonths {
		c.unread(c.s.Config.OTS.RegistryPath, fmt.Errorf("%w: there are %d months, more than %d", errTooMuch, len(base), maxMonths))
		return nil
	}
	for _, p := range base {
		at, to := c.at(p), path.Join(now.OTS.RegistryPath, p.File())
		old, err := c.blob(ctx, atBase, at)
		if err != nil {
			return err
		}
		proof, err := c.blob(ctx, atBase, c.s.Config.ProofPath(at))
		if err != nil {
			return err
		}
		if old == nil || proof == nil {
			continue
		}
		moved, err := c.blob(ctx, atHead, to)
		switch {
		case err != nil:
			return err
		case moved == nil:
			c.gone(to, verify.RuleRegistry, "git mv "+c.s.here(at)+" "+c.s.here(to), "the registry moves here, and %s, which is anchored, does not come along", at)
		case moved.ID != old.ID:
			c.broken(to, verify.RuleRegistry, "git show "+short(c.base.ID)+":"+c.s.here(at)+" > "+c.s.here(to), "the registry moves here, and this is not what %s is, which is anchored", at)
		}
	}
	session, moved := *c.s, *c
	session.Config = now
	moved.s = &session
	err = moved.months(ctx)
	c.findings, c.more = moved.findings, moved.more
	return err
}
