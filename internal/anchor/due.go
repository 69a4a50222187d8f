package anchor

import (
	"context"
	"errors"

	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/gitrepo"
)

// StampDue stamps every configured document that may be anchored and has no
// proof.
func (s *Session) StampDue(ctx context.Context, o StampOptions) (Run, error) {
	return Run{}, errors.New("due")
}

// ConfigAt reads the configuration at path ("": config.File) of a commit.
func ConfigAt(ctx context.Context, repo *gitrepo.Repo, c gitrepo.Commit, path string) (config.Config, error) {
	return config.Config{}, errors.New("config")
}
