package action

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/fetch"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/printable"
)

// Limits of an exchange with GitHub's API.
const (
	maxAnswer  = 4 << 20  // bytes
	maxCommit  = 32 << 20 // bytes of files in one commit made by the API
	apiTimeout = 60 * time.Second
	maxWords   = 500 // runes of a server's words
)

// A github is GitHub's API for one repository. The token is sent nowhere else.
type github struct {
	client      *fetch.Client
	rest, graph string // addresses
	owner, name string
	token       string
}

// newGitHub takes the addresses of the API from the environment. They must be of
// the same server as the repository: GitHub has them at the server's own name or
// at "api." before it.
func newGitHub(client *fetch.Client, e Event, token string, getenv func(string) string) (*github, error) {
	remote, err := remoteOf(e, token)
	if err != nil {
		return nil, err
	}
	server, err := url.Parse(remote.URL)
	if err != nil {
		return nil, err
	}
	g := &github{client: client, token: token}
	g.owner, g.name, _ = strings.Cut(e.Repository, "/")
	for _, address := range []struct {
		name string
		to   *string
	}{{"GITHUB_API_URL", &g.rest}, {"GITHUB_GRAPHQL_URL", &g.graph}} {
		at, err := url.Parse(getenv(address.name))
		if err != nil || at.Host == "" || at.RawQuery != "" || at.User != nil {
			return nil, fmt.Errorf("%s is not the address of an API", address.name)
		}
		if at.Host != server.Host && at.Host != "api."+server.Host || at.Scheme != server.Scheme {
			return nil, fmt.Errorf("%s is at %s, another server than the repository's, %s: the token is not sent there", address.name, quoted(at.Host), quoted(server.Host))
		}
		if err := fetch.CheckURL(at.String(), true); err != nil {
			return nil, fmt.Errorf("%s: %w", address.name, err)
		}
		*address.to = strings.TrimSuffix(at.String(), "/")
	}
	return g, nil
}

// ask sends one request and reads a JSON answer.
func (g *github) ask(ctx context.Context, method, address string, tries int, body, answer any) error {
	r := fetch.Request{
		Method: method, URL: address, Accept: "application/vnd.github+json", Bearer: g.token,
		Limit: maxAnswer, Timeout: apiTimeout, Tries: tries, Named: true, NoRedirect: true,
	}
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return err
		}
		r.ContentType, r.Body = "application/json", raw
	}
	resp, err := g.client.Do(ctx, r)
	if err != nil {
		return fmt.Errorf("GitHub's API: %w", err)
	}
	switch {
	case resp.Status == http.StatusUnauthorized, resp.Status == http.StatusForbidden:
		return fmt.Errorf("GitHub's API: %w: %s", gitrepo.ErrUnauthorized, saidBy(resp.Body))
	case resp.Status < 200 || resp.Status > 299:
		return fmt.Errorf("GitHub's API: status %d: %s", resp.Status, saidBy(resp.Body))
	}
	if err := json.Unmarshal(resp.Body, answer); err != nil {
		return errors.New("GitHub's API: the answer is no JSON that we know")
	}
	return nil
}

// saidBy is what an answer says about an error.
func saidBy(body []byte) string {
	var said struct{ Message string }
	if json.Unmarshal(body, &said) != nil || said.Message == "" {
		return "it gives no reason"
	}
	return printable.Text(said.Message, maxWords)
}

// createCommit is GitHub's mutation that makes a commit in the name of the
// token's app or user, signs it, and moves the branch if it is where we say.
const createCommit = `mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }`

type commitInput struct {
	Branch struct {
		Repository string `json:"repositoryNameWithOwner"`
		Name       string `json:"branchName"`
	} `json:"branch"`
	Message struct {
		Headline string `json:"headline"`
		Body     string `json:"body,omitempty"`
	} `json:"message"`
	Changes struct {
		Additions []addition `json:"additions"`
	} `json:"fileChanges"`
	Expected string `json:"expectedHeadOid"`
}

type addition struct {
	Path     string `json:"path"`
	Contents []byte `json:"contents"` // base64 in JSON
}

type graphAnswer struct {
	Data struct {
		Create struct {
			Commit struct {
				OID string `json:"oid"`
			} `json:"commit"`
		} `json:"createCommitOnBranch"`
	} `json:"data"`
	Errors []struct {
		Type    string `json:"type"`
		Message string `json:"message"`
	} `json:"errors"`
}

