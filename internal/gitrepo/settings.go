package gitrepo

import (
	"bufio"
	"context"
	"fmt"
	"slices"
)

// Settings returns the person's git configuration under anchor.* and color.ui
// in git's order (system, global, the repository's .git/config, work tree,
// command line), keys in lower case but for subsections; a key without a value
// has "true". .git/config is the person's own: its owner was checked, and no
// commit can change it. What it includes may be a file of the repository, which
// commits do change, and is left out.
func (r *Repo) Settings(ctx context.Context) ([][2]string, error) {
	all, err := r.scoped(ctx, "--includes")
	if err == nil && slices.ContainsFunc(all, scopedSetting.repositorys) {
		var own []scopedSetting
		own, err = r.scoped(ctx, "--no-includes")
		all = replaced(all, own)
	}
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	var settings [][2]string
	for _, s := range all {
		settings = append(settings, s.pair)
	}
	return settings, nil
}

// A scopedSetting is a setting, and whose it is.
type scopedSetting struct {
	scope string // system, global, local, worktree or command
	pair  [2]string
}

// repositorys reports whether it is from the repository's configuration.
func (s scopedSetting) repositorys() bool { return s.scope == "local" || s.scope == "worktree" }

func (s scopedSetting) commands() bool { return s.scope == "command" }

func (r *Repo) scoped(ctx context.Context, includes string) ([]scopedSetting, error) {
	var settings []scopedSetting
	scope := ""
	err := r.git.stream(ctx, nil, func(out *bufio.Reader) error {
		return records(out, func(record string) error {
			if scope == "" {
				scope = record
				return nil
			}
			settings = append(settings, scopedSetting{scope, pair(record)})
			scope = ""
			return nil
		})
	}, "config", "-z", "--show-scope", includes, "--get-regexp", settingsPattern)
	if exitCode(err) == 1 { // no such key
		return nil, nil
	}
	return settings, err
}

// replaced takes the repository's settings from own, in git's order.
func replaced(all, own []scopedSetting) []scopedSetting {
	others := slices.DeleteFunc(all, scopedSetting.repositorys)
	at := slices.IndexFunc(others, scopedSetting.commands)
	if at < 0 {
		at = len(others)
	}
	own = slices.DeleteFunc(own, func(s scopedSetting) bool { return !s.repositorys() })
	return slices.Insert(others, at, own...)
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
