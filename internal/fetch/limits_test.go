package fetch

import (
	"strings"
	"testing"
)

// Hosts and schemes are cut in errors.
func TestErrorTextLimits(t *testing.T) {
	host, scheme := strings.Repeat("h", maxHost), strings.Repeat("s", maxScheme)
	tests := []struct{ url, want string }{
		{scheme + "://h/", "h: only https is allowed, not " + scheme},
		{scheme + "s://h/", "h: only https is allowed, not " + scheme[1:] + "…"},
		{"ftp://" + host + "/", host + ": only https is allowed, not ftp"},
		{"ftp://" + host + "h/", host[1:] + "…: only https is allowed, not ftp"},
	}
	for _, tt := range tests {
		_, err := New(quick()).Do(t.Context(), Request{URL: tt.url, Limit: 1})
		if err == nil || err.Error() != tt.want {
			t.Errorf("%.40s: %v, want %s", tt.url, err, tt.want)
		}
	}
}
