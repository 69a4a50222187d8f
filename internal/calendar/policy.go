package calendar

import (
	"slices"
	"strings"

	"github.com/openllmo/git-anchor/internal/fetch"
)

// Policy says which calendars may be asked. The zero value allows the public
// ones: https, no user name, no port, no path, and a host below
// calendar.opentimestamps.org, calendar.eternitywall.com or
// calendar.catallaxy.com, by any number of labels (alice.btc.calendar…).
type Policy struct {
	// Exact are the URLs that the person named; these may be asked as they are.
	// A slash at the end makes no difference.
	Exact []string
	// Regtest allows the loopback URLs among Exact and nothing else.
	Regtest bool
}

// DNS's bounds, in bytes (RFC 1035, 2.3.4).
const (
	maxHost  = 253
	maxLabel = 63
)

// MayAsk reports whether the calendar that a pending attestation names may be
// sent a request. The URI is hostile text.
func (p Policy) MayAsk(uri string) bool {
	if p.Regtest {
		return p.Named(uri) && fetch.Loopback(uri)
	}
	return p.Named(uri) || public(uri)
}

// MayWrite reports whether a pending claim with this URI may enter a proof. It
// is MayAsk, without loopback calendars outside regtest: such a claim names
// another machine for everybody else.
func (p Policy) MayWrite(uri string) bool {
	return p.MayAsk(uri) && (p.Regtest || !fetch.Loopback(uri))
}

// Named reports whether the person named this URL.
func (p Policy) Named(uri string) bool {
	uri = sameURL(uri)
	return uri != "" && slices.ContainsFunc(p.Exact, func(exact string) bool {
		return sameURL(exact) == uri
	})
}

// could reports whether MayWrite would hold if the person named this URL.
func (p Policy) could(uri string) bool {
	return fetch.CheckURL(uri, true) == nil && Policy{Exact: []string{uri}, Regtest: p.Regtest}.MayWrite(uri)
}

// sameURL is the form in which URLs that differ by a last slash are equal.
func sameURL(uri string) string { return strings.TrimSuffix(uri, "/") }

// public reports whether uri is on the allow-list. It matches characters and not
// a parsed URL: parsers differ on https://evil.com:.calendar.opentimestamps.org,
// on @, % and backslashes, and none of these characters is allowed here.
func public(uri string) bool {
	host, ok := strings.CutPrefix(uri, "https://")
	if !ok || len(host) > maxHost {
		return false
	}
	for _, suffix := range []string{
		".calendar.opentimestamps.org",
		".calendar.eternitywall.com",
		".calendar.catallaxy.com",
	} {
		if labels, ok := strings.CutSuffix(host, suffix); ok {
			return !slices.ContainsFunc(strings.Split(labels, "."), func(l string) bool { return !isLabel(l) })
		}
	}
	return false
}

func isLabel(s string) bool {
	if s == "" || len(s) > maxLabel || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
