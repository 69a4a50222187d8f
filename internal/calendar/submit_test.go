package calendar

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openllmo/git-anchor/internal/fetch"
	"github.com/openllmo/git-anchor/internal/ots"
)

// pools is one server with a pool at each path, /alice naming the calendar
// http://…/calendar/alice, /alice+bob naming two; /dead, /slow and /bitcoin.
func pools(t *testing.T) (base string, c *Client, requests *atomic.Int32) {
	requests = new(atomic.Int32)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		name, ok := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/"), "/digest")
		body, err := io.ReadAll(r.Body)
		if !ok || err != nil || r.Method != "POST" || r.Header.Get("Accept") != "application/vnd.opentimestamps.v1" {
			t.Errorf("%s %s, body error %v", r.Method, r.URL, err)
		}
		switch name {
		case "dead":
			w.WriteHeader(http.StatusNotImplemented)
		case "slow":
			<-r.Context().Done()
		case "bitcoin":
			w.Write(below(t, body, "b", ots.BitcoinAt(1), unknown(3)).Bytes())
		default:
			var attestations []ots.Attestation
			for _, n := range strings.Split(name, "+") {
				attestations = append(attestations, pending(t, base+"/calendar/"+n))
			}
			w.Write(below(t, body, name, attestations...).Bytes())
		}
	})
	base = s.URL
	c = regtest()
	for _, name := range []string{"alice", "bob", "carol"} {
		c.Policy.Exact = append(c.Policy.Exact, base+"/"+name, base+"/calendar/"+name)
	}
	for _, name := range []string{"dead", "slow", "bitcoin", "mallory", "alice+bob", "alice+mallory"} {
		c.Policy.Exact = append(c.Policy.Exact, base+"/"+name)
	}
	return base, c, requests
}

func TestSubmit(t *testing.T) {
	for _, test := range []struct {
		pools string
		min   int
		want  string // "": enough answered
	}{
		{"alice", 0, ""},
		{"alice bob", 0, ""},
		{"alice bob carol", 3, ""},
		{"alice/ bob/", 2, ""},
		{"dead alice dead bob", 2, ""},
		{"dead alice dead", 1, ""},
		{"dead alice dead dead", 0, "too few calendars: 1 of 2 needed calendars answered"},
		{"dead dead", 0, "too few calendars: 0 of 2 needed calendars answered"},
		{"dead", 0, "too few calendars: 0 of 1 needed calendars answered"},
		{"bitcoin mallory", 2, "too few calendars: 0 of 2 needed calendars answered"},
		{"alice alice", 2, "too few calendars: 1 of 2 needed calendars answered"},
		{"alice alice bob", 2, ""},
		// An answer counts once, whatever it names, but for the calendar that is
		// best for the total.
		{"alice+bob", 2, "too few calendars: 2 needed, but only 1 given to ask"},
		{"alice+bob dead", 2, "too few calendars: 1 of 2 needed calendars answered"},
		{"alice+bob alice", 2, ""},
		{"alice alice+bob", 2, ""},
		{"alice+bob alice+bob alice+bob", 3, "too few calendars: 2 of 3 needed calendars answered"},
		{"alice+mallory alice", 2, "too few calendars: 1 of 2 needed calendars answered"},
	} {
		t.Run(fmt.Sprintf("%s, min %d", test.pools, test.min), func(t *testing.T) {
			base, c, _ := pools(t)
			var urls []string
			for _, name := range strings.Fields(test.pools) {
				urls = append(urls, base+"/"+name)
			}
			answers, err := c.Submit(t.Context(), digest(), urls, Options{Min: test.min})
			if test.want == "" && err != nil || test.want != "" && (!errors.Is(err, ErrTooFew) || err.Error() != test.want) {
				t.Fatalf("error %v, want %q", err, test.want)
			}
			for i, a := range answers {
				if a.Calendar != urls[i] || (a.Err == nil) != (a.Tree != nil) || (a.Err == nil) != (len(a.Names) > 0) {
					t.Errorf("answer %d is %+v", i, a)
				}
			}
		})
	}
}

