package bitcoin

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/corpus"
)

func TestEsplora(t *testing.T) {
	h := regtestBlock(1)
	s, web := esploraAt(t, map[uint64]Header{7: h}, 12)
	if want := strings.TrimPrefix(web.URL, "http://"); s.Name() != want {
		t.Errorf("name %q, want %q", s.Name(), want)
	}
	if got, err := s.Header(t.Context(), 7); err != nil || got != h {
		t.Errorf("header %x, %v", got, err)
	}
	if tip, err := s.Tip(t.Context()); err != nil || tip != 12 {
		t.Errorf("tip %d, %v", tip, err)
	}
	_, err := s.Header(t.Context(), 13)
	if !errors.Is(err, ErrBehind) || err.Error() != "not there yet: block not found" {
		t.Errorf("above the tip: %v", err)
	}
	slash := NewEsplora(web.URL+"/", loopback(), true)
	if got, err := slash.Header(t.Context(), 7); err != nil || got != h {
		t.Errorf("base with a slash: %x, %v", got, err)
	}
}

func TestEsploraNewline(t *testing.T) {
	h := regtestBlock(1)
	for _, tt := range []struct {
		name, end string
		want      error
	}{
		{"none", "", nil},
		{"one", "\n", nil},
		{"two", "\n\n", ErrUnavailable},
		{"carriage return", "\r\n", ErrUnavailable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			handler := esploraHandler(map[uint64]Header{7: h}, 12)
			s := NewEsplora(serve(t, func(w http.ResponseWriter, r *http.Request) {
				handler(w, r)
				fmt.Fprint(w, tt.end)
			}).URL, loopback(), true)
			if _, err := s.Header(t.Context(), 7); !errors.Is(err, tt.want) {
				t.Errorf("header: %v, want %v", err, tt.want)
			}
			if _, err := s.Tip(t.Context()); !errors.Is(err, tt.want) {
				t.Errorf("tip: %v, want %v", err, tt.want)
			}
		})
	}
}

// TestEsploraFirstAnswer: what comes where a block hash belongs.
func TestEsploraFirstAnswer(t *testing.T) {
	hash := regtestBlock(1).Hash().String()
	for _, tt := range []struct {
		name   string
		status int
		body   string
		want   error
		text   string // how the error goes on; the host is left out
	}{
		{"empty", 200, "", ErrUnavailable, "unavailable: not a block hash: (nothing)"},
		{"63 digits", 200, hash[1:], ErrUnavailable, "unavailable: not a block hash: " + hash[1:]},
		{"65 digits", 200, hash + "0", ErrUnavailable, "unavailable: not a block hash: " + hash + "0"},
		{"no digits", 200, strings.Repeat("g", 64), ErrUnavailable, "unavailable: not a block hash: " + strings.Repeat("g", 64)},
		{"HTML with 200", 200, "<html>\x1b[31m", ErrUnavailable, "unavailable: not a block hash: <html>"},
		{"as long as is read", 200, strings.Repeat("0", maxLine), ErrUnavailable, "unavailable: not a block hash: 000"},
		{"longer", 200, strings.Repeat("0", maxLine+1), ErrUnavailable, "answer is larger than allowed"},
		{"bad number", 400, "Invalid number", ErrUnavailable, "unavailable: status 400: Invalid number"},
		{"no such route", 404, "endpoint does not exist", ErrUnavailable, "unavailable: status 404: endpoint does not exist"},
		{"HTML with 404", 404, "<html>Block not found", ErrUnavailable, "unavailable: status 404: <html>Block not found"},
		{"behind", 404, "Block not found\n", ErrBehind, "not there yet: block not found"},
		{"not found with 200", 200, "Block not found", ErrUnavailable, "unavailable: not a block hash: Block not found"},
		{"broken", 500, "", ErrUnavailable, "unavailable: status 500: (nothing)"},
		{"no content", 204, "", ErrUnavailable, "unavailable: status 204: (nothing)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := answering(t, tt.status, tt.body).Header(t.Context(), 7)
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("error %v\n want %v: %s", err, tt.want, tt.text)
			}
			if strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("error %q is not printable", err)
			}
		})
	}
}

func TestEsploraTipRefuses(t *testing.T) {
	for _, body := range []string{"", "-1", "+1", "01", "1.0", "1e3", " 1", "4294967296", "abc", "<html>"} {
		t.Run(body, func(t *testing.T) {
			want := "unavailable: not a height: "
			if _, err := answering(t, 200, body).Tip(t.Context()); !errors.Is(err, ErrUnavailable) || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("error %v, want %s", err, want)
			}
		})
	}
	if tip, err := answering(t, 200, "4294967295").Tip(t.Context()); err != nil || tip != 1<<32-1 {
		t.Errorf("largest height: %d, %v", tip, err)
	}
}

