package bitcoin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/fetch"
)

// esploraBlock is a block of an Esplora's list.
func esploraBlock(h Header, height uint64) string {
	return fmt.Sprintf(`{"id":"%s","height":%d,"version":1,"timestamp":%d,"merkle_root":"%s","previousblockhash":"%s","nonce":%d,"bits":%d}`,
		h.Hash(), height, h.seconds(), h.MerkleRoot(), h.Prev(), h.Nonce(), h.Bits())
}

// A list of blocks may have so many, and so many bytes.
func TestEsploraListLimits(t *testing.T) {
	h := regtestBlock(1)
	list := func(count, size int) string {
		var blocks []string
		for i := range count {
			blocks = append(blocks, esploraBlock(h, uint64(100-i)))
		}
		text := "[" + strings.Join(blocks, ",") + "]"
		if pad := size - len(text); pad > 0 {
			text = `[{"extra":"` + strings.Repeat("x", pad-len(`"extra":"",`)) + `",` + text[2:]
		}
		return text
	}
	tests := []struct {
		name        string
		count, size int
		want        error
	}{
		{"blocks at the limit", maxPageBlocks, 0, nil},
		{"blocks past it", maxPageBlocks + 1, 0, ErrInconsistent},
		{"bytes at the limit", 10, maxPage, nil},
		{"bytes past it", 10, maxPage + 1, fetch.ErrTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, list(tt.count, tt.size)) })
			page, err := esploraRun{esplora{newSite(s.URL, loopback(), true)}}.page(t.Context(), 100)
			if !errors.Is(err, tt.want) || tt.want == nil && len(page) != tt.count {
				t.Errorf("%d blocks, %v, want %v", len(page), err, tt.want)
			}
		})
	}
}

// What blockchain.info says of its tip is read up to a limit.
func TestLatestLimit(t *testing.T) {
	for _, tt := range []struct {
		size int
		want error
	}{{maxLatest, nil}, {maxLatest + 1, fetch.ErrTooLarge}} {
		s := NewBlockchainInfo(serve(t, func(w http.ResponseWriter, _ *http.Request) {
			const head, tail = `{"txIndexes":"`, `","height":12}`
			io.WriteString(w, head+strings.Repeat("0", tt.size-len(head)-len(tail))+tail)
		}).URL, loopback(), true)
		if tip, err := s.Tip(t.Context()); !errors.Is(err, tt.want) || tt.want == nil && tip != 12 {
			t.Errorf("%d bytes: %d, %v, want %v", tt.size, tip, err, tt.want)
		}
	}
}

// A node's answer to one call is read up to a limit, and that to a batch up to one
// for each call.
func TestNodeReplyLimits(t *testing.T) {
	const calls = 3
	batch := maxReply + calls*maxBatchReply
	tests := []struct {
		name  string
		calls int // 0: one call, not in a batch
		size  int
		want  error
	}{
		{"one at the limit", 0, maxReply, nil},
		{"one past it", 0, maxReply + 1, fetch.ErrTooLarge},
		{"a batch at the limit", calls, batch, nil},
		{"a batch past it", calls, batch + 1, fetch.ErrTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				answer := `{"id":0,"error":null,"result":"x"}`
				if tt.calls > 0 {
					answer = `[{"id":0,"error":null,"result":"x"},{"id":1,"error":null,"result":"x"},{"id":2,"error":null,"result":"x"}]`
				}
				io.WriteString(w, answer+strings.Repeat(" ", tt.size-len(answer)))
			})
			node, err := NewNode(s.URL, Credentials{User: "u", Password: "p"}, loopback(), Regtest())
			if err != nil {
				t.Fatal(err)
			}
			if tt.calls == 0 {
				var said string
				err = node.call(t.Context(), &said, "echo")
			} else {
				_, err = node.batch(t.Context(), "echo", make([][]any, tt.calls))
			}
			if !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
		})
	}
}

// Of an unexpected answer an error repeats the beginning.
func TestQuoteLimit(t *testing.T) {
	whole := strings.Repeat("x", maxQuote)
	for said, want := range map[string]string{whole: whole, whole + "x": whole[1:] + "…"} {
		_, err := answering(t, http.StatusTeapot, said).Tip(t.Context())
		if err == nil || !strings.HasSuffix(err.Error(), "status 418: "+want) {
			t.Errorf("%d bytes: %v", len(said), err)
		}
	}
}

// REST has so many headers an answer: a run of more is asked for in parts.
func TestRESTLimit(t *testing.T) {
	var chain []Header
	var prev Hash
	for i := range maxREST + 1 {
		h := mined(Fields{Version: 1, Prev: prev, Root: rootOf(byte(i)), Time: 1700000000 + uint32(i), Bits: 0x207fffff}).Header()
		chain, prev = append(chain, h), h.Hash()
	}
	var counts []string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		count := r.URL.Query().Get("count")
		counts = append(counts, count)
		var n int
		if err := json.Unmarshal([]byte(count), &n); err != nil || n > maxREST {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		for i, h := range chain {
			if strings.Contains(r.URL.Path, h.Hash().String()) {
				for _, h := range chain[i:min(i+n, len(chain))] {
					w.Write(h[:])
				}
			}
		}
	})
	for _, tt := range []struct {
		count int
		want  string
	}{{maxREST - 1, "[2000]"}, {maxREST, "[2000 2]"}} {
		counts = nil
		run, err := NewREST(s.URL, loopback(), true).Headers(t.Context(), chain[0].Hash(), 1, tt.count)
		if err != nil || len(run) != tt.count || fmt.Sprint(counts) != tt.want {
			t.Errorf("%d headers: %d by %v, %v; want %s", tt.count, len(run), counts, err, tt.want)
		}
	}
}
