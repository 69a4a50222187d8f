package bitcoin

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

// checkParsed fails unless a parser gave either a good header or one of the
// three errors of a Source.
func checkParsed(t *testing.T, h Header, err error) {
	t.Helper()
	switch {
	case err == nil:
		if err := h.CheckWork(); err != nil {
			t.Errorf("accepted: %v", err)
		}
	case h != Header{}:
		t.Error("a header comes along with an error")
	case !errors.Is(err, ErrUnavailable) && !errors.Is(err, ErrBehind) && !errors.Is(err, ErrInconsistent):
		t.Errorf("error of no kind: %v", err)
	case strings.ContainsAny(err.Error(), "\n\r\x1b"):
		t.Errorf("error %q is not printable", err)
	}
}

func FuzzHeaderLine(f *testing.F) {
	h := regtestBlock(1)
	digits := hex.EncodeToString(h[:])
	for _, line := range []string{digits, strings.ToUpper(digits), digits + "0", digits + "00", digits[2:], "", "<html>\x1b", forged} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		got, err := parseHeaderLine(line, h.Hash())
		checkParsed(t, got, err)
		if err == nil && got != h {
			t.Errorf("accepted %x under another's hash", got)
		}
	})
}

func FuzzHeight(f *testing.F) {
	for _, s := range []string{"0", "12", "4294967295", "4294967296", "01", "-1", "1e3", "", "<html>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := parseHeight(s); err != nil && (n != 0 || !errors.Is(err, ErrUnavailable)) {
			t.Errorf("%q gives %d, %v", s, n, err)
		}
	})
}

func FuzzBlocks(f *testing.F) {
	h, stale := regtestBlock(1), regtestBlock(2)
	good, left := blockJSON(f, h, height, true), blockJSON(f, stale, height, false)
	for _, body := range []string{
		`{"blocks":[` + good + `]}`,
		`{"blocks":[` + left + `,` + good + `],"n":[[{}]]}`,
		`{"blocks":[` + good + `,` + good + `]}`,
		`{"blocks":[` + strings.Replace(good, `"nonce":`, `"nonce":1,"nonce":`, 1) + `]}`,
		`{"blocks":[` + strings.Replace(good, `"prev_block":"`+h.Prev().String()+`"`, `"prev_block":null`, 1) + `]}`,
		`{"blocks":[]}`, `{"error":"not found"}`, `{"blocks":{}}`, `[[[`, "error code: 1015", "\x1b{", `{"a":1}}`, `{"blocks":[}]`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		got, err := parseBlocks(strings.NewReader(body), height)
		checkParsed(t, got, err)
	})
}

func FuzzLatest(f *testing.F) {
	for _, body := range []string{`{"height":12}`, `{"txIndexes":[1,2],"height":0}`, `{"height":12,"height":13}`, `{"height":"12"}`, `{}`, `[`, "<html>"} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		if n, err := parseLatest(strings.NewReader(body)); err != nil && (n != 0 || !errors.Is(err, ErrUnavailable)) {
			t.Errorf("%q gives %d, %v", body, n, err)
		}
	})
}

func FuzzParseHash(f *testing.F) {
	for _, s := range []string{mainnetGenesis, strings.ToUpper(regtestGenesis), mainnetGenesis[1:], strings.Repeat("g", 64), ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if h, err := ParseHash(s); err == nil && h.String() != strings.ToLower(s) {
			t.Errorf("%q became %s", s, h)
		}
	})
}