// TestEsploraHeaderLine: what comes where the header of a named block belongs.
func TestEsploraHeaderLine(t *testing.T) {
	good, other := regtestBlock(1), regtestBlock(2)
	idle := workless(Fields{Bits: 0x207fffff}).Header()
	negative := Fields{Bits: 0x20ffffff}.Header()
	digits := hex.EncodeToString(good[:])
	for _, tt := range []struct {
		name, line string
		hash       Hash
		want       error
		text       string
	}{
		{"good", digits, good.Hash(), nil, ""},
		{"upper case", strings.ToUpper(digits), good.Hash(), nil, ""},
		{"159 digits", digits[1:], good.Hash(), ErrUnavailable, "unavailable: not a block header: "},
		{"161 digits", digits + "0", good.Hash(), ErrUnavailable, "unavailable: not a block header: "},
		{"81 bytes", digits + "00", good.Hash(), ErrInconsistent, "inconsistent: parse header: 81 bytes, not 80"},
		{"164 bytes", strings.Repeat("00", 164), good.Hash(), ErrInconsistent, "inconsistent: parse header: 164 bytes, not 80"},
		{"HTML", "<html>", good.Hash(), ErrUnavailable, "unavailable: not a block header: <html>"},
		{"empty", "", good.Hash(), ErrUnavailable, "unavailable: not a block header: (nothing)"},
		{"another block", digits, other.Hash(), ErrInconsistent,
			"inconsistent: header hashes to " + good.Hash().String() + ", not to the block named, " + other.Hash().String()},
		{"no work", hex.EncodeToString(idle[:]), idle.Hash(), ErrInconsistent,
			"inconsistent: block " + idle.Hash().String() + " does not meet its own difficulty 207fffff"},
		{"negative difficulty", hex.EncodeToString(negative[:]), negative.Hash(), ErrInconsistent, "inconsistent: difficulty 20ffffff is negative"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, err := parseHeaderLine(tt.line, tt.hash)
			if tt.want == nil {
				if err != nil || h != good {
					t.Errorf("got %x, %v", h, err)
				}
				return
			}
			if !errors.Is(err, tt.want) || !strings.HasPrefix(err.Error(), tt.text) || h != (Header{}) {
				t.Errorf("error %v\n want %v: %s", err, tt.want, tt.text)
			}
		})
	}
}

func TestEsploraRedirect(t *testing.T) {
	_, elsewhere := esploraAt(t, map[uint64]Header{7: regtestBlock(1)}, 12)
	s := NewEsplora(serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL+r.URL.Path, http.StatusFound)
	}).URL, loopback(), true)
	_, err := s.Header(t.Context(), 7)
	if !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "redirect") {
		t.Errorf("error %v", err)
	}
	if n := elsewhere.count("/"); n != 0 {
		t.Errorf("%d requests went to another host", n)
	}
}

// TestRetryAfter: a source that asks to wait longer than another takes to answer
// is not waited for.
func TestRetryAfter(t *testing.T) {
	web := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	if _, err := NewEsplora(web.URL, loopback(), true).Header(t.Context(), 7); !errors.Is(err, ErrUnavailable) {
		t.Errorf("error %v", err)
	}
	if n := web.count("/"); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestEsploraUnreachable(t *testing.T) {
	s, web := esploraAt(t, nil, 0)
	web.Close()
	if _, err := s.Header(t.Context(), 7); !errors.Is(err, ErrUnavailable) {
		t.Errorf("closed server: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s, _ = esploraAt(t, nil, 0)
	if _, err := s.Header(ctx, 7); !errors.Is(err, ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestCorpusErrorBodies: each body that explorers send in place of an answer.
func TestCorpusErrorBodies(t *testing.T) {
	dir := filepath.Join(corpus.Dir(t), "explorers")
	for _, tt := range []struct {
		file   string
		status int
		text   string
	}{
		{"blockstream_429.json", 429, `unavailable: status 429: {"error":"Too Many Requests"`},
		{"mempool_429.html", 429, "unavailable: status 429: <html>"},
		{"varnish_429.html", 429, "unavailable: status 429: <?xml"},
		{"cloudflare_1015.txt", 429, "unavailable: status 429: error code: 1015"},
		{"cloudflare_1015.txt", 200, "unavailable: not a block hash: error code: 1015"},
		{"mempool_429.html", 200, "unavailable: not a block hash: <html>"},
	} {
		t.Run(fmt.Sprintf("%s %d", tt.file, tt.status), func(t *testing.T) {
			body, err := os.ReadFile(filepath.Join(dir, tt.file))
			if err != nil {
				t.Fatal(err)
			}
			_, err = answering(t, tt.status, string(body)).Header(t.Context(), 7)
			if !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("error %v\n want %s", err, tt.text)
			}
			s := NewBlockchainInfo(serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tt.status)
				w.Write(body)
			}).URL, loopback(), true)
			if _, err := s.Header(t.Context(), 7); !errors.Is(err, ErrUnavailable) {
				t.Errorf("blockchain.info: %v", err)
			}
		})
	}
}

func TestCorpusEsploraBodies(t *testing.T) {
	dir := filepath.Join(corpus.Dir(t), "explorers")
	read := func(file string) string {
		body, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	if h, err := ParseHash(read("mempool_block-height_615615.txt")); err != nil {
		t.Errorf("%s, %v", h, err)
	}
	h := parseHeader(t, read("mempool_block_header.txt"))
	if got, err := parseHeaderLine(read("mempool_block_header.txt"), h.Hash()); err != nil || got != h {
		t.Errorf("%x, %v", got, err)
	}
}
