package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Waits between tries: exponential, and evenly spread from zero up (full
// jitter), so that many clients that failed together do not come back together.
const (
	defaultBackoff = 250 * time.Millisecond
	maxBackoff     = 5 * time.Second
	maxRetryAfter  = time.Minute // where the context has no deadline that is nearer
)

// again reports whether another try could end otherwise.
func (x *exchange) again(ctx context.Context, resp *Response, err error) bool {
	if err == nil {
		return retriable(resp.Status)
	}
	if x.reading || ctx.Err() != nil {
		return false
	}
	if errors.Is(err, ErrTooLarge) || errors.Is(err, ErrRedirect) || errors.Is(err, ErrPolicy) {
		return false
	}
	var certificate *tls.CertificateVerificationError
	var dns *net.DNSError
	return !errors.As(err, &certificate) && !(errors.As(err, &dns) && dns.IsNotFound)
}

func retriable(status int) bool {
	switch status {
	case http.StatusTooManyRequests:
		return true
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return false
	}
	return status >= 500 && status <= 599
}

// wait pauses after the given try. It reports false, at once, if the pause would
// outlast ctx: what is known by then is worth more to the caller than a timeout.
func (c *Client) wait(ctx context.Context, try int, resp *Response) bool {
	pause := c.pause(try)
	if resp != nil {
		asked, ok := retryAfter(resp.Header)
		if ok && asked > maxRetryAfter {
			return false
		}
		pause = max(pause, asked)
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= pause {
		return false
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

func (c *Client) pause(try int) time.Duration {
	bound := c.backoff
	for i := 1; i < try && bound < maxBackoff; i++ {
		bound *= 2
	}
	return time.Duration(c.jitter() * float64(min(bound, maxBackoff)))
}

// retryAfter reads seconds, or a date, which is taken relative to the answer's
// own Date: the two clocks need not agree.
func retryAfter(h http.Header) (time.Duration, bool) {
	value := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	then, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0, false
	}
	return max(0, then.Sub(now)), true
}
