package gitrepo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// settingsPattern is what of the git configuration concerns this program.
const settingsPattern = `^(anchor\..*|color\.ui)$`

// PersonSettings is [Repo.Settings] outside any repository: the system's, the
// person's and the command line's. Without git there are none.
func PersonSettings(ctx context.Context, getenv func(string) string) (settings [][2]string, err error) {
	git := newGit(getenv, "")
	if git.path == "" {
		return nil, nil
	}
	if err := git.prepare(); err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	defer func() { err = errors.Join(err, git.close()) }()
	cmd := exec.CommandContext(ctx, git.path, "-C", git.hooks, "config", "-z", "--get-regexp", settingsPattern)
	cmd.Env = append(git.env[:len(git.env):len(git.env)], "GIT_DIR="+filepath.Join(git.hooks, "none"))
	err = run(ctx, cmd, "config", nil, func(out *bufio.Reader) error {
		return records(out, func(record string) error {
			settings = append(settings, pair(record))
			return nil
		})
	})
	if exitCode(err) == 1 { // no such key
		return nil, nil
	}
	return settings, err
}

// pair splits a record of git config -z; a key without a value is "true".
func pair(record string) [2]string {
	key, value, ok := strings.Cut(record, "\n")
	if !ok {
		value = "true"
	}
	return [2]string{key, value}
}
