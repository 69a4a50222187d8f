package fetch

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"

	"github.com/openllmo/git-anchor/internal/printable"
)

// policyError is an ErrPolicy with its reason.
type policyError struct{ reason string }

func (e *policyError) Error() string { return e.reason }
func (e *policyError) Unwrap() error { return ErrPolicy }

// CheckURL reports whether a URL may be asked at all, before DNS: https with a
// public host, no user name or password. For a URL the person named: https with
// any host, or http with a loopback one. The error wraps ErrPolicy and holds no
// more of the URL than its host.
func CheckURL(raw string, named bool) error {
	_, err := parseURL(raw, named)
	return err
}

func parseURL(raw string, named bool) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" || u.Hostname() == "" {
		// url.Parse quotes the URL, credentials included.
		return nil, &policyError{"not a URL of the form https://host/path"}
	}
	if err := judge(u, named); err != nil {
		return nil, &hostError{printable.Text(u.Host, maxHost), err}
	}
	return u, nil
}

// judge is CheckURL on a parsed URL; its error does not name the host.
func judge(u *url.URL, named bool) error {
	if u.User != nil {
		return &policyError{"a user name or password in a URL is not allowed"}
	}
	addr, err := hostAddr(u.Hostname())
	if err != nil {
		return err
	}
	loopback := isLoopback(u.Hostname(), addr)
	switch {
	case u.Scheme == "http" && named && loopback:
	case u.Scheme == "http" && named:
		return &policyError{"plain http is allowed to loopback addresses only"}
	case u.Scheme != "https":
		return &policyError{"only https is allowed, not " + printable.Text(u.Scheme, maxScheme)}
	case named:
	case loopback:
		return &policyError{"a loopback address is not allowed here"}
	case addr.IsValid() && !public(addr):
		return &policyError{"a private or special address is not allowed here"}
	case !addr.IsValid() && !publicName(u.Hostname()):
		return &policyError{"a name of a local network is not allowed here"}
	}
	return nil
}

// hostAddr returns the address that a URL's host spells out, or the zero Addr
// for a name. What a resolver or a proxy might read otherwise than we do is an
// error: zones, names outside ASCII, and numbers such as 2130706433, 0x7f.1 and
// 127.1, which inet_aton takes for 127.0.0.1.
func hostAddr(host string) (netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		if addr.Zone() != "" {
			return netip.Addr{}, &policyError{"an address with a zone is not allowed"}
		}
		return addr.Unmap(), nil
	}
	for _, c := range []byte(host) {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_') {
			return netip.Addr{}, &policyError{"not a host name (letters, digits, dots and hyphens)"}
		}
	}
	name := strings.TrimSuffix(host, ".")
	last := name[strings.LastIndexByte(name, '.')+1:]
	_, err := strconv.ParseUint(last, 0, 64)
	if err == nil || strings.Trim(last, "0123456789") == "" || strings.HasPrefix(strings.ToLower(last), "0x") {
		return netip.Addr{}, &policyError{"neither a host name nor a plain address"}
	}
	return netip.Addr{}, nil
}

// publicName reports whether a name could be one of the public DNS. Behind a
// proxy this is all that keeps a hostile URL out of the proxy's own network.
func publicName(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, suffix := range []string{".localhost", ".local", ".internal", ".home.arpa"} {
		if strings.HasSuffix(host, suffix) {
			return false
		}
	}
	return strings.Contains(host, ".")
}

// Loopback reports whether the host of a URL is a loopback address, or the name
// localhost. It says nothing of the URL's scheme or form.
func Loopback(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil {
		return false
	}
	addr, err := hostAddr(u.Hostname())
	return err == nil && isLoopback(u.Hostname(), addr)
}

func isLoopback(host string, addr netip.Addr) bool {
	return addr.IsLoopback() || strings.EqualFold(host, "localhost")
}

// dialRule says which addresses may be dialled. Each has a transport of its own,
// so that a connection made under one is never reused under a stricter one.
type dialRule int

const (
	dialPublic   dialRule = iota // any URL
	dialAny                      // an https URL that the person named
	dialLoopback                 // an http URL that the person named; everything under LoopbackOnly
	dialRules    = 3
)

// control is a net.Dialer.Control: it sees the address, DNS being done.
func (r dialRule) control(_, address string, _ syscall.RawConn) error {
	parsed, err := netip.ParseAddrPort(address)
	if err != nil {
		return &policyError{"not an address that can be judged"}
	}
	addr := parsed.Addr().Unmap()
	switch {
	case r == dialAny,
		r == dialPublic && public(addr),
		r == dialLoopback && addr.IsLoopback():
		return nil
	case r == dialLoopback:
		return &policyError{fmt.Sprintf("address %v is not allowed here: it is not a loopback one", addr)}
	}
	return &policyError{fmt.Sprintf("address %v is not allowed here: it is private or special", addr)}
}

// public reports whether an unmapped address is one of the public internet: not
// private, loopback, link-local (cloud metadata), multicast, shared (CGNAT),
// reserved or documentation, also where IPv6 carries such an IPv4 address.
// After the special-purpose registries of IANA (RFC 6890 and its updates).
func public(addr netip.Addr) bool {
	if addr.Is4() {
		return !within(addr, "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8",
			"169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
			"192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3")
	}
	if within(addr, "64:ff9b::/96") {
		// NAT64 (RFC 6052) is the only way out of an IPv6-only network; the
		// gateway connects to the IPv4 address in the last four bytes.
		b := addr.As16()
		return public(netip.AddrFrom4([4]byte(b[12:])))
	}
	// Global unicast, without the protocol assignments (Teredo among them),
	// documentation and 6to4, which carries an IPv4 address.
	return within(addr, "2000::/3") && !within(addr, "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
}

func within(addr netip.Addr, prefixes ...string) bool {
	for _, p := range prefixes {
		if netip.MustParsePrefix(p).Contains(addr) {
			return true
		}
	}
	return false
}
