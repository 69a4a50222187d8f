package gitrepo

import (
	"bufio"
	"context"
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
	err = run(ctx, git.outside(ctx, "--get-regexp", settingsPattern), "config", nil, func(out *bufio.Reader) error {
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
