package anchor

import (
	"bytes"
	"strings"
	"testing"
)

// swapped is what a swapper makes of text that comes in pieces.
func swapped(text string, crlf bool, piece int) string {
	var out bytes.Buffer
	w := swapper{out: &out, crlf: crlf}
	for b := []byte(text); len(b) > 0; {
		n := min(piece, len(b))
		w.Write(b[:n])
		b = b[n:]
	}
	w.end()
	return out.String()
}

func checkSwapped(t *testing.T, text string) {
	t.Helper()
	lf := strings.ReplaceAll(text, "\r\n", "\n")
	crlf := strings.ReplaceAll(lf, "\n", "\r\n")
	// A CR that stood alone before CRLF would pair with the LF after one pass.
	if want := crlf; !strings.Contains(text, "\r\r\n") {
		for piece := 1; piece < 6; piece++ {
			if got := swapped(text, true, piece); got != want {
				t.Errorf("%q in pieces of %d with CRLF: %q, want %q", text, piece, got, want)
			}
		}
	}
	for piece := 1; piece < 6; piece++ {
		if got := swapped(text, false, piece); got != lf {
			t.Errorf("%q in pieces of %d with LF: %q, want %q", text, piece, got, lf)
		}
	}
}

func TestLineEnds(t *testing.T) {
	for _, text := range []string{
		"", "\n", "\r", "\r\n", "a\nb", "a\r\nb\r\n", "a\rb\n", "\n\n\r\n\n", "mixed\r\nends\nhere\r", "\r\r\n",
		strings.Repeat("line\n", swapSpace/4), strings.Repeat("x", swapSpace) + "\r\n" + strings.Repeat("y", 2*swapSpace) + "\n",
	} {
		checkSwapped(t, text)
	}
}

func FuzzLineEnds(f *testing.F) {
	f.Add("a\nb\r\nc\r\r\n\r")
	f.Fuzz(func(t *testing.T, text string) { checkSwapped(t, text) })
}
