package anchor

import (
	"context"
	"path"
	"slices"

	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/registry"
)

// monthAt is the month that a path is the file of, if it is one.
func monthAt(conf config.Config, at string) (registry.Period, bool) {
	p, ok := registry.ParsePeriodFile(path.Base(at))
	return p, ok && path.Join(conf.OTS.RegistryPath, p.File()) == at
}

// acceptMonth refuses a month of the registry that is none, or that does not
// follow the one before it in the commit.
func (s *Session) acceptMonth(ctx context.Context, c gitrepo.Commit, d document) error {
	p, ok := monthAt(s.Config, d.path)
	if !ok || d.kind != config.KindRegistry {
		return nil
	}
	list, err := s.months(ctx, c, false)
	if err != nil {
		return refusable(err)
	}
	var prev *registry.Month
	for _, f := range slices.Backward(list.files) {
		if !f.period.Before(p) {
			continue
		}
		if _, prev, err = s.readMonth(ctx, c, f); err != nil {
			err = s.badMonth(f, err)
			if isRefusal(err) {
				return refuse("git anchor registry verify  # lists all that is wrong", "the month before it, %s, is faulty: %v", f.path, err)
			}
			return err
		}
		break
	}
	_, m, err := s.readMonth(ctx, c, monthFile{period: p, path: d.path})
	if err != nil {
		return s.badMonth(monthFile{path: d.path}, err)
	}
	for _, f := range registry.CheckLink(prev, m) {
		return refuse("git anchor registry verify  # lists all that is wrong", "%s%s", f.Text, hashes(f))
	}
	return nil
}
