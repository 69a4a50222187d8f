package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestRetries(t *testing.T) {
	for _, test := range []struct {
		name     string
		statuses string // what the server does, in turn: a status, or "drop"
		tries    int
		requests int32
		want     int // final status, 0: an error
	}{
		{"success", "200", 0, 1, 200},
		{"404 is final", "404 200", 0, 1, 404},
		{"400 is final", "400 200", 0, 1, 400},
		{"501 is final", "501 200", 0, 1, 501},
		{"505 is final", "505 200", 0, 1, 505},
		{"429 once", "429 200", 0, 2, 200},
		{"500 twice", "500 500 200", 0, 3, 200},
		{"503 for ever", "503 503 503 200", 0, 3, 503},
		{"599 for ever", "599 599 599 200", 0, 3, 599},
		{"dropped once", "drop 200", 0, 2, 200},
		{"dropped for ever", "drop drop drop 200", 0, 3, 0},
		{"dropped, then busy", "drop 503 503 200", 0, 3, 503},
		{"busy, then dropped", "503 503 drop 200", 0, 3, 0},
		{"one try", "503 200", 1, 1, 503},
		{"five tries", "503 503 503 503 200", 5, 5, 200},
	} {
		for _, method := range []string{"GET", "POST"} {
			t.Run(test.name+" "+method, func(t *testing.T) {
				var requests atomic.Int32
				s := serve(t, func(w http.ResponseWriter, r *http.Request) {
					answer := strings.Fields(test.statuses)[requests.Add(1)-1]
					if answer == "drop" {
						panic(http.ErrAbortHandler)
					}
					status, err := strconv.Atoi(answer)
					if err != nil {
						t.Errorf("answer %q", answer)
					}
					w.Header().Set("Connection", "close") // net/http repeats a GET by itself on a reused one
					w.WriteHeader(status)
				})
				r := named(s.URL)
				r.Method, r.Tries, r.Body = method, test.tries, []byte("x")
				resp, err := New(quick()).Do(t.Context(), r)
				if requests.Load() != test.requests {
					t.Errorf("%d requests, want %d", requests.Load(), test.requests)
				}
				if test.want == 0 {
					if err == nil || !strings.HasSuffix(err.Error(), ": connection closed before the end of the answer") {
						t.Errorf("response %v, error %v", resp, err)
					}
					return
				}
				if err != nil || resp.Status != test.want {
					t.Errorf("response %v, error %v, want status %d", resp, err, test.want)
				}
			})
		}
	}
}

// A server that asks for more time than there is gets no second request, and the
// caller gets its answer at once.
func TestRetryAfterPastDeadline(t *testing.T) {
	var requests atomic.Int32
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	start := time.Now()
	resp, err := New(quick()).Do(ctx, named(s.URL))
	if err != nil || resp.Status != 429 || requests.Load() != 1 {
		t.Errorf("response %v, error %v, %d requests; want 429 after 1", resp, err, requests.Load())
	}
	if waited := time.Since(start); waited > 10*time.Second {
		t.Errorf("returned after %v", waited)
	}
}

func TestRetryAfter(t *testing.T) {
	const date = "Wed, 21 Oct 2015 07:28:00 GMT"
	for _, test := range []struct {
		value, date string
		want        time.Duration
	}{
		{"", date, 0},
		{"0", date, 0},
		{"120", "", 2 * time.Minute},
		{"2147483647", "", 2147483647 * time.Second},
		{"2147483648", "", 0},
		{"-1", "", 0},
		{"1.5", "", 0},
		{"soon", "", 0},
		{"Wed, 21 Oct 2015 07:28:30 GMT", date, 30 * time.Second},
		{"Wed, 21 Oct 2015 07:27:30 GMT", date, 0},
		{"Wed, 21 Oct 2015 07:28:30 GMT", "", 0},
	} {
		h := http.Header{"Retry-After": {test.value}, "Date": {test.date}}
		if got := retryAfter(h); got != test.want {
			t.Errorf("Retry-After %q at %q: %v, want %v", test.value, test.date, got, test.want)
		}
	}
}

