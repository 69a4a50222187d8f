package devnet

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"
)

// A sink is a client that leaves after a MiB.
type sink struct {
	header http.Header
	status int
	left   int
}

func (s *sink) Header() http.Header    { return s.header }
func (s *sink) WriteHeader(status int) { s.status = status }
func (s *sink) Write(b []byte) (int, error) {
	if s.left -= len(b); s.left < 0 {
		return 0, errors.New("the client has left")
	}
	return len(b), nil
}

// FuzzServe sends any request: it is answered with a status that HTTP knows, or
// the connection is ended on purpose.
func FuzzServe(f *testing.F) {
	for _, seed := range []struct{ method, path, query, body string }{
		{"GET", "/", "", ""}, {"POST", "/pool/a/digest", "", "digest"}, {"POST", "/later/early/pool/a/digest", "", "digest"},
		{"GET", "/calendar/alice/timestamp/00ff", "", ""}, {"GET", "/esplora/block-height/5", "", ""}, {"GET", "/esplora/blocks/3", "", ""},
		{"GET", "/fault/lie/blockchaininfo/block-height/1", "format=json", ""}, {"GET", "/fault/oversize/rest/blockhashbyheight/1.bin", "", ""},
		{"GET", "/rest/headers/0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206.bin", "count=3", ""},
		{"POST", "/rpc", "", `{"method":"getblockhash","params":[1],"id":1}`}, {"POST", "/fault/behind/rpc", "", `[{"method":"getblockchaininfo"}]`},
		{"POST", "/mine", "n=2&time=2026-03-01T12:00:00Z&step=1", ""}, {"POST", "/reorg", "depth=1", ""}, {"POST", "/fault/deep249/pool/b/digest", "", "x"},
	} {
		f.Add(seed.method, seed.path, seed.query, seed.body)
	}
	gone, leave := context.WithCancel(context.Background())
	leave()
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		n := &Net{
			base: "http://127.0.0.1:1", port: "1", immediate: true, guard: http.NewCrossOriginProtection(), done: make(chan struct{}),
			ledger: newLedger(Options{Calendars: 2, Confirmations: 6, Now: func() time.Time { return noon }}),
		}
		if err := n.Mine(3); err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequestWithContext(gone, "GET", n.base, bytes.NewReader([]byte(body)))
		if err != nil {
			t.Fatal(err)
		}
		r.Method, r.URL = method, &url.URL{Path: path, RawQuery: query}
		if len(r.URL.Query().Get("n")) > 2 {
			t.Skip("mines thousands of blocks, which another test does")
		}
		w := &sink{header: http.Header{}, left: 1 << 20}
		defer func() {
			if stop := recover(); stop != nil && stop != http.ErrAbortHandler {
				panic(stop)
			}
			if w.status != 0 && http.StatusText(w.status) == "" {
				t.Errorf("status %d", w.status)
			}
		}()
		n.serve(w, r)
	})
}
