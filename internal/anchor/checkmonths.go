package anchor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/openllmo/git-anchor/internal/registry"
	"github.com/openllmo/git-anchor/internal/verify"
)

// maxMonthBytes is how many bytes of months one run reads; a month has some
// kilobytes, and at most registry.MaxFile.
const maxMonthBytes = 128 << 20

const wholeChain = "git anchor registry verify  # lists all that is wrong"

// months judges the months of the registry that the change adds or alters, and
// those whose place in the chain it alters: their form, and their link to the
// month before as a merge would have it.
func (c *changing) months(ctx context.Context) error {
	c.noMonths = map[string]bool{}
	touched := false
	for _, at := range c.paths {
		d := c.s.document(at, false)
		if path.Dir(at) != c.s.Config.OTS.RegistryPath || !isMonthLike(path.Base(at)) {
			continue
		}
		ch := c.touched[at]
		switch {
		case !c.s.isMonth(d) && ch.New.ID != "":
			if _, ok := monthAt(c.s.Config, at); !ok {
				c.noMonth(at, 0, wholeChain, "it looks like a month and is none: months are named YYYY-MM.json")
			}
			continue
		case ch.New.ID != "" && !ch.New.Regular():
			c.noMonth(at, 0, "", "a month is a regular file, and this is none")
		}
		touched = touched || c.s.isMonth(d)
	}
	if !touched || c.now != nil && c.now.OTS.RegistryPath != c.s.Config.OTS.RegistryPath {
		return nil // or movedMonths judges them where they go
	}
	return c.follow(ctx)
}

func (c *changing) noMonth(at string, line int, hint, format string, args ...any) {
	c.noMonths[at] = true
	c.find(Breach{Path: at, Rule: verify.RuleRegistry, Line: line, Hint: hint, Text: fmt.Sprintf(format, args...), Status: verify.Failed})
}

// follow goes through the chain at the head, reading no more months than those
// to judge and the ones before them.
func (c *changing) follow(ctx context.Context) error {
	base, head, err := c.periods(ctx)
	if err != nil {
		return err
	}
	if len(head) > maxMonths {
		c.unread(c.s.Config.OTS.RegistryPath, fmt.Errorf("%w: there are %d months, more than %d", errTooMuch, len(head), maxMonths))
		return nil
	}
	w := &following{changing: c, read: map[string]*registry.Month{}}
	for i, p := range head {
		var before *registry.Period
		if i > 0 {
			before = &head[i-1]
		}
		var was *registry.Period
		if n, _ := slices.BinarySearchFunc(base, p, inOrder); n > 0 {
			was = &base[n-1]
		}
		if err := w.judge(ctx, p, before, was, head); err != nil {
			if errors.Is(err, errTooMuch) {
				c.unread(c.at(p), err)
				return nil
			}
			return err
		}
	}
	return nil
}

func inOrder(a, b registry.Period) int { return cmp.Compare(a.String(), b.String()) }

// at is the path of a month.
func (c *changing) at(p registry.Period) string {
	return path.Join(c.s.Config.OTS.RegistryPath, p.File())
}

// periods lists the months of both sides, oldest first.
func (c *changing) periods(ctx context.Context) (base, head []registry.Period, err error) {
	names, err := c.s.registryNames(ctx, c.base, c.s.Config.OTS.RegistryPath, isMonthLike)
	if err != nil && !errors.Is(err, errRegistryPlace) {
		return nil, nil, err
	}
	all := map[registry.Period]bool{}
	for _, name := range names {
		if p, ok := registry.ParsePeriodFile(name); ok {
			all[p], base = true, append(base, p)
		}
	}
	for at, ch := range c.touched {
		if p, ok := monthAt(c.s.Config, at); ok {
			if all[p] = ch.New.Regular(); !all[p] {
				delete(all, p)
			}
		}
	}
	slices.SortFunc(base, inOrder)
	return base, slices.SortedFunc(maps.Keys(all), inOrder), nil
}

// A following is one walk along the chain.
type following struct {
	*changing
	read  map[string]*registry.Month // bare, by path and side
	bytes int64
}

// judge judges one month, where the change touches it or the one before it: which
// that is at the head, and was at the base.
func (w *following) judge(ctx context.Context, p registry.Period, before, was *registry.Period, head []registry.Period) error {
	at := w.at(p)
	own := w.alters(at)
	if !own && (before == nil) == (was == nil) && (before == nil || *before == *was && !w.alters(w.at(*before))) {
		return nil
	}
	m, err := w.month(ctx, atHead, p)
	var faults registry.Faults
	switch bad := errors.As(err, &faults); {
	case err != nil && !bad:
		return err
	case bad && own:
		w.noMonth(at, faults[0].Line, w.ownName(p, head), "it is no month of the registry: %v", err)
	}
	if m == nil {
		return nil
	}
	prev, err := w.before(ctx, atHead, before)
	if err != nil {
		return err
	}
	known := map[registry.ChainFault]bool{}
	if !own {
		old, err := w.before(ctx, atBase, was)
		if err != nil {
			return err
		}
		for _, f := range registry.CheckLink(old, m) {
			known[f] = true // the base had it before
		}
	}
	for _, f := range registry.CheckLink(prev, m) {
		if !known[f] && m.Previous != "" {
			w.noMonth(at, 0, wholeChain, "%s%s", f.Text, hashes(f))
		}
	}
	return nil
}

// ownName is the command that gives a month the name back that it says itself,
// where no other has it.
func (w *following) ownName(p registry.Period, head []registry.Period) string {
	for _, ch := range w.touched {
		old, ok := monthAt(w.s.Config, ch.Path)
		if ok && ch.New.ID == "" && ch.Old.ID == w.touched[w.at(p)].New.ID && !slices.Contains(head, old) {
			return "git mv " + w.s.here(w.at(p)) + " " + w.s.here(ch.Path)
		}
	}
	return wholeChain
}

// alters reports whether the change brings other bytes to a path.
func (w *following) alters(at string) bool {
	ch, ok := w.touched[at]
	return ok && ch.New.ID != ch.Old.ID
}

// before is the month before another, nil where there is none or no file that can
// be read.
func (w *following) before(ctx context.Context, side side, p *registry.Period) (*registry.Month, error) {
	if p == nil {
		return nil, nil
	}
	m, err := w.month(ctx, side, *p)
	var faults registry.Faults
	if errors.As(err, &faults) {
		err = nil
	}
	return m, err
}

// month reads a month of one side: its faults with what can be said of it all the
// same, or nil where there is no regular file.
func (w *following) month(ctx context.Context, side side, p registry.Period) (*registry.Month, error) {
	blob, err := w.blob(ctx, side, w.at(p))
	if err != nil || blob == nil {
		return nil, err
	}
	if m := w.read[p.String()+blob.ID]; m != nil {
		return m, nil
	}
	if blob.Size > registry.MaxFile || w.bytes+blob.Size > maxMonthBytes {
		return nil, fmt.Errorf("%w: it has %d bytes; of one month %d are read, and of a change's %d", errTooMuch, blob.Size, registry.MaxFile, maxMonthBytes)
	}
	w.bytes += blob.Size
	raw, err := blob.Bytes(ctx)
	if err != nil {
		return nil, err
	}
	m, err := registry.Parse(p, raw)
	if m = m.Bare(); err == nil {
		w.read[p.String()+blob.ID] = m
	}
	return m, err
}
