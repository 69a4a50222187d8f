package bitcoin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/openllmo/git-anchor/internal/fetch"
)

const (
	// maxReply and maxBatchReply are the most of an answer that is read, in
	// bytes: to one call, and for each call of a batch.
	maxReply      = 64 << 10
	maxBatchReply = 512
	// maxBatch is how many calls go into one request.
	maxBatch = Period
)

// Error codes of the RPC interface: src/rpc/protocol.h of Bitcoin Core.
const (
	rpcMisc      = -1  // btcd: no block at that height
	rpcNotFound  = -5  // no block has that hash
	rpcParameter = -8  // Core: no block at that height
	rpcWarmingUp = -28 // it has just been started
)

// An rpcCall is one call. The version is always sent: btcd answers calls
// without one by nothing at all.
type rpcCall struct {
	Version string `json:"jsonrpc"`
	ID      int    `json:"id"`
	Method  string `json:"method"`
	Params  []any  `json:"params"`
}

func newCall(id int, method string, params ...any) rpcCall {
	if params == nil {
		params = []any{}
	}
	return rpcCall{"1.0", id, method, params}
}

// An rpcReply answers the call with its ID.
type rpcReply struct {
	ID     *int            `json:"id"`
	Result json.RawMessage `json:"result"`
	Error  *rpcError       `json:"error"`
}

// An rpcError is how a node says no. Its text is not read: it could repeat what
// it was sent, the password too.
type rpcError struct {
	Code int `json:"code"`
}

// failure is the error of a call; nil if it succeeded.
func (r rpcReply) failure() error {
	switch {
	case r.Error == nil:
		return nil
	case r.Error.Code == rpcWarmingUp:
		return fmt.Errorf("%w: it was just started and is warming up: ask again in a while", ErrUnavailable)
	case r.Error.Code == rpcParameter, r.Error.Code == rpcMisc, r.Error.Code == rpcNotFound:
		return fmt.Errorf("%w: it has no such block (error %d)", ErrBehind, r.Error.Code)
	}
	return fmt.Errorf("%w: error %d", ErrUnavailable, r.Error.Code)
}

// call makes one call and decodes its result.
func (n *Node) call(ctx context.Context, result any, method string, params ...any) error {
	raw, err := n.post(ctx, newCall(0, method, params...), maxReply)
	if err != nil {
		return err
	}
	replies, err := parseReplies(raw, 1, false)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(replies[0].Result, result); err != nil {
		return fmt.Errorf("%w: its result of %s is not what a node answers", ErrUnavailable, method)
	}
	return nil
}

// batch makes a call for each list of parameters, in one request, and returns
// the replies in their order.
func (n *Node) batch(ctx context.Context, method string, params [][]any) ([]rpcReply, error) {
	calls := make([]rpcCall, len(params))
	for i, p := range params {
		calls[i] = newCall(i, method, p...)
	}
	raw, err := n.post(ctx, calls, maxReply+int64(len(calls))*maxBatchReply)
	if err != nil {
		return nil, err
	}
	return parseReplies(raw, len(calls), true)
}

// post sends what is to be called and returns the answer's body, whatever its
// status: Bitcoin Core reports errors of a call by 404 and 500.
func (n *Node) post(ctx context.Context, calls any, limit int64) ([]byte, error) {
	body, err := json.Marshal(calls)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	user, password, err := n.credentials.login()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	res, err := n.fetch.Do(ctx, fetch.Request{
		Method: http.MethodPost, URL: n.url, Body: body, ContentType: "application/json",
		Limit: limit, Timeout: blocksTimeout, Tries: 1, Named: true, NoRedirect: true, NoProxy: true,
		User: user, Password: password,
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	case res.Status == http.StatusUnauthorized:
		return nil, fmt.Errorf("%w: it refuses the user and password (401): check them, or the cookie file", ErrUnavailable)
	case res.Status == http.StatusForbidden:
		return nil, fmt.Errorf("%w: it does not serve this machine (403): see rpcallowip in its configuration", ErrUnavailable)
	case len(res.Body) == 0:
		return nil, fmt.Errorf("%w: status %d and nothing else", ErrUnavailable, res.Status)
	case res.Status != http.StatusOK && res.Body[0] != '{' && res.Body[0] != '[':
		return nil, fmt.Errorf("%w: status %d and no JSON", ErrUnavailable, res.Status)
	}
	return res.Body, nil
}

// parseReplies reads one reply that is no failure, or the replies of a batch in
// any order, and returns them by the calls' numbers, which run from 0.
func parseReplies(raw []byte, count int, batch bool) ([]rpcReply, error) {
	unusable := func(why string) error {
		return fmt.Errorf("%w: its answer is no JSON-RPC: %s", ErrUnavailable, why)
	}
	var got []rpcReply
	if raw = bytes.TrimSpace(raw); !batch || len(raw) > 0 && raw[0] == '{' {
		var one rpcReply
		if err := json.Unmarshal(raw, &one); err != nil {
			return nil, unusable(jsonTrouble(err))
		}
		if err := one.failure(); err != nil {
			return nil, err // a batch may be refused by one for all
		}
		got = []rpcReply{one}
	} else if err := json.Unmarshal(raw, &got); err != nil {
		return nil, unusable(jsonTrouble(err))
	}
	if len(got) != count {
		return nil, unusable(fmt.Sprintf("%d replies to %d calls", len(got), count))
	}
	ordered, seen := make([]rpcReply, count), make([]bool, count)
	for _, r := range got {
		switch {
		case r.ID == nil || *r.ID < 0 || *r.ID >= count || seen[*r.ID]:
			return nil, unusable("a reply to no call")
		case r.Error == nil && (len(r.Result) == 0 || string(r.Result) == "null"):
			return nil, unusable("a reply without a result")
		}
		ordered[*r.ID], seen[*r.ID] = r, true
	}
	return ordered, nil
}

// jsonTrouble says what is wrong with JSON without repeating any of it.
func jsonTrouble(err error) string {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Sprintf("a syntax error at byte %d", syntax.Offset)
	}
	return "other fields than a reply has"
}

// text returns a result that is a string; nothing for any other.
func (r rpcReply) text() string {
	var s string
	if err := json.Unmarshal(r.Result, &s); err != nil {
		return ""
	}
	return s
}