// What is kept of an answer leads to calendars that may be asked, and to nothing
// else: a Bitcoin claim here was checked by nobody.
func TestSubmitKeeps(t *testing.T) {
	var tree *ots.Tree
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { w.Write(tree.Bytes()) })
	good, other := pending(t, s.URL), pending(t, "https://evil.com")
	for _, test := range []struct {
		name string
		tree *ots.Tree
		want error
		text string
	}{
		{"pending", below(t, digest(), "a", good), nil, ""},
		{"on the digest itself", leaf(digest(), good), nil, ""},
		{"with others", below(t, digest(), "a", good, other, unknown(9), ots.BitcoinAt(800000)), nil, ""},
		{"Bitcoin only", below(t, digest(), "a", ots.BitcoinAt(800000)), ErrAnswer, "HOST sent a timestamp that names no calendar to ask later"},
		{"unknown only", leaf(digest(), unknown(1)), ErrAnswer, "HOST sent a timestamp that names no calendar to ask later"},
		{"not allowed", leaf(digest(), other, ots.BitcoinAt(1)), ErrNotAllowed, "HOST names https://evil.com: calendar may not be asked"},
		{"public in regtest", leaf(digest(), pending(t, "https://alice.btc.calendar.opentimestamps.org")), ErrNotAllowed,
			"HOST names https://alice.btc.calendar.opentimestamps.org: calendar may not be asked"},
		{"many", leaf(digest(), pending(t, "a"), pending(t, "b"), pending(t, "c"), pending(t, "d")), ErrNotAllowed,
			"HOST names a, b, c: calendar may not be asked"},
		{"empty name", leaf(digest(), pending(t, "")), ErrNotAllowed, "HOST names : calendar may not be asked"},
	} {
		t.Run(test.name, func(t *testing.T) {
			tree = test.tree
			answers, err := regtest(s.URL).Submit(t.Context(), digest(), []string{s.URL}, Options{})
			a := answers[0]
			if test.want != nil {
				text := strings.Replace(test.text, "HOST", host(s.URL), 1)
				if !errors.Is(err, ErrTooFew) || !errors.Is(a.Err, test.want) || a.Err.Error() != text {
					t.Errorf("error %v, want %q", a.Err, text)
				}
				return
			}
			if err != nil || !slices.Equal(a.Names, []string{s.URL}) {
				t.Fatalf("names %q, error %v", a.Names, err)
			}
			claims := a.Tree.Claims()
			if len(claims) != 1 || !claims[0].Attestation.Equal(good) || !bytes.Equal(a.Tree.Msg, digest()) {
				t.Errorf("kept %v on %x", claims, a.Tree.Msg)
			}
		})
	}
}

// Outside regtest a loopback pool that the person named may be posted to, but a
// claim that names a loopback calendar is not taken.
func TestSubmitMainnetLoopback(t *testing.T) {
	var tree *ots.Tree
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { w.Write(tree.Bytes()) })
	c := &Client{Fetch: fetch.New(fetch.Config{Backoff: 1}), Policy: Policy{Exact: []string{s.URL}}}

	tree = leaf(digest(), pending(t, s.URL))
	answers, err := c.Submit(t.Context(), digest(), []string{s.URL}, Options{})
	if !errors.Is(err, ErrTooFew) || !errors.Is(answers[0].Err, ErrNotAllowed) {
		t.Errorf("loopback name: error %v", err)
	}
	tree = leaf(digest(), pending(t, "https://alice.btc.calendar.opentimestamps.org"), pending(t, s.URL))
	answers, err = c.Submit(t.Context(), digest(), []string{s.URL}, Options{})
	if err != nil || !slices.Equal(answers[0].Names, []string{"https://alice.btc.calendar.opentimestamps.org"}) {
		t.Errorf("public name: names %q, error %v", answers[0].Names, err)
	}
}

func TestSubmitURLs(t *testing.T) {
	s := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the server was asked") })
	mainnet := &Client{Fetch: fetch.New(fetch.Config{})}
	for _, test := range []struct {
		name   string
		client *Client
		url    string
		want   error
		text   string
	}{
		{"loopback a repository named", mainnet, s.URL, fetch.ErrPolicy, "only https is allowed, not http"},
		{"private address a repository named", mainnet, "https://10.0.0.1", fetch.ErrPolicy, "a private or special address is not allowed here"},
		{"password", mainnet, "https://u:secret@a.pool.opentimestamps.org", fetch.ErrPolicy, "a user name or password in a URL is not allowed"},
		{"not a URL", mainnet, "https://secret@[::1", ErrNotAllowed, "a URI with a user name or password is not a URL"},
		{"public in regtest", regtest(s.URL), "https://a.pool.opentimestamps.org", ErrNotAllowed, "in regtest, which asks loopback only: https://a.pool.opentimestamps.org"},
		{"unnamed in regtest", regtest(), s.URL, fetch.ErrPolicy, "only https is allowed, not http"},
	} {
		t.Run(test.name, func(t *testing.T) {
			answers, err := test.client.Submit(t.Context(), digest(), []string{test.url}, Options{})
			if !errors.Is(err, ErrTooFew) {
				t.Fatalf("error %v", err)
			}
			if err := answers[0].Err; !errors.Is(err, test.want) || !strings.HasSuffix(err.Error(), test.text) || strings.Contains(err.Error(), "secret") {
				t.Errorf("error %v, want %q", err, test.text)
			}
		})
	}
}

