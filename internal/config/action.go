package config

import (
	"errors"
	"fmt"
)

// setAction reads the command that the GitHub Action may be allowed to run.
func (c *Config) setAction(file fileTOML) error {
	if file.Action.BeforeCommit != nil {
		c.Action.BeforeCommit = *file.Action.BeforeCommit
		if n := len(c.Action.BeforeCommit); n == 0 || n > MaxCommand {
			return fmt.Errorf("action.before_commit has %d bytes, want 1 to %d", n, MaxCommand)
		}
	}
	if (c.Action.BeforeCommit != "") != (len(file.Action.Paths) > 0) {
		return errors.New("action.before_commit and action.before_commit_paths belong together: a command, and the files it may change")
	}
	action, err := NewAction(c.Action.BeforeCommit, file.Action.Paths)
	if err != nil {
		return fmt.Errorf("action.before_commit_paths: %w", err)
	}
	c.Action = action
	return nil
}

// NewAction is an Action of a command and patterns that come from elsewhere than
// the repository's file; the patterns are checked as those of the file are.
func NewAction(command string, patterns []string) (Action, error) {
	a := Action{BeforeCommit: command}
	if len(patterns) > MaxPatterns {
		return Action{}, fmt.Errorf("%d paths are more than the limit of %d", len(patterns), MaxPatterns)
	}
	for _, p := range patterns {
		clean, err := checkPattern(p)
		if err != nil {
			return Action{}, err
		}
		a.Paths = append(a.Paths, clean)
	}
	return a, nil
}
