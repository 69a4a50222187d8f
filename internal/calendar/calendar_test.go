package calendar

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openllmo/git-anchor/internal/fetch"
	"github.com/openllmo/git-anchor/internal/ots"
)

// serve starts a server on loopback.
func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// regtest returns a client that may ask the given loopback URLs.
func regtest(urls ...string) *Client {
	return &Client{
		Fetch:  fetch.New(fetch.Config{LoopbackOnly: true, Backoff: time.Microsecond}),
		Policy: Policy{Regtest: true, Exact: urls},
	}
}

// leaf is a tree without operations: these attestations on msg.
func leaf(msg []byte, attestations ...ots.Attestation) *ots.Tree {
	return &ots.Tree{Msg: msg, Attestations: attestations}
}

// below puts a tree of attestations behind "append salt, sha256", as a calendar
// that aggregates does.
func below(t *testing.T, msg []byte, salt string, attestations ...ots.Attestation) *ots.Tree {
	t.Helper()
	add, hash := ots.Op{Tag: ots.Append, Arg: []byte(salt)}, ots.Op{Tag: ots.SHA256}
	added := apply(t, add, msg)
	hashed := leaf(apply(t, hash, added), attestations...)
	return &ots.Tree{Msg: msg, Branches: []ots.Branch{{Op: add, Tree: &ots.Tree{
		Msg: added, Branches: []ots.Branch{{Op: hash, Tree: hashed}},
	}}}}
}

func apply(t *testing.T, op ots.Op, msg []byte) []byte {
	t.Helper()
	b, err := op.Apply(msg)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func pending(t *testing.T, uri string) ots.Attestation {
	t.Helper()
	a, err := ots.PendingAt(uri)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// unknown is an attestation of a kind nobody knows, of some size.
func unknown(size int) ots.Attestation {
	return ots.Attestation{Tag: [8]byte{1, 2, 3}, Payload: make([]byte, size)}
}

func digest() []byte { return bytes.Repeat([]byte{0xab}, 32) }

func TestPools(t *testing.T) {
	pools := Pools()
	if len(pools) != 4 {
		t.Fatalf("%d pools, want 4", len(pools))
	}
	for _, pool := range pools {
		if err := fetch.CheckURL(pool, false); err != nil {
			t.Error(err)
		}
	}
	pools[0] = "changed"
	if Pools()[0] == "changed" {
		t.Error("Pools returns what others can change")
	}
}

func TestComplete(t *testing.T) {
	commitment := digest()
	var uri string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		want := "/calendar/alice/timestamp/" + hex.EncodeToString(commitment)
		if r.Method != "GET" || r.URL.Path != want || r.Header.Get("Accept") != "application/vnd.opentimestamps.v1" {
			t.Errorf("%s %s with %v", r.Method, r.URL, r.Header)
		}
		w.Write(below(t, commitment, "x", ots.BitcoinAt(5), pending(t, uri)).Bytes())
	})
	uri = s.URL + "/calendar/alice"
	for _, asked := range []string{uri, uri + "/"} {
		tree, err := regtest(uri).Complete(t.Context(), asked, commitment)
		if err != nil {
			t.Fatal(err)
		}
		claims := tree.Claims()
		if !bytes.Equal(tree.Msg, commitment) || len(claims) != 2 ||
			!claims[0].Attestation.Equal(ots.BitcoinAt(5)) && !claims[1].Attestation.Equal(ots.BitcoinAt(5)) {
			t.Errorf("tree on %x with %v", tree.Msg, claims)
		}
	}
}

func TestNotYet(t *testing.T) {
	for _, test := range []struct{ name, body, text, message string }{
		{"pending", "Pending confirmation in Bitcoin blockchain", "Pending confirmation in Bitcoin blockchain", "not yet: Pending confirmation in Bitcoin blockchain"},
		{"unknown", "Not found\n", "Not found", "not yet: Not found"},
		{"empty", "", "", "not yet"},
		{"page", "\n <!DOCTYPE html><title>404</title>", "an HTML page", "not yet: an HTML page"},
		{"terminal escape", "\x1b]0;owned\x07\u202e\nOK: anchored", `\x1b]0;owned\x07\u202e\nOK: anchored`, `not yet: \x1b]0;owned\x07\u202e\nOK: anchored`},
		{"at the length", strings.Repeat("a", 160), strings.Repeat("a", 160), "not yet: " + strings.Repeat("a", 160)},
		{"one past it", strings.Repeat("a", 161), strings.Repeat("a", 159) + "…", "not yet: " + strings.Repeat("a", 159) + "…"},
		{"longer than an answer", strings.Repeat("a", 20000), strings.Repeat("a", 159) + "…", "not yet: " + strings.Repeat("a", 159) + "…"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var requests atomic.Int32
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				w.WriteHeader(http.StatusNotFound)
				io.WriteString(w, test.body)
			})
			_, err := regtest(s.URL).Complete(t.Context(), s.URL, digest())
			var notYet *NotYet
			if !errors.As(err, &notYet) || notYet.Text != test.text || err.Error() != test.message {
				t.Errorf("error %v, want %q", err, test.message)
			}
			if requests.Load() != 1 {
				t.Errorf("%d requests, want 1", requests.Load())
			}
		})
	}
}

func TestCompleteNotAllowed(t *testing.T) {
	s := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the server was asked") })
	public := &Client{Fetch: fetch.New(fetch.Config{})}
	for _, test := range []struct {
		name       string
		client     *Client
		uri        string
		commitment []byte
		want       string
	}{
		{"loopback", public, s.URL, digest(), "calendar may not be asked: " + s.URL},
		{"other host", public, "https://evil.com", digest(), "calendar may not be asked: https://evil.com"},
		{"looks right", public, "https://evil.com:.calendar.opentimestamps.org", digest(), "calendar may not be asked: https://evil.com:.calendar.opentimestamps.org"},
		{"password", public, "https://u:secret@alice.calendar.opentimestamps.org", digest(), "calendar may not be asked: a URI with a user name or password"},
		{"escape", public, "\x1b[2J", digest(), `calendar may not be asked: \x1b[2J`},
		{"public in regtest", regtest(s.URL), "https://alice.btc.calendar.opentimestamps.org", digest(), "calendar may not be asked: https://alice.btc.calendar.opentimestamps.org"},
		{"other path", regtest(s.URL + "/a"), s.URL + "/b", digest(), "calendar may not be asked: " + s.URL + "/b"},
		{"empty commitment", regtest(s.URL), s.URL, nil, "calendar may not be asked: " + s.URL + " on 0 bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := test.client.Complete(t.Context(), test.uri, test.commitment)
			if !errors.Is(err, ErrNotAllowed) || err.Error() != test.want {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

func TestCompleteSlow(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := regtest(s.URL).Complete(ctx, s.URL, digest())
	if want := host(s.URL) + ": no complete answer in time"; !errors.Is(err, context.DeadlineExceeded) || err.Error() != want {
		t.Errorf("error %v, want %q", err, want)
	}
}
