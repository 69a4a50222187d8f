package action

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/fetch"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/printable"
	"github.com/openllmo/git-anchor/internal/report"
)

// A Publication is the phase that has the token. It takes nothing from the
// checkout, not even its configuration: what is committed is in the plan, where
// to is in the environment.
type Publication struct {
	Inputs   Inputs
	Event    Event
	Delivery anchor.Delivery // the network, and how to wait
	Fetch    *fetch.Client   // for GitHub's API
	Text     report.Text
	Console  *Console
	Getenv   func(string) string
	Now      time.Time
}

// An Advice is an error with one thing to type or change.
type Advice struct {
	Text, Hint string
	Cause      error
}

func (e *Advice) Error() string { return e.Text }

func (e *Advice) Unwrap() error { return e.Cause }

// Run publishes the plan of the step that ran, by push, by the API, or as a
// pull request. The error is an *Advice where somebody can do something about it.
func (p *Publication) Run(ctx context.Context) (err error) {
	if err := p.Event.MayWrite(); err != nil {
		return err
	}
	plan, err := readPlan(p.Getenv)
	if err != nil {
		return err
	}
	extra, err := readExtra(p.Getenv)
	if err != nil {
		return err
	}
	remote, err := remoteOf(p.Event, p.Inputs.Token)
	if err != nil {
		return err
	}
	d, err := p.delivery()
	if err != nil {
		return err
	}
	// No repository lends its objects: even to find them the checkout's
	// configuration would have to be read.
	tip, err := gitrepo.OpenTip(ctx, nil, remote, p.Getenv)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tip.Close()) }()
	done, err := p.publish(ctx, tip, plan, extra, d)
	if told := p.tell(done); err == nil {
		err = told
	}
	return err
}

func (p *Publication) publish(ctx context.Context, tip *gitrepo.Tip, plan anchor.Plan, extra anchor.Extra, d anchor.Delivery) (anchor.Published, error) {
	var done anchor.Published
	var server *github
	var err error
	if p.Inputs.Delivery == API || p.Inputs.Delivery == PullRequest {
		if server, err = newGitHub(p.Fetch, p.Event, p.Inputs.Token, p.Getenv); err != nil {
			return done, err
		}
	}
	switch p.Inputs.Delivery {
	case Push:
		d.Advance = anchor.PushTo(tip, d.Branch, d.Identity)
		done, err = anchor.Publish(ctx, tip, plan, extra, d)
	case API:
		d.Advance = server.advance(tip, d.Branch, d.Identity)
		done, err = anchor.Publish(ctx, tip, plan, extra, d)
	case PullRequest:
		done, err = anchor.PublishBranch(ctx, tip, p.Event.Branch(), plan, extra, d)
		if err == nil && done.Due {
			err = p.propose(ctx, server, d.Branch)
		}
	default:
		return done, fmt.Errorf("input commit is %s: there is nothing to do", p.Inputs.Delivery)
	}
	return done, explain(err, p.Inputs)
}

// delivery is where the plan goes, and by whom.
func (p *Publication) delivery() (anchor.Delivery, error) {
	d := p.Delivery
	d.SignOff, d.Branch, d.Config = p.Inputs.Signoff, p.Inputs.Branch, p.Inputs.Config
	if d.Branch == "" && p.Inputs.Delivery != PullRequest {
		d.Branch = p.Event.Branch()
	}
	if p.Inputs.Delivery == PullRequest {
		d.Branch = p.Inputs.ownBranch()
	}
	if d.Branch == "" || p.Inputs.Delivery == PullRequest && p.Event.Branch() == "" {
		return d, &Advice{Text: fmt.Sprintf("this run is on %s, which is no branch that could be committed to", quoted(p.Event.Ref)), Hint: "name one: input branch"}
	}
	if p.Inputs.Delivery == PullRequest && d.Branch == p.Event.Branch() {
		return d, &Advice{Text: fmt.Sprintf("input branch is %s, the branch that the pull request is for", quoted(d.Branch)), Hint: "leave it out, or name a branch that nobody else uses"}
	}
	if err := parseJSON(p.Getenv("INPUT_IDENTITY"), &d.Identity); err != nil {
		return d, fmt.Errorf("INPUT_IDENTITY: %w", err)
	}
	d.Identity = named(d.Identity)
	if message := p.Inputs.Message; message != "" {
		d.Message = func([]string) string { return message + "\n" }
	}
	return d, nil
}

