package anchor

import (
	"bytes"
	"hash"
	"io"

	"github.com/openllmo/git-anchor/internal/ots"
)

// A stream hashes what is written to it, by every file hash that is wanted.
type stream struct {
	hashes []hash.Hash
	n      int64
}

func newStream(tags []ots.Tag) *stream {
	s := &stream{}
	for _, t := range tags {
		s.hashes = append(s.hashes, t.NewHash())
	}
	return s
}

func (s *stream) reset() {
	s.n = 0
	for _, h := range s.hashes {
		h.Reset()
	}
}

func (s *stream) Write(p []byte) (int, error) {
	s.n += int64(len(p))
	for _, h := range s.hashes {
		h.Write(p)
	}
	return len(p), nil
}

func (s *stream) sums(tags []ots.Tag, variant string) []sum {
	list := make([]sum, len(s.hashes))
	for i, h := range s.hashes {
		list[i] = sum{tags[i], variant, h.Sum(nil)}
	}
	return list
}

// swapSpace is how many bytes of swapped text are handed on at once.
const swapSpace = 16 << 10

// A swapper writes text with other line ends: CRLF for each LF that has no CR
// before it, or LF for each CRLF.
type swapper struct {
	out  io.Writer
	crlf bool
	held bool // the last byte was CR: it is not written yet, unless crlf
	buf  []byte
}

// reset forgets what was not written yet.
func (w *swapper) reset() { w.held, w.buf = false, w.buf[:0] }

func (w *swapper) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		if !w.crlf && w.held { // CR and what follows it
			if w.held = false; p[0] != '\n' {
				w.put('\r')
			}
		}
		i := bytes.IndexByte(p, '\n')
		if w.crlf {
			if i < 0 {
				w.held = p[len(p)-1] == '\r'
				w.put(p...)
				break
			}
			after := w.held
			if i > 0 {
				after = p[i-1] == '\r'
			}
			w.put(p[:i]...)
			if !after {
				w.put('\r')
			}
			w.put('\n')
			w.held = false
			p = p[i+1:]
			continue
		}
		line := p
		if i >= 0 {
			line = p[:i]
		}
		if n := len(line); n > 0 && line[n-1] == '\r' {
			line = line[:n-1]
			w.held = i < 0
		}
		w.put(line...)
		if i < 0 {
			break
		}
		w.put('\n')
		p = p[i+1:]
	}
	return n, nil
}

func (w *swapper) put(b ...byte) {
	if len(w.buf)+len(b) > swapSpace {
		w.flush()
	}
	if len(b) >= swapSpace {
		w.pass(b)
		return
	}
	w.buf = append(w.buf, b...)
}

func (w *swapper) flush() {
	w.pass(w.buf)
	w.buf = w.buf[:0]
}

// pass hands on: to a hash, or a buffer, which never fail.
func (w *swapper) pass(b []byte) { _, _ = w.out.Write(b) }

// end writes what is left.
func (w *swapper) end() {
	if !w.crlf && w.held {
		w.put('\r')
	}
	w.held = false
	w.flush()
}
