package fetch

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestBearer(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Header.Get("Authorization")) })
	r := named(s.URL)
	r.Bearer = "t0ken"
	resp, err := New(quick()).Do(t.Context(), r)
	if err != nil || string(resp.Body) != "Bearer t0ken" {
		t.Fatalf("response %v, error %v", resp, err)
	}
}

// A token goes to the address that was asked and to no other, not even one of
// the same host, and no error shows it.
func TestBearerStays(t *testing.T) {
	var asked []string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path+" "+r.Header.Get("Authorization"))
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	})
	r := named(s.URL + "/here")
	r.Bearer = "t0ken"
	_, err := New(quick()).Do(t.Context(), r)
	if !errors.Is(err, ErrRedirect) || len(asked) != 1 || asked[0] != "/here Bearer t0ken" {
		t.Errorf("asked %q, error %v", asked, err)
	}
	r.Bearer, r.URL = "t0ken\n", s.URL
	_, bad := New(quick()).Do(t.Context(), r)
	r.Bearer, r.URL = "t0ken", "http://"+closedAddr(t)
	_, refused := New(quick()).Do(t.Context(), r)
	for _, err := range []error{err, bad, refused} {
		if err == nil || strings.Contains(err.Error(), "t0ken") {
			t.Errorf("error %v", err)
		}
	}
}
