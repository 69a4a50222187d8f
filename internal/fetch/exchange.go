package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/printable"
)

// Bounds of an exchange that a Request does not set.
const (
	defaultTries = 3
	maxRedirects = 5
	maxErrorBody = 4096     // bytes kept of the body of an answer other than 2xx
	maxHeader    = 64 << 10 // bytes of response header
	maxHost      = 300      // runes of a host in an error: DNS allows 253, then a port
	maxScheme    = 20       // runes of a scheme in an error

	dialTimeout = 10 * time.Second
	tlsTimeout  = 10 * time.Second
	idleTimeout = 30 * time.Second
	idlePerHost = 8 // connections
)

// exchange is one try of a request.
type exchange struct {
	client    *Client
	transport *http.Transport
	request   Request
	reading   bool // Request.Read has begun: its reader cannot be rewound
}

func (x *exchange) run(ctx context.Context, u *url.URL) (*Response, error) {
	parent := ctx
	if x.request.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, x.request.Timeout)
		defer cancel()
	}
	resp, err := x.open(ctx, u)
	if err == nil {
		defer resp.Body.Close()
		var answer *Response
		if answer, err = x.answer(resp); err == nil {
			return answer, nil
		}
	}
	if parent.Err() == nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return nil, &cause{fmt.Sprintf("no complete answer within %v", x.request.Timeout), err}
	}
	return nil, err
}

// open sends the request, follows redirects, and returns the final answer with
// its body still to be read and closed.
func (x *exchange) open(ctx context.Context, u *url.URL) (*http.Response, error) {
	for hops := 0; ; hops++ {
		req, err := x.newRequest(ctx, u)
		if err != nil {
			return nil, err
		}
		resp, err := x.transport.RoundTrip(req)
		if err != nil {
			return nil, readable(err)
		}
		location := resp.Header.Get("Location")
		if !redirects(resp.StatusCode) || location == "" {
			return resp, nil
		}
		if err := resp.Body.Close(); err != nil {
			return nil, readable(err)
		}
		if hops == maxRedirects {
			return nil, fmt.Errorf("%w: more than %d of them", ErrRedirect, maxRedirects)
		}
		if u, err = x.next(u, location); err != nil {
			return nil, err
		}
	}
}

func (x *exchange) newRequest(ctx context.Context, u *url.URL) (*http.Request, error) {
	r := x.request
	req, err := http.NewRequestWithContext(ctx, r.Method, u.String(), bytes.NewReader(r.Body))
	if err != nil {
		// net/http's text may quote the URL.
		return nil, &cause{"request cannot be made", err}
	}
	req.Header.Set("User-Agent", x.client.agent)
	// Without this net/http asks for gzip and expands it: a bomb of 10 kB would
	// then be megabytes.
	req.Header.Set("Accept-Encoding", "identity")
	if r.Accept != "" {
		req.Header.Set("Accept", r.Accept)
	}
	if r.ContentType != "" {
		req.Header.Set("Content-Type", r.ContentType)
	}
	if r.User != "" || r.Password != "" {
		req.SetBasicAuth(r.User, r.Password)
	}
	if r.Bearer != "" {
		req.Header.Set("Authorization", "Bearer "+r.Bearer)
	}
	return req, nil
}

func redirects(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// next returns where a redirect leads, if it may be followed.
func (x *exchange) next(from *url.URL, location string) (*url.URL, error) {
	to, err := from.Parse(location)
	if err != nil {
		return nil, fmt.Errorf("%w: its target is not a URL", ErrRedirect)
	}
	where := printable.Text(to.Scheme, maxScheme) + "://" + printable.Text(to.Host, maxHost)
	switch {
	case to.Scheme != from.Scheme || !strings.EqualFold(to.Hostname(), from.Hostname()) || port(to) != port(from):
		return nil, fmt.Errorf("%w: it leads elsewhere, to %s", ErrRedirect, where)
	case x.request.NoRedirect || x.request.Bearer != "" || !(x.request.Method == "" || x.request.Method == http.MethodGet):
		return nil, fmt.Errorf("%w: this request follows none, not even to %s", ErrRedirect, where)
	}
	// Same origin, but it may still bring a user name along.
	return to, judge(to, x.request.Named)
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if u.Scheme == "http" {
		return "80"
	}
	return "443"
}

// answer reads what the status says there is to read.
func (x *exchange) answer(resp *http.Response) (*Response, error) {
	r := x.request
	answer := &Response{Status: resp.StatusCode, Header: resp.Header}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		// The status is the answer; what can be had of the body only explains it.
		answer.Body, _ = io.ReadAll(io.LimitReader(resp.Body, min(r.Limit, maxErrorBody)))
		return answer, nil
	}
	if resp.ContentLength > r.Limit {
		return nil, tooLarge(r.Limit)
	}
	body := &limited{body: resp.Body, limit: r.Limit, left: r.Limit}
	var err error
	if r.Read != nil && resp.StatusCode == http.StatusOK {
		x.reading = true
		err = r.Read(body)
	} else {
		answer.Body, err = io.ReadAll(body)
	}
	if err != nil {
		return nil, err
	}
	return answer, nil
}

func tooLarge(limit int64) error {
	return fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit)
}

// limited reads a body and fails where it goes past the limit. An io.LimitReader
// would end there as if the body did: a cut answer must not pass for a whole one.
type limited struct {
	body        io.Reader
	limit, left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if int64(len(p))-1 > l.left {
		p = p[:l.left+1]
	}
	n, err := l.body.Read(p)
	if int64(n) > l.left {
		n, l.left = int(l.left), 0
		return n, tooLarge(l.limit)
	}
	l.left -= int64(n)
	if err != nil && err != io.EOF {
		err = readable(err)
	}
	return n, err
}
