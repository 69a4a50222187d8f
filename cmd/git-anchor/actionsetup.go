package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/printable"
)

// enter opens the repository in the directory that the inputs name. A change is
// judged by its base's configuration: what is checked out has no say.
func (a *acting) enter(c *cli.Context, from headersFrom) (*setting, *cli.Context, error) {
	if dir := a.inputs.WorkingDirectory; dir != "" {
		if top := a.getenv("GITHUB_WORKSPACE"); top != "" && !filepath.IsAbs(dir) {
			dir = filepath.Join(top, dir)
		}
		if err := os.Chdir(dir); err != nil {
			return nil, nil, fmt.Errorf("input working_directory: %w", err)
		}
	}
	c, err := a.flags(c)
	if err != nil {
		return nil, nil, err
	}
	read := a.repositoryConfig
	if a.event.Change() != nil {
		read = func(context.Context, *gitrepo.Repo) (config.Config, error) { return config.Default(), nil }
	}
	s, err := a.openWith(c, from, read)
	return s, c, err
}

// repositoryConfig reads the configuration from where input config says.
func (a *acting) repositoryConfig(ctx context.Context, repo *gitrepo.Repo) (config.Config, error) {
	name := a.inputs.Config
	if name == "" || name == config.File {
		return repositoryConfig(ctx, repo)
	}
	raw, err := repo.ReadFile(name, config.MaxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return config.Config{}, &failure{exitFatal, "there is no " + printable.Text(name, longestPath) + " in the repository", "input config names it: correct the path, or leave the input out where the file is .git-anchor.toml"}
	}
	if err != nil {
		return config.Config{}, fmt.Errorf("read %s: %w", name, err)
	}
	return config.Parse(raw)
}

// under wires the same repository with another configuration.
func (a *acting) under(c *cli.Context, s *setting, conf config.Config, from headersFrom) (*anchor.Session, error) {
	pairs, err := s.session.Repo.Settings(c.Context)
	if err != nil {
		return nil, err
	}
	again, err := a.wire(c, conf, pairs, s.session.Repo, from)
	if err != nil {
		return nil, err
	}
	return again.session, nil
}

// flags turns inputs into the flags that other commands have, so that they are
// checked and understood as there.
func (a *acting) flags(c *cli.Context) (*cli.Context, error) {
	set := flag.NewFlagSet("action", flag.ContinueOnError)
	known := map[string]bool{}
	for _, f := range flags(a.stampCommand().Flags, sourceFlags(), []cli.Flag{requireFlag()}) {
		if name := f.Names()[0]; !known[name] {
			known[name] = true
			if err := f.Apply(set); err != nil {
				return nil, err
			}
		}
	}
	made := cli.NewContext(c.App, set, nil)
	made.Context = c.Context
	in := a.inputs
	for _, f := range []struct {
		name   string
		values []string
	}{
		{"calendar", in.Calendars}, {"explorer", in.Explorers}, {"node", []string{in.Node}}, {"mirror", []string{in.Mirror}},
		{"network", []string{in.Network}}, {"require", []string{in.Require}},
	} {
		for _, v := range f.values {
			if v == "" {
				continue
			}
			if err := made.Set(f.name, v); err != nil {
				return nil, usage("input %s: %v", f.name, err)
			}
		}
	}
	_, err := required(made)
	return made, err
}
