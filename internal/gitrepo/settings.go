package gitrepo

import (
	"bufio"
	"context"
	"fmt"
)

// Settings returns the person's git configuration under anchor.* and color.ui
// in git's order (system, global, the repository's .git/config, work tree,
// command line), keys in lower case but for subsections; a key without a value
// has "true". .git/config is the person's own: its owner was checked, and no
// commit can change it.
func (r *Repo) Settings(ctx context.Context) ([][2]string, error) {
	var settings [][2]string
	err := r.git.stream(ctx, nil, func(out *bufio.Reader) error {
		return records(out, func(record string) error {
			settings = append(settings, pair(record))
			return nil
		})
	}, "config", "-z", "--get-regexp", settingsPattern)
	if exitCode(err) == 1 { // no such key
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	return settings, nil
}

// personValues reads a key where a repository cannot set it: the system's, the
// person's and the command line's values in order.
func (g *gitCommand) personValues(ctx context.Context, key string) ([]string, error) {
	if g.path == "" {
		return nil, ErrNoGit
	}
	var values []string
	scope := ""
	err := run(ctx, g.outside(ctx, "--show-scope", "--get-all", key), "config", nil, func(out *bufio.Reader) error {
		return records(out, func(record string) error {
			if scope == "" {
				scope = record
				return nil
			}
			if scope == "system" || scope == "global" || scope == "command" {
				values = append(values, record)
			}
			scope = ""
			return nil
		})
	})
	if exitCode(err) == 1 {
		return nil, nil
	}
	return values, err
}