func TestPause(t *testing.T) {
	after := func(value string) *Response {
		return &Response{Status: 503, Header: http.Header{"Retry-After": {value}}}
	}
	for _, test := range []struct {
		name    string
		backoff time.Duration
		jitter  float64
		try     int
		resp    *Response
		want    time.Duration
		ok      bool
	}{
		{"first", 0, 1, 1, nil, 250 * time.Millisecond, true},
		{"second", 0, 1, 2, nil, 500 * time.Millisecond, true},
		{"fifth", 0, 1, 5, nil, 4 * time.Second, true},
		{"at the bound", 0, 1, 6, nil, maxBackoff, true},
		{"far past it", 0, 1, 1000, nil, maxBackoff, true},
		{"jitter", 0, 0.5, 1, nil, 125 * time.Millisecond, true},
		{"no jitter", 0, 0, 3, nil, 0, true},
		{"configured", time.Millisecond, 1, 2, nil, 2 * time.Millisecond, true},
		{"asked for less", 0, 1, 4, after("1"), 2 * time.Second, true},
		{"asked for more", 0, 1, 1, after("2"), 2 * time.Second, true},
		{"at the longest", 0, 1, 1, after("60"), maxRetryAfter, true},
		{"past the longest", 0, 1, 1, after("61"), 61 * time.Second, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := New(Config{Backoff: test.backoff, Jitter: func() float64 { return test.jitter }})
			got, ok := c.pause(test.try, test.resp)
			if got != test.want || ok != test.ok {
				t.Errorf("%v %v, want %v %v", got, ok, test.want, test.ok)
			}
		})
	}
}

func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{Backoff: 4 * time.Second, Jitter: func() float64 { return 1 }})
		waited := func(ctx context.Context) (bool, time.Duration) {
			start := time.Now()
			ok := c.wait(ctx, 1, nil)
			return ok, time.Since(start)
		}
		if ok, d := waited(t.Context()); !ok || d != 4*time.Second {
			t.Errorf("no deadline: %v after %v", ok, d)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		if ok, d := waited(ctx); !ok || d != 4*time.Second {
			t.Errorf("later deadline: %v after %v", ok, d)
		}
		if ok, d := waited(ctx); ok || d != 0 {
			t.Errorf("nearer deadline: %v after %v", ok, d)
		}
		cancel()
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if ok, d := waited(ctx); ok || d != time.Second {
			t.Errorf("cancelled: %v after %v", ok, d)
		}
	})
}

func TestCancelledBetweenTries(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := New(Config{Backoff: time.Hour, Jitter: func() float64 { cancel(); return 1 }})
	_, err := c.Do(ctx, named("http://"+closedAddr(t)))
	if !errors.Is(err, context.Canceled) || !strings.HasSuffix(err.Error(), ": connection refused; then context canceled") {
		t.Fatalf("error %v", err)
	}
}

func TestAgain(t *testing.T) {
	for _, test := range []struct {
		name    string
		err     error
		reading bool
		want    bool
	}{
		{"connection", readable(syscall.ECONNRESET), false, true},
		{"name server trouble", readable(&net.DNSError{Err: "server misbehaving", IsTemporary: true}), false, true},
		{"no such host", readable(&net.DNSError{Err: "no such host", IsNotFound: true}), false, false},
		{"certificate", readable(&tls.CertificateVerificationError{Err: errors.New("x509: expired")}), false, false},
		{"too large", tooLarge(1), false, false},
		{"redirect", ErrRedirect, false, false},
		{"policy", &policyError{"no"}, false, false},
		{"while a reader reads", readable(syscall.ECONNRESET), true, false},
	} {
		x := exchange{reading: test.reading}
		if got := x.again(t.Context(), nil, test.err); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}
