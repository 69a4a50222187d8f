package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"

	"golang.org/x/net/http/httpproxy"

	"github.com/openllmo/git-anchor/internal/printable"
)

// proxies is what the environment says about proxies for https. HTTP_PROXY is
// about http, which is spoken here to loopback addresses only, and these are
// never asked through a proxy: so it is not read, and a web server that runs us
// as a CGI program cannot set it from a request header (httpoxy).
type proxies struct {
	url  *url.URL // nil: none
	err  error    // the variable cannot be used; its value may hold a password
	uses func(*url.URL) (*url.URL, error)
}

func proxiesFrom(getenv func(string) string) proxies {
	either := func(name string) string {
		if v := getenv(strings.ToLower(name)); v != "" {
			return v
		}
		return getenv(name)
	}
	name := "HTTPS_PROXY"
	value := either(name)
	if value == "" {
		name = "ALL_PROXY"
		value = either(name)
	}
	if value == "" {
		return proxies{}
	}
	// httpproxy takes an unusable value for no proxy; connecting directly is not
	// what somebody who set one asked for. So it only decides on NO_PROXY here.
	rules := httpproxy.Config{HTTPSProxy: "http://proxy.invalid", NoProxy: either("NO_PROXY")}
	p := proxies{uses: rules.ProxyFunc()}
	if p.url = parseProxy(value); p.url == nil {
		p.err = fmt.Errorf("%s is not an http, https, socks5 or socks5h URL", name)
	}
	return p
}

// parseProxy accepts a URL, or host:port, which means http as it does to curl.
func parseProxy(value string) *url.URL {
	if !strings.Contains(value, "://") {
		value = "http://" + value
	}
	u, err := url.Parse(value)
	if err != nil || u.Hostname() == "" {
		return nil
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
		return u
	}
	return nil
}

// transport chooses the connections a request to u may use.
func (c *Client) transport(u *url.URL, r Request) (*http.Transport, error) {
	switch {
	case c.loopbackOnly:
		if !Loopback(r.URL) {
			return nil, &policyError{"only loopback addresses are allowed"}
		}
		return c.direct[dialLoopback], nil
	case u.Scheme == "http":
		return c.direct[dialLoopback], nil
	}
	if c.proxies.uses != nil && !r.NoProxy {
		via, err := c.proxies.uses(u)
		if err != nil {
			return nil, err
		}
		if via != nil {
			return c.proxied, c.proxies.err
		}
	}
	if r.Named {
		return c.direct[dialAny], nil
	}
	return c.direct[dialPublic], nil
}

func newTransport(control func(network, address string, c syscall.RawConn) error) *http.Transport {
	dialer := net.Dialer{Timeout: dialTimeout, Control: control}
	return &http.Transport{
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    tlsTimeout,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxHeader,
		MaxIdleConnsPerHost:    idlePerHost,
		IdleConnTimeout:        idleTimeout,
	}
}

// refusedByProxy gives the proxy's refusal its name; net/http would return the
// bare status text, as if the host had said it.
func refusedByProxy(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return errors.New("proxy: answered " + printable.Text(resp.Status, maxReason))
}
