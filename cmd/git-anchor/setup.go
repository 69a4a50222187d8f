package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

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
	trusted trusted
	regtest bool
	text    report.Text
}

// headersFrom says where a command gets block headers.
type headersFrom int

const (
	noHeaders     headersFrom = iota // it judges nothing
	headersAtHand                    // in the binary, the cache and the repository
	headersAsked                     // from sources, too
)

// unless is where headers come from, given whether asking is ruled out.
func unless(offline bool) headersFrom {
	if offline {
		return headersAtHand
	}
	return headersAsked
}

// open wires a session on the repository around the working directory.
func (r *runner) open(c *cli.Context, from headersFrom) (*setting, error) {
	return r.openWith(c, from, repositoryConfig)
}

// openWith is open with a configuration that is read by other means.
func (r *runner) openWith(c *cli.Context, from headersFrom, read func(context.Context, *gitrepo.Repo) (config.Config, error)) (*setting, error) {
	ctx := c.Context
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	repo, err := gitrepo.Open(ctx, gitrepo.Options{Dir: dir, Getenv: r.getenv, Cache: r.cache})
	if err != nil {
		return nil, err
	}
	conf, err := read(ctx, repo)
	if err != nil {
		return nil, errors.Join(err, repo.Close())
	}
	pairs, err := repo.Settings(ctx)
	if err != nil {
		return nil, errors.Join(err, repo.Close())
	}
	s, err := r.wire(c, conf, pairs, repo, from)
	if err != nil {
		return nil, errors.Join(err, repo.Close())
	}
	for _, i := range conf.Ignored {
		s.text.Note("%s line %d: %s", config.File, i.Line, i.Text)
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
		return anchor.ConfigAt(ctx, repo, head, "")
	case errors.Is(err, fs.ErrNotExist):
		return config.Default(), nil
	default:
		return config.Config{}, fmt.Errorf("read %s: %w", config.File, err)
	}
	return config.Parse(raw)
}

// outside wires a session for files that lie in no repository. Where the
// working directory lies in one all the same, the person's settings for it hold
// and the headers it keeps are used; its configuration has no say.
func (r *runner) outside(c *cli.Context, from headersFrom) (*setting, error) {
	s, err := r.around(c, from)
	if !errors.Is(err, errNowhere) {
		return s, err
	}
	pairs, err := gitrepo.PersonSettings(c.Context, r.getenv)
	if err != nil {
		return nil, err
	}
	return r.wire(c, config.Default(), pairs, nil, from)
}

var errNowhere = errors.New("not in a repository that can be used")

// around is outside within a repository; it leaves the repository behind.
func (r *runner) around(c *cli.Context, from headersFrom) (s *setting, err error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, errNowhere
	}
	repo, err := gitrepo.Open(c.Context, gitrepo.Options{Dir: dir, Getenv: r.getenv})
	if err != nil {
		return nil, errNowhere
	}
	defer func() { err = errors.Join(err, repo.Close()) }()
	pairs, err := repo.Settings(c.Context)
	if err != nil {
		return nil, errNowhere
	}
	if s, err = r.wire(c, config.Default(), pairs, repo, from); err == nil {
		s.session.Repo, s.session.Headers = nil, nil
	}
	return s, err
}

// wire joins flags, the person's settings and the repository's files; repo is
// nil outside of any.
func (r *runner) wire(c *cli.Context, conf config.Config, pairs [][2]string, repo *gitrepo.Repo, from headersFrom) (*setting, error) {
	person, err := config.ParsePerson(pairs)
	if err != nil {
		return nil, err
	}
	s := &setting{config: conf, person: person}
	t := trusted{person: person}
	switch network := c.String("network"); network {
	case "mainnet", "": // a command that asks nobody has no such flag
		t.network = bitcoin.Mainnet()
	case "regtest":
		t.network, t.regtest, s.regtest = bitcoin.Regtest(), true, true
	default:
		return nil, usage("--network is mainnet or regtest, not %q", network)
	}
	if s.text, err = r.look(c, s.regtest, pairs); err != nil {
		return nil, err
	}
	if t.require, err = requiredRung(c, conf, person); err != nil {
		return nil, err
	}
	if repo != nil && !t.regtest {
		if t.headers, err = anchor.ReadHeaders(c.Context, repo); err != nil {
			// They are a convenience: a damaged file stops nothing.
			s.text.Note("%v; it is not used", err)
		}
	}
	t.client = fetch.New(fetch.Config{UserAgent: userAgent(), Getenv: r.getenv, LoopbackOnly: s.regtest})
	s.trusted = t
	chain, err := r.chain(c, t, from)
	if err != nil {
		return nil, err
	}
	for _, u := range c.StringSlice("calendar") {
		if err := fetch.CheckURL(u, true); err != nil {
			return nil, usage("--calendar: %v", err) // the URL may hold a password
		}
	}
	s.session = &anchor.Session{
		Repo:   repo,
		Config: conf,
		Calendars: &calendar.Client{Fetch: t.client, Policy: calendar.Policy{
			Exact: slices.Concat(person.Calendars, c.StringSlice("calendar")), Regtest: s.regtest,
		}},
		Judge:   verify.Judge{Chain: chain, Require: t.require},
		Random:  rand.Reader,
		Headers: t.headers,
	}
	return s, nil
}

// requiredRung is the highest of what the flag, the person and the repository
// require.
func requiredRung(c *cli.Context, conf config.Config, person config.Person) (bitcoin.Rung, error) {
	highest := bitcoin.RungExplorer
	flag := c.String("require")
	if flag == confirmed {
		flag = ""
	}
	for _, name := range []string{conf.Bitcoin.Require, person.Require, flag} {
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
		text.Color = true
	case "never":
	case "auto":
		f, ok := r.stdout.w.(*os.File)
		text.Color = ok && term.IsTerminal(int(f.Fd())) && r.getenv("TERM") != "dumb"
	default:
		return text, usage("--color is auto, always or never, not %q", printable.Text(when, longestWord))
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

// confirmed is the value of --require that asks for no particular rung.
const confirmed = "confirmed"

// required says whether --require was given, and refuses a wrong value.
func required(c *cli.Context) (bool, error) {
	v := c.String("require")
	if v == "" || v == confirmed {
		return v != "", nil
	}
	if _, err := bitcoin.ParseRung(v); err != nil {
		return false, usage("--require is confirmed or one of explorer, quorum, work, chain, node, not %q", v)
	}
	return true, nil
}
