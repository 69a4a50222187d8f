package bitcoin

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/openllmo/git-anchor/internal/fetch"
	"github.com/openllmo/git-anchor/internal/printable"
)

const (
	// lookupTimeout bounds one try at a short answer.
	lookupTimeout = 10 * time.Second
	// blocksTimeout bounds one try at an answer of several megabytes.
	blocksTimeout = time.Minute
	// lookupTries is how often a request is made, and retryTime what the second
	// try may add: there is another source, so that nobody waits for one that
	// asks for a minute's patience.
	lookupTries = 2
	retryTime   = 5 * time.Second
	// maxQuote is how much of an unexpected answer an error repeats.
	maxQuote = 80
)

// A site is an explorer's base URL and how it is reached.
type site struct {
	base  string
	name  string
	fetch *fetch.Client
	named bool // by the person
}

func newSite(base string, f *fetch.Client, named bool) site {
	s := site{base: base, name: printable.Text(base, maxQuote), fetch: f, named: named}
	if u, err := url.Parse(base); err == nil && u.Host != "" {
		s.name = printable.Text(u.Host, maxQuote)
	}
	return s
}

func (s site) Name() string { return s.name }

// get makes the request for a path below the base URL.
func (s site) get(ctx context.Context, r fetch.Request, path, query string) (*fetch.Response, error) {
	address, err := url.JoinPath(s.base, path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	r.Method, r.URL, r.Named, r.Tries = http.MethodGet, address+query, s.named, lookupTries
	ctx, cancel := context.WithTimeout(ctx, r.Timeout+retryTime)
	defer cancel()
	res, err := s.fetch.Do(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return res, nil
}

// badStatus is the error for an answer that holds nothing asked for.
func badStatus(res *fetch.Response) error {
	return fmt.Errorf("%w: status %d: %s", ErrUnavailable, res.Status, quote(string(res.Body)))
}

// quote repeats a server's words in an error, cut and made printable.
func quote(s string) string {
	if s == "" {
		return "(nothing)"
	}
	return printable.Text(s, maxQuote)
}

// checkNamed reports whether h is the header of the block that the explorer
// named by its hash, and meets its own difficulty.
func checkNamed(h Header, hash Hash) error {
	if got := h.Hash(); got != hash {
		return fmt.Errorf("%w: header hashes to %s, not to the block named, %s", ErrInconsistent, got, hash)
	}
	if err := h.CheckWork(); err != nil {
		return fmt.Errorf("%w: %w", ErrInconsistent, err)
	}
	return nil
}

// parseHeight reads a height as explorers write it, without sign or leading
// zeros. Four bytes last for 80,000 years.
func parseHeight(s string) (uint64, error) {
	height, err := strconv.ParseUint(s, 10, 32)
	if err != nil || strconv.FormatUint(height, 10) != s {
		return 0, fmt.Errorf("%w: not a height: %s", ErrUnavailable, quote(s))
	}
	return height, nil
}
