package devnet

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
)

const (
	// MaxRequests is how many requests the log keeps: the last ones.
	MaxRequests = 100_000
	// maxBody is how many bytes of a request's body are read: a batch of some
	// thousand RPC calls.
	maxBody = 1 << 20
)

// Content types, as the real servers send them.
const (
	typeText   = "text/plain"
	typeHTML   = "text/html"
	typeJSON   = "application/json"
	typeBinary = "application/octet-stream"
)

// Cache-Control of the calendar: what may still change, what cannot.
const (
	cacheMinute = "public, max-age=60"
	cacheYear   = "public, max-age=31536000"
)

// An answer is what a request gets. Faults spoil it before it is sent.
type answer struct {
	status int
	kind   string // Content-Type
	header [][2]string
	body   []byte
}

func text(status int, format string, args ...any) answer {
	return answer{status: status, kind: typeText, body: fmt.Appendf(nil, format, args...)}
}

// asJSON encodes v, which always can be.
func asJSON(status int, v any) answer {
	body, err := json.Marshal(v)
	if err != nil {
		panic("devnet: " + err.Error())
	}
	return answer{status: status, kind: typeJSON, body: body}
}

// with adds a header field.
func (a answer) with(key, value string) answer {
	a.header = append(slices.Clip(a.header), [2]string{key, value})
	return a
}

// A call is a request once its path is taken apart.
type call struct {
	*http.Request
	fault, later string // from /fault/NAME/ and /later/NAME/
	face, rest   string // "esplora", "block-height/5"
	body         []byte
}

// A Request is one line of the log. Requests to the control paths are left out,
// so that tests count what a client does.
type Request struct {
	Method string `json:"method"`
	Path   string `json:"path"` // with the query, as asked: faults included
}

// requestLog is a ring of the last MaxRequests requests.
type requestLog struct {
	mu   sync.Mutex
	ring []Request
	next int // where the next one goes once the ring is full
}

func (l *requestLog) add(r Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.ring) < MaxRequests {
		l.ring = append(l.ring, r)
		return
	}
	l.ring[l.next] = r
	l.next = (l.next + 1) % MaxRequests
}

// Requests returns the last MaxRequests requests, oldest first.
func (n *Net) Requests() []Request {
	n.requests.mu.Lock()
	defer n.requests.mu.Unlock()
	return slices.Concat(n.requests.ring[n.requests.next:], n.requests.ring[:n.requests.next])
}

// Handler returns what the Net serves, for a server of the caller's own. Its
// URLs still name the Net's.
func (n *Net) Handler() http.Handler { return http.HandlerFunc(n.serve) }

func (n *Net) serve(w http.ResponseWriter, r *http.Request) {
	if !n.enter() {
		send(w, text(http.StatusServiceUnavailable, "devnet is closed\n"))
		return
	}
	defer n.running.Done()
	if !loopbackHost(r.Host) {
		// A web page whose name was made to resolve to 127.0.0.1 (DNS rebinding).
		send(w, text(http.StatusMisdirectedRequest, "devnet answers to loopback names only\n"))
		return
	}
	if err := n.guard.Check(r); err != nil {
		send(w, text(http.StatusForbidden, "devnet takes no orders from web pages: %v\n", err))
		return
	}
	c, refusal := take(r)
	if refusal != nil {
		send(w, *refusal)
		return
	}
	if control := n.control(c); control != nil {
		send(w, *control)
		return
	}
	n.requests.add(Request{Method: r.Method, Path: r.URL.RequestURI()})
	n.spoil(w, c, n.route)
}

// loopbackHost reports whether a Host field names this machine's loopback.
func loopbackHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.TrimSuffix(strings.TrimPrefix(name, "["), "]")
	addr, err := netip.ParseAddr(name)
	return strings.EqualFold(name, "localhost") || err == nil && addr.IsLoopback()
}

// take reads a request. The body is read to its end before anything waits,
// because only then does the server notice that a client has left.
func take(r *http.Request) (call, *answer) {
	c := call{Request: r}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	switch {
	case err != nil:
		a := text(http.StatusBadRequest, "read body: %v\n", err)
		return c, &a
	case len(body) > maxBody:
		a := text(http.StatusRequestEntityTooLarge, "a body of more than %d bytes\n", maxBody)
		return c, &a
	}
	c.body = body
	rest := strings.TrimPrefix(r.URL.Path, "/")
	kind, after, _ := strings.Cut(rest, "/")
	if kind == "fault" || kind == "later" {
		name, path, _ := strings.Cut(after, "/")
		c.face, c.rest, _ = strings.Cut(path, "/")
		if err := checkFault(kind, name, c.face); err != nil {
			a := text(http.StatusNotFound, "%v\n", err)
			return c, &a
		}
		if kind == "fault" {
			c.fault = name
		} else {
			c.later = name
		}
		return c, nil
	}
	c.face, c.rest, _ = strings.Cut(rest, "/")
	return c, nil
}

// route answers a request to one of the faces.
func (n *Net) route(c call) answer {
	if c.face == "pool" || c.face == "calendar" {
		return n.calendar(c)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	v := view{n.ledger, c.fault}
	switch {
	case c.face == "rpc" && c.Method == http.MethodPost:
		return v.node(c)
	case c.face == "rpc":
		return text(http.StatusMethodNotAllowed, "JSONRPC server handles only POST requests")
	case c.Method != http.MethodGet && c.Method != http.MethodHead:
		return text(http.StatusMethodNotAllowed, "only GET\n")
	case c.face == "esplora":
		return v.esplora(c.rest)
	case c.face == "blockchaininfo":
		return v.blockchainInfo(c.rest, c.URL.Query().Get("format"))
	case c.face == "rest":
		return v.rest(c.rest, c.URL.Query().Get("count"))
	case c.face == "mirror":
		return v.mirror(c.rest)
	}
	return text(http.StatusNotFound, "nothing here; GET / lists what there is\n")
}

// send writes an answer whole. Nobody can be told when the client has left.
func send(w http.ResponseWriter, a answer) {
	sendHead(w, a)
	w.Write(a.body)
}

// sendHead writes all but the body.
func sendHead(w http.ResponseWriter, a answer) {
	for _, field := range a.header {
		w.Header().Set(field[0], field[1])
	}
	w.Header().Set("Content-Type", a.kind)
	w.Header().Set("Content-Length", fmt.Sprint(len(a.body)))
	w.WriteHeader(a.status)
}
