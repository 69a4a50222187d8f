package calendar

import (
	"net/url"
	"strings"
	"testing"
)

var (
	label63 = strings.Repeat("a", 63)
	host253 = strings.Repeat("a.", 112) + "b.calendar.opentimestamps.org"
)

var mayAskTests = []struct {
	uri  string
	want bool
}{
	{"https://alice.btc.calendar.opentimestamps.org", true},
	{"https://bob.btc.calendar.opentimestamps.org", true},
	{"https://finney.calendar.eternitywall.com", true},
	{"https://btc.calendar.catallaxy.com", true},
	{"https://a.b.c-d.9.calendar.catallaxy.com", true},
	{"https://" + label63 + ".calendar.opentimestamps.org", true},
	{"https://" + label63 + "a.calendar.opentimestamps.org", false},
	{"https://" + host253, true},
	{"https://a" + host253, false},

	{"", false},
	{"https://", false},
	{"https://calendar.opentimestamps.org", false},
	{"https://.calendar.opentimestamps.org", false},
	{"https://a..calendar.opentimestamps.org", false},
	{"https://-a.calendar.opentimestamps.org", false},
	{"https://a-.calendar.opentimestamps.org", false},
	{"https://a_b.calendar.opentimestamps.org", false},
	{"https://evilcalendar.opentimestamps.org", false},
	{"https://a.calendar.opentimestamps.org.evil.com", false},
	{"https://a.calendar.opentimestamps.org.", false},
	{"https://a.calendar.opentimestamps.org/", false},
	{"https://a.calendar.opentimestamps.org/x", false},
	{"https://a.calendar.opentimestamps.org?x", false},
	{"https://a.calendar.opentimestamps.org#x", false},
	{"https://a.calendar.opentimestamps.org:443", false},
	{"https://a.calendar.opentimestamps.org\n", false},
	{" https://a.calendar.opentimestamps.org", false},
	{"http://a.calendar.opentimestamps.org", false},
	{"HTTPS://a.calendar.opentimestamps.org", false},
	{"https:a.calendar.opentimestamps.org", false},
	{"//a.calendar.opentimestamps.org", false},
	{"a.calendar.opentimestamps.org", false},
	{"https://A.calendar.opentimestamps.org", false},
	{"https://a.Calendar.opentimestamps.org", false},
	{"https://evil.com", false},
	{"https://evil.com:.calendar.opentimestamps.org", false},
	{"https://evil.com/.calendar.opentimestamps.org", false},
	{"https://evil.com?.calendar.opentimestamps.org", false},
	{"https://evil.com#.calendar.opentimestamps.org", false},
	{"https://evil.com\\.calendar.opentimestamps.org", false},
	{"https://evil.com@a.calendar.opentimestamps.org", false},
	{"https://evil.com%2f.calendar.opentimestamps.org", false},
	{"https://evil.com\x00.calendar.opentimestamps.org", false},
	{"https://[::1].calendar.opentimestamps.org", false},
	{"https://ö.calendar.opentimestamps.org", false},
	{"https://*.calendar.opentimestamps.org", false},
	{"https://a.pool.opentimestamps.org", false},
	{"https://127.0.0.1", false},
	{"http://127.0.0.1:8000", false},
}

func TestMayAsk(t *testing.T) {
	for _, test := range mayAskTests {
		if got := (Policy{}).MayAsk(test.uri); got != test.want {
			t.Errorf("MayAsk(%q) = %v", test.uri, got)
		}
		if got := (Policy{Regtest: true}).MayAsk(test.uri); got {
			t.Errorf("in regtest MayAsk(%q)", test.uri)
		}
	}
}

func TestExact(t *testing.T) {
	p := Policy{Exact: []string{"https://own.example/cal/", "http://127.0.0.1:8000/a", "https://private.example", "", "/"}}
	for _, test := range []struct {
		uri                 string
		ask, write, regtest bool
	}{
		{"https://own.example/cal/", true, true, false},
		{"https://own.example/cal", true, true, false},
		{"https://own.example/cal//", false, false, false},
		{"https://own.example/cal/x", false, false, false},
		{"https://own.example/CAL", false, false, false},
		{"https://own.example", false, false, false},
		{"https://private.example/", true, true, false},
		{"http://private.example", false, false, false},
		{"http://127.0.0.1:8000/a", true, false, true},
		{"http://127.0.0.1:8000/a/", true, false, true},
		{"http://127.0.0.1:8000/b", false, false, false},
		{"https://alice.btc.calendar.opentimestamps.org", true, true, false},
		{"", false, false, false},
		{"/", false, false, false},
	} {
		if got := p.MayAsk(test.uri); got != test.ask {
			t.Errorf("MayAsk(%q) = %v", test.uri, got)
		}
		if got := p.MayWrite(test.uri); got != test.write {
			t.Errorf("MayWrite(%q) = %v", test.uri, got)
		}
		r := Policy{Exact: p.Exact, Regtest: true}
		if ask, write := r.MayAsk(test.uri), r.MayWrite(test.uri); ask != test.regtest || write != test.regtest {
			t.Errorf("in regtest MayAsk(%q) = %v, MayWrite %v", test.uri, ask, write)
		}
	}
}

func FuzzMayAsk(f *testing.F) {
	for _, s := range []string{
		"https://alice.btc.calendar.opentimestamps.org", "https://btc.calendar.catallaxy.com",
		"https://finney.calendar.eternitywall.com", "https://evil.com:.calendar.opentimestamps.org",
		"https://evil.com/.calendar.opentimestamps.org", "https://evil.com@a.calendar.opentimestamps.org",
		"https://evil.com\\.calendar.opentimestamps.org", "https://a.calendar.opentimestamps.org/",
		"http://127.0.0.1:8000", "https://own.example/cal", "",
	} {
		f.Add(s)
	}
	own := Policy{Exact: []string{"https://own.example/cal", "http://127.0.0.1:8000"}}
	f.Fuzz(func(t *testing.T, uri string) {
		if own.MayAsk(uri) && !(Policy{}).MayAsk(uri) {
			if s := strings.TrimSuffix(uri, "/"); s != own.Exact[0] && s != own.Exact[1] {
				t.Errorf("%q passes for an exact URL", uri)
			}
		}
		if (Policy{Exact: own.Exact, Regtest: true}).MayAsk(uri) && !strings.HasPrefix(uri, "http://127.0.0.1:8000") {
			t.Errorf("%q may be asked in regtest", uri)
		}
		if !(Policy{}).MayAsk(uri) {
			return
		}
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatalf("%q may be asked: %v", uri, err)
		}
		host := u.Hostname()
		if !strings.HasSuffix(host, ".calendar.opentimestamps.org") &&
			!strings.HasSuffix(host, ".calendar.eternitywall.com") &&
			!strings.HasSuffix(host, ".calendar.catallaxy.com") {
			t.Errorf("%q may be asked, at %q", uri, host)
		}
		if uri != "https://"+host {
			t.Errorf("%q may be asked, with more than a host", uri)
		}
	})
}
