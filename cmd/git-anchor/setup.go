package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/calendar"
	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/fetch"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/printable"
	"github.com/openllmo/git-anchor/internal/report"
	"github.com/openllmo/git-anchor/internal/verify"
)

// A setting is everything a command is wired from: what the person said by
// flags and git config, and what the repository's file says.
type setting struct {
	session *anchor.Session
	config  config.Config
	person  config.Person
	regtest bool
	text    report.Text
}

// open wires a session on the repository around the working directory.
func (r *runner) open(c *cli.Context) (*setting, error) {
	ctx := c.Context
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	repo, err := gitrepo.Open(ctx, gitrepo.Options{Dir: dir, Getenv: r.getenv})
	if err != nil {
		return nil, err
	}
	conf, err := repositoryConfig(ctx, repo)
	if err != nil {
		return nil, errors.Join(err, repo.Close())
	}
	pairs, err := repo.Settings(ctx)
	if err != nil {
		return nil, errors.Join(err, repo.Close())
	}
	s, err := r.wire(c, conf, pairs)
	if err != nil {
		return nil, errors.Join(err, repo.Close())
	}
	s.session.Repo = repo
	for _, i := range conf.Ignored {
		s.text.Note("%s line %d: %s is ignored: %s", config.File, i.Line, i.Key, i.Text)
	}
	return s, nil
}

// close ends a session's git processes.
func (s *setting) close() {
	if s.session.Repo != nil {
		// Nothing was written through it; a late failure changes no result.
		_ = s.session.Repo.Close()
	}
}

// repositoryConfig reads the layout from the work tree, or from HEAD where
// there is none.
func repositoryConfig(ctx context.Context, repo *gitrepo.Repo) (config.Config, error) {
	raw, err := repo.ReadFile(config.File, config.MaxFile)
	switch {
	case err == nil:
	case errors.Is(err, gitrepo.ErrNoWorkTree):
		head, err := repo.Resolve(ctx, "HEAD")
		if errors.Is(err, gitrepo.ErrUnborn) {
			return config.Default(), nil
		}
		if err != nil {
			return config.Config{}, err
		}
		blob, err := repo.Blob(ctx, head, config.File)
		if errors.Is(err, gitrepo.ErrNotFound) {
			return config.Default(), nil
		}
		if err == nil && blob.Size > config.MaxFile {
			err = gitrepo.ErrTooLarge
		}
		if err != nil {
			return config.Config{}, fmt.Errorf("read %s: %w", config.File, err)
		}
		if raw, err = blob.Bytes(ctx); err != nil {
			return config.Config{}, fmt.Errorf("read %s: %w", config.File, err)
		}
	case errors.Is(err, fs.ErrNotExist):
		return config.Default(), nil
	default:
		return config.Config{}, fmt.Errorf("read %s: %w", config.File, err)
	}
	conf, err := config.Parse(raw)
	if err != nil {
		return config.Config{}, fmt.Errorf("%s: %w", config.File, err)
	}
	return conf, nil
}

// outside wires a session for files that lie in no repository; the person's
// own settings still count.
func (r *runner) outside(c *cli.Context) (*setting, error) {
	pairs, err := gitrepo.PersonSettings(c.Context, r.getenv)
	if err != nil {
		return nil, err
	}
	return r.wire(c, config.Default(), pairs)
}

// wire joins flags, the person's settings and the repository's file.
func (r *runner) wire(c *cli.Context, conf config.Config, pairs [][2]string) (*setting, error) {
	person, err := config.ParsePerson(pairs)
	if err != nil {
		return nil, err
	}
	s := &setting{config: conf, person: person}
	switch network := c.String("network"); network {
	case "mainnet":
	case "regtest":
		s.regtest = true
	default:
		return nil, usage("--network is mainnet or regtest, not %q", network)
	}
	require, err := requiredRung(conf, person)
	if err != nil {
		return nil, err
	}
	client := fetch.New(fetch.Config{UserAgent: userAgent(), Getenv: r.getenv, LoopbackOnly: s.regtest})
	chain, err := headers(c, s, client, require)
	if err != nil {
		return nil, err
	}
	named := append(append([]string{}, person.Calendars...), c.StringSlice("calendar")...)
	for _, u := range named {
		if err := fetch.CheckURL(u, true); err != nil {
			return nil, usage("calendar: %v", err) // the URL may hold a password
		}
	}
	s.session = &anchor.Session{
		Config:    conf,
		Calendars: &calendar.Client{Fetch: client, Policy: calendar.Policy{Exact: named, Regtest: s.regtest}},
		Judge:     verify.Judge{Chain: chain, Require: require},
		Random:    rand.Reader,
	}
	s.text, err = r.look(c, s.regtest, pairs)
	return s, err
}

// requiredRung is the highest of what the person and the repository require.
func requiredRung(conf config.Config, person config.Person) (bitcoin.Rung, error) {
	highest := bitcoin.RungExplorer
	for _, name := range []string{conf.Bitcoin.Require, person.Require} {
		if name == "" {
			continue
		}
		rung, err := bitcoin.ParseRung(name)
		if err != nil {
			return 0, err
		}
		highest = max(highest, rung)
	}
	return highest, nil
}

// headers builds the chain that claims are judged by: the explorers named by
// flags, else by git config, else the defaults.
func headers(c *cli.Context, s *setting, client *fetch.Client, require bitcoin.Rung) (*bitcoin.Chain, error) {
	network := bitcoin.Mainnet()
	if s.regtest {
		network = bitcoin.Regtest()
	}
	specs := c.StringSlice("explorer")
	if len(specs) == 0 {
		specs = s.person.Explorers
	}
	var sources []bitcoin.Source
	for _, spec := range specs {
		source, err := bitcoin.ParseSource(spec, client)
		if err != nil {
			return nil, usage("%v", err) // the URL may hold a password
		}
		sources = append(sources, source)
	}
	switch {
	case c.Bool("offline"):
		sources = nil
	case len(sources) == 0 && !s.regtest:
		sources = bitcoin.DefaultSources(client)
	}
	return bitcoin.NewChain(network, bitcoin.Options{Sources: sources, Require: require}), nil
}

// look decides how results are shown.
func (r *runner) look(c *cli.Context, regtest bool, pairs [][2]string) (report.Text, error) {
	text := report.Text{Out: r.out, Err: r.err, Regtest: regtest, Verbose: c.Bool("v"), Quiet: c.Bool("q")}
	if text.Verbose && text.Quiet {
		return text, usage("-v and -q contradict each other")
	}
	when := c.String("color")
	if when == "" || when == "auto" {
		when = "auto"
		for _, p := range pairs {
			if p[0] == "color.ui" {
				when = colorUI(p[1])
			}
		}
		if r.getenv("NO_COLOR") != "" {
			when = "never"
		}
	}
	switch when {
	case "always":
		text.Pen.On = true
	case "never":
	case "auto":
		f, ok := r.out.(*os.File)
		text.Pen.On = ok && term.IsTerminal(int(f.Fd())) && r.getenv("TERM") != "dumb"
	default:
		return text, usage("--color is auto, always or never, not %q", printable.Text(when, 40))
	}
	return text, nil
}

// colorUI reads git's color.ui, where "true" means auto.
func colorUI(value string) string {
	switch value {
	case "always":
		return "always"
	case "false", "never", "no", "off", "0":
		return "never"
	}
	return "auto"
}

// required reads --require.
func required(c *cli.Context) (bool, error) {
	switch v := c.String("require"); v {
	case "":
		return false, nil
	case "confirmed":
		return true, nil
	default:
		return false, usage("--require is confirmed, not %q", v)
	}
}
