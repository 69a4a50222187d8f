package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// nonPublic are the address ranges, beyond those netip knows, that no public
// calendar has: IANA's special-purpose registries.
func nonPublic() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"),
		netip.MustParsePrefix("100.64.0.0/10"),   // carrier-grade NAT
		netip.MustParsePrefix("192.0.0.0/24"),    // protocol assignments
		netip.MustParsePrefix("192.0.2.0/24"),    // documentation
		netip.MustParsePrefix("198.18.0.0/15"),   // benchmarks
		netip.MustParsePrefix("198.51.100.0/24"), // documentation
		netip.MustParsePrefix("203.0.113.0/24"),  // documentation
		netip.MustParsePrefix("240.0.0.0/4"),     // reserved, and broadcast
		netip.MustParsePrefix("64:ff9b::/96"),    // IPv4 in IPv6
		netip.MustParsePrefix("64:ff9b:1::/48"),
		netip.MustParsePrefix("2001:db8::/32"), // documentation
		netip.MustParsePrefix("2002::/16"),     // IPv4 in IPv6
	}
}

// checkURL refuses what may not be a calendar. The person may name private
// hosts, and http on loopback; a repository may name neither. This is a check of
// the text: where a name leads is seen only when it is dialled.
//
// No error repeats a URL that may hold a password.
func checkURL(raw string, person bool) error {
	u, err := url.Parse(raw)
	if err != nil {
		return errors.New("it is not a URL")
	}
	if u.User != nil {
		return errors.New("the URL must not hold a user name or password")
	}
	refuse := func(why string) error { return fmt.Errorf("%s: %s", quote(raw), why) }
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	addr, addrErr := netip.ParseAddr(host)
	local := host == "localhost" || strings.HasSuffix(host, ".localhost")
	if addrErr == nil {
		addr = addr.Unmap()
		local = addr.IsLoopback()
	}
	switch {
	case u.Scheme != "https" && (u.Scheme != "http" || !person || !local):
		return refuse("the URL must begin with https://")
	case host == "":
		return refuse("the URL has no host")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return refuse("the URL must not have a query or a fragment")
	case person:
		return nil
	case local || addrErr == nil && !isPublic(addr):
		return refuse("a repository may not name a private or local address")
	case addrErr != nil && endsInNumber(host):
		return refuse("the host is neither a name nor a plain address")
	}
	return nil
}

func isPublic(addr netip.Addr) bool {
	if !addr.IsGlobalUnicast() || addr.IsPrivate() || addr.Zone() != "" {
		return false
	}
	for _, prefix := range nonPublic() {
		if prefix.Contains(addr) {
			return false
		}
	}
	return true
}

// endsInNumber finds the spellings of addresses that some resolvers accept
// beside the usual one, such as 127.1 and 0x7f000001. No real name ends so.
func endsInNumber(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	hex := strings.TrimPrefix(last, "0x")
	return strings.Trim(last, "0123456789") == "" || hex != last && strings.Trim(hex, "0123456789abcdef") == ""
}
