package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestBodyLimit(t *testing.T) {
	const limit = 5000
	for _, test := range []struct {
		name    string
		size    int
		chunked bool
		want    error
	}{
		{"empty", 0, false, nil},
		{"at the limit", limit, false, nil},
		{"at the limit, chunked", limit, true, nil},
		{"one past it", limit + 1, false, ErrTooLarge},
		{"one past it, chunked", limit + 1, true, ErrTooLarge},
		{"far past it, chunked", 100 * limit, true, ErrTooLarge},
	} {
		for _, stream := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, stream %v", test.name, stream), func(t *testing.T) {
				var requests atomic.Int32
				s := serve(t, func(w http.ResponseWriter, r *http.Request) {
					requests.Add(1)
					if test.chunked {
						w.(http.Flusher).Flush()
					}
					w.Write(make([]byte, test.size))
				})
				r := named(s.URL)
				r.Limit = limit
				var got []byte
				if stream {
					r.Read = func(body io.Reader) (err error) {
						got, err = io.ReadAll(body)
						return err
					}
				}
				resp, err := New(quick()).Do(t.Context(), r)
				if !errors.Is(err, test.want) {
					t.Fatalf("error %v, want %v", err, test.want)
				}
				if requests.Load() != 1 {
					t.Errorf("%d requests, want 1", requests.Load())
				}
				if err != nil {
					if !strings.HasSuffix(err.Error(), "answer is larger than allowed: more than 5000 bytes") {
						t.Errorf("text %q", err)
					}
					return
				}
				if !stream {
					got = resp.Body
				}
				if len(got) != test.size {
					t.Errorf("%d bytes, want %d", len(got), test.size)
				}
			})
		}
	}
}

func TestLimitWithoutBound(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "x") })
	r := named(s.URL)
	r.Limit = math.MaxInt64
	if resp, err := New(quick()).Do(t.Context(), r); err != nil || string(resp.Body) != "x" {
		t.Fatalf("response %v, error %v", resp, err)
	}
}

func TestErrorBodyIsCut(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		w.Write(bytes.Repeat([]byte("x"), 2*maxErrorBody))
	})
	for limit, want := range map[int64]int{10: 10, maxErrorBody: maxErrorBody, 10 * maxErrorBody: maxErrorBody} {
		r := named(s.URL)
		r.Limit = limit
		r.Read = func(io.Reader) error { return errors.New("read a 404") }
		resp, err := New(quick()).Do(t.Context(), r)
		if err != nil || resp.Status != 404 || len(resp.Body) != want {
			t.Errorf("limit %d: response %v, error %v; want 404 and %d bytes", limit, resp, err, want)
		}
	}
}

// A server may send gzip although it was not asked to; expanding it would make
// the limit meaningless.
func TestGzipIsNotExpanded(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	z.Write(make([]byte, 10<<20))
	z.Close()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(bomb.Bytes())
	})
	r := named(s.URL)
	r.Limit = int64(bomb.Len())
	resp, err := New(quick()).Do(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(resp.Body, bomb.Bytes()) {
		t.Errorf("%d bytes, want the %d on the wire", len(resp.Body), bomb.Len())
	}
}

func TestHeaderLimit(t *testing.T) {
	for _, test := range []struct {
		size int
		want string
	}{
		{maxHeader - 4096, ""}, // net/http's own lines need some room
		{maxHeader, "server response headers exceeded 65536 bytes; aborted"},
	} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X", strings.Repeat("x", test.size))
		})
		_, err := New(quick()).Do(t.Context(), named(s.URL))
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.HasSuffix(err.Error(), test.want)) {
			t.Errorf("header of %d bytes: error %v, want %q", test.size, err, test.want)
		}
	}
}

func TestEndlessHeader(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		conn, buf, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		buf.WriteString("HTTP/1.1 200 OK\r\n")
		for i := 0; ; i++ {
			if _, err := fmt.Fprintf(buf, "X-%d: x\r\n", i); err != nil {
				return
			}
		}
	})
	r := named(s.URL)
	r.Tries = 1
	_, err := New(quick()).Do(t.Context(), r)
	if err == nil || !strings.HasSuffix(err.Error(), "response headers exceeded 65536 bytes; aborted") {
		t.Fatalf("error %v", err)
	}
}

func TestSlowBody(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "a")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	r := named(s.URL)
	r.Timeout, r.Tries = 20*time.Millisecond, 2
	_, err := New(quick()).Do(t.Context(), r)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.HasSuffix(err.Error(), ": no complete answer within 20ms") {
		t.Errorf("with Timeout: error %v", err)
	}

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	r.Timeout = 0
	_, err = New(quick()).Do(ctx, r)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.HasSuffix(err.Error(), ": no complete answer in time") {
		t.Errorf("with a deadline: error %v", err)
	}
}

// A body that ends before its Content-Length must not pass for a whole one.
func TestTruncatedBody(t *testing.T) {
	var requests atomic.Int32
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		w.Header().Set("Content-Length", "10")
		io.WriteString(w, "abc")
	})
	_, err := New(quick()).Do(t.Context(), named(s.URL))
	if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.HasSuffix(err.Error(), ": connection closed before the end of the answer") {
		t.Errorf("error %v", err)
	}
	if requests.Load() != defaultTries {
		t.Errorf("%d requests, want %d", requests.Load(), defaultTries)
	}
}

func TestRead(t *testing.T) {
	var requests atomic.Int32
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if r.URL.Path == "/truncated" {
			w.Header().Set("Content-Length", "100")
		}
		io.WriteString(w, `{"a": 1} rest`)
	})
	var got struct{ A int }
	decode := func(body io.Reader) error { return json.NewDecoder(body).Decode(&got) }
	ours := errors.New("wrong number")
	for _, test := range []struct {
		name, path string
		read       func(io.Reader) error
		want       error
	}{
		{"a part", "/", decode, nil},
		{"its own error", "/", func(io.Reader) error { return ours }, ours},
		{"truncated", "/truncated", func(body io.Reader) error {
			_, err := io.Copy(io.Discard, body)
			return err
		}, io.ErrUnexpectedEOF},
	} {
		t.Run(test.name, func(t *testing.T) {
			requests.Store(0)
			r := named(s.URL + test.path)
			r.Read = test.read
			resp, err := New(quick()).Do(t.Context(), r)
			if !errors.Is(err, test.want) {
				t.Fatalf("error %v, want %v", err, test.want)
			}
			if requests.Load() != 1 {
				t.Errorf("%d requests, want 1: a reader cannot begin again", requests.Load())
			}
			if err == nil && (got.A != 1 || resp.Body != nil) {
				t.Errorf("read %v, body %q", got, resp.Body)
			}
		})
	}
}
