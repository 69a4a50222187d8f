package anchor

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/verify"
)

const (
	workflows   = ".github/workflows/"
	maxWorkflow = 1 << 20 // bytes of a workflow that is searched for our name
	maxListed   = 10      // documents named that a configuration uncovers
)

func (c *changing) note(path string, rule verify.Rule, format string, args ...any) {
	if len(c.notices) == maxFindings {
		c.more++
		return
	}
	c.notices = append(c.notices, Breach{Path: path, Rule: rule, Text: fmt.Sprintf(format, args...)})
}

// notice says what breaks no rule and takes a reviewer's eyes: who may weaken
// what judges the next change.
func (c *changing) notice(ctx context.Context, conf string) error {
	if conf == "" {
		conf = config.File
	}
	for _, path := range c.paths {
		switch {
		case path == conf:
			if err := c.uncovered(ctx, path); err != nil {
				return err
			}
		case strings.HasPrefix(path, workflows):
			runs, err := c.runsUs(ctx, path)
			if err != nil {
				return err
			}
			if runs {
				c.note(path, verify.NoticeWorkflow, "a workflow that runs git-anchor changes: see that it still checks pull requests")
			}
		}
	}
	return nil
}

// runsUs reports whether a workflow speaks of git-anchor on either side.
func (c *changing) runsUs(ctx context.Context, path string) (bool, error) {
	for _, at := range []side{atBase, atHead} {
		blob, err := c.blob(ctx, at, path)
		if err != nil {
			return false, err
		}
		if blob == nil {
			continue
		}
		if blob.Size > maxWorkflow {
			return true, nil // nobody can say that it does not
		}
		text, err := blob.Bytes(ctx)
		if err != nil {
			return false, err
		}
		if bytes.Contains(text, []byte("git-anchor")) || bytes.Contains(text, []byte("git anchor")) {
			return true, nil
		}
	}
	return false, nil
}

// newConfig reads the configuration that the change brings, or says why that is
// not one.
func (c *changing) newConfig(ctx context.Context, path string) (now config.Config, unusable string, err error) {
	blob, err := c.blob(ctx, atHead, path)
	switch {
	case err != nil:
		return now, "", err
	case blob == nil && c.touched[path].New.ID == "" && path == config.File:
		return config.Default(), "", nil
	case blob == nil || blob.Size > config.MaxFile:
		return now, "is no file that can be read", nil
	}
	raw, err := blob.Bytes(ctx)
	if err != nil {
		return now, "", err
	}
	if now, err = config.Parse(raw); err != nil {
		return now, fmt.Sprintf("cannot be used: %v", err), nil
	}
	return now, "", nil
}

// uncovered names anchored documents that the head's configuration does not
// speak about any more. Their proofs are checked all the same; new versions of
// them would not be.
func (c *changing) uncovered(ctx context.Context, path string) error {
	now, unusable, err := c.newConfig(ctx, path)
	if err != nil {
		return err
	}
	if unusable != "" {
		c.note(path, verify.NoticeUncovered, "the new configuration %s", unusable)
		return nil
	}
	if err := c.registryRules(ctx, path, now); err != nil {
		return err
	}
	var names []string
	seen := map[string]bool{}
	_, err = c.s.Repo.Files(ctx, c.base, func(proof string) bool {
		if !proofNamed(proof) {
			return false
		}
		doc := documentOf(c.s.Config, proof)
		_, before := c.s.Config.Match(doc)
		moved := doc
		if month, _, ok := c.laidOut(doc); ok {
			moved = month
		}
		if _, after := now.Match(moved); before && !after && !seen[doc] {
			seen[doc] = true
			names = append(names, doc)
		}
		return false
	})
	var run Run
	if err = run.unlisted(err); err != nil || len(names) == 0 {
		return err
	}
	list := strings.Join(names[:min(len(names), maxListed)], ", ")
	if more := len(names) - maxListed; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	c.note(path, verify.NoticeUncovered, "the new configuration no longer speaks about documents that are anchored: %s", list)
	return nil
}
