package calendar

import (
	"errors"
	"strings"
	"testing"
)

// Of a URI that may not be asked an error shows the beginning.
func TestURITextLimit(t *testing.T) {
	const start = "https://"
	at := start + strings.Repeat("x", maxURIText-len(start))
	for uri, want := range map[string]string{at: at, at + "x": at[:maxURIText-1] + "…"} {
		_, err := (&Client{}).Complete(t.Context(), uri, make([]byte, 32))
		if !errors.Is(err, ErrNotAllowed) || !strings.HasSuffix(err.Error(), ": "+want) {
			t.Errorf("%d bytes: %v", len(uri), err)
		}
	}
}
