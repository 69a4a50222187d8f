package bitcoin

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

func TestDefaultSources(t *testing.T) {
	var names []string
	for _, s := range DefaultSources(loopback()) {
		names = append(names, fmt.Sprintf("%T %s", s, s.Name()))
	}
	want := "bitcoin.esplora blockstream.info, bitcoin.esplora mempool.space, bitcoin.blockchainInfo blockchain.info"
	if got := strings.Join(names, ", "); got != want {
		t.Errorf("got %s", got)
	}
}

func TestParseSource(t *testing.T) {
	for _, tt := range []struct {
		name, spec string
		want       string // interface and name
		err        string
	}{
		{"plain", "https://example.org/api", "bitcoin.esplora example.org", ""},
		{"slash", "https://example.org/", "bitcoin.esplora example.org", ""},
		{"port", "https://example.org:8443/api", "bitcoin.esplora example.org:8443", ""},
		{"Esplora by name", "esplora:https://blockchain.info", "bitcoin.esplora blockchain.info", ""},
		{"blockchain.info by name", "blockchain.info:https://example.org", "bitcoin.blockchainInfo example.org", ""},
		{"blockchain.info by host", "https://Blockchain.info", "bitcoin.blockchainInfo Blockchain.info", ""},
		{"loopback", "http://127.0.0.1:3002", "bitcoin.esplora 127.0.0.1:3002", ""},
		{"loopback, IPv6", "blockchain.info:http://[::1]:80/x", "bitcoin.blockchainInfo [::1]:80", ""},
		{"private", "https://10.0.0.1/api", "bitcoin.esplora 10.0.0.1", ""},
		{"http", "http://example.org/api", "", "explorer: example.org: plain http is allowed to loopback addresses only"},
		{"login", "https://user:secret@example.org", "", "explorer: example.org: a user name or password in a URL is not allowed"},
		{"query", "https://example.org/api?key=secret", "", "explorer: the URL that requests begin with has no query and no fragment"},
		{"empty query", "https://example.org/api?", "", "explorer: the URL that requests begin with has no query and no fragment"},
		{"fragment", "https://example.org/#", "", "explorer: the URL that requests begin with has no query and no fragment"},
		{"two interfaces", "esplora:blockchain.info:https://example.org", "", "explorer: not a URL of the form https://host/path"},
		{"unknown interface", "electrum:https://example.org", "", "explorer: not a URL of the form https://host/path"},
		{"no URL", "blockstream.info", "", "explorer: not a URL of the form https://host/path"},
		{"interface alone", "esplora:", "", "explorer: not a URL of the form https://host/path"},
		{"empty", "", "", "explorer: not a URL of the form https://host/path"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := ParseSource(tt.spec, loopback())
			if tt.err != "" {
				if err == nil || err.Error() != tt.err {
					t.Errorf("error %v\n want %s", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprintf("%T %s", s, s.Name()); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func FuzzParseSource(f *testing.F) {
	for _, spec := range []string{
		"https://example.org/api", "esplora:https://a.b", "blockchain.info:http://[::1]:80/x", "https://u:p@a.b",
		"https://a.b/?q", "esplora:blockchain.info:https://a.b", "http://127.0.0.1", "https://a.b/%zz", "https://\x1b[31m.b",
	} {
		f.Add(spec)
	}
	client := loopback()
	f.Fuzz(func(t *testing.T, spec string) {
		s, err := ParseSource(spec, client)
		if err != nil {
			return
		}
		name := s.Name()
		if name == "" || strings.ContainsAny(name, "\n\r\x1b/@?#") {
			t.Errorf("name %q of %q", name, spec)
		}
		var base string
		switch s := s.(type) {
		case esplora:
			base = s.base
		case blockchainInfo:
			base = s.base
		}
		if u, err := url.Parse(base); err != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" {
			t.Errorf("base %q of %q, %v", base, spec, err)
		}
	})
}
