package fetch

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// env makes a getenv of "NAME=value" words.
func env(words ...string) func(string) string {
	return func(name string) string {
		for _, w := range words {
			if value, ok := strings.CutPrefix(w, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

// proxyServer is a proxy that leads every connection to one server.
type proxyServer struct {
	Addr   string
	mu     sync.Mutex
	target []string // what it was asked to connect to
	auth   []string
}

func (p *proxyServer) note(target, auth string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target, p.auth = append(p.target, target), append(p.auth, auth)
}

// splice copies both ways until either side ends.
func splice(a, b net.Conn) {
	done := make(chan struct{}, 2)
	for _, pair := range [][2]net.Conn{{a, b}, {b, a}} {
		go func() {
			io.Copy(pair[0], pair[1])
			done <- struct{}{}
		}()
	}
	<-done
	a.Close()
	b.Close()
	<-done
}

func httpProxy(t *testing.T, backend *httptest.Server) *proxyServer {
	p := &proxyServer{}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			t.Errorf("proxy: %s %s", r.Method, r.URL)
			return
		}
		p.note(r.Host, r.Header.Get("Proxy-Authorization"))
		if strings.HasPrefix(r.Host, "forbidden") {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		out, err := net.Dial("tcp", backend.Listener.Addr().String())
		if err != nil {
			t.Error(err)
			return
		}
		in, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		io.WriteString(in, "HTTP/1.1 200 OK\r\n\r\n")
		splice(in, out)
	})
	p.Addr = s.Listener.Addr().String()
	return p
}

// socksProxy speaks SOCKS5 (RFC 1928) without authentication.
func socksProxy(t *testing.T, backend *httptest.Server) *proxyServer {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxyServer{Addr: l.Addr().String()}
	var wait sync.WaitGroup
	wait.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			wait.Go(func() { p.socks(t, in, backend.Listener.Addr().String()) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		backend.CloseClientConnections()
		wait.Wait()
	})
	return p
}

func (p *proxyServer) socks(t *testing.T, in net.Conn, backend string) {
	defer in.Close()
	head := make([]byte, 2) // version, number of methods
	io.ReadFull(in, head)
	io.CopyN(io.Discard, in, int64(head[1]))
	in.Write([]byte{5, 0})
	request := make([]byte, 5) // version, connect, 0, address type, length of the name
	if _, err := io.ReadFull(in, request); err != nil || request[3] != 3 {
		t.Errorf("socks request % x, error %v; want a name", request, err)
		return
	}
	name := make([]byte, int(request[4])+2)
	if _, err := io.ReadFull(in, name); err != nil {
		t.Error(err)
		return
	}
	p.note(string(name[:len(name)-2]), "")
	out, err := net.Dial("tcp", backend)
	if err != nil {
		t.Error(err)
		return
	}
	in.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	splice(in, out)
}

// The test servers' certificate is for example.com; the name is resolved by the
// proxy, so that nothing leaves this machine.
func TestProxies(t *testing.T) {
	s := serveTLS(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Host) })
	connect, socks := httpProxy(t, s), socksProxy(t, s)
	for _, test := range []struct {
		name  string
		env   []string
		proxy *proxyServer
		want  string
		auth  string
	}{
		{"http", []string{"HTTPS_PROXY=http://" + connect.Addr}, connect, "example.com:443", ""},
		{"lower case", []string{"https_proxy=http://" + connect.Addr, "HTTPS_PROXY=http://127.0.0.1:1"}, connect, "example.com:443", ""},
		{"no scheme", []string{"HTTPS_PROXY=" + connect.Addr}, connect, "example.com:443", ""},
		{"password", []string{"HTTPS_PROXY=http://u:p@" + connect.Addr}, connect, "example.com:443", "Basic dTpw"},
		{"ALL_PROXY", []string{"ALL_PROXY=http://" + connect.Addr}, connect, "example.com:443", ""},
		{"all_proxy", []string{"all_proxy=http://" + connect.Addr}, connect, "example.com:443", ""},
		{"HTTPS_PROXY before ALL_PROXY", []string{"all_proxy=http://127.0.0.1:1", "HTTPS_PROXY=http://" + connect.Addr}, connect, "example.com:443", ""},
		{"NO_PROXY of others", []string{"ALL_PROXY=http://" + connect.Addr, "NO_PROXY=example.org"}, connect, "example.com:443", ""},
		{"socks5", []string{"ALL_PROXY=socks5://" + socks.Addr}, socks, "example.com", ""},
		{"socks5h", []string{"https_proxy=socks5h://" + socks.Addr}, socks, "example.com", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.proxy.target, test.proxy.auth = nil, nil
			c := trust(New(Config{Getenv: env(test.env...)}), s)
			resp, err := c.Do(t.Context(), Request{URL: "https://example.com/x", Limit: 100, Tries: 1})
			if err != nil || string(resp.Body) != "example.com" {
				t.Fatalf("response %v, error %v", resp, err)
			}
			c.proxied.CloseIdleConnections()
			test.proxy.mu.Lock()
			defer test.proxy.mu.Unlock()
			if len(test.proxy.target) != 1 || test.proxy.target[0] != test.want || test.proxy.auth[0] != test.auth {
				t.Errorf("proxy was asked for %q with %q, want %q with %q", test.proxy.target, test.proxy.auth, test.want, test.auth)
			}
		})
	}
}

