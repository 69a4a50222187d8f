package bitcoin

import (
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// operator returns who stands behind a source or carrier as far as its name
// (host, perhaps with a port) tells: the registrable domain, or the address
// itself. Two with one operator are one voice. "" is nobody, who never counts:
// a name that was too long to be printed whole, or is none.
func operator(name string) string {
	host := strings.TrimSuffix((&url.URL{Host: name}).Hostname(), ".")
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap().WithZone("").String()
	}
	// One host must not count twice for being written in two ways.
	host, err := idna.Lookup.ToASCII(host)
	if err != nil || host == "" {
		return ""
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return host // a top-level name such as localhost
	}
	return domain
}

// operators counts how many different ones stand behind the names.
func operators(names []string) int {
	seen := make(map[string]bool)
	for _, name := range names {
		if o := operator(name); o != "" {
			seen[o] = true
		}
	}
	return len(seen)
}
