package anchor

import (
	"context"

	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/gitrepo"
)

// of is the session with the configuration that a commit holds: where months and
// their proofs lie in it, and by when a month had to be anchored, is not for the
// work tree to say.
func (s *Session) of(ctx context.Context, c gitrepo.Commit) (*Session, error) {
	conf, err := ConfigAt(ctx, s.Repo, c, "")
	if err != nil {
		return nil, err
	}
	session := *s
	session.Config = conf
	return &session, nil
}

// UnusedConfig says that the work tree's configuration is another than the
// commit's, by which the chain of registries is judged, shown and bundled; "" where
// it is the same, or a revision was named.
func (s *Session) UnusedConfig(ctx context.Context, rev string) (string, error) {
	if rev != "" {
		return "", nil
	}
	c, err := s.Repo.Resolve(ctx, "HEAD")
	if err != nil {
		return "", err
	}
	on, err := s.of(ctx, c)
	if err != nil {
		return "", err
	}
	have, used := s.Config.OTS, on.Config.OTS
	if have.RegistryPath == used.RegistryPath && have.ProofsPath == used.ProofsPath && have.MonthlyAnchorDay == used.MonthlyAnchorDay {
		return "", nil
	}
	return config.File + " is not as it was committed, and is not used: registry_path, proofs_path and monthly_anchor_day are those of the commit", nil
}
