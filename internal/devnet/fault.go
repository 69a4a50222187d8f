package devnet

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// slowCap ends what "slow" and "slowbody" wait for; clients give up before.
	slowCap = time.Minute
	// oversizeBytes stand before the answer under "oversize": more than any
	// reader of ours takes (32 MiB, of blockchain.info's blocks), and of a kind
	// that readers of JSON and text would skip.
	oversizeBytes = 64 << 20
)

// A scope is the faces that a fault makes sense on.
type scope int

const (
	anyFace scope = iota
	calendars
	explorers // and nodes
	nodes     // over RPC
	mirrors
)

// A fault is a way to spoil an answer.
type fault struct {
	name  string
	scope scope
	does  string // for GET /
}

// faults lists them all; a request that names another one is refused.
var faults = []fault{
	{"429json", anyFace, "429 with a JSON body and no Retry-After, as blockstream.info"},
	{"429html", anyFace, "429 with an HTML page, as mempool.space"},
	{"429retry", anyFace, "429 with Retry-After: 1, always"},
	{"500", anyFace, "500"},
	{"503", anyFace, "503"},
	{"flaky", anyFace, "503 to every first request of a path, the truth to every second"},
	{"html200", anyFace, "an HTML page with status 200"},
	{"empty", anyFace, "status 200 and no body"},
	{"oversize", anyFace, "64 MiB of spaces before the answer"},
	{"slow", anyFace, "nothing until the client leaves, for a minute at most"},
	{"slowbody", anyFace, "half of the answer, then as slow"},
	{"truncated", anyFace, "half of the answer, as if it were whole"},
	{"cut", anyFace, "half of the answer, then the connection ends"},
	{"trailing", anyFace, "the answer and further bytes"},
	{"redirect", anyFace, "a redirect to another host name (localhost), which would give the true answer"},
	{"redirectloopback", anyFace, "a redirect to another loopback address (127.0.0.2)"},
	{"redirectsame", anyFace, "a redirect on this host and port to the true answer"},
	{"redirectloop", anyFace, "a redirect to itself"},
	{"wrongcommitment", calendars, "the path of another message"},
	{"badblock", calendars, "a Bitcoin claim for a block that lacks the message (a submission's: besides the promise)"},
	{"futureblock", calendars, "the same for a block 1000 above the tip"},
	{"nopending", calendars, "a path that ends in an unknown attestation alone"},
	{"unknowncal", calendars, "a promise of https://evil.example (a submission's: that alone)"},
	{"deep249", calendars, "the answer and a branch of 249 operations to a promise"},
	{"wide", calendars, "the answer and 600 Bitcoin claims that are wrong"},
	{"early", calendars, "the answer at 1 confirmation"},
	{"behind", explorers, "a tip 20 blocks lower, nothing above"},
	{"lie", explorers, "headers with work, but another merkle root"},
	{"badhash", explorers, "headers with work and the true root, not of the hash that was named"},
	{"badbits", explorers, "headers with the true root, at a difficulty that is not this chain's"},
	{"nowork", explorers, "headers with the true root that miss their difficulty"},
	{"warmup", nodes, "error -28 to every call: it is starting"},
	{"ibd", nodes, "a node that is still downloading the chain"},
	{"wrongchain", nodes, "a node of another network (signet)"},
	{"pruned", nodes, "a pruned node, which has all headers"},
	{"401", nodes, "401 and no body, as for a wrong password"},
	{"longheaders", nodes, "headers of 164 bytes, as of a chain that left Bitcoin"},
	{"echo", nodes, "errors that repeat the password"},
	{"otherperiod", mirrors, "the file of the period before or after"},
}

// Faults returns the names of all faults.
func Faults() []string {
	names := make([]string, len(faults))
	for i, f := range faults {
		names[i] = f.name
	}
	return names
}

// checkFault returns an error when no fault has that name, or when it would
// spoil nothing: kind is "fault" or "later", face the first part of the path
// that follows.
func checkFault(kind, name, face string) error {
	i := slices.IndexFunc(faults, func(f fault) bool { return f.name == name })
	if i < 0 {
		return fmt.Errorf("no fault is named %q; GET / lists them", name)
	}
	ofCalendar := face == "pool" || face == "calendar"
	wrong := !ofCalendar && kind == "later"
	switch faults[i].scope {
	case calendars:
		wrong = !ofCalendar
	case explorers:
		wrong = wrong || ofCalendar
	case nodes:
		wrong = face != "rpc"
	case mirrors:
		wrong = face != "mirror"
	}
	if wrong && face != "" { // the base alone stands for all paths
		return fmt.Errorf("/%s/%s spoils nothing of /%s", kind, name, face)
	}
	return nil
}

