// Package fetch makes one bounded HTTP exchange with a host that nobody trusts.
//
// Start with New and (*Client).Do. Every exchange is bounded in bytes, in time
// and in tries; it goes only where it may:
//
//   - https with a certificate that verifies, to public addresses. An address
//     is judged when it is dialled, after DNS, so that a name that resolves to
//     169.254.169.254 reaches nothing, also when it changes between two look-ups.
//   - A URL the person named (Request.Named) may lead to private addresses, and
//     to loopback ones in plain http.
//   - With Config.LoopbackOnly, to loopback addresses and nowhere else.
//   - Redirects stay within scheme, host and port; a POST follows none.
//
// Proxies come from the environment handed to New. Behind a proxy it is the
// proxy that resolves names, so there only the URL itself can be judged.
//
// The package does not decide which hosts may be asked (calendar and bitcoin
// do), does not cache, and does not undo content encodings: a limit counts the
// bytes on the wire.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/openllmo/git-anchor/internal/printable"
)

// Errors that a caller of Do may match. All other errors of Do mean that no
// final HTTP answer could be had: network, time, certificate, proxy.
var (
	ErrTooLarge = errors.New("answer is larger than allowed")
	ErrRedirect = errors.New("redirect not followed")
	ErrPolicy   = errors.New("not allowed")
)

// Config of a Client; zero fields have the stated defaults.
type Config struct {
	UserAgent    string              // sent with every request; "": "git-anchor"
	Getenv       func(string) string // where the proxy variables are read; nil: no proxies
	LoopbackOnly bool                // refuse every address that is not loopback, and use no proxy
	Jitter       func() float64      // in [0,1), must be safe for concurrent use; nil: math/rand
	Backoff      time.Duration       // upper bound of the first wait between tries; 0: 250 ms
}

// A Client makes exchanges. Concurrent use is fine. It keeps idle connections
// for a short time and needs no closing.
type Client struct {
	agent        string
	loopbackOnly bool
	jitter       func() float64
	backoff      time.Duration
	proxies      proxies
	direct       [dialRules]*http.Transport // by the addresses that may be dialled
	proxied      *http.Transport
}

// New returns a Client. An unusable proxy variable is reported by Do, for those
// requests that would go through it.
func New(cfg Config) *Client {
	c := &Client{
		agent:        cfg.UserAgent,
		loopbackOnly: cfg.LoopbackOnly,
		jitter:       cfg.Jitter,
		backoff:      cfg.Backoff,
	}
	if c.agent == "" {
		c.agent = "git-anchor"
	}
	if c.jitter == nil {
		c.jitter = rand.Float64
	}
	if c.backoff <= 0 {
		c.backoff = defaultBackoff
	}
	if cfg.Getenv != nil && !cfg.LoopbackOnly {
		c.proxies = proxiesFrom(cfg.Getenv)
	}
	for rule := range c.direct {
		c.direct[rule] = newTransport(dialRule(rule).control)
	}
	if c.proxies.url != nil {
		// The person chose the proxy by its address, which may be private.
		c.proxied = newTransport(nil)
		c.proxied.Proxy = http.ProxyURL(c.proxies.url)
		c.proxied.OnProxyConnectResponse = refusedByProxy
	}
	return c
}

// Request is what to ask, and within which bounds.
type Request struct {
	Method      string // "": GET
	URL         string
	Accept      string
	ContentType string
	Body        []byte // sent with each try

	Limit      int64         // bytes of body read at most, required; one more is ErrTooLarge
	Timeout    time.Duration // of one try, redirects and body included; 0: only the context's
	Tries      int           // 0: 3
	Named      bool          // the person named this URL (see the package comment)
	NoRedirect bool          // follow none, as with POST
	NoProxy    bool          // connect directly whatever the environment says

	User, Password string // sent as basic authentication if either is set
	Bearer         string // sent as a bearer token; such a request follows no redirect

	// Read, if set, is given the body of a 200 answer as it arrives, in place of
	// Response.Body, and nothing is retried once it began. Its reader fails with
	// ErrTooLarge past Limit; an error that Read returns is returned by Do.
	Read func(io.Reader) error
}

// Response is a final answer, of whatever status.
type Response struct {
	Status int
	Header http.Header
	Body   []byte // of an answer other than 2xx: the first min(Limit, 4096) bytes
}

// Do asks and returns the final answer. Network errors and the statuses 429 and
// 5xx (but 501 and 505) are tried again while ctx lasts; when the tries are used
// up, such a status is returned like any other. An error means that there is no
// answer; it names the host, and never the rest of the URL.
// Errors to match: ErrTooLarge, ErrRedirect, ErrPolicy, and those of ctx.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	if r.Limit <= 0 {
		return nil, errors.New("fetch: request without a limit")
	}
	u, err := parseURL(r.URL, r.Named)
	if err != nil {
		return nil, err
	}
	host := printable.Text(u.Host, maxHost)
	transport, err := c.transport(u, r)
	if err != nil {
		return nil, &hostError{host, err}
	}
	tries := r.Tries
	if tries <= 0 {
		tries = defaultTries
	}
	for try := 1; ; try++ {
		x := exchange{client: c, transport: transport, request: r}
		resp, err := x.run(ctx, u)
		if try < tries && x.again(ctx, resp, err) && c.wait(ctx, try, resp) {
			continue
		}
		if err == nil {
			return resp, nil
		}
		if ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
			err = fmt.Errorf("%w; then %w", err, ctx.Err())
		}
		return nil, &hostError{host, err}
	}
}
