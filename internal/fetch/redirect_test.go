package fetch

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// redirector leads from /hops/n to /hops/n-1, from /?to=URL to that URL, in which
// SELF is its own address, and ends at /hops/0 and /end. It notes what was asked.
func redirector(t *testing.T) (base string, asked *[]string) {
	asked = new([]string)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		*asked = append(*asked, r.URL.Path)
		if n, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/hops/")); err == nil && n > 0 {
			w.Header().Set("Location", strconv.Itoa(n-1))
		} else if to := r.URL.Query().Get("to"); to != "" {
			w.Header().Set("Location", strings.ReplaceAll(to, "SELF", base))
		} else if r.URL.Path == "/end" || r.URL.Path == "/hops/0" {
			io.WriteString(w, "end "+r.Header.Get("Authorization"))
			return
		}
		status, err := strconv.Atoi(r.URL.Query().Get("status"))
		if err != nil {
			status = http.StatusFound
		}
		w.WriteHeader(status)
		io.WriteString(w, "moved")
	})
	base = strings.TrimPrefix(s.URL, "http://")
	return base, asked
}

func TestRedirect(t *testing.T) {
	base, asked := redirector(t)
	other := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the other host was asked") })
	port := base[strings.LastIndexByte(base, ':'):]

	for _, test := range []struct {
		name, path, method string
		noRedirect         bool
		status             int
		want               error
		text               string
	}{
		{name: "relative", path: "/?to=/end", status: 200},
		{name: "same origin", path: "/?to=http://SELF/end", status: 200},
		{name: "to the same host without scheme", path: "/?to=//SELF/end", status: 200},
		{name: "301", path: "/?status=301&to=/end", status: 200},
		{name: "permanent", path: "/?status=308&to=/end", status: 200},
		{name: "300 is an answer", path: "/?status=300&to=/end", status: 300},
		{name: "304 is an answer", path: "/?status=304&to=/end", status: 304},
		{name: "no target", path: "/", status: 302},
		{name: "five hops", path: "/hops/5", status: 200},
		{name: "six hops", path: "/hops/6", want: ErrRedirect, text: "more than 5 of them"},
		{name: "to itself", path: "/?to=", status: 302},
		{name: "other port", path: "/?to=" + other.URL + "/end", want: ErrRedirect, text: "it leads elsewhere, to " + other.URL},
		{name: "other host", path: "/?to=http://localhost" + port + "/end", want: ErrRedirect, text: "it leads elsewhere, to http://localhost" + port},
		{name: "other scheme", path: "/?to=https://SELF/end", want: ErrRedirect, text: "it leads elsewhere, to https://" + base},
		{name: "default port", path: "/?to=http://127.0.0.1/end", want: ErrRedirect, text: "it leads elsewhere, to http://127.0.0.1"},
		{name: "file", path: "/?to=file:///etc/passwd", want: ErrRedirect, text: "it leads elsewhere, to file://"},
		{name: "metadata", path: "/?to=http://169.254.169.254/", want: ErrRedirect, text: "it leads elsewhere, to http://169.254.169.254"},
		{name: "user name", path: "/?to=http://u:p@SELF/end", want: ErrPolicy, text: "a user name or password in a URL is not allowed"},
		{name: "not a URL", path: "/?to=http://%255bx", want: ErrRedirect, text: "its target is not a URL"},
		{name: "POST", path: "/?to=/end", method: "POST", want: ErrRedirect, text: "this request follows none, not even to http://" + base},
		{name: "POST elsewhere", path: "/?to=https://example.com", method: "POST", want: ErrRedirect, text: "it leads elsewhere, to https://example.com"},
		{name: "NoRedirect", path: "/?to=/end", noRedirect: true, want: ErrRedirect, text: "this request follows none, not even to http://" + base},
	} {
		t.Run(test.name, func(t *testing.T) {
			*asked = nil
			r := named("http://" + base + test.path)
			r.Method, r.NoRedirect, r.User = test.method, test.noRedirect, "u"
			resp, err := New(quick()).Do(t.Context(), r)
			if test.want != nil {
				if !errors.Is(err, test.want) || !strings.HasSuffix(err.Error(), test.text) {
					t.Errorf("error %v, want %q", err, test.text)
				}
				if len(*asked) > 1+maxRedirects || test.text != "more than 5 of them" && len(*asked) != 1 {
					t.Errorf("asked %q", *asked)
				}
				return
			}
			if err != nil || resp.Status != test.status {
				t.Fatalf("response %v, error %v, want status %d", resp, err, test.status)
			}
			if test.status == 200 && string(resp.Body) != "end Basic dTo=" {
				t.Errorf("body %q", resp.Body)
			}
		})
	}
}
