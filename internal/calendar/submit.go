package calendar

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/openllmo/git-anchor/internal/fetch"
	"github.com/openllmo/git-anchor/internal/ots"
)

// defaultTimeout of a submission, as in the reference client. A pool answers
// after about a second, since it aggregates once a second.
const defaultTimeout = 5 * time.Second

// Options of Submit; zero fields have the stated defaults.
type Options struct {
	Min     int           // distinct calendars that must answer; 0: 2, or 1 if only one URL is given
	Timeout time.Duration // for all, tries and waits included; 0: 5 s
}

// Answer is what came of posting to one URL.
type Answer struct {
	Calendar string    // the URL posted to
	Names    []string  // the calendars that the tree's pending claims name, each once
	Tree     *ots.Tree // on the digest; every path ends in a pending claim that Policy.MayWrite
	Err      error     // why there is no tree; nil with Tree
}

// Submit posts a digest (1 to 64 bytes) to all URLs at once, waits until each
// has answered or the time is over, and returns an Answer for each, in order.
// Whether the URLs may be posted to is the caller's to know; one that is not
// among Policy.Exact must be https and public.
//
// Calendars are counted by the names in the answers: one that several pools name
// counts once, and an answer that names several counts once too. With fewer than
// Options.Min the error wraps ErrTooFew (and ctx's error if that is why), and the
// answers that there are come with it. Fewer URLs than Options.Min, or a
// digest of another length, is an error without a request.
func (c *Client) Submit(ctx context.Context, digest []byte, urls []string, o Options) ([]Answer, error) {
	if len(digest) == 0 || len(digest) > maxDigest {
		return nil, fmt.Errorf("submit digest: %d bytes, calendars take 1 to %d", len(digest), maxDigest)
	}
	if o.Min <= 0 {
		o.Min = max(1, min(2, len(urls)))
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if len(urls) < o.Min {
		return nil, fmt.Errorf("%w: %d needed, but only %d given to ask", ErrTooFew, o.Min, len(urls))
	}
	answers := c.post(ctx, digest, urls, o.Timeout)
	n := Distinct(answers)
	switch {
	case n >= o.Min:
		return answers, nil
	case ctx.Err() != nil:
		return answers, fmt.Errorf("%w: %d of %d needed calendars answered: %w", ErrTooFew, n, o.Min, ctx.Err())
	}
	return answers, fmt.Errorf("%w: %d of %d needed calendars answered", ErrTooFew, n, o.Min)
}

// post asks all and waits for all; none outlives the timeout.
func (c *Client) post(ctx context.Context, digest []byte, urls []string, timeout time.Duration) []Answer {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	answers := make([]Answer, len(urls))
	var wait sync.WaitGroup
	for i, target := range urls {
		wait.Go(func() {
			tree, err := c.submit(ctx, digest, target)
			answers[i] = Answer{Calendar: target, Names: names(tree), Tree: tree, Err: err}
		})
	}
	wait.Wait()
	return answers
}

// submit posts to one URL and returns the useful part of its answer.
func (c *Client) submit(ctx context.Context, digest []byte, target string) (*ots.Tree, error) {
	if c.Policy.Regtest && !fetch.Loopback(target) {
		return nil, fmt.Errorf("%w in regtest, which asks loopback only: %s", ErrNotAllowed, shown(target))
	}
	endpoint, err := url.JoinPath(target, "digest")
	if err != nil {
		// url's text may quote a password.
		return nil, fmt.Errorf("%w: %s is not a URL", ErrNotAllowed, shown(target))
	}
	body, err := c.exchange(ctx, fetch.Request{
		Method:      http.MethodPost,
		URL:         endpoint,
		ContentType: "application/octet-stream",
		Body:        digest,
		Named:       c.Policy.Named(target),
	})
	if err != nil {
		return nil, err
	}
	tree, err := parse(host(target), digest, body)
	if err != nil {
		return nil, err
	}
	// A Bitcoin claim this early is made up or about something else, and nobody
	// checks it here; what is not kept is not written.
	kept := tree.Keep(func(claim ots.Claim) bool {
		return claim.Attestation.Kind() == ots.KindPending && c.Policy.MayWrite(claim.Attestation.URI())
	})
	if kept != nil {
		return kept, nil
	}
	if named := names(tree); len(named) > 0 {
		return nil, &Unasked{host(target), named, slices.DeleteFunc(slices.Clone(named), func(uri string) bool { return !c.Policy.could(uri) })}
	}
	return nil, &answerError{host(target) + " sent a timestamp that names no calendar to ask later", ErrAnswer}
}

// Unasked is an answer that leads to no calendar that may be asked later. It is
// an ErrNotAllowed.
type Unasked struct {
	Pool  string   // host
	Names []string // URIs, hostile text
	Could []string // those of them that may be asked once the person names them
}

func (e *Unasked) Error() string {
	var list []string
	for _, uri := range e.Names[:min(3, len(e.Names))] {
		list = append(list, shown(uri))
	}
	return fmt.Sprintf("%s names %s: %v", e.Pool, strings.Join(list, ", "), ErrNotAllowed)
}

// Unwrap returns ErrNotAllowed.
func (e *Unasked) Unwrap() error { return ErrNotAllowed }

// names returns the URIs of the tree's pending claims, each once.
func names(tree *ots.Tree) []string {
	if tree == nil {
		return nil
	}
	var uris []string
	for _, claim := range tree.Claims() {
		if uri := claim.Attestation.URI(); claim.Attestation.Kind() == ots.KindPending && !slices.Contains(uris, uri) {
			uris = append(uris, uri)
		}
	}
	return uris
}

// Distinct returns how many calendars answered, at most: the size of the largest
// matching of answers to names. One pool could name any number of calendars that
// never saw the digest, so an answer is worth one.
func Distinct(answers []Answer) int {
	holder := make(map[string]int) // calendar → the answer it is counted for
	var assign func(i int, tried map[string]bool) bool
	assign = func(i int, tried map[string]bool) bool {
		for _, name := range answers[i].Names {
			name = sameURL(name)
			if tried[name] {
				continue
			}
			tried[name] = true
			if j, taken := holder[name]; !taken || assign(j, tried) {
				holder[name] = i
				return true
			}
		}
		return false
	}
	for i := range answers {
		assign(i, make(map[string]bool))
	}
	return len(holder)
}