// advance returns an Advance that has GitHub make the commit. It is made here
// first and thrown away: that refuses what no commit may replace, and finds out
// whether anything differs.
func (g *github) advance(tip *gitrepo.Tip, branch string, id gitrepo.Identity) anchor.Advance {
	id.Sign = false // GitHub signs
	return func(ctx context.Context, parent gitrepo.Commit, files []gitrepo.NewFile, message string) (string, error) {
		rehearsed, err := tip.Plant(ctx, parent, files, id, message)
		if err != nil || rehearsed == parent.ID {
			return rehearsed, err
		}
		input, err := g.input(branch, parent.ID, files, message)
		if err != nil {
			return "", err
		}
		var answer graphAnswer
		body := map[string]any{"query": createCommit, "variables": map[string]any{"input": input}}
		// Trying again is safe: the branch moves from where we say, or not at all.
		if err := g.ask(ctx, http.MethodPost, g.graph, 0, body, &answer); err != nil {
			return "", err
		}
		return answer.commit()
	}
}

func (g *github) input(branch, parent string, files []gitrepo.NewFile, message string) (commitInput, error) {
	var in commitInput
	in.Branch.Repository, in.Branch.Name, in.Expected = g.owner+"/"+g.name, branch, parent
	headline, body, _ := strings.Cut(message, "\n")
	in.Message.Headline, in.Message.Body = headline, strings.Trim(body, "\n")
	size := 0
	for _, f := range files {
		if !utf8.ValidString(f.Path) {
			return in, fmt.Errorf("the API cannot commit %s, whose name is not UTF-8: use commit: push", quoted(f.Path))
		}
		size += len(f.Data)
		in.Changes.Additions = append(in.Changes.Additions, addition{f.Path, f.Data})
	}
	if size > maxCommit {
		return in, fmt.Errorf("the files have %d bytes, more than the %d that the API commits at once: use commit: push", size, maxCommit)
	}
	return in, nil
}

// commit is the id of the commit that was made, or why there is none.
func (a graphAnswer) commit() (string, error) {
	if len(a.Errors) == 0 {
		if id := a.Data.Create.Commit.OID; gitrepo.IsID(id) {
			return id, nil
		}
		return "", errors.New("GitHub's API: the answer names no commit")
	}
	kind, said := a.Errors[0].Type, printable.Text(a.Errors[0].Message, maxWords)
	switch {
	case kind == "STALE_DATA", strings.Contains(said, "Expected branch to point to"):
		return "", gitrepo.ErrMoved
	case protected(said):
		return "", &gitrepo.Rejected{Words: said}
	case kind == "FORBIDDEN", strings.Contains(said, "Resource not accessible"):
		return "", fmt.Errorf("GitHub's API: %w: %s", gitrepo.ErrUnauthorized, said)
	}
	return "", fmt.Errorf("GitHub's API: %s", said)
}

// A proposal is a pull request as it shall be.
type proposal struct {
	Head  string `json:"head,omitempty"`
	Base  string `json:"base,omitempty"`
	Title string `json:"title"`
	Body  string `json:"body"`
}

// A pull is a pull request as it is.
type pull struct {
	Number int64  `json:"number"`
	URL    string `json:"html_url"`
	Title  string `json:"title"`
	Body   string `json:"body"`

	made bool // by us, now
}

// propose opens a pull request, or brings the one that is open up to date.
func (g *github) propose(ctx context.Context, want proposal) (pull, error) {
	pulls := g.rest + "/repos/" + url.PathEscape(g.owner) + "/" + url.PathEscape(g.name) + "/pulls"
	query := url.Values{"state": {"open"}, "head": {g.owner + ":" + want.Head}, "base": {want.Base}}
	var open []pull
	if err := g.ask(ctx, http.MethodGet, pulls+"?"+query.Encode(), 0, nil, &open); err != nil {
		return pull{}, err
	}
	var is pull
	if len(open) == 0 {
		err := g.ask(ctx, http.MethodPost, pulls, 1, want, &is)
		is.made = true
		return is, err
	}
	is = open[0]
	if is.Title == want.Title && is.Body == want.Body {
		return is, nil
	}
	err := g.ask(ctx, http.MethodPatch, fmt.Sprintf("%s/%d", pulls, is.Number), 0, proposal{Title: want.Title, Body: want.Body}, &is)
	return is, err
}
