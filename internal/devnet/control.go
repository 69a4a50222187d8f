package devnet

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Notice is what anyone who starts a devnet should be told.
const Notice = "This is a devnet: any machine makes its blocks at will, and its anchors prove nothing."

// maxStep is the largest step between blocks that /mine takes, in seconds: a
// week, which MaxMine times over still is a time.Duration.
const maxStep = 7 * 24 * 3600

// control answers the paths that steer the Net; nil for any other path.
//
//	GET /            what this is, its URLs and faults
//	GET /requests    the log as JSON: [{"method":"POST","path":"/pool/a/digest"}, …]
//	POST /flush      aggregate now
//	POST /mine       n=1, time=RFC 3339 of the first (else the present), step=600 seconds
//	POST /reorg      depth=1
func (n *Net) control(c call) *answer {
	if c.fault != "" || c.later != "" || c.rest != "" {
		return nil
	}
	var a answer
	switch {
	case c.face == "" && c.Method == http.MethodGet:
		a = text(http.StatusOK, "%s", n.Page())
	case c.face == "requests" && c.Method == http.MethodGet:
		a = asJSON(http.StatusOK, n.Requests())
	case !slices.Contains([]string{"", "requests", "flush", "mine", "reorg"}, c.face):
		return nil
	case c.Method != http.MethodPost || c.face == "" || c.face == "requests":
		a = text(http.StatusMethodNotAllowed, "GET / says which method\n")
	default:
		a = n.order(c)
	}
	return &a
}

// order does what a POST to a control path says.
func (n *Net) order(c call) answer {
	query, err := url.ParseQuery(c.URL.RawQuery)
	if err == nil {
		switch c.face {
		case "flush":
			if err = onlyKeys(query); err == nil {
				n.Flush()
			}
		case "mine":
			err = n.mineQuery(query)
		case "reorg":
			err = n.reorgQuery(query)
		}
	}
	if err != nil {
		return text(http.StatusBadRequest, "%v\n", err)
	}
	return text(http.StatusOK, "tip %d\n", n.Tip())
}

func (n *Net) mineQuery(query url.Values) error {
	if err := onlyKeys(query, "n", "time", "step"); err != nil {
		return err
	}
	count, err := number(query, "n", 1, 1, MaxMine)
	if err != nil {
		return err
	}
	step, err := number(query, "step", int(blockInterval/time.Second), 0, maxStep)
	if err != nil {
		return err
	}
	if !query.Has("time") {
		if query.Has("step") {
			return fmt.Errorf("step needs time, that of the first block")
		}
		return n.Mine(count)
	}
	first, err := time.Parse(time.RFC3339, query.Get("time"))
	if err != nil {
		return fmt.Errorf("time %q: not as in 2026-03-01T12:00:00Z", query.Get("time"))
	}
	return n.MineAt(every(first, time.Duration(step)*time.Second, count)...)
}

func (n *Net) reorgQuery(query url.Values) error {
	if err := onlyKeys(query, "depth"); err != nil {
		return err
	}
	depth, err := number(query, "depth", 1, 1, MaxMine)
	if err != nil {
		return err
	}
	return n.Reorg(depth)
}

// onlyKeys refuses a query with other keys, or one twice: a misspelt one would
// be ignored.
func onlyKeys(query url.Values, keys ...string) error {
	for key, values := range query {
		switch {
		case !slices.Contains(keys, key):
			return fmt.Errorf("%q is not one of: %s", key, strings.Join(keys, " "))
		case len(values) > 1:
			return fmt.Errorf("%s is given twice", key)
		}
	}
	return nil
}

// number reads an integer between low and high; absent, it is otherwise.
func number(query url.Values, key string, otherwise, low, high int) (int, error) {
	if !query.Has(key) {
		return otherwise, nil
	}
	i, err := strconv.Atoi(query.Get(key))
	if err != nil || i < low || i > high {
		return 0, fmt.Errorf("%s %q: a number from %d to %d", key, query.Get(key), low, high)
	}
	return i, nil
}

// Page returns the text of GET /: the notice, all URLs, how to steer and which
// faults there are.
func (n *Net) Page() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\nblock height     %d\n", Notice, n.Tip())
	for i, pool := range n.Pools() {
		fmt.Fprintf(&b, "pool             %s (its calendar: %s)\n", pool, n.CalendarURLs()[i])
	}
	fmt.Fprintf(&b, "esplora          %s\n", n.Esplora())
	fmt.Fprintf(&b, "blockchain.info  %s\n", n.BlockchainInfo())
	fmt.Fprintf(&b, "node (RPC)       %s\n", n.RPC())
	fmt.Fprintf(&b, "node (REST)      %s/rest\n", n.base)
	fmt.Fprintf(&b, "mirror           %s\n", n.Mirror())
	b.WriteString(`
POST /mine?n=6&time=2026-03-01T12:00:00Z&step=600   add blocks (time and step may be left out)
POST /reorg?depth=2                                 replace the last blocks
POST /flush                                         aggregate digests now, not at the end of the second
GET /requests                                       what was asked, without these four

/fault/NAME/… before any path spoils the answer. /later/NAME/… before a pool's lets the
calendar that it names fail instead. NAME is one of:

`)
	for _, f := range faults {
		fmt.Fprintf(&b, "%-17s %s\n", f.name, f.does)
	}
	return b.String()
}
