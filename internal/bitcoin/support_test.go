package bitcoin

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openllmo/git-anchor/internal/fetch"
)

// mined returns f with the first nonce that meets its bits; those of regtest
// take two tries.
func mined(f Fields) Fields {
	for f.Header().CheckWork() != nil {
		f.Nonce++
	}
	return f
}

// workless returns f with the first nonce that does not meet its bits.
func workless(f Fields) Fields {
	for f.Header().CheckWork() == nil {
		f.Nonce++
	}
	return f
}

// regtestBlock returns a header of regtest with a root that is all b.
func regtestBlock(b byte) Header {
	return mined(Fields{Version: 1, Root: rootOf(b), Time: 1700000000, Bits: 0x207fffff}).Header()
}

func rootOf(b byte) (h Hash) {
	for i := range h {
		h[i] = b
	}
	return h
}

// loopback returns a client that reaches nothing but this machine, and does not
// wait between tries.
func loopback() *fetch.Client {
	return fetch.New(fetch.Config{LoopbackOnly: true, Backoff: time.Nanosecond})
}

// A site under test: real HTTP on loopback, counting what it is asked.
type server struct {
	*httptest.Server
	mu    sync.Mutex
	asked map[string]int // by path
}

func serve(t testing.TB, handler http.HandlerFunc) *server {
	t.Helper()
	s := &server{asked: make(map[string]int)}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked[r.URL.Path]++
		s.mu.Unlock()
		handler(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// count returns how many requests had a path that contains part.
func (s *server) count(part string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for path, times := range s.asked {
		if strings.Contains(path, part) {
			n += times
		}
	}
	return n
}

// esploraHandler answers as Esplora does.
func esploraHandler(headers map[uint64]Header, tip uint64) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/blocks/tip/height" {
			fmt.Fprint(w, tip)
			return
		}
		for height, h := range headers {
			switch r.URL.Path {
			case fmt.Sprintf("/block-height/%d", height):
				fmt.Fprint(w, h.Hash())
				return
			case fmt.Sprintf("/block/%s/header", h.Hash()):
				fmt.Fprint(w, hex.EncodeToString(h[:]))
				return
			}
		}
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, "Block not found")
	}
}

func esploraAt(t testing.TB, headers map[uint64]Header, tip uint64) (Source, *server) {
	t.Helper()
	s := serve(t, esploraHandler(headers, tip))
	return NewEsplora(s.URL, loopback(), true), s
}

// answering returns an Esplora that gives the same answer to everything.
func answering(t testing.TB, status int, body string) Source {
	t.Helper()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	})
	return NewEsplora(s.URL, loopback(), true)
}

// blockJSON is a block as blockchain.info writes it, its transactions before the
// fields that matter.
func blockJSON(t testing.TB, h Header, height uint64, main bool) string {
	t.Helper()
	b, err := json.Marshal(struct {
		Tx     []map[string]any `json:"tx"`
		Hash   string           `json:"hash"`
		Ver    int32            `json:"ver"`
		Prev   string           `json:"prev_block"`
		Root   string           `json:"mrkl_root"`
		Time   uint32           `json:"time"`
		Bits   uint32           `json:"bits"`
		Next   []string         `json:"next_block"`
		Nonce  uint32           `json:"nonce"`
		Main   bool             `json:"main_chain"`
		Height uint64           `json:"height"`
	}{
		[]map[string]any{{"hash": "00", "height": 1, "inputs": []any{map[string]any{"prev_out": nil}}}},
		h.Hash().String(), h.Version(), h.Prev().String(), h.MerkleRoot().String(), h.seconds(), h.Bits(),
		[]string{}, h.Nonce(), main, height,
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
