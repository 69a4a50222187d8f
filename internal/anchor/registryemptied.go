package anchor

import (
	"context"
	"errors"
	"fmt"
	"path"

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
	former, more, err := s.layouts(ctx, c)
	if err != nil {
		return err
	}
	for _, l := range former {
		last, err := l.then.lastMonth(ctx, l.before)
		if errors.Is(err, gitrepo.ErrNoCommit) {
			continue
		}
		if err != nil {
			return err
		}
		v.Findings = append(v.Findings, fmt.Sprintf("%s holds no month, and the registry was at %s: commit %s is the last that brought a month there, or a proof of one, and commit %s changed %s",
			s.Config.OTS.RegistryPath, l.then.Config.OTS.RegistryPath, briefly(last), briefly(l.change), config.File))
		v.Hint = "git checkout " + briefly(l.before) + " -- " + s.spec(config.File) + "  # or move the months and their proofs, too, with git mv"
		return nil
	}
	if more {
		v.Notes = append(v.Notes, fmt.Sprintf("whether the registry was elsewhere once is not known: only the last %d changes of %s were looked at", maxLayouts, config.File))
	}
	return nil
}

// A layout is where months and proofs were before a commit changed that.
type layout struct {
	then           *Session // with the configuration of before
	before, change gitrepo.Commit
}

// layouts lists the other places that history's configurations had months at,
// newest first. More of them there may be before the changes that are looked at.
func (s *Session) layouts(ctx context.Context, c gitrepo.Commit) (list []layout, more bool, err error) {
	changes, err := s.Repo.Changed(ctx, c, config.File, maxLayouts+1)
	if err != nil {
		return nil, false, err
	}
	more = len(changes) > maxLayouts
	type place struct{ months, proofs string }
	seen := map[place]bool{{s.Config.OTS.RegistryPath, s.Config.OTS.ProofsPath}: true}
	for _, change := range changes[:min(len(changes), maxLayouts)] {
		for _, id := range change.Parents {
			before, err := s.Repo.Resolve(ctx, id)
			if err != nil {
				return nil, false, err
			}
			then, err := s.of(ctx, before)
			if errors.Is(err, gitrepo.ErrMissingObject) || ctx.Err() != nil {
				return nil, false, err
			}
			if err != nil {
				continue // a configuration that never could be used
			}
			if at := (place{then.Config.OTS.RegistryPath, then.Config.OTS.ProofsPath}); !seen[at] {
				seen[at] = true
				list = append(list, layout{then, before, change})
			}
		}
	}
	return list, more, nil
}

// leftBehind refuses a month that is there without its proof, where history had
// one at the place that an earlier configuration names.
func (s *Session) leftBehind(ctx context.Context, c gitrepo.Commit, d document) error {
	p, ok := monthAt(s.Config, d.path)
	if !ok {
		return nil
	}
	unseen := func(err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return refuse("git fetch --unshallow", "whether %s was anchored where the registry was cannot be seen: %v", d.path, err)
	}
	former, _, err := s.layouts(ctx, c)
	if err != nil {
		return unseen(err)
	}
	var proofs []string
	for _, l := range former {
		at := l.then.Config.ProofPath(path.Join(l.then.Config.OTS.RegistryPath, p.File()))
		if at != d.proof {
			proofs = append(proofs, at)
		}
	}
	history, err := s.Repo.HistoryOf(ctx, proofs)
	if err != nil {
		return unseen(err)
	}
	for _, at := range proofs {
		if versions := history[at]; len(versions) > 0 {
			return refuse(s.putFrom(short(versions[0].Commit), at, d.proof), "already anchored, where the registry was: %s was the proof of %s", at, p)
		}
	}
	return nil
}

// putFrom is the command that puts a file of a commit where it belongs now.
func (s *Session) putFrom(commit, old, to string) string {
	hint := "git show " + Quoted(commit+":"+old) + " >" + s.here(to) + " && git add " + s.spec(to)
	if dir := path.Dir(to); dir != "." {
		hint = "mkdir -p " + s.here(dir) + " && " + hint
	}
	return hint
}
