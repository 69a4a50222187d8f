package bitcoin

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// TestEachHeightOnce: a thousand claims at 36 heights, all at once, are 36
// look-ups and one question for the tip.
func TestEachHeightOnce(t *testing.T) {
	const heights, claims = 36, 1000
	headers := make(map[uint64]Header)
	for h := range uint64(heights) {
		headers[h+1] = regtestBlock(byte(h))
	}
	s, web := esploraAt(t, headers, heights+MinConfirmations)
	spare, unasked := esploraAt(t, nil, 0)
	c := NewChain(Regtest(), Options{Sources: []Source{s, spare}})
	var run sync.WaitGroup
	for i := range uint64(claims) {
		run.Go(func() {
			h := i % heights
			if e := c.Root(t.Context(), h+1, rootOf(byte(h))); e.Verdict != Match {
				t.Errorf("height %d: %+v", h+1, e)
			}
		})
	}
	run.Wait()
	if c.Lookups() != heights {
		t.Errorf("%d look-ups, want %d", c.Lookups(), heights)
	}
	for _, tt := range []struct {
		part string
		want int
	}{{"/block-height/", heights}, {"/header", heights}, {"/tip/", 1}} {
		if n := web.count(tt.part); n != tt.want {
			t.Errorf("%d requests for %s, want %d", n, tt.part, tt.want)
		}
	}
	if n := unasked.count("/"); n != 0 {
		t.Errorf("the second source got %d requests", n)
	}
}

// TestOrderOfRoots: a lie that was heard for one claim does not change the
// verdict on another, whichever is judged first.
func TestOrderOfRoots(t *testing.T) {
	for _, first := range []byte{1, 2} {
		c, _ := chainOf(t, "yes,no")
		want := map[byte]Verdict{1: Match, 2: Disputed}
		for _, claim := range []byte{first, 3 - first} {
			if e := c.Root(t.Context(), height, rootOf(claim)); e.Verdict != want[claim] {
				t.Errorf("first %d: claim %d is %s, want %s", first, claim, e.Verdict, want[claim])
			}
		}
		if c.Lookups() != 2 {
			t.Errorf("%d look-ups, want 2", c.Lookups())
		}
	}
}

func TestDeadSourceIsLeftAlone(t *testing.T) {
	const heights = 36
	headers := make(map[uint64]Header)
	for h := range uint64(heights) {
		headers[h+1] = regtestBlock(1)
	}
	dead, web := source(t, "down")
	alive, _ := esploraAt(t, headers, heights+MinConfirmations)
	c := NewChain(Regtest(), Options{Sources: []Source{dead, alive}})
	var last Evidence
	for h := range uint64(heights) {
		if last = c.Root(t.Context(), h+1, rootOf(1)); last.Verdict != Match {
			t.Fatalf("height %d: %+v", h+1, last)
		}
	}
	if n := web.count("/"); n != maxFailures*lookupTries {
		t.Errorf("the dead source got %d requests, want %d", n, maxFailures*lookupTries)
	}
	if want := maxFailures + heights; c.Lookups() != want {
		t.Errorf("%d look-ups, want %d", c.Lookups(), want)
	}
	err := last.Answers[0].Err
	if want := "not asked again in this run after 3 failures in a row, the last: unavailable: "; !errors.Is(err, ErrUnavailable) || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error %v, want %s…", err, want)
	}
}

// TestFailuresInARow: any other answer ends the row, so that a source that
// fails now and then stays in use.
func TestFailuresInARow(t *testing.T) {
	var heard atomic.Int64
	web := serve(t, func(w http.ResponseWriter, r *http.Request) {
		heard.Add(1)
		// Of every three heights, two fail and one is not there yet.
		if strings.HasSuffix(r.URL.Path, "0") {
			w.WriteHeader(http.StatusNotFound)
			w.Write([]byte("Block not found"))
			return
		}
		w.WriteHeader(http.StatusForbidden)
	})
	c := NewChain(Regtest(), Options{Sources: []Source{NewEsplora(web.URL, loopback(), true)}})
	for _, h := range []uint64{1, 2, 10, 3, 4, 20, 5, 6, 30, 7, 8} {
		c.Root(t.Context(), h, rootOf(1))
	}
	if heard.Load() != 11 {
		t.Errorf("%d requests, want 11", heard.Load())
	}
	c.Root(t.Context(), 9, rootOf(1))
	c.Root(t.Context(), 11, rootOf(1))
	if heard.Load() != 12 {
		t.Errorf("after three in a row %d requests, want 12", heard.Load())
	}
}

