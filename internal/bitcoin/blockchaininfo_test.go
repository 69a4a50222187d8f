package bitcoin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/openllmo/git-anchor/internal/corpus"
	"github.com/openllmo/git-anchor/internal/fetch"
)

func TestBlockchainInfo(t *testing.T) {
	h, stale := regtestBlock(1), regtestBlock(2)
	body := `{"blocks":[` + blockJSON(t, stale, 7, false) + `,` + blockJSON(t, h, 7, true) + `]}`
	web := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.String() {
		case "/block-height/7?format=json":
			fmt.Fprint(w, body)
		case "/latestblock":
			fmt.Fprint(w, `{"hash":"00","time":1,"block_index":12,"height":12,"txIndexes":[1,2]}`)
		default:
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"error":"not-found-or-invalid-arg","message":"Item not found or argument invalid"}`)
		}
	})
	s := NewBlockchainInfo(web.URL, loopback(), true)
	if want := strings.TrimPrefix(web.URL, "http://"); s.Name() != want {
		t.Errorf("name %q, want %q", s.Name(), want)
	}
	if got, err := s.Header(t.Context(), 7); err != nil || got != h {
		t.Errorf("header %x, %v", got, err)
	}
	if tip, err := s.Tip(t.Context()); err != nil || tip != 12 {
		t.Errorf("tip %d, %v", tip, err)
	}
	if _, err := s.Header(t.Context(), 13); !errors.Is(err, ErrBehind) || err.Error() != "not there yet: no block on the main chain" {
		t.Errorf("above the tip: %v", err)
	}
}

func TestBlockchainInfoStatus(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		body   string
		want   error
		text   string
	}{
		{"HTML with 404", 404, "<html>", ErrUnavailable, "unavailable: status 404: <html>"},
		{"empty 404", 404, "", ErrUnavailable, "unavailable: status 404: (nothing)"},
		{"JSON with 500", 500, `{"error":"x"}`, ErrUnavailable, `unavailable: status 500: {"error":"x"}`},
		{"rate limit", 429, "error code: 1015", ErrUnavailable, "unavailable: status 429: error code: 1015"},
		{"no content", 204, "", ErrUnavailable, "unavailable: status 204: (nothing)"},
		{"words with 200", 200, "error code: 1015", ErrUnavailable,
			"unavailable: read its JSON: invalid character 'e' looking for beginning of value"},
		{"object without blocks", 200, `{"error":"x"}`, ErrBehind, "not there yet: no block on the main chain"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := NewBlockchainInfo(serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tt.status)
				fmt.Fprint(w, tt.body)
			}).URL, loopback(), true)
			_, err := s.Header(t.Context(), 7)
			if !errors.Is(err, tt.want) || err.Error() != tt.text {
				t.Errorf("error %v\n want %s", err, tt.text)
			}
		})
	}
}

func TestParseBlocks(t *testing.T) {
	h := regtestBlock(1)
	good, stale := blockJSON(t, h, 7, true), blockJSON(t, regtestBlock(2), 7, false)
	idle := workless(Fields{Bits: 0x207fffff}).Header()
	change := func(old, with string) string {
		changed := strings.Replace(good, old, with, 1)
		if changed == good {
			t.Fatalf("%s is not in %s", old, good)
		}
		return `{"blocks":[` + changed + `]}`
	}
	for _, tt := range []struct {
		name, body string
		want       error // nil: h is found
		text       string
	}{
		{"one block", `{"blocks":[` + good + `]}`, nil, ""},
		{"stale before", `{"blocks":[` + stale + `,` + good + `]}`, nil, ""},
		{"stale after", ` { "n":1, "blocks" : [` + good + `,` + stale + `], "tail":[{}] } `, nil, ""},
		{"version as unsigned", change(`"ver":1`, `"ver":1`+`,"ver2":4294967295`), nil, ""},
		{"empty object", `{}`, ErrBehind, "no block on the main chain"},
		{"no blocks", `{"blocks":[]}`, ErrBehind, "no block on the main chain"},
		{"stale alone", `{"blocks":[` + stale + `]}`, ErrBehind, "no block on the main chain"},
		{"two on the main chain", `{"blocks":[` + good + `,` + good + `]}`, ErrInconsistent, "two blocks on the main chain at height 7"},
		{"another height", change(`"height":7`, `"height":8`), ErrInconsistent, "block of height 8 in place of 7"},
		{"another root", change(`"mrkl_root":"01`, `"mrkl_root":"02`), ErrInconsistent, "not to the block named"},
		{"no work", `{"blocks":[` + blockJSON(t, idle, 7, true) + `]}`, ErrInconsistent, "does not meet its own difficulty"},
		{"blocks twice", `{"blocks":[],"blocks":[` + good + `]}`, ErrUnavailable, `field "blocks" comes twice`},
		{"field twice", change(`"nonce":`, `"nonce":1,"nonce":`), ErrUnavailable, `field "nonce" comes twice`},
		{"main_chain twice", change(`"main_chain":true`, `"main_chain":false,"main_chain":true`), ErrUnavailable, `field "main_chain" comes twice`},
		{"main_chain missing", change(`"main_chain"`, `"chain"`), ErrUnavailable, `field "main_chain" is missing or not true or false`},
		{"main_chain a word", change(`"main_chain":true`, `"main_chain":"true"`), ErrUnavailable, `field "main_chain" is missing or not true or false`},
		{"prev_block null", change(`"prev_block":"`+h.Prev().String()+`"`, `"prev_block":null`), ErrUnavailable, `field "prev_block" is missing or not 64 hex digits`},
		{"prev_block missing", change(`"prev_block"`, `"prev"`), ErrUnavailable, `field "prev_block" is missing or not 64 hex digits`},
		{"prev_block an object", change(`"prev_block":"`+h.Prev().String()+`"`, `"prev_block":{}`), ErrUnavailable, `field "prev_block" is not a plain value`},
		{"time past 32 bits", change(`"time":1700000000`, `"time":4294967296`), ErrUnavailable, `field "time" is missing or not an integer`},
		{"time negative", change(`"time":1700000000`, `"time":-1`), ErrUnavailable, `field "time" is missing or not an integer`},
		{"time with a fraction", change(`"time":1700000000`, `"time":1.7e9`), ErrUnavailable, `field "time" is missing or not an integer`},
		{"height a word", change(`"height":7`, `"height":"7"`), ErrUnavailable, `field "height" is missing or not an integer`},
		{"truncated", `{"blocks":[` + good, ErrUnavailable, "unexpected EOF"},
		{"truncated in a block", `{"blocks":[` + good[:40], ErrUnavailable, "unexpected EOF"},
		{"nothing", "", ErrUnavailable, "unexpected EOF"},
		{"more after it", `{"blocks":[` + good + `]}{}`, ErrUnavailable, "more follows after the value"},
		{"garbage after it", `{"blocks":[` + good + `]}<`, ErrUnavailable, "invalid character '<'"},
		{"array", `[]`, ErrUnavailable, `byte 1: not "{"`},
		{"blocks no array", `{"blocks":{}}`, ErrUnavailable, `byte 11: not "["`},
		{"block no object", `{"blocks":[1]}`, ErrUnavailable, `byte 12: not "{"`},
		{"nested as deep as allowed", `{"x":` + strings.Repeat("[", maxNesting) + strings.Repeat("]", maxNesting) + `,"blocks":[` + good + `]}`, nil, ""},
		{"nested deeper", `{"x":` + strings.Repeat("[", maxNesting+1), ErrUnavailable, "byte 70: nested deeper than 64"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseBlocks(strings.NewReader(tt.body), 7)
			if tt.want == nil {
				if err != nil || got != h {
					t.Errorf("got %x, %v", got, err)
				}
				return
			}
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) || got != (Header{}) {
				t.Errorf("error %v\n want %v: %s", err, tt.want, tt.text)
			}
		})
	}
}

func TestParseBlocksSignedVersion(t *testing.T) {
	h := mined(Fields{Version: -1, Time: 1, Bits: 0x207fffff}).Header()
	body := `{"blocks":[` + blockJSON(t, h, 7, true) + `]}`
	for _, version := range []string{"-1", "4294967295"} {
		body := strings.Replace(body, `"ver":-1`, `"ver":`+version, 1)
		if got, err := parseBlocks(strings.NewReader(body), 7); err != nil || got != h {
			t.Errorf("version %s: %x, %v", version, got, err)
		}
	}
	for _, version := range []string{"-2147483649", "4294967296"} {
		body := strings.Replace(body, `"ver":-1`, `"ver":`+version, 1)
		if _, err := parseBlocks(strings.NewReader(body), 7); !errors.Is(err, ErrUnavailable) {
			t.Errorf("version %s: %v", version, err)
		}
	}
}

func TestParseLatest(t *testing.T) {
	for _, tt := range []struct{ name, body, want string }{
		{"no height", `{}`, `field "height" is missing or no number`},
		{"a word", `{"height":"12"}`, `field "height" is missing or no number`},
		{"twice", `{"height":12,"height":13}`, `field "height" comes twice`},
		{"negative", `{"height":-1}`, "not a height: -1"},
		{"fraction", `{"height":1e3}`, "not a height: 1e3"},
		{"truncated", `{"height":12`, "unexpected EOF"},
		{"more", `{"height":12} 1`, "more follows after the value"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := parseLatest(strings.NewReader(tt.body)); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
}

// fill writes {"x":["…",…],"blocks":…} of exactly size bytes, in strings of the
// given length.
func fill(w io.Writer, size, length int, blocks string) {
	chunk := `"` + strings.Repeat("0", length) + `",`
	head, tail := `{"x":[`, `""],"blocks":`+blocks+`}`
	io.WriteString(w, head)
	rest := size - len(head) - len(tail)
	for ; rest >= len(chunk); rest -= len(chunk) {
		io.WriteString(w, chunk)
	}
	if quotes := len(`"",`); rest >= quotes {
		io.WriteString(w, `"`+strings.Repeat("0", rest-quotes)+`",`)
		rest = 0
	}
	io.WriteString(w, strings.Repeat(" ", rest)+tail)
}

// TestBlockchainInfoLimit: the whole of an answer of 32 MiB is read, one byte
// more is refused, and little of it is held.
func TestBlockchainInfoLimit(t *testing.T) {
	h := regtestBlock(1)
	blocks := `[` + blockJSON(t, h, 7, true) + `]`
	for _, tt := range []struct {
		name string
		size int
		want error
	}{
		{"at the limit", maxBlocks, nil},
		{"one past it", maxBlocks + 1, fetch.ErrTooLarge},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := NewBlockchainInfo(serve(t, func(w http.ResponseWriter, _ *http.Request) {
				fill(w, tt.size, 1<<16, blocks)
			}).URL, loopback(), true)
			got, err := s.Header(t.Context(), 7)
			if tt.want == nil && (err != nil || got != h) {
				t.Errorf("got %x, %v", got, err)
			}
			if !errors.Is(err, tt.want) || err != nil && !errors.Is(err, ErrUnavailable) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
		})
	}
}

func TestParseBlocksHoldsLittle(t *testing.T) {
	blocks := `[` + blockJSON(t, regtestBlock(1), 7, true) + `]`
	r, w := io.Pipe()
	go func() {
		fill(w, maxBlocks, 1<<16, blocks)
		w.Close()
	}()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	if _, err := parseBlocks(r, 7); err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if after.HeapSys > before.HeapSys+maxBlocks/2 {
		t.Errorf("the heap grew from %d to %d bytes", before.HeapSys, after.HeapSys)
	}
}

// TestCorpusRawBlocks rebuilds the headers of true answers, which hold the same
// objects as an answer on a height does.
func TestCorpusRawBlocks(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpus.Dir(t), "explorers", "blockchain_info_rawblock_*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 3 {
		t.Fatalf("only %d bodies", len(files))
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var b struct{ Height uint64 }
		if err := json.Unmarshal(body, &b); err != nil {
			t.Fatal(err)
		}
		h, err := parseBlocks(strings.NewReader(`{"blocks":[`+string(body)+`]}`), b.Height)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if err := Mainnet().CheckHeader(b.Height, h); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// The decoder would keep blanks and look through them again and again.
func TestBlanks(t *testing.T) {
	for _, tt := range []struct {
		blanks int
		want   string
	}{
		{maxBlanks, ""},
		{maxBlanks + 1, "more than 4096 blanks in a row"},
	} {
		answer := strings.Repeat(" ", tt.blanks) + `{"height":5}`
		_, err := parseLatest(iotest.OneByteReader(strings.NewReader(answer)))
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%d blanks: %v", tt.blanks, err)
		case tt.want != "" && (!errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%d blanks: %v, want %s", tt.blanks, err, tt.want)
		}
	}
}
