package fetch

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// serve starts a server on loopback; its URL needs Named.
func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func serveTLS(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// trust makes c accept the certificate of a test server.
func trust(c *Client, s *httptest.Server) *Client {
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	for _, transport := range append(c.direct[:], c.proxied) {
		if transport != nil {
			transport.TLSClientConfig.RootCAs = roots
		}
	}
	return c
}

// quick is a configuration whose waits are too short to notice.
func quick() Config { return Config{Backoff: time.Microsecond} }

func named(url string) Request { return Request{URL: url, Named: true, Limit: 1000} }

func TestRequestAsSent(t *testing.T) {
	var got http.Header
	var body []byte
	var method string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got, method = r.Header.Clone(), r.Method
		body, _ = io.ReadAll(r.Body)
		io.WriteString(w, "hello")
	})
	c := New(Config{UserAgent: "git-anchor/1.2.3"})
	r := named(s.URL)
	r.Method, r.Body, r.Accept, r.ContentType = http.MethodPost, []byte{0, 1}, "a/b", "c/d"
	r.User, r.Password = "u", "p"
	resp, err := c.Do(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if resp.Status != 200 || string(resp.Body) != "hello" {
		t.Errorf("response %d %q, want 200 hello", resp.Status, resp.Body)
	}
	if method != "POST" || !bytes.Equal(body, []byte{0, 1}) {
		t.Errorf("server got %s % x", method, body)
	}
	for name, want := range map[string]string{
		"User-Agent":      "git-anchor/1.2.3",
		"Accept":          "a/b",
		"Content-Type":    "c/d",
		"Accept-Encoding": "identity",
		"Authorization":   "Basic dTpw",
		"Content-Length":  "2",
	} {
		if got.Get(name) != want {
			t.Errorf("header %s: %q, want %q", name, got.Get(name), want)
		}
	}
}

func TestDefaults(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != "GET" || r.UserAgent() != "git-anchor" || r.Header.Get("Authorization") != "" {
			w.WriteHeader(http.StatusBadRequest)
		}
	})
	resp, err := New(Config{}).Do(t.Context(), named(s.URL))
	if err != nil || resp.Status != 200 {
		t.Fatalf("response %v, error %v", resp, err)
	}
}

func TestNoLimitIsAnError(t *testing.T) {
	_, err := New(Config{}).Do(t.Context(), Request{URL: "https://example.com"})
	if err == nil || err.Error() != "fetch: request without a limit" {
		t.Fatalf("error %v", err)
	}
}

func TestHTTP2AndReuse(t *testing.T) {
	var connections atomic.Int32
	var proto atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proto.Store(int32(r.ProtoMajor))
	}))
	s.EnableHTTP2 = true
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	c := trust(New(quick()), s)
	for range 3 {
		if _, err := c.Do(t.Context(), named(s.URL)); err != nil {
			t.Fatal(err)
		}
	}
	if proto.Load() != 2 || connections.Load() != 1 {
		t.Errorf("HTTP/%d over %d connections, want HTTP/2 over 1", proto.Load(), connections.Load())
	}
}

func TestUnknownCertificate(t *testing.T) {
	s := serveTLS(t, func(http.ResponseWriter, *http.Request) {})
	_, err := New(quick()).Do(t.Context(), named(s.URL))
	var certificate *tls.CertificateVerificationError
	if !errors.As(err, &certificate) {
		t.Fatalf("error %v, want a certificate error", err)
	}
	want := strings.TrimPrefix(s.URL, "https://") + ": certificate: "
	if !strings.HasPrefix(err.Error(), want) {
		t.Errorf("text %q does not begin with %q", err, want)
	}
}

func TestOldTLSRefused(t *testing.T) {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	s.StartTLS()
	t.Cleanup(s.Close)
	_, err := trust(New(quick()), s).Do(t.Context(), named(s.URL))
	if err == nil || !strings.HasSuffix(err.Error(), ": tls: protocol version not supported") {
		t.Fatalf("error %v", err)
	}
}

func TestConnectionRefused(t *testing.T) {
	addr := closedAddr(t)
	_, err := New(quick()).Do(t.Context(), named("http://"+addr+"/secret-key"))
	if err == nil || err.Error() != addr+": connection refused" {
		t.Fatalf("error %v, want %s: connection refused", err, addr)
	}
}

// closedAddr returns a loopback address that nobody listens on any more.
func closedAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return l.Addr().String()
}

func TestConcurrentUse(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.URL.Path) })
	c := New(quick())
	var wait sync.WaitGroup
	for _, path := range []string{"/a", "/b", "/c", "/d", "/e", "/f"} {
		wait.Go(func() {
			resp, err := c.Do(t.Context(), named(s.URL+path))
			if err != nil || string(resp.Body) != path {
				t.Errorf("%s: response %v, error %v", path, resp, err)
			}
		})
	}
	wait.Wait()
}

func TestErrorsHideURL(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://hidden:hidden@elsewhere.example/hidden?hidden", http.StatusFound)
	})
	for _, raw := range []string{
		"https://hidden:hidden@example.com/hidden",
		"https://hidden@127.0.0.1/hidden",
		"http://example.com/hidden?hidden",
		"https://exa mple.com/hidden",
		"https://[::1/hidden",
		"hidden",
		"https:hidden",
		"ftp://example.com/hidden",
		s.URL + "/hidden?hidden#hidden",
		"http://" + closedAddr(t) + "/hidden",
	} {
		r := named(raw)
		r.User, r.Password = "hidden", "hidden"
		_, err := New(quick()).Do(t.Context(), r)
		if err == nil || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: error %v", raw, err)
		}
	}
}

func TestCancelled(t *testing.T) {
	arrived := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	_, err := New(quick()).Do(ctx, named(s.URL))
	if !errors.Is(err, context.Canceled) || !strings.HasSuffix(err.Error(), ": cancelled") {
		t.Fatalf("error %v, want cancelled", err)
	}
}
