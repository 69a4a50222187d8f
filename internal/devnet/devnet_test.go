package devnet

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// noon is when tests take place.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// run starts a Net whose clock stands at noon and that answers digests at once.
func run(t *testing.T, o Options) *Net {
	t.Helper()
	o.Immediate = true
	if o.Now == nil {
		o.Now = func() time.Time { return noon }
	}
	n, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return n
}

// A reply is an HTTP response that was read to its end.
type reply struct {
	status int
	header http.Header
	body   string
}

// try sends one request, follows no redirect and keeps no connection.
func try(ctx context.Context, method, url string, body []byte) (reply, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	transport := &http.Transport{DisableKeepAlives: true}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return reply{response.StatusCode, response.Header, string(content)}, err
}

func get(t *testing.T, url string) reply { t.Helper(); return must(t, "GET", url, nil) }

func post(t *testing.T, url string, body []byte) reply { t.Helper(); return must(t, "POST", url, body) }

func must(t *testing.T, method, url string, body []byte) reply {
	t.Helper()
	r, err := try(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// want checks the status and the body.
func (r reply) want(t *testing.T, status int, body string) {
	t.Helper()
	if r.status != status || r.body != body {
		t.Errorf("answer %d %q, want %d %q", r.status, r.body, status, body)
	}
}

// until lets other goroutines run until done reports true; the test's deadline
// ends it otherwise.
func until(t *testing.T, done func() bool) {
	t.Helper()
	for !done() {
		if t.Context().Err() != nil {
			t.Fatal("the test is over")
		}
		runtime.Gosched()
	}
}

func TestStartDefaults(t *testing.T) {
	n := run(t, Options{})
	if n.Tip() != 101 {
		t.Errorf("tip %d, want 101", n.Tip())
	}
	if got, want := n.HeaderAt(101).Time(), noon.Add(-10*time.Minute); !got.Equal(want) {
		t.Errorf("last block at %v, want %v", got, want)
	}
	if len(n.Pools()) != 2 || len(n.CalendarURLs()) != 2 {
		t.Errorf("pools %v, calendars %v: want two of each", n.Pools(), n.CalendarURLs())
	}
	if !strings.HasPrefix(n.URL(), "http://127.0.0.1:") {
		t.Errorf("URL %s is not on loopback", n.URL())
	}
}

func TestStartOptions(t *testing.T) {
	start := time.Date(2020, 5, 1, 0, 0, 0, 0, time.UTC)
	n := run(t, Options{Addr: "127.0.0.1:0", Calendars: MaxCalendars, Blocks: 3, Start: start})
	if n.Tip() != 3 || len(n.Pools()) != MaxCalendars {
		t.Errorf("tip %d and %d pools, want 3 and %d", n.Tip(), len(n.Pools()), MaxCalendars)
	}
	for h := uint64(1); h <= 3; h++ {
		want := start.Add(time.Duration(h-1) * 10 * time.Minute)
		if got := n.HeaderAt(h).Time(); !got.Equal(want) {
			t.Errorf("block %d at %v, want %v", h, got, want)
		}
	}
}

func TestStartErrors(t *testing.T) {
	busy := run(t, Options{Blocks: 1})
	for _, test := range []struct {
		name string
		o    Options
		want string
	}{
		{"no port", Options{Addr: "127.0.0.1"}, `start devnet: address "127.0.0.1": not an IP address and a port, such as 127.0.0.1:8332`},
		{"a name", Options{Addr: "localhost:0"}, `start devnet: address "localhost:0": not an IP address and a port, such as 127.0.0.1:8332`},
		{"every address", Options{Addr: "0.0.0.0:0"}, "start devnet: address 0.0.0.0: only 127.x.y.z is served, its anchors prove nothing to anyone else"},
		{"IPv6", Options{Addr: "[::1]:0"}, "start devnet: address ::1: only 127.x.y.z is served, its anchors prove nothing to anyone else"},
		{"calendars", Options{Calendars: MaxCalendars + 1}, "start devnet: 9 calendars: 1 to 8"},
		{"negative calendars", Options{Calendars: -1}, "start devnet: -1 calendars: 1 to 8"},
		{"blocks", Options{Blocks: MaxMine + 1}, "start devnet: 10081 blocks: 1 to 10080"},
		{"confirmations", Options{Confirmations: -1}, "start devnet: -1 confirmations: at least 1"},
		{"before the genesis block", Options{Start: time.Unix(1296688602, 0)},
			"start devnet: mine a block at 2011-02-02T23:16:42Z: not after 2011-02-02T23:16:42Z, the median time of the 1 blocks before"},
		{"after the last second", Options{Start: time.Unix(1<<32, 0)},
			"start devnet: mine a block at 2106-02-07T06:28:16Z: a header holds the seconds from 1970 to 2106"},
	} {
		t.Run(test.name, func(t *testing.T) {
			n, err := Start(test.o)
			if err == nil {
				n.Close()
			}
			if err == nil || err.Error() != test.want {
				t.Errorf("error %v, want %s", err, test.want)
			}
		})
	}
	t.Run("port in use", func(t *testing.T) {
		n, err := Start(Options{Addr: strings.TrimPrefix(busy.URL(), "http://")})
		if err == nil {
			n.Close()
			t.Fatal("two servers on one port")
		}
	})
}

func TestStartIsDeterministic(t *testing.T) {
	life := func() (headers []string, tree string) {
		n := run(t, Options{Blocks: 5})
		tree = submit(t, n, n.Pools()[0], "once").tree.Claims()[0].Path()[0].String()
		for _, err := range []error{n.Mine(2), n.Reorg(1), n.Mine(1)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		for h := range n.Tip() + 1 {
			headers = append(headers, n.HeaderAt(h).Hash().String())
		}
		return headers, tree
	}
	headers, tree := life()
	again, treeAgain := life()
	if diff := cmp.Diff(headers, again); diff != "" || tree != treeAgain {
		t.Errorf("the second run differs: %s", diff)
	}
}

func TestCloseEndsRequests(t *testing.T) {
	n := run(t, Options{Blocks: 1})
	n.immediate = false // no request yet, so nobody reads it; digests wait for ever
	ended := make(chan error, 3)
	for _, url := range []string{n.Fault("slow", n.Esplora()) + "/blocks/tip/height",
		n.Fault("slowbody", n.Esplora()) + "/blocks/tip/height", n.Pools()[0] + "/digest"} {
		go func() {
			_, err := try(t.Context(), "POST", url, []byte("digest"))
			ended <- err
		}()
	}
	until(t, func() bool { return len(n.Requests()) == 3 })
	if err := n.Close(); err != nil {
		t.Error(err)
	}
	for range 3 {
		<-ended
	}
	if err := n.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
	if _, err := try(t.Context(), "GET", n.URL(), nil); err == nil {
		t.Error("a closed devnet answers")
	}
}

func TestClosedHandler(t *testing.T) {
	n := run(t, Options{Blocks: 1})
	handler := n.Handler()
	n.Close()
	server := http.Server{Handler: handler}
	listener := listen(t)
	go server.Serve(listener)
	defer server.Close()
	get(t, "http://"+listener.Addr().String()+"/").want(t, 503, "devnet is closed\n")
}

func TestHeaderAtAboveTheTip(t *testing.T) {
	n := run(t, Options{Blocks: 1})
	wantPanic(t, "devnet: no block at height 2, the tip is 1", func() { n.HeaderAt(2) })
}

func wantPanic(t *testing.T, want string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if got := recover(); got != want {
			t.Errorf("panic %v, want %s", got, want)
		}
	}()
	f()
}
