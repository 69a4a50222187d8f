package bitcoin

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestParseReplies(t *testing.T) {
	for _, tt := range []struct {
		name  string
		raw   string
		count int // 0: one reply, else a batch of so many
		want  string
		err   string
	}{
		{"one", `{"result":5,"error":null,"id":0}`, 0, "5", ""},
		{"a further field, another order", ` {"id":0,"jsonrpc":"1.0","error":null,"result":"a"} ` + "\n", 0, `"a"`, ""},
		{"batch", `[{"result":1,"id":0},{"result":2,"error":null,"id":1}]`, 2, "1 2", ""},
		{"batch in another order", `[{"result":2,"id":1},{"result":1,"id":0}]`, 2, "1 2", ""},
		{"batch of one", `[{"result":1,"id":0}]`, 1, "1", ""},
		{"an error in a batch", `[{"result":1,"id":0},{"result":null,"error":{"code":-8,"message":"x"},"id":1}]`, 2, "1 error", ""},
		{"empty", "", 0, "", "unavailable: its answer is no JSON-RPC: a syntax error at byte 0"},
		{"no JSON", "<html>", 0, "", "unavailable: its answer is no JSON-RPC: a syntax error at byte 1"},
		{"more after it", `{"result":5,"id":0}{}`, 0, "", "unavailable: its answer is no JSON-RPC: a syntax error at byte 20"},
		{"a list for one", `[{"result":1,"id":0}]`, 0, "", "unavailable: its answer is no JSON-RPC: other fields than a reply has"},
		{"one for a list", `{"result":1,"id":0}`, 2, "", "unavailable: its answer is no JSON-RPC: 1 replies to 2 calls"},
		{"one error for a list", `{"result":null,"error":{"code":-28},"id":null}`, 2, "", "unavailable: it was just started and is warming up: ask again in a while"},
		{"too few", `[{"result":1,"id":0}]`, 2, "", "unavailable: its answer is no JSON-RPC: 1 replies to 2 calls"},
		{"too many", `[{"result":1,"id":0},{"result":1,"id":1},{"result":1,"id":2}]`, 2, "", "unavailable: its answer is no JSON-RPC: 3 replies to 2 calls"},
		{"twice the same", `[{"result":1,"id":0},{"result":1,"id":0}]`, 2, "", "unavailable: its answer is no JSON-RPC: a reply to no call"},
		{"other number", `{"result":1,"id":1}`, 0, "", "unavailable: its answer is no JSON-RPC: a reply to no call"},
		{"negative number", `{"result":1,"id":-1}`, 0, "", "unavailable: its answer is no JSON-RPC: a reply to no call"},
		{"no number", `{"result":1}`, 0, "", "unavailable: its answer is no JSON-RPC: a reply to no call"},
		{"a text for a number", `{"result":1,"id":"0"}`, 0, "", "unavailable: its answer is no JSON-RPC: other fields than a reply has"},
		{"no result", `{"error":null,"id":0}`, 0, "", "unavailable: its answer is no JSON-RPC: a reply without a result"},
		{"null result", `{"result":null,"error":null,"id":0}`, 0, "", "unavailable: its answer is no JSON-RPC: a reply without a result"},
		{"Core's out of range", `{"result":null,"error":{"code":-8,"message":"Block height out of range"},"id":0}`, 0, "", "not there yet: it has no such block (error -8)"},
		{"btcd's out of range", `{"jsonrpc":"1.0","result":null,"error":{"code":-1,"message":"Block number out of range"},"id":0}`, 0, "", "not there yet: it has no such block (error -1)"},
		{"no such hash", `{"result":null,"error":{"code":-5,"message":"Block not found"},"id":0}`, 0, "", "not there yet: it has no such block (error -5)"},
		{"no such method", `{"result":null,"error":{"code":-32601,"message":"Method not found"},"id":0}`, 0, "", "unavailable: error -32601"},
		{"an error without a number", `{"result":null,"error":{"code":-28,"message":"x"},"id":null}`, 0, "", "unavailable: it was just started and is warming up: ask again in a while"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			replies, err := parseReplies([]byte(tt.raw), max(1, tt.count), tt.count > 0)
			if tt.err != "" {
				if err == nil || err.Error() != tt.err {
					t.Errorf("error %v\n want %s", err, tt.err)
				}
				return
			}
			var got []string
			for _, r := range replies {
				if r.failure() != nil {
					got = append(got, "error")
					continue
				}
				got = append(got, string(r.Result))
			}
			if text := strings.Join(got, " "); err != nil || text != tt.want {
				t.Errorf("%s, %v; want %s", text, err, tt.want)
			}
		})
	}
}

// What a node answers never panics, and none of it gets into an error.
func FuzzParseReplies(f *testing.F) {
	for _, seed := range []string{
		`{"result":5,"error":null,"id":0}`, `[{"result":"a","id":1},{"result":2,"error":null,"id":0}]`,
		`{"result":null,"error":{"code":-28,"message":"Verifying blocks"},"id":null}`, `[]`, `{}`, `null`, `[null,null]`,
		`[{"result":"`, `{"id":9223372036854775808}`, `{"RESULT":1,"Id":0}`, strings.Repeat("[", 100),
	} {
		f.Add(seed, 2)
	}
	f.Fuzz(func(t *testing.T, raw string, count int) {
		count = 1 + count&7
		for _, batch := range []bool{false, true} {
			replies, err := parseReplies([]byte(raw), count, batch)
			if err != nil {
				if !errors.Is(err, ErrUnavailable) && !errors.Is(err, ErrBehind) {
					t.Fatalf("error of no kind: %v", err)
				}
				if len(err.Error()) > 120 {
					t.Fatalf("error repeats the answer: %v", err)
				}
				continue
			}
			if len(replies) != count {
				t.Fatalf("%d replies, not %d", len(replies), count)
			}
			for _, r := range replies {
				if r.failure() == nil && len(r.Result) == 0 {
					t.Fatal("a reply without a result")
				}
				if _, err := nodeHeader(r.text(), Hash{}); err == nil {
					t.Fatal("a header that hashes to zero")
				}
			}
		}
	})
}

// Lists of blocks are bounded and give headers that hash to their names.
func FuzzParseEsploraBlocks(f *testing.F) {
	h := regtestBlock(1)
	block := fmt.Sprintf(`{"id":"%s","height":7,"version":1,"timestamp":%d,"merkle_root":"%s","previousblockhash":"%s","nonce":%d,"bits":%d}`,
		h.Hash(), h.seconds(), h.MerkleRoot(), h.Prev(), h.Nonce(), h.Bits())
	for _, seed := range []string{"[" + block + "]", "[" + block + "," + block + "]", "[]", "[{}]", "{}", "[" + block, strings.Repeat("[", 100)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, list string) {
		page, err := parseEsploraBlocks(strings.NewReader(list), 7)
		if err != nil {
			if !errors.Is(err, ErrUnavailable) && !errors.Is(err, ErrInconsistent) {
				t.Fatalf("error of no kind: %v", err)
			}
			return
		}
		if len(page) > 8 {
			t.Fatalf("%d blocks from height 7 down", len(page))
		}
		for _, h := range page {
			if err := h.CheckWork(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
