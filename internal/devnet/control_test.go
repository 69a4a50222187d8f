package devnet

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestControl(t *testing.T) {
	n := run(t, Options{Blocks: 5})
	for _, test := range []struct {
		name, method, path, want string
		status                   int
	}{
		{"mine one", "POST", "/mine", "tip 6\n", 200},
		{"mine some", "POST", "/mine?n=3", "tip 9\n", 200},
		{"mine at", "POST", "/mine?n=2&time=2026-03-02T00:00:00Z&step=60", "tip 11\n", 200},
		{"reorg", "POST", "/reorg", "tip 12\n", 200},
		{"reorg deeper", "POST", "/reorg?depth=3", "tip 13\n", 200},
		{"flush", "POST", "/flush", "tip 13\n", 200},
		{"none", "POST", "/mine?n=0", "n \"0\": a number from 1 to 10080\n", 400},
		{"too many", "POST", "/mine?n=10081", "n \"10081\": a number from 1 to 10080\n", 400},
		{"no number", "POST", "/mine?n=x", "n \"x\": a number from 1 to 10080\n", 400},
		{"twice", "POST", "/mine?n=1&n=2", "n is given twice\n", 400},
		{"misspelt", "POST", "/mine?count=2", "\"count\" is not one of: n time step\n", 400},
		{"misspelt flush", "POST", "/flush?now", "\"now\" is not one of: \n", 400},
		{"bad query", "POST", "/mine?n=%zz", "invalid URL escape \"%zz\"\n", 400},
		{"step alone", "POST", "/mine?step=1", "step needs time, that of the first block\n", 400},
		{"step too large", "POST", "/mine?time=2026-03-02T00:00:00Z&step=604801", "step \"604801\": a number from 0 to 604800\n", 400},
		{"bad time", "POST", "/mine?time=noon", "time \"noon\": not as in 2026-03-01T12:00:00Z\n", 400},
		{"too early", "POST", "/mine?time=2012-01-01T00:00:00Z",
			"mine a block at 2012-01-01T00:00:00Z: not after 2026-03-01T12:00:02Z, the median time of the 11 blocks before\n", 400},
		{"too deep", "POST", "/reorg?depth=14", "reorganise 14 blocks: 1 to 13\n", 400},
		{"misspelt depth", "POST", "/reorg?n=1", "\"n\" is not one of: depth\n", 400},
		{"bad depth", "POST", "/reorg?depth=0", "depth \"0\": a number from 1 to 10080\n", 400},
		{"a page that mines", "GET", "/mine", "GET / says which method\n", 405},
		{"post to the log", "POST", "/requests", "GET / says which method\n", 405},
		{"post to the page", "POST", "/", "GET / says which method\n", 405},
		{"below a control path", "POST", "/mine/6", "only GET\n", 405},
		{"no fault for it", "POST", "/fault/500/mine", "Internal Server Error\n", 500},
	} {
		t.Run(test.name, func(t *testing.T) { must(t, test.method, n.URL()+test.path, nil).want(t, test.status, test.want) })
	}
	if n.Tip() != 13 {
		t.Errorf("tip %d after refusals, want 13", n.Tip())
	}
}

func TestControlMineTimes(t *testing.T) {
	n := run(t, Options{Blocks: 1})
	post(t, n.URL()+"/mine?n=2&time=2026-05-01T02:00:00%2B02:00", nil).want(t, 200, "tip 3\n")
	post(t, n.URL()+"/mine?n=2&time=2026-05-01T01:00:00Z&step=1", nil).want(t, 200, "tip 5\n")
	var got []string
	for h := uint64(2); h <= 5; h++ {
		got = append(got, n.HeaderAt(h).Time().Format(time.TimeOnly))
	}
	if diff := cmp.Diff([]string{"00:00:00", "00:10:00", "01:00:00", "01:00:01"}, got); diff != "" {
		t.Error(diff)
	}
}

