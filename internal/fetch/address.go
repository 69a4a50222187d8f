package fetch

import "net/netip"

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