// ownBranch is where pull-request mode keeps its commit.
func (in Inputs) ownBranch() string {
	if in.Branch != "" {
		return in.Branch
	}
	return ourBranch
}

// propose keeps one pull request open for our branch.
func (p *Publication) propose(ctx context.Context, server *github, branch string) error {
	title, _, _ := strings.Cut(p.Inputs.Message, "\n")
	if title == "" {
		title = "Add and complete OpenTimestamps proofs"
	}
	body := "git-anchor made this branch, and keeps it one commit ahead of its base: proofs of documents that were accepted, and claims that calendars have completed since. " +
		"It only ever adds to proofs. Merge it whenever you like; until then every run goes on from what is here."
	if p.Text.Regtest {
		title, body = "regtest, proves nothing: "+title, "**regtest, proves nothing.** "+body
	}
	pr, err := server.propose(ctx, proposal{Head: branch, Base: p.Event.Branch(), Title: title, Body: body})
	if err != nil {
		return err
	}
	p.Text.Note("pull request %d, from %s: %s", pr.Number, branch, pr.URL)
	if pr.made {
		p.Text.Note("a pull request made with the job's own token starts no checks; give input token the token of a GitHub App for that")
	}
	return nil
}

// tell says what was committed and what was not, on the log, in the summary and
// by the outputs.
func (p *Publication) tell(done anchor.Published) error {
	for _, x := range done.Dropped {
		p.Text.Note("%s was left out: %s", printable.Text(x.Path, maxTitle), x.Reason)
	}
	if done.Commit != "" {
		p.Text.Note("committed %s, files: %d", done.Commit, len(done.Paths))
	} else {
		p.Text.Note("nothing was committed")
	}
	errs := []error{
		p.Console.Output("changed", fmt.Sprint(done.Commit != "")),
		p.Console.Output("commit_sha", done.Commit),
	}
	if p.Inputs.Summary {
		errs = append(errs, p.Console.Summarize(markdown(p.Event, p.Text.Regtest, p.Now).Published(done.Commit, done)))
	}
	return errors.Join(errs...)
}

// explain says what to do about a server that does not take a commit.
func explain(err error, in Inputs) error {
	var rejected *gitrepo.Rejected
	switch {
	case err == nil:
		return nil
	case errors.Is(err, gitrepo.ErrUnauthorized) && in.Token == "":
		return &Advice{"the server wants a token, and there is none: verifying works, committing does not", "leave input token at its default, and give the job permissions: contents: write", err}
	case errors.Is(err, gitrepo.ErrUnauthorized):
		text := "the server refuses the token: verifying works, committing does not"
		hint := "give the job permissions: contents: write (a pull request from a fork never gets it)"
		if in.Delivery == PullRequest {
			hint = "give the job permissions: contents: write and pull-requests: write (a pull request from a fork never gets them)"
		}
		return &Advice{text, hint, err}
	case errors.As(err, &rejected) && protected(rejected.Words):
		return &Advice{
			"the branch is protected, and the server declined the commit: " + strings.ReplaceAll(rejected.Words, "\n", "; "),
			"one of: allow the app of the token in the bypass list of the branch's ruleset; commit: pull-request with the token of a GitHub App; commit: api where the rule wants signed commits, or another branch by input branch",
			err,
		}
	}
	return err
}

// protected recognises the words by which GitHub declines for a rule of a branch.
func protected(words string) bool {
	words = strings.ToLower(words)
	for _, sign := range []string{"gh006", "gh013", "protected branch", "rule violations", "ruleset"} {
		if strings.Contains(words, sign) {
			return true
		}
	}
	return false
}