// TestStoppedCaller: a look-up that failed because its own caller was stopped
// is neither remembered nor held against the source.
func TestStoppedCaller(t *testing.T) {
	h := regtestBlock(1)
	answer := esploraHandler(map[uint64]Header{height: h}, 12)
	arrived := make(chan struct{}, 1)
	var stall atomic.Bool
	stall.Store(true)
	web := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if stall.Load() {
			arrived <- struct{}{}
			<-r.Context().Done()
			return
		}
		answer(w, r)
	})
	c := NewChain(Regtest(), Options{Sources: []Source{NewEsplora(web.URL, loopback(), true)}})
	for range maxFailures {
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-arrived
			cancel()
		}()
		e := c.Root(ctx, height, rootOf(1))
		if e.Verdict != Unknown || !errors.Is(e.Answers[0].Err, context.Canceled) || !errors.Is(e.Answers[0].Err, ErrUnavailable) {
			t.Fatalf("stopped: %+v", e)
		}
	}
	stall.Store(false)
	if e := c.Root(t.Context(), height, rootOf(1)); e.Verdict != Match {
		t.Errorf("afterwards: %+v", e)
	}
}

// TestWaitingCaller: one that waits for another's look-up takes it over when
// that one is stopped, and gives up when it is stopped itself.
func TestWaitingCaller(t *testing.T) {
	var o once[int, string]
	ctx, cancel := context.WithCancel(t.Context())
	begun := make(chan struct{})
	leader := make(chan error)
	go func() {
		_, err := o.do(ctx, 1, func(ctx context.Context) (string, error) {
			close(begun)
			<-ctx.Done()
			return "", ctx.Err()
		})
		leader <- err
	}()
	<-begun
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := o.do(stopped, 1, nil); !errors.Is(err, ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("stopped while waiting: %v", err)
	}
	waiter := make(chan string)
	go func() {
		s, err := o.do(t.Context(), 1, func(context.Context) (string, error) { return "taken over", nil })
		if err != nil {
			t.Error(err)
		}
		waiter <- s
	}()
	cancel()
	if err := <-leader; !errors.Is(err, context.Canceled) {
		t.Errorf("leader: %v", err)
	}
	if s := <-waiter; s != "taken over" {
		t.Errorf("waiter got %q", s)
	}
}

func TestParallelRequests(t *testing.T) {
	var now, most atomic.Int64
	full := make(chan struct{})
	web := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n := now.Add(1)
		defer now.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		if n == maxParallel {
			select {
			case <-full:
			default:
				close(full)
			}
		}
		<-full // nobody is answered before all slots are taken once
		w.WriteHeader(http.StatusNotFound)
		w.Write([]byte("Block not found"))
	})
	c := NewChain(Regtest(), Options{Sources: []Source{NewEsplora(web.URL, loopback(), true)}})
	var run sync.WaitGroup
	for h := range uint64(40) {
		run.Go(func() { c.Root(t.Context(), h+1, rootOf(1)) })
	}
	run.Wait()
	if most.Load() != maxParallel {
		t.Errorf("%d requests at a time, want %d", most.Load(), maxParallel)
	}
}

// foreign is a Source that breaks the promise on errors.
type foreign struct{ Source }

func (foreign) Name() string                                   { return "foreign" }
func (foreign) Header(context.Context, uint64) (Header, error) { return Header{}, errors.New("odd") }

func TestForeignError(t *testing.T) {
	e := NewChain(Regtest(), Options{Sources: []Source{foreign{}}}).Root(t.Context(), height, rootOf(1))
	if err := e.Answers[0].Err; !errors.Is(err, ErrUnavailable) || err.Error() != "unavailable: odd" {
		t.Errorf("error %v", err)
	}
}
