package calendar

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/fetch"
	"github.com/openllmo/git-anchor/internal/ots"
)

// Every way in which a calendar or what stands in front of it answers wrongly,
// to both requests: which error, and words that name the host and the fault.
func TestBadAnswers(t *testing.T) {
	good := func(t *testing.T) []byte {
		return below(t, digest(), "salt", pending(t, "http://127.0.0.1:1")).Bytes()
	}
	send := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			io.WriteString(w, body)
		}
	}
	for _, test := range []struct {
		name   string
		answer http.HandlerFunc
		want   error // nil: no sentinel, the text says it
		text   string
	}{
		{"HTML with 200", send(200, "<html><body>Sign in to the network"), ErrAnswer, "HOST sent an HTML page instead of a timestamp"},
		{"HTML with a BOM", send(200, "\ufeff\r\n<!doctype html>"), ErrAnswer, "HOST sent an HTML page instead of a timestamp"},
		{"empty", send(200, ""), ErrAnswer, "HOST sent an empty answer instead of a timestamp"},
		{"no content", send(204, ""), nil, "HOST answered 204 No Content"},
		{"junk", send(200, "ok\n"), ErrAnswer, "HOST sent something else than a timestamp: byte 0: unknown operation: "},
		{"truncated", func(w http.ResponseWriter, r *http.Request) { w.Write(good(t)[:20]) }, ots.ErrTruncated, "HOST sent a damaged timestamp: byte 20: proof ends early"},
		{"cut connection", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "1000")
			w.Write(good(t))
		}, io.ErrUnexpectedEOF, "HOST: connection closed before the end of the answer"},
		{"trailing", func(w http.ResponseWriter, r *http.Request) { w.Write(append(good(t), 0)) }, ots.ErrTrailing, "HOST sent a damaged timestamp: byte 36: bytes after the end of the proof"},
		{"oversize", send(200, strings.Repeat("a", ots.MaxAnswer+1)), fetch.ErrTooLarge, "HOST sent more than the 10000 bytes a timestamp may have"},
		{"400", send(400, "digest too long\n"), nil, "HOST answered 400 Bad Request: digest too long"},
		{"429", send(429, `{"error":"slow down"}`), nil, `HOST answered 429 Too Many Requests: {"error":"slow down"}`},
		{"429 page", send(429, "<html>"), nil, "HOST answered 429 Too Many Requests: an HTML page"},
		{"500", send(500, ""), nil, "HOST answered 500 Internal Server Error"},
		{"strange status", send(599, "\x1b[31m"), nil, `HOST answered 599: \x1b[31m`},
		{"redirect to another host", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://evil.example/x", http.StatusTemporaryRedirect)
		}, fetch.ErrRedirect, "HOST: redirect not followed: it leads elsewhere, to https://evil.example"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, test.answer)
			c := regtest(s.URL)
			_, completeErr := c.Complete(t.Context(), s.URL, digest())
			answers, err := c.Submit(t.Context(), digest(), []string{s.URL}, Options{})
			if !errors.Is(err, ErrTooFew) || len(answers) != 1 {
				t.Fatalf("submit: %v, error %v", answers, err)
			}
			if a := answers[0]; a.Tree != nil || a.Names != nil || a.Calendar != s.URL {
				t.Errorf("submit: a failed answer is %+v", a)
			}
			text := strings.Replace(test.text, "HOST", host(s.URL), 1)
			checkAnswerError(t, "complete", completeErr, test.want, text)
			checkAnswerError(t, "submit", answers[0].Err, test.want, text)
		})
	}
}

func checkAnswerError(t *testing.T, request string, err, want error, text string) {
	t.Helper()
	if err == nil || want != nil && !errors.Is(err, want) {
		t.Fatalf("%s: error %v, want %v", request, err, want)
	}
	if !strings.HasPrefix(err.Error(), text) {
		t.Errorf("%s: text %q, want %q", request, err, text)
	}
	if wrong := strings.Contains(text, " sent "); errors.Is(err, ErrAnswer) != wrong {
		t.Errorf("%s: error %v, ErrAnswer %v", request, err, !wrong)
	}
}

// An answer of exactly the size allowed, and of one byte more.
func TestAnswerSize(t *testing.T) {
	var body []byte
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { w.Write(body) })
	c := regtest(s.URL)
	full := func(size int) []byte {
		tree := leaf(digest(), pending(t, s.URL), unknown(5000), unknown(4000))
		tree.Attestations[2].Payload = make([]byte, 4000+size-len(tree.Bytes()))
		b := tree.Bytes()
		if len(b) != size {
			t.Fatalf("made %d bytes, want %d", len(b), size)
		}
		return b
	}
	body = full(ots.MaxAnswer)
	if answers, err := c.Submit(t.Context(), digest(), []string{s.URL}, Options{}); err != nil {
		t.Errorf("submit, at the limit: %v, %v", err, answers[0].Err)
	}
	if _, err := c.Complete(t.Context(), s.URL, digest()); err != nil {
		t.Errorf("complete, at the limit: %v", err)
	}
	body = full(ots.MaxAnswer + 1)
	if answers, err := c.Submit(t.Context(), digest(), []string{s.URL}, Options{}); !errors.Is(err, ErrTooFew) || !errors.Is(answers[0].Err, fetch.ErrTooLarge) {
		t.Errorf("submit, past the limit: %v", err)
	}
	if _, err := c.Complete(t.Context(), s.URL, digest()); !errors.Is(err, fetch.ErrTooLarge) {
		t.Errorf("complete, past the limit: %v", err)
	}
}