// A week times MaxMine is a duration that has not wrapped.
func TestControlMineLongest(t *testing.T) {
	times := every(noon, maxStep*time.Second, MaxMine)
	for i := 1; i < len(times); i++ {
		if !times[i].After(times[i-1]) {
			t.Fatalf("block %d at %v, the one before at %v", i, times[i], times[i-1])
		}
	}
}

func TestPage(t *testing.T) {
	n := run(t, Options{Blocks: 1})
	page := get(t, n.URL())
	for _, part := range append(append(Faults(), n.Pools()...),
		Notice, "prove nothing", n.CalendarURLs()[0], n.Esplora(), n.BlockchainInfo(), n.RPC(), "POST /mine", "POST /reorg") {
		if !strings.Contains(page.body, part) {
			t.Errorf("GET / does not mention %q", part)
		}
	}
}

func TestRequests(t *testing.T) {
	n := run(t, Options{Blocks: 1})
	if got := n.Requests(); len(got) != 0 {
		t.Errorf("log %v at the start", got)
	}
	submit(t, n, n.Pools()[0], "x")
	get(t, n.BlockchainInfo()+"/block-height/1?format=json")
	get(t, n.Fault("behind", n.Esplora())+"/blocks/tip/height")
	post(t, n.URL()+"/mine", nil)
	get(t, n.URL())
	want := []Request{
		{"POST", "/pool/a/digest"},
		{"GET", "/blockchaininfo/block-height/1?format=json"},
		{"GET", "/fault/behind/esplora/blocks/tip/height"},
	}
	if diff := cmp.Diff(want, n.Requests()); diff != "" {
		t.Error(diff)
	}
	served := decode[[]map[string]string](t, get(t, n.URL()+"/requests"), 200)
	if len(served) != 3 || served[1]["method"] != "GET" || served[1]["path"] != want[1].Path {
		t.Errorf("GET /requests: %v", served)
	}
}

func TestRequestLogForgetsTheOldest(t *testing.T) {
	n := run(t, Options{Blocks: 1})
	for range MaxRequests {
		n.requests.add(Request{Path: "/old"})
	}
	if got := n.Requests(); len(got) != MaxRequests || got[0].Path != "/old" {
		t.Errorf("%d requests, want %d", len(got), MaxRequests)
	}
	n.requests.add(Request{Path: "/new"})
	n.requests.add(Request{Path: "/newer"})
	got := n.Requests()
	if len(got) != MaxRequests || got[MaxRequests-2].Path != "/new" || got[MaxRequests-1].Path != "/newer" {
		t.Errorf("%d requests that end %v, want %d that end /new /newer", len(got), got[len(got)-2:], MaxRequests)
	}
}

// A page whose name was made to resolve to 127.0.0.1, and a page that posts to
// it by its address.
func TestWebPagesAreRefused(t *testing.T) {
	n := run(t, Options{Blocks: 1})
	for _, test := range []struct {
		name, host, origin string
		status             int
	}{
		{"rebinding", "evil.example:8332", "", 421},
		{"rebinding without a port", "evil.example", "", 421},
		{"another address", "192.0.2.1", "", 421},
		{"other site", "", "https://evil.example", 403},
		{"no site", "", "null", 403},
		{"itself", "", n.URL(), 200},
		{"a program", "", "", 200},
		{"localhost", "localhost:" + n.port, "", 200},
		{"IPv6 loopback", "[::1]:80", "", 200},
		{"IPv6 loopback without a port", "[::1]", "", 200},
		{"other loopback", "127.0.0.2", "", 200},
	} {
		t.Run(test.name, func(t *testing.T) {
			request, err := http.NewRequestWithContext(t.Context(), "POST", n.URL()+"/mine", nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Host = test.host
			if test.origin != "" {
				request.Header.Set("Origin", test.origin)
			}
			tip := n.Tip()
			response, err := http.DefaultTransport.RoundTrip(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if mined := n.Tip() > tip; response.StatusCode != test.status || mined != (test.status == 200) {
				t.Errorf("status %d, mined: %t; want %d", response.StatusCode, mined, test.status)
			}
		})
	}
}
