package anchor

import (
	"context"
	"errors"
	"fmt"

	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/gitrepo"
)

// maxLayouts is how many changes of the configuration are looked at for where
// months were before.
const maxLayouts = 100

// emptied is the finding that there is no month where history had some, or had
// some where an earlier configuration looked for them.
func (s *Session) emptied(ctx context.Context, c gitrepo.Commit, v *RegistryVerified) error {
	if len(v.Months) > 0 {
		return nil
	}
	months, proofs := s.Config.OTS.RegistryPath, s.Config.OTS.ProofsPath
	last, err := s.lastMonth(ctx, c)
	if errors.Is(err, gitrepo.ErrNoCommit) {
		err = s.elsewhere(ctx, c, v)
		last = gitrepo.Commit{}
	}
	switch {
	case errors.Is(err, gitrepo.ErrMissingObject), errors.Is(err, gitrepo.ErrNoGit):
		v.Notes = append(v.Notes, fmt.Sprintf("whether %s ever held a month cannot be seen: %v", months, err))
		return nil
	case err != nil || last.ID == "":
		return err
	}
	v.Findings = append(v.Findings, fmt.Sprintf("%s holds no month any more: commit %s is the last that brought one, or a proof of one", months, briefly(last)))
	v.Hint = "git checkout " + briefly(last) + " -- " + s.here(months)
	if proofs != months {
		v.Hint += " " + s.here(proofs)
	}
	return nil
}

// lastMonth is the newest commit of a history that brought a month, or a proof of
// one, to where the configuration has them.
func (s *Session) lastMonth(ctx context.Context, c gitrepo.Commit) (gitrepo.Commit, error) {
	return s.Repo.LastIn(ctx, c, []string{topDir(s.Config.OTS.RegistryPath), topDir(s.Config.OTS.ProofsPath)}, func(at string) bool {
		doc, proof := s.Config.DocumentPath(at)
		_, month := monthAt(s.Config, at)
		_, proven := monthAt(s.Config, doc)
		return month || proof && proven
	})
}

// elsewhere is the finding that there were months where an earlier configuration
// had them: with another one alone a registry does not move.
func (s *Session) elsewhere(ctx context.Context, c gitrepo.Commit, v *RegistryVerified) error {
	changes, err := s.Repo.Changed(ctx, c, config.File, maxLayouts)
	if err != nil {
		return err
	}
	type place struct{ months, proofs string }
	seen := map[place]bool{{s.Config.OTS.RegistryPath, s.Config.OTS.ProofsPath}: true}
	for _, change := range changes {
		for _, id := range change.Parents {
			before, err := s.Repo.Resolve(ctx, id)
			if err != nil {
				return err
			}
			then, err := s.of(ctx, before)
			if errors.Is(err, gitrepo.ErrMissingObject) || ctx.Err() != nil {
				return err
			}
			if err != nil {
				continue // a configuration that never could be used
			}
			at := place{then.Config.OTS.RegistryPath, then.Config.OTS.ProofsPath}
			if seen[at] {
				continue
			}
			seen[at] = true
			last, err := then.lastMonth(ctx, before)
			if errors.Is(err, gitrepo.ErrNoCommit) {
				continue
			}
			if err != nil {
				return err
			}
			v.Findings = append(v.Findings, fmt.Sprintf("%s holds no month, and the registry was at %s: commit %s is the last that brought a month there, or a proof of one, and commit %s changed %s",
				s.Config.OTS.RegistryPath, at.months, briefly(last), briefly(change), config.File))
			v.Hint = "git checkout " + briefly(before) + " -- " + s.spec(config.File) + "  # or move the months and their proofs, too, with git mv"
			return nil
		}
	}
	return nil
}
