package bitcoin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"

	"golang.org/x/net/http/httpproxy"
	"golang.org/x/net/proxy"
)

// dial connects to the peer, through the SOCKS5 proxy of the environment if one
// is set for it. The proxy then resolves the name.
func (p peer) dial(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, p.options.Timeout)
	defer cancel()
	var direct net.Dialer
	if p.options.LoopbackOnly {
		direct.Control = loopbackOnly
		return direct.DialContext(ctx, "tcp", p.address)
	}
	via, err := proxyFor(p.address, p.options.Getenv)
	if err != nil || via == nil {
		if err != nil {
			return nil, err
		}
		return direct.DialContext(ctx, "tcp", p.address)
	}
	dialer, err := proxy.FromURL(via, &direct)
	if err != nil {
		// Its text may quote the URL, which may hold a password.
		return nil, errors.New("the proxy of ALL_PROXY cannot be used")
	}
	within, ok := dialer.(proxy.ContextDialer)
	if !ok {
		return nil, errors.New("the proxy of ALL_PROXY cannot be used")
	}
	conn, err := within.DialContext(ctx, "tcp", p.address)
	if err != nil {
		return nil, fmt.Errorf("proxy: %w", err)
	}
	return conn, nil
}

// loopbackOnly is a net.Dialer.Control: it sees the address, DNS being done.
func loopbackOnly(_, address string, _ syscall.RawConn) error {
	addr, err := netip.ParseAddrPort(address)
	if err != nil || !addr.Addr().Unmap().IsLoopback() {
		return errors.New("only loopback addresses are allowed")
	}
	return nil
}

// proxyFor returns the proxy for connections to a host and port; nil: none.
// Loopback addresses and what NO_PROXY lists are reached without. A proxy that
// does not carry other protocols than HTTP is no reason to go around it.
func proxyFor(address string, getenv func(string) string) (*url.URL, error) {
	if getenv == nil {
		return nil, nil
	}
	either := func(name string) string {
		if v := getenv(strings.ToLower(name)); v != "" {
			return v
		}
		return getenv(name)
	}
	value := either("ALL_PROXY")
	if value == "" {
		return nil, nil
	}
	rules := httpproxy.Config{HTTPSProxy: "http://proxy.invalid", NoProxy: either("NO_PROXY")}
	if used, err := rules.ProxyFunc()(&url.URL{Scheme: "https", Host: address}); err != nil || used == nil {
		return nil, err
	}
	via, err := url.Parse(value)
	if err != nil || via.Hostname() == "" || via.Scheme != "socks5" && via.Scheme != "socks5h" {
		return nil, errors.New("ALL_PROXY is not a socks5 URL: a peer cannot be reached through it")
	}
	return via, nil
}
