// Package calendar talks to OpenTimestamps calendars.
//
// (*Client).Submit posts a digest to several pools at once and returns their
// promises: trees of operations that end in pending attestations. Hours later
// (*Client).Complete asks the calendar that such an attestation names for what
// became of it. Policy says which calendars may be asked: a URI in a proof is
// hostile text, and so is every answer.
//
// The protocol is two requests. "POST <pool>/digest" with the raw digest is
// answered by a tree on that digest; "GET <calendar>/timestamp/<hex of the
// message>" by a tree on that message, or by status 404 for "not yet".
//
// The package writes nothing, checks no Bitcoin claim, and does not decide which
// pools are posted to.
package calendar

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/fetch"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/printable"
)

// Errors that a caller may match, beside those of package fetch.
var (
	ErrTooFew     = errors.New("too few calendars")
	ErrNotAllowed = errors.New("calendar may not be asked")
	ErrAnswer     = errors.New("answer is not a timestamp of what was asked")
)

// Pools returns the URLs that digests are posted to by default, those of the
// reference client. Each answers with the name of a calendar on another host.
func Pools() []string {
	return []string{
		"https://a.pool.opentimestamps.org",
		"https://b.pool.opentimestamps.org",
		"https://a.pool.eternitywall.com",
		"https://ots.btc.catallaxy.com",
	}
}

const (
	mediaType  = "application/vnd.opentimestamps.v1"
	maxDigest  = 64  // bytes that a calendar's /digest accepts
	maxWords   = 160 // runes of a server's text that are shown, as in the reference client
	maxURIText = 200 // runes of a URI in an error

	// askTimeout bounds one try of Complete; the server reads a database.
	askTimeout = 10 * time.Second
)

// Client asks calendars. Both fields must be set; concurrent use is fine.
type Client struct {
	Fetch  *fetch.Client
	Policy Policy
}

// NotYet is Complete's error when the calendar has nothing to add. A calendar
// answers so for what waits for a block and for what it never saw: nothing is
// lost, and asking later is right.
type NotYet struct {
	Text string // the calendar's words, printable, perhaps empty
}

func (e *NotYet) Error() string {
	if e.Text == "" {
		return "not yet"
	}
	return "not yet: " + e.Text
}

// Complete asks the calendar of a pending attestation for the tree on the
// message attested. Its claims are the calendar's word: a Bitcoin claim must be
// checked against a header, a pending one against Policy.
// Errors to match: *NotYet, ErrNotAllowed, ErrAnswer, and those of package fetch.
func (c *Client) Complete(ctx context.Context, uri string, commitment []byte) (*ots.Tree, error) {
	if !c.Policy.MayAsk(uri) {
		return nil, fmt.Errorf("%w: %s", ErrNotAllowed, shown(uri))
	}
	target, err := url.JoinPath(uri, "timestamp", hex.EncodeToString(commitment))
	if err != nil || len(commitment) == 0 {
		return nil, fmt.Errorf("%w: %s on %d bytes", ErrNotAllowed, shown(uri), len(commitment))
	}
	body, err := c.exchange(ctx, fetch.Request{
		URL:     target,
		Timeout: askTimeout,
		Named:   c.Policy.Named(uri),
	})
	if err != nil {
		return nil, err
	}
	return parse(host(uri), commitment, body)
}

// exchange returns the body of a 200 answer.
func (c *Client) exchange(ctx context.Context, r fetch.Request) ([]byte, error) {
	r.Accept = mediaType
	r.Limit = ots.MaxAnswer
	resp, err := c.Fetch.Do(ctx, r)
	switch {
	case errors.Is(err, fetch.ErrTooLarge):
		return nil, &answerError{fmt.Sprintf("%s sent more than the %d bytes a timestamp may have", host(r.URL), ots.MaxAnswer), err}
	case err != nil:
		return nil, err
	case resp.Status == http.StatusOK:
		return resp.Body, nil
	case resp.Status == http.StatusNotFound && r.Method != http.MethodPost:
		return nil, &NotYet{words(resp.Body)}
	}
	status := strings.TrimSpace(fmt.Sprintf("%d %s", resp.Status, http.StatusText(resp.Status)))
	if text := words(resp.Body); text != "" {
		return nil, fmt.Errorf("%s answered %s: %s", host(r.URL), status, text)
	}
	return nil, fmt.Errorf("%s answered %s", host(r.URL), status)
}

// parse reads an answer on msg, whole, and says what else it evidently is.
func parse(host string, msg, body []byte) (*ots.Tree, error) {
	tree, err := ots.ParseTree(msg, body)
	switch {
	case err == nil:
		return tree, nil
	case len(body) == 0:
		return nil, &answerError{host + " sent an empty answer instead of a timestamp", err}
	case isHTML(body):
		return nil, &answerError{host + " sent an HTML page instead of a timestamp", err}
	case errors.Is(err, ots.ErrTruncated), errors.Is(err, ots.ErrTrailing):
		return nil, &answerError{fmt.Sprintf("%s sent a damaged timestamp: %v", host, err), err}
	}
	return nil, &answerError{fmt.Sprintf("%s sent something else than a timestamp: %v", host, err), err}
}

// answerError is an ErrAnswer that says what came instead.
type answerError struct {
	text string
	err  error
}

func (e *answerError) Error() string   { return e.text }
func (e *answerError) Unwrap() []error { return []error{ErrAnswer, e.err} }

// words returns a server's text for one line of output.
func words(body []byte) string {
	if isHTML(body) {
		return "an HTML page"
	}
	return printable.Text(strings.TrimSpace(string(body)), maxWords)
}

// isHTML goes by the bytes, since the faulty servers send any content type. No
// timestamp begins like this: '<' is neither an operation nor a separator.
func isHTML(body []byte) bool {
	return strings.HasPrefix(strings.TrimLeft(string(body), "\ufeff \t\r\n"), "<")
}

// host names a calendar in messages.
func host(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" {
		return "calendar"
	}
	return printable.Text(u.Host, maxURIText)
}

// shown is a URI for an error, without a password that somebody put into it.
func shown(uri string) string {
	if strings.Contains(uri, "@") {
		return "a URI with a user name or password"
	}
	return printable.Text(uri, maxURIText)
}