func TestSubmitDeadline(t *testing.T) {
	base, c, requests := pools(t)
	urls := []string{base + "/slow", base + "/alice", base + "/bob"}
	answers, err := c.Submit(t.Context(), digest(), urls, Options{Timeout: 500 * time.Millisecond})
	if err != nil || answers[1].Err != nil || answers[2].Err != nil {
		t.Errorf("two of three in time: error %v, answers %+v", err, answers)
	}
	if slow := answers[0].Err; !errors.Is(slow, context.DeadlineExceeded) || slow.Error() != host(base)+": no complete answer in time" {
		t.Errorf("slow: %v", slow)
	}
	if requests.Load() != 3 {
		t.Errorf("%d requests, want 3", requests.Load())
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	answers, err = c.Submit(ctx, digest(), urls, Options{})
	if !errors.Is(err, ErrTooFew) || !errors.Is(err, context.Canceled) || len(answers) != 3 {
		t.Errorf("cancelled: error %v", err)
	}
}

// Submissions run at the same time: each of these waits for the others.
func TestSubmitInParallel(t *testing.T) {
	var waiting atomic.Int32
	all := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if waiting.Add(1) == 4 {
			close(all)
		}
		<-all
		w.WriteHeader(http.StatusNotFound)
	})
	urls := []string{s.URL + "/a", s.URL + "/b", s.URL + "/c", s.URL + "/d"}
	answers, err := regtest(urls...).Submit(t.Context(), digest(), urls, Options{Timeout: time.Minute})
	if !errors.Is(err, ErrTooFew) || waiting.Load() != 4 {
		t.Fatalf("error %v", err)
	}
	for _, a := range answers {
		if want := host(s.URL) + " answered 404 Not Found"; a.Err == nil || a.Err.Error() != want {
			t.Errorf("error %v, want %q", a.Err, want)
		}
	}
}

func TestSubmitArguments(t *testing.T) {
	base, c, requests := pools(t)
	for _, test := range []struct {
		name   string
		size   int
		pools  []string
		min    int
		want   string
		posted int32
	}{
		{"longest digest", 64, []string{base + "/alice"}, 1, "", 1},
		{"shortest digest", 1, []string{base + "/alice"}, 1, "", 1},
		{"one byte more", 65, []string{base + "/alice"}, 1, "submit digest: 65 bytes, calendars take 1 to 64", 0},
		{"no digest", 0, []string{base + "/alice"}, 1, "submit digest: 0 bytes, calendars take 1 to 64", 0},
		{"no pool", 32, nil, 0, "too few calendars: 1 needed, but only 0 given to ask", 0},
		{"fewer pools than needed", 32, []string{base + "/alice"}, 2, "too few calendars: 2 needed, but only 1 given to ask", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			requests.Store(0)
			_, err := c.Submit(t.Context(), make([]byte, test.size), test.pools, Options{Min: test.min})
			if test.want == "" && err != nil || test.want != "" && (err == nil || err.Error() != test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
			if requests.Load() != test.posted {
				t.Errorf("%d requests, want %d", requests.Load(), test.posted)
			}
		})
	}
}

// A pool that is busy for a moment is asked again within the deadline.
func TestSubmitRetries(t *testing.T) {
	var requests atomic.Int32
	var base string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1) < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.Write(leaf(digest(), pending(t, base)).Bytes())
	})
	base = s.URL
	if _, err := regtest(base).Submit(t.Context(), digest(), []string{base}, Options{}); err != nil || requests.Load() != 3 {
		t.Errorf("error %v after %d requests", err, requests.Load())
	}
}
