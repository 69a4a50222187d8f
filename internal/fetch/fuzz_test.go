package fetch

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/printable"
)

func FuzzCheckURL(f *testing.F) {
	for _, s := range []string{
		"https://a.pool.opentimestamps.org", "https://alice.btc.calendar.opentimestamps.org/timestamp/00",
		"https://evil.com:.calendar.opentimestamps.org", "https://u:p@example.com", "https://127.0.0.1",
		"http://127.0.0.1:8332", "http://[::1]", "https://[::ffff:127.0.0.1]", "https://[fe80::1%25eth0]",
		"https://2130706433", "https://0x7f.1", "https://0177.0.0.1", "https://169.254.169.254",
		"https://１２７.0.0.1", "https://example.com\\@127.0.0.1", "https://localhost.", "//x", "",
	} {
		f.Add(s, false)
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, raw string, named bool) {
		err := CheckURL(raw, named)
		if err != nil {
			if !errors.Is(err, ErrPolicy) {
				t.Errorf("%q: error %v is no ErrPolicy", raw, err)
			}
			if text := err.Error(); printable.Text(text, 500) != text {
				t.Errorf("%q: text %q", raw, text)
			}
			return
		}
		if !named && CheckURL(raw, true) != nil {
			t.Errorf("%q is refused only when named", raw)
		}
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatalf("%q: allowed, but %v", raw, err)
		}
		if u.User != nil || u.Hostname() == "" || strings.ContainsAny(u.Hostname(), "@%\\/ ") {
			t.Errorf("%q: allowed with user %v and host %q", raw, u.User, u.Hostname())
		}
		if u.Scheme != "https" && !(u.Scheme == "http" && named && Loopback(raw)) {
			t.Errorf("%q: allowed with scheme %q", raw, u.Scheme)
		}
		addr, err := netip.ParseAddr(u.Hostname())
		if named || err != nil {
			return
		}
		if addr = addr.Unmap(); !addr.IsGlobalUnicast() || addr.IsPrivate() || addr.IsLoopback() {
			t.Errorf("%q: address %v allowed", raw, addr)
		}
	})
}
