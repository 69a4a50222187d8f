package anchor

import (
	"cmp"
	"context"
	"errors"
	"reflect"

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
	if sameLayout(s.Config.OTS, on.Config.OTS) {
		return "", nil
	}
	return config.File + " is not as it was committed, and is not used: registry_path, proofs_path and monthly_anchor_day are those of the commit", nil
}

// sameLayout reports whether months lie, and are due, by both alike.
func sameLayout(a, b config.OTS) bool {
	return a.RegistryPath == b.RegistryPath && a.ProofsPath == b.ProofsPath && a.MonthlyAnchorDay == b.MonthlyAnchorDay
}

// committed refuses to make months by a configuration that is not HEAD's, by which
// they would be judged.
func (w *snapshotting) committed(ctx context.Context) error {
	file := cmp.Or(w.o.ConfigPath, config.File)
	head, err := ConfigAt(ctx, w.s.Repo, w.run.Commit, file)
	if err == nil && sameLayout(w.s.Config.OTS, head.OTS) && reflect.DeepEqual(w.s.Config.Registry, head.Registry) {
		return nil
	}
	hint := "git add " + w.s.spec(file) + " && git commit -- " + w.s.spec(file)
	switch {
	case ctx.Err() != nil, errors.Is(err, gitrepo.ErrMissingObject), errors.Is(err, gitrepo.ErrNoGit):
		return err
	case err != nil && !errors.Is(err, gitrepo.ErrNotFound):
		return refuse(hint, "%s as it was committed cannot be used: %v", file, err)
	}
	return refuse(hint, "%s says something else than the one that is committed, by which months are judged: the registry's paths, its day, and what it is made from must be committed first", file)
}
