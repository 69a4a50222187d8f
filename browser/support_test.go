package browser

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// need says why a test cannot run, which is a failure where it must.
func need(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("GIT_ANCHOR_REQUIRE_BROWSER") == "1" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "google-chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	need(t, "there is no chromium: apt-get install chromium, or CHROMIUM=/path/to/it")
	return ""
}

// A recorder is the proxy that a browser is given for all it might ask. It
// answers nothing and remembers who was asked for, but for what Chromium asks
// its maker on its own account.
type recorder struct {
	address string
	mu      sync.Mutex
	asked   []string
}

func newRecorder(t *testing.T) *recorder {
	t.Helper()
	r := &recorder{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if host, _, _ := strings.Cut(q.Host, ":"); !strings.HasSuffix(host, ".google.com") && !strings.HasSuffix(host, ".googleapis.com") {
			r.asked = append(r.asked, q.Method+" "+q.Host+q.URL.Path)
		}
		w.WriteHeader(http.StatusBadGateway)
	}))
	t.Cleanup(s.Close)
	r.address = s.Listener.Addr().String()
	return r
}

func (r *recorder) requests() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.asked...)
}

// A tab is a page in a browser of its own.
type tab struct {
	t   *testing.T
	ctx context.Context
	net *recorder
}

// open starts a browser whose requests all go to a recorder, but for those to
// the addresses in direct.
func open(t *testing.T, direct ...string) *tab {
	t.Helper()
	net := newRecorder(t)
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-features", "OptimizationHints,MediaRouter,Translate"),
		chromedp.Flag("proxy-server", "http://"+net.address),
		chromedp.Flag("proxy-bypass-list", strings.Join(append([]string{"<-loopback>"}, direct...), ";")),
		chromedp.WindowSize(1200, 1000),
	)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	// The profile can only be removed once the browser is gone.
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil && !errors.Is(err, context.Canceled) {
			t.Logf("end chromium: %v", err)
		}
		cancel()
	})
	tab := &tab{t, ctx, net}
	tab.run()
	return tab
}

func (b *tab) run(actions ...chromedp.Action) {
	b.t.Helper()
	if err := chromedp.Run(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// text returns what an element says, with white space made one blank.
func (b *tab) text(id string) string {
	b.t.Helper()
	var s string
	b.run(chromedp.Evaluate(`(document.getElementById("`+id+`")||{textContent:"(none)"}).textContent`, &s))
	return strings.Join(strings.Fields(s), " ")
}

func (b *tab) class(id string) string {
	b.t.Helper()
	var s string
	b.run(chromedp.Evaluate(`document.getElementById("`+id+`").className`, &s))
	return s
}

// choose hands files to an input as if a person had chosen them, and waits for
// a verdict in the box.
func (b *tab) choose(box string, files ...string) {
	b.t.Helper()
	b.run(chromedp.Evaluate(`document.getElementById("`+box+`").replaceChildren()`, nil),
		chromedp.SetUploadFiles("#document", files, chromedp.ByQuery))
	b.verdict(box)
}

// verdict waits until a box says something other than how far it is, which in
// every language has a percentage.
func (b *tab) verdict(box string) {
	b.t.Helper()
	b.run(chromedp.Poll(`(() => { const e = document.getElementById("`+box+`"); return e.textContent !== "" && !/Asking|\d\s?%/.test(e.textContent); })()`, nil,
		chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(2*time.Minute)))
}

// compare pastes a header and clicks the button.
func (b *tab) compare(header string) {
	b.t.Helper()
	quoted, err := json.Marshal(header)
	if err != nil {
		b.t.Fatal(err)
	}
	b.run(chromedp.Evaluate(`document.getElementById("header").value = `+string(quoted), nil), chromedp.Click("#compare", chromedp.ByQuery))
}

// expect compares what a box shows: its kind, and the beginning of its text.
func (b *tab) expect(box, kind, text string) {
	b.t.Helper()
	if got := b.class(box); got != "result "+kind {
		b.t.Errorf("%s is %q, want %q: %s", box, got, "result "+kind, b.text(box))
	}
	if got := b.text(box); !strings.HasPrefix(got, text) {
		b.t.Errorf("%s says %q, want %q", box, got, text)
	}
}

// silent fails the test if anything was asked for.
func (b *tab) silent() {
	b.t.Helper()
	if asked := b.net.requests(); len(asked) > 0 {
		b.t.Errorf("the page asked for %q", asked)
	}
}

// serve puts a page on a loopback server, and returns its URL and address.
func serve(t *testing.T, page []byte) (url, address string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path != "/page.html" {
			t.Errorf("the browser asked the server for %s", q.URL.Path)
			http.NotFound(w, q)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if _, err := w.Write(page); err != nil {
			var gone *net.OpError
			if !errors.As(err, &gone) {
				t.Error(err)
			}
		}
	}))
	t.Cleanup(s.Close)
	return s.URL + "/page.html", s.Listener.Addr().String()
}

// both runs a test on a page opened from a file and from a server.
func both(t *testing.T, page []byte, test func(*tab)) {
	t.Helper()
	t.Run("file", func(t *testing.T) {
		b := open(t)
		b.run(chromedp.Navigate("file://" + save(t, "page.html", page)))
		test(b)
		b.silent()
	})
	t.Run("http", func(t *testing.T) {
		url, address := serve(t, page)
		b := open(t, address)
		b.run(chromedp.Navigate(url))
		test(b)
		b.silent()
	})
}

// save writes a file and returns its path.
func save(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// executor lets a function of cdproto run in the tab.
func (b *tab) executor() context.Context {
	return cdp.WithExecutor(b.ctx, chromedp.FromContext(b.ctx).Target)
}

// The recorder sees what a page asks for: without that no test of silence
// could fail.
func TestRecorderRecords(t *testing.T) {
	b := open(t)
	page := []byte(`<!doctype html><title>x</title><img src="http://elsewhere.example/x.png">`)
	b.run(chromedp.Navigate("file://" + save(t, "loud.html", page)))
	if asked := b.net.requests(); len(asked) != 1 || asked[0] != "GET elsewhere.example/x.png" {
		t.Errorf("recorded %q", asked)
	}
}
