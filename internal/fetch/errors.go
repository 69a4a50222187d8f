package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/openllmo/git-anchor/internal/printable"
)

// maxReason is how many runes of net/http's own words an error keeps.
const maxReason = 200

// hostError says whose exchange failed. It has the host alone: the rest of a URL
// may hold a key.
type hostError struct {
	host string
	err  error
}

func (e *hostError) Error() string { return e.host + ": " + e.err.Error() }
func (e *hostError) Unwrap() error { return e.err }

// cause puts a text that people can read in front of an error that they cannot.
type cause struct {
	text string
	err  error
}

func (e *cause) Error() string { return e.text }
func (e *cause) Unwrap() error { return e.err }

// readable shortens the chain of texts of net/http to its end, which says what
// happened. An error of ours within it stays in front.
func readable(err error) error {
	var policy *policyError
	if errors.As(err, &policy) {
		return policy
	}
	text := reason(err)
	var op *net.OpError
	if errors.As(err, &op) && (op.Op == "proxyconnect" || op.Op == "socks connect") {
		text = "proxy: " + text
	}
	return &cause{text, err}
}

func reason(err error) string {
	var (
		dns         *net.DNSError
		errno       syscall.Errno
		certificate *tls.CertificateVerificationError
		timeout     interface{ Timeout() bool }
	)
	switch {
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, context.DeadlineExceeded):
		return "no complete answer in time"
	case errors.As(err, &dns) && dns.IsNotFound:
		return "no such host"
	case errors.As(err, &dns):
		return "name look-up: " + printable.Text(dns.Err, maxReason)
	case errors.As(err, &certificate):
		return "certificate: " + printable.Text(strings.TrimPrefix(certificate.Err.Error(), "x509: "), maxReason)
	case errors.As(err, &errno):
		return errno.Error()
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection closed before the end of the answer"
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return printable.Text(strings.TrimPrefix(err.Error(), "net/http: "), maxReason)
}