func TestProxyErrors(t *testing.T) {
	s := serveTLS(t, func(http.ResponseWriter, *http.Request) {})
	proxy := httpProxy(t, s)
	closed := closedAddr(t)
	for _, test := range []struct{ name, env, url, want string }{
		{"refuses", "HTTPS_PROXY=" + proxy.Addr, "https://forbidden.example.com", "forbidden.example.com: proxy: answered 403 Forbidden"},
		{"is down", "HTTPS_PROXY=http://u:secret@" + closed, "https://example.com", "example.com: proxy: connection refused"},
		{"socks is down", "HTTPS_PROXY=socks5://u:secret@" + closed, "https://example.com", "example.com: proxy: connection refused"},
		{"unknown scheme", "HTTPS_PROXY=ftp://u:secret@x", "https://example.com", "example.com: HTTPS_PROXY is not an http, https, socks5 or socks5h URL"},
		{"no host", "ALL_PROXY=http://:secret", "https://example.com", "example.com: ALL_PROXY is not an http, https, socks5 or socks5h URL"},
		{"control character", "ALL_PROXY=http://secret\x7f", "https://example.com", "example.com: ALL_PROXY is not an http, https, socks5 or socks5h URL"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := New(Config{Getenv: env(test.env)})
			c.backoff = 1
			_, err := c.Do(t.Context(), Request{URL: test.url, Limit: 100})
			if err == nil || err.Error() != test.want {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

// The proxy is on a private network that a hostile URL must not reach.
func TestPrivateLiteralBehindProxy(t *testing.T) {
	s := serveTLS(t, func(http.ResponseWriter, *http.Request) {})
	proxy := httpProxy(t, s)
	c := New(Config{Getenv: env("HTTPS_PROXY=" + proxy.Addr)})
	for _, raw := range []string{"https://10.0.0.1", "https://[::ffff:10.0.0.1]", "https://0x0a000001", "https://167772161", "https://intranet", "https://169.254.169.254"} {
		if _, err := c.Do(t.Context(), Request{URL: raw, Limit: 100}); !errors.Is(err, ErrPolicy) {
			t.Errorf("%s: error %v, want ErrPolicy", raw, err)
		}
	}
	if len(proxy.target) != 0 {
		t.Errorf("proxy was asked for %q", proxy.target)
	}
}

func TestRoutes(t *testing.T) {
	const proxy = "ALL_PROXY=http://proxy.example:3128"
	type route int
	const (
		viaProxy route = iota
		public
		anywhere
		loopback
	)
	for _, test := range []struct {
		name    string
		env     string
		request Request
		want    route
	}{
		{"no proxy", "", Request{URL: "https://example.com"}, public},
		{"no proxy, named", "", Request{URL: "https://example.com", Named: true}, anywhere},
		{"plain http", "", Request{URL: "http://127.0.0.1", Named: true}, loopback},
		{"proxy", proxy, Request{URL: "https://example.com"}, viaProxy},
		{"proxy, named", proxy, Request{URL: "https://10.0.0.1", Named: true}, viaProxy},
		{"NoProxy", proxy, Request{URL: "https://example.com", NoProxy: true}, public},
		{"NoProxy, named", proxy, Request{URL: "https://example.com", NoProxy: true, Named: true}, anywhere},
		{"loopback is never proxied", proxy, Request{URL: "https://127.0.0.1", Named: true}, anywhere},
		{"localhost is never proxied", proxy, Request{URL: "https://localhost", Named: true}, anywhere},
		{"plain http is never proxied", proxy, Request{URL: "http://127.0.0.1", Named: true}, loopback},
		{"HTTP_PROXY is for http", "HTTP_PROXY=http://evil.example", Request{URL: "https://example.com"}, public},
		{"HTTP_PROXY in CGI", "REQUEST_METHOD=GET HTTP_PROXY=http://evil.example", Request{URL: "http://127.0.0.1", Named: true}, loopback},
		{"NO_PROXY", proxy + " NO_PROXY=example.org,example.com", Request{URL: "https://example.com"}, public},
		{"no_proxy first", proxy + " no_proxy=example.com NO_PROXY=example.org", Request{URL: "https://example.com"}, public},
		{"NO_PROXY of the domain", proxy + " NO_PROXY=.example.com", Request{URL: "https://a.example.com"}, public},
		{"NO_PROXY of another port", proxy + " NO_PROXY=example.com:444", Request{URL: "https://example.com"}, viaProxy},
		{"NO_PROXY of a network", proxy + " NO_PROXY=10.0.0.0/8", Request{URL: "https://10.1.1.1", Named: true}, anywhere},
		{"NO_PROXY of all", proxy + " NO_PROXY=*", Request{URL: "https://example.com"}, public},
		{"unusable but not used", "ALL_PROXY=ftp://x NO_PROXY=*", Request{URL: "https://example.com"}, public},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := New(Config{Getenv: env(strings.Fields(test.env)...)})
			u, err := url.Parse(test.request.URL)
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.transport(u, test.request)
			if err != nil {
				t.Fatal(err)
			}
			want := map[route]*http.Transport{
				viaProxy: c.proxied, public: c.direct[dialPublic], anywhere: c.direct[dialAny], loopback: c.direct[dialLoopback],
			}[test.want]
			if got != want {
				t.Errorf("another route than %d", test.want)
			}
		})
	}
}