// flakiness remembers which paths are due a true answer.
type flakiness struct {
	mu  sync.Mutex
	due map[string]bool
}

// fail reports whether this request has to fail, and lets the next one pass.
func (f *flakiness) fail(key string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.due[key] {
		delete(f.due, key)
		return false
	}
	if f.due == nil {
		f.due = map[string]bool{}
	}
	f.due[key] = true
	return true
}

const (
	htmlPage = "<!DOCTYPE html>\n<html><head><title>Welcome</title></head><body><p>Please sign in.</p></body></html>\n"
	html429  = "<html>\n<head><title>429 Too Many Requests</title></head>\n<body>\n<center><h1>429 Too Many Requests</h1></center>\n</body>\n</html>\n"
)

// instead returns the answer of a fault that does not look at the request.
// Nothing is submitted, mined or looked up for it.
func (n *Net) instead(c call) (answer, bool) {
	switch c.fault {
	case "429json":
		return asJSON(http.StatusTooManyRequests, map[string]string{
			"error": "Too Many Requests", "message": "your request rate exceeds the current limit",
		}), true
	case "429html":
		return answer{status: http.StatusTooManyRequests, kind: typeHTML, body: []byte(html429)}, true
	case "429retry":
		return text(http.StatusTooManyRequests, "slow down\n").with("Retry-After", "1"), true
	case "500":
		return text(http.StatusInternalServerError, "Internal Server Error\n"), true
	case "503":
		return text(http.StatusServiceUnavailable, "Service Unavailable\n"), true
	case "flaky":
		return text(http.StatusServiceUnavailable, "Service Unavailable\n"), n.flaky.fail(c.Method + " " + c.URL.RequestURI())
	case "html200":
		return answer{status: http.StatusOK, kind: typeHTML, body: []byte(htmlPage)}, true
	case "empty":
		return answer{status: http.StatusOK, kind: typeBinary}, true
	case "redirect":
		return c.redirect("http://localhost:" + n.port), true
	case "redirectloopback":
		return c.redirect("http://127.0.0.2:" + n.port), true
	case "redirectsame":
		return c.redirect(n.base), true
	case "redirectloop":
		return c.redirect(n.base + "/fault/redirectloop"), true
	}
	return answer{}, false
}

// redirect sends the client to the same path, without its fault, under base. A
// client that follows submits the body again (307).
func (c call) redirect(base string) answer {
	url := base + "/" + c.face + "/" + c.rest
	if c.URL.RawQuery != "" {
		url += "?" + c.URL.RawQuery
	}
	return text(http.StatusTemporaryRedirect, "moved\n").with("Location", strings.TrimSuffix(url, "/"))
}

// spoil answers a request with its fault, if it names one.
func (n *Net) spoil(w http.ResponseWriter, c call, route func(call) answer) {
	if a, ok := n.instead(c); ok {
		send(w, a)
		return
	}
	if c.fault == "slow" {
		n.stall(c)
		panic(http.ErrAbortHandler)
	}
	a := route(c)
	half := a.body[:len(a.body)/2]
	switch c.fault {
	case "trailing":
		a.body = append(slices.Clip(a.body), "\x00trailing"...)
	case "truncated":
		a.body = half
	case "oversize":
		sendOversize(w, a)
		return
	case "cut", "slowbody":
		sendHead(w, a)
		w.Write(half)
		if err := http.NewResponseController(w).Flush(); err == nil && c.fault == "slowbody" {
			n.stall(c)
		}
		panic(http.ErrAbortHandler) // ends the connection in the middle of the body
	}
	send(w, a)
}

// stall waits until the client or the Net is done, or slowCap has passed.
func (n *Net) stall(c call) {
	timer := time.NewTimer(slowCap)
	defer timer.Stop()
	select {
	case <-c.Context().Done():
	case <-n.done:
	case <-timer.C:
	}
}

// sendOversize states no length, so that a client has to count.
func sendOversize(w http.ResponseWriter, a answer) {
	w.Header().Set("Content-Type", a.kind)
	w.WriteHeader(http.StatusOK)
	spaces := []byte(strings.Repeat(" ", 64<<10))
	for range oversizeBytes / len(spaces) {
		if _, err := w.Write(spaces); err != nil {
			return // the client has had enough
		}
	}
	w.Write(a.body)
}
