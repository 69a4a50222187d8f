package fetch

import (
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

// What CheckURL says of a URL, as the end of its text.
const (
	badForm     = "not a URL of the form https://host/path"
	badUser     = "a user name or password in a URL is not allowed"
	badPlain    = "plain http is allowed to loopback addresses only"
	badLoopback = "a loopback address is not allowed here"
	badPrivate  = "a private or special address is not allowed here"
	badLocal    = "a name of a local network is not allowed here"
	badNumber   = "neither a host name nor a plain address"
	badLetters  = "not a host name (letters, digits, dots and hyphens)"
	badZone     = "an address with a zone is not allowed"
)

// checkURLTests has what CheckURL says of a URL that nobody named and of one
// that the person named; "" is allowed.
var checkURLTests = []struct{ url, unnamed, named string }{
	{"https://a.pool.opentimestamps.org", "", ""},
	{"https://a.pool.opentimestamps.org:8443/x?y#z", "", ""},
	{"https://A.Example.COM./", "", ""},
	{"https://xn--bcher-kva.example", "", ""},
	{"https://8.8.8.8", "", ""},
	{"https://[2606:4700::1111]:443", "", ""},
	{"https://[64:ff9b::808:808]", "", ""},

	{"", badForm, badForm},
	{"example.com", badForm, badForm},
	{"https://", badForm, badForm},
	{"https:///path", badForm, badForm},
	{"https:example.com", badForm, badForm},
	{"https://:443", badForm, badForm},
	{"https://ex ample.com", badForm, badForm},
	{"https://[::1", badForm, badForm},
	{"https://example.com:port", badForm, badForm},
	{"//example.com", "only https is allowed, not ", "only https is allowed, not "},
	{"ftp://example.com", "only https is allowed, not ftp", "only https is allowed, not ftp"},
	{"gopher://127.0.0.1", "only https is allowed, not gopher", "only https is allowed, not gopher"},
	{"http://example.com", "only https is allowed, not http", badPlain},
	{"http://10.0.0.1", "only https is allowed, not http", badPlain},
	{"http://localhost.example.com", "only https is allowed, not http", badPlain},
	{"http://127.0.0.1:8332", "only https is allowed, not http", ""},
	{"http://127.9.9.9", "only https is allowed, not http", ""},
	{"http://[::1]:1", "only https is allowed, not http", ""},
	{"http://localhost:1", "only https is allowed, not http", ""},
	{"https://user@example.com", badUser, badUser},
	{"https://user:pw@example.com", badUser, badUser},
	{"https://example.com@127.0.0.1", badUser, badUser},
	{"https://@example.com", badUser, badUser},

	{"https://localhost", badLoopback, ""},
	{"https://LocalHost", badLoopback, ""},
	{"https://127.0.0.1", badLoopback, ""},
	{"https://127.255.255.254", badLoopback, ""},
	{"https://[::1]", badLoopback, ""},
	{"https://[::ffff:127.0.0.1]", badLoopback, ""},
	{"https://[::ffff:7f00:1]", badLoopback, ""},
	{"https://localhost.", badLocal, ""},
	{"https://a.localhost", badLocal, ""},
	{"https://intranet", badLocal, ""},
	{"https://printer.local", badLocal, ""},
	{"https://metadata.google.internal", badLocal, ""},
	{"https://nas.home.arpa.", badLocal, ""},
	{"https://0.0.0.0", badPrivate, ""},
	{"https://10.1.2.3", badPrivate, ""},
	{"https://169.254.169.254/latest/meta-data", badPrivate, ""},
	{"https://[fd00:ec2::254]", badPrivate, ""},
	{"https://[fe80::1]", badPrivate, ""},
	{"https://[::]", badPrivate, ""},
	{"https://[::ffff:10.0.0.1]", badPrivate, ""},
	{"https://[64:ff9b::a9fe:a9fe]", badPrivate, ""},
	{"https://[2002:7f00:1::]", badPrivate, ""},
	{"https://[fe80::1%25eth0]", badZone, badZone},

	// What inet_aton, a libc or a proxy would read as 127.0.0.1.
	{"https://2130706433", badNumber, badNumber},
	{"https://0x7f000001", badNumber, badNumber},
	{"https://0x7F.1", badNumber, badNumber},
	{"https://017700000001", badNumber, badNumber},
	{"https://0177.0.0.1", badNumber, badNumber},
	{"https://127.1", badNumber, badNumber},
	{"https://127.0.1", badNumber, badNumber},
	{"https://127.0.0.1.", badNumber, badNumber},
	{"https://127.0.0.01", badNumber, badNumber},
	{"https://127.0.0.0x1", badNumber, badNumber},
	{"https://1.2.3.0xg", badNumber, badNumber},
	{"https://256.256.256.256", badNumber, badNumber},
	{"https://99999999999999999999", badNumber, badNumber},
	{"https://１２７.0.0.1", badLetters, badLetters},
	{"https://ⓛocalhost", badLetters, badLetters},
	{"https://ex%61mple.com", badForm, badForm},
	{"https://bücher.example", badLetters, badLetters},
	{"https://a;b.example", badLetters, badLetters},
}

func TestCheckURL(t *testing.T) {
	for _, test := range checkURLTests {
		for _, named := range []bool{false, true} {
			want := test.unnamed
			if named {
				want = test.named
			}
			err := CheckURL(test.url, named)
			switch {
			case want == "" && err != nil:
				t.Errorf("CheckURL(%q, %v) = %v, want it allowed", test.url, named, err)
			case want != "" && (!errors.Is(err, ErrPolicy) || !strings.HasSuffix(err.Error(), want)):
				t.Errorf("CheckURL(%q, %v) = %v, want %q", test.url, named, err, want)
			}
		}
	}
}

func TestLoopback(t *testing.T) {
	for url, want := range map[string]bool{
		"http://127.0.0.1:1/x":       true,
		"https://127.8.8.8":          true,
		"http://[::1]":               true,
		"http://[::ffff:127.0.0.1]":  true,
		"http://LOCALHOST:9":         true,
		"http://localhost.":          false,
		"http://a.localhost":         false,
		"http://localhost.evil.com":  false,
		"http://127.0.0.1.evil.com":  false,
		"http://127.0.0.1@evil.com":  false,
		"http://2130706433":          false,
		"http://0.0.0.0":             false,
		"http://10.0.0.1":            false,
		"http://[::1%25lo]":          false,
		"http://evil.com/#127.0.0.1": false,
		"127.0.0.1":                  false,
		"http://[::1":                false,
		"":                           false,
	} {
		if got := Loopback(url); got != want {
			t.Errorf("Loopback(%q) = %v, want %v", url, got, want)
		}
	}
}

// Each prefix at its edges: the first and last address within, and those next
// to them without.
func TestPublicAddresses(t *testing.T) {
	refused := []string{
		"0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255",
		"127.0.0.0", "127.255.255.255", "169.254.0.0", "169.254.169.254", "169.254.255.255",
		"172.16.0.0", "172.31.255.255", "192.0.0.0", "192.0.0.255", "192.0.2.1", "192.88.99.1",
		"192.168.0.0", "192.168.255.255", "198.18.0.0", "198.19.255.255", "198.51.100.1",
		"203.0.113.1", "224.0.0.0", "239.255.255.255", "240.0.0.0", "255.255.255.255",
		"::", "::1", "::7f00:1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::808:808", "100::1",
		"1fff::1", "2001::1", "2001:1ff:ffff::", "2001:db8::1", "2002:808:808::", "3fff::1", "3fff:fff::",
		"4000::", "5f00::1", "fc00::1", "fdff::1", "fe80::1", "fec0::1", "ff02::1",
	}
	allowed := []string{
		"1.0.0.0", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
		"128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0",
		"192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255",
		"2000::1", "2001:200::1", "2003::1", "2606:4700::1", "3ffe::1", "64:ff9b::808:808",
	}
	for _, s := range refused {
		if public(netip.MustParseAddr(s)) {
			t.Errorf("%s passes for public", s)
		}
	}
	for _, s := range allowed {
		if !public(netip.MustParseAddr(s)) {
			t.Errorf("%s is taken for special", s)
		}
	}
}

func TestDialRules(t *testing.T) {
	for _, test := range []struct {
		address               string
		public, any, loopback bool
	}{
		{"8.8.8.8:443", true, true, false},
		{"[::ffff:8.8.8.8]:443", true, true, false},
		{"[2606:4700::1]:443", true, true, false},
		{"10.0.0.1:443", false, true, false},
		{"[::ffff:10.0.0.1]:443", false, true, false},
		{"[fe80::1%eth0]:443", false, true, false},
		{"127.0.0.1:80", false, true, true},
		{"[::1]:80", false, true, true},
		{"[::ffff:127.0.0.1]:80", false, true, true},
		{"/run/docker.sock", false, false, false},
	} {
		for rule, want := range map[dialRule]bool{dialPublic: test.public, dialAny: test.any, dialLoopback: test.loopback} {
			err := rule.control("tcp", test.address, nil)
			if want && err != nil || !want && !errors.Is(err, ErrPolicy) {
				t.Errorf("rule %d, %s: error %v, want allowed %v", rule, test.address, err, want)
			}
		}
	}
}

// The name is resolved before the address is judged, as with a public name that
// points at this machine.
func TestNameOfPrivateAddress(t *testing.T) {
	var requests atomic.Int32
	s := serve(t, func(http.ResponseWriter, *http.Request) { requests.Add(1) })
	c := New(quick())
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	// The same exchange as Do's, past the check of the URL's text.
	x := exchange{client: c, transport: c.direct[dialPublic], request: Request{Limit: 10}}
	for _, host := range []string{"localhost:" + u.Port(), u.Host} {
		_, err = x.run(t.Context(), &url.URL{Scheme: "http", Host: host})
		if !errors.Is(err, ErrPolicy) || !strings.HasSuffix(err.Error(), "is not allowed here: it is private or special") {
			t.Errorf("%s: error %v", host, err)
		}
		if x.again(t.Context(), nil, err) {
			t.Errorf("%s: tried again", host)
		}
	}
	if requests.Load() != 0 {
		t.Errorf("the server was asked")
	}
}

func TestUnnamedLoopback(t *testing.T) {
	var requests atomic.Int32
	s := serveTLS(t, func(http.ResponseWriter, *http.Request) { requests.Add(1) })
	c := trust(New(quick()), s)
	port := s.URL[strings.LastIndexByte(s.URL, ':'):]
	for _, host := range []string{"https://127.0.0.1", "https://localhost", "https://[::ffff:127.0.0.1]", "https://2130706433", "https://0x7f.1"} {
		_, err := c.Do(t.Context(), Request{URL: host + port, Limit: 10})
		if !errors.Is(err, ErrPolicy) {
			t.Errorf("%s: error %v, want ErrPolicy", host, err)
		}
	}
	// A connection the person's own request opened is no way in for others.
	if _, err := c.Do(t.Context(), named(s.URL)); err != nil || requests.Load() != 1 {
		t.Fatalf("named: error %v after %d requests", err, requests.Load())
	}
	if c.direct[dialAny] == c.direct[dialPublic] {
		t.Error("named and other URLs share their connections")
	}
}

func TestLoopbackOnly(t *testing.T) {
	s := serve(t, func(http.ResponseWriter, *http.Request) {})
	proxied := false
	c := New(Config{LoopbackOnly: true, Getenv: func(string) string { proxied = true; return "http://127.0.0.1:1" }})
	if _, err := c.Do(t.Context(), named(s.URL)); err != nil {
		t.Errorf("loopback: %v", err)
	}
	for _, raw := range []string{"https://example.com", "https://8.8.8.8", "https://10.0.0.1"} {
		for _, isNamed := range []bool{false, true} {
			_, err := c.Do(t.Context(), Request{URL: raw, Named: isNamed, Limit: 10})
			if !errors.Is(err, ErrPolicy) {
				t.Errorf("%s named %v: error %v, want ErrPolicy", raw, isNamed, err)
			}
		}
	}
	if proxied || c.proxied != nil {
		t.Error("the proxy variables were read")
	}
}
