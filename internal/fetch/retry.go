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
	maxRetryAfter  = time.Minute // a server that asks for more is not waited for
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
	pause, ok := c.pause(try, resp)
	if !ok {
		return false
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

// pause returns how long to wait, and whether that is worth it.
func (c *Client) pause(try int, resp *Response) (time.Duration, bool) {
	bound := c.backoff
	for i := 1; i < try && bound < maxBackoff; i++ {
		bound *= 2
	}
	pause := time.Duration(c.jitter() * float64(min(bound, maxBackoff)))
	if resp == nil {
		return pause, true
	}
	asked := retryAfter(resp.Header)
	return max(pause, asked), asked <= maxRetryAfter
}

// retryAfter reads seconds, or a date, which is taken relative to the answer's
// own Date: the two clocks need not agree. 0: nothing that can be used.
func retryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	then, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	return max(0, then.Sub(now))
}
