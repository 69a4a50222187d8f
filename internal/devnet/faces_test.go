package devnet

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openllmo/git-anchor/internal/bitcoin"
)

// decode reads JSON from an answer that has to have that status.
func decode[T any](t *testing.T, r reply, status int) T {
	t.Helper()
	var v T
	if r.status != status || r.header.Get("Content-Type") != "application/json" {
		t.Fatalf("answer %d %s %q, want %d and JSON", r.status, r.header.Get("Content-Type"), r.body, status)
	}
	if err := json.Unmarshal([]byte(r.body), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestEsplora(t *testing.T) {
	n := run(t, Options{Blocks: 20})
	base := n.Esplora()
	header := n.HeaderAt(7)
	hash := header.Hash().String()
	unknown := strings.Repeat("ab", 32)
	for _, test := range []struct {
		path, want string
		status     int
	}{
		{"/blocks/tip/height", "20", 200},
		{"/blocks/tip/hash", n.HeaderAt(20).Hash().String(), 200},
		{"/block-height/7", hash, 200},
		{"/block-height/0", "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206", 200},
		{"/block/" + hash + "/header", hex.EncodeToString(header[:]), 200},
		{"/block-height/21", "Block not found", 404},
		{"/block-height/x", "Invalid number", 400},
		{"/block-height/-1", "Invalid number", 400},
		{"/blocks/x", "Invalid number", 400},
		{"/blocks/21", "Block not found", 404},
		{"/block/" + unknown, "Block not found", 404},
		{"/block/" + unknown + "/header", "Block not found", 404},
		{"/block/zz", "Invalid hex string", 400},
		{"/block/" + hash + "/raw", `endpoint does not exist "/block/` + hash + `/raw"`, 404},
		{"/tx", `endpoint does not exist "/tx"`, 404},
	} {
		t.Run(test.path, func(t *testing.T) {
			r := get(t, base+test.path)
			r.want(t, test.status, test.want)
			if got := r.header.Get("Content-Type"); got != "text/plain" {
				t.Errorf("Content-Type %s", got)
			}
		})
	}
	if got := get(t, base+"/block-height/7").header.Get("Cache-Control"); got != "public, max-age=157784630" {
		t.Errorf("a deep block: Cache-Control %q", got)
	}
	if got := get(t, base+"/block-height/20").header.Get("Cache-Control"); got != "public, max-age=10" {
		t.Errorf("the tip: Cache-Control %q", got)
	}
}

func TestEsploraBlocks(t *testing.T) {
	n := run(t, Options{Blocks: 20})
	b := decode[esploraBlock](t, get(t, n.Esplora()+"/block/"+n.HeaderAt(7).Hash().String()), 200)
	prev := n.HeaderAt(6).Hash().String()
	want := esploraBlock{
		ID: n.HeaderAt(7).Hash().String(), Height: 7, Version: 0x20000000, Timestamp: n.HeaderAt(7).Time().Unix(),
		TxCount: 6, Size: n.ledger.main[7].size(), Weight: 4 * n.ledger.main[7].size(),
		MerkleRoot: n.HeaderAt(7).MerkleRoot().String(), Previous: &prev, MedianTime: n.HeaderAt(4).Time().Unix(),
		Nonce: n.HeaderAt(7).Nonce(), Bits: 0x207fffff, Difficulty: 4.6565423739069247e-10,
	}
	// The genesis block of 2011 is among the eight before block 8.
	if diff := cmp.Diff(want, b); diff != "" {
		t.Error(diff)
	}
	for path, heights := range map[string]string{
		"/blocks": "[20 19 18 17 16 15 14 13 12 11]", "/blocks/12": "[12 11 10 9 8 7 6 5 4 3]", "/blocks/2": "[2 1 0]",
	} {
		var got []uint64
		for _, b := range decode[[]esploraBlock](t, get(t, n.Esplora()+path), 200) {
			got = append(got, b.Height)
			if (b.Previous == nil) != (b.Height == 0) {
				t.Errorf("block %d: previousblockhash %v", b.Height, b.Previous)
			}
		}
		if fmt.Sprint(got) != heights {
			t.Errorf("%s: heights %v, want %s", path, got, heights)
		}
	}
}

func TestBlockchainInfo(t *testing.T) {
	n := run(t, Options{Blocks: 5})
	type blocks struct {
		Blocks []infoBlock `json:"blocks"`
	}
	if err := n.Reorg(1); err != nil {
		t.Fatal(err)
	}
	list := decode[blocks](t, get(t, n.BlockchainInfo()+"/block-height/5?format=json"), 200).Blocks
	if len(list) != 2 || list[0].MainChain || !list[1].MainChain {
		t.Fatalf("blocks %+v, want the replaced one and then the main one", list)
	}
	for _, b := range list {
		prev, _ := bitcoin.ParseHash(b.PrevBlock)
		root, _ := bitcoin.ParseHash(b.MrklRoot)
		h := bitcoin.Fields{Version: b.Ver, Prev: prev, Root: root, Time: uint32(b.Time), Bits: b.Bits, Nonce: b.Nonce}.Header()
		if h.Hash().String() != b.Hash || b.Height != 5 || len(b.Tx) != b.NTx {
			t.Errorf("fields of %+v do not give its hash, height and transactions", b)
		}
	}
	if list[1].Hash != n.HeaderAt(5).Hash().String() || list[1].NextBlock[0] != n.HeaderAt(6).Hash().String() {
		t.Errorf("main block %+v", list[1])
	}
	tip := decode[map[string]any](t, get(t, n.BlockchainInfo()+"/latestblock"), 200)
	if tip["height"] != 6.0 || tip["hash"] != n.HeaderAt(6).Hash().String() {
		t.Errorf("latest block %v", tip)
	}
	missing := `{"error":"not-found-or-invalid-arg","message":"Item not found or argument invalid"}`
	for _, path := range []string{"/block-height/7?format=json", "/block-height/x?format=json", "/other"} {
		get(t, n.BlockchainInfo()+path).want(t, 404, missing)
	}
	get(t, n.BlockchainInfo()+"/block-height/5").want(t, 200, htmlPage)
}

func TestRPC(t *testing.T) {
	n := run(t, Options{Blocks: 5})
	header := n.HeaderAt(3)
	hash, unknown := header.Hash().String(), strings.Repeat("ab", 32)
	for _, test := range []struct {
		name, body, want string
		status           int
	}{
		{"count", `{"jsonrpc":"1.0","method":"getblockcount","id":1}`, `{"result":5,"error":null,"id":1}`, 200},
		{"best", `{"method":"getbestblockhash","id":"a"}`, `{"result":"` + n.HeaderAt(5).Hash().String() + `","error":null,"id":"a"}`, 200},
		{"hash", `{"method":"getblockhash","params":[3]}`, `{"result":"` + hash + `","error":null,"id":null}`, 200},
		{"past the tip", `{"method":"getblockhash","params":[6]}`, `{"result":null,"error":{"code":-8,"message":"Block height out of range"},"id":null}`, 500},
		{"negative", `{"method":"getblockhash","params":[-1]}`, `{"result":null,"error":{"code":-8,"message":"Block height out of range"},"id":null}`, 500},
		{"no height", `{"method":"getblockhash","params":["3"]}`, `{"result":null,"error":{"code":-3,"message":"JSON value is not an integer as expected"},"id":null}`, 500},
		{"no params", `{"method":"getblockhash"}`, `{"result":null,"error":{"code":-1,"message":"getblockhash height"},"id":null}`, 500},
		{"header", `{"method":"getblockheader","params":["` + hash + `",false]}`, `{"result":"` + hex.EncodeToString(header[:]) + `","error":null,"id":null}`, 200},
		{"unknown", `{"method":"getblockheader","params":["` + unknown + `",false]}`, `{"result":null,"error":{"code":-5,"message":"Block not found"},"id":null}`, 500},
		{"no hash", `{"method":"getblockheader","params":["ab"]}`, `{"result":null,"error":{"code":-8,"message":"blockhash must be of length 64 and hexadecimal (not 'ab')"},"id":null}`, 500},
		{"hash of a number", `{"method":"getblockheader","params":[1]}`, `{"result":null,"error":{"code":-3,"message":"JSON value is not a string as expected"},"id":null}`, 500},
		{"verbose of a number", `{"method":"getblockheader","params":["` + hash + `",1]}`, `{"result":null,"error":{"code":-3,"message":"JSON value is not a boolean as expected"},"id":null}`, 500},
		{"header without", `{"method":"getblockheader"}`, `{"result":null,"error":{"code":-1,"message":"getblockheader \"blockhash\" ( verbose )"},"id":null}`, 500},
		{"method", `{"method":"stop","id":1}`, `{"result":null,"error":{"code":-32601,"message":"Method not found"},"id":1}`, 404},
		{"no method", `{"id":1}`, `{"result":null,"error":{"code":-32600,"message":"Missing method"},"id":1}`, 400},
		{"junk", `{`, `{"result":null,"error":{"code":-32700,"message":"Parse error"},"id":null}`, 500},
		{"junk batch", `[{`, `{"result":null,"error":{"code":-32700,"message":"Parse error"},"id":null}`, 500},
		{"batch", ` [{"method":"getblockhash","params":[3],"id":1},{"method":"getblockhash","params":[9],"id":2}]`,
			`[{"result":"` + hash + `","error":null,"id":1},{"result":null,"error":{"code":-8,"message":"Block height out of range"},"id":2}]`, 200},
	} {
		t.Run(test.name, func(t *testing.T) { post(t, n.RPC(), []byte(test.body)).want(t, test.status, test.want) })
	}
	get(t, n.RPC()).want(t, 405, "JSONRPC server handles only POST requests")
}

func TestRPCVerbose(t *testing.T) {
	n := run(t, Options{Blocks: 5})
	replaced := n.HeaderAt(5).Hash()
	if err := n.Reorg(1); err != nil {
		t.Fatal(err)
	}
	call := func(method, params string) map[string]any {
		r := post(t, n.RPC(), fmt.Appendf(nil, `{"method":%q,"params":[%s]}`, method, params))
		return decode[struct{ Result map[string]any }](t, r, 200).Result
	}
	got := call("getblockheader", fmt.Sprintf("%q,true", n.HeaderAt(5).Hash()))
	want := map[string]any{
		"hash": n.HeaderAt(5).Hash().String(), "confirmations": 2.0, "height": 5.0, "version": float64(0x20000000),
		"versionHex": "20000000", "merkleroot": n.HeaderAt(5).MerkleRoot().String(), "time": float64(n.HeaderAt(5).Time().Unix()),
		"mediantime": float64(n.HeaderAt(3).Time().Unix()), "nonce": float64(n.HeaderAt(5).Nonce()), "bits": "207fffff",
		"difficulty": 4.6565423739069247e-10, "chainwork": fmt.Sprintf("%064x", 12), "nTx": 4.0,
		"previousblockhash": n.HeaderAt(4).Hash().String(), "nextblockhash": n.HeaderAt(6).Hash().String(),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if stale := call("getblockheader", fmt.Sprintf("%q", replaced)); stale["confirmations"] != -1.0 || stale["nextblockhash"] != nil {
		t.Errorf("a replaced block: %v", stale)
	}
	if genesis := call("getblockheader", fmt.Sprintf("%q", n.HeaderAt(0).Hash())); genesis["previousblockhash"] != nil {
		t.Errorf("the genesis block: %v", genesis)
	}
	info := call("getblockchaininfo", "")
	if info["chain"] != "regtest" || info["blocks"] != 6.0 || info["initialblockdownload"] != false {
		t.Errorf("chain info %v", info)
	}
}

func TestREST(t *testing.T) {
	n := run(t, Options{Blocks: 8})
	header, base := n.HeaderAt(6), n.URL()+"/rest"
	hash := header.Hash()
	var all []byte
	for h := range n.Tip() + 1 {
		next := n.HeaderAt(h)
		all = append(all, next[:]...)
	}
	first := n.HeaderAt(0).Hash().String()
	unknown := strings.Repeat("ab", 32)
	for _, test := range []struct {
		path, want string
		status     int
	}{
		{"/blockhashbyheight/6.hex", hash.String() + "\n", 200},
		{"/blockhashbyheight/6.bin", string(hash[:]), 200},
		{"/blockhashbyheight/6.json", `{"blockhash":"` + hash.String() + `"}`, 200},
		{"/blockhashbyheight/9.hex", "Block height out of range\r\n", 404},
		{"/blockhashbyheight/x.hex", "Invalid height: x\r\n", 400},
		{"/blockhashbyheight/6", "output format not found (available: .bin, .hex)\r\n", 404},
		{"/headers/" + first + ".bin", string(all[:5*80]), 200},
		{"/headers/" + first + ".bin?count=2", string(all[:2*80]), 200},
		{"/headers/" + first + ".bin?count=2000", string(all), 200},
		{"/headers/" + first + ".hex?count=1", hex.EncodeToString(all[:80]) + "\n", 200},
		{"/headers/" + hash.String() + ".bin", string(all[6*80:]), 200},
		{"/headers/" + unknown + ".bin", "", 200},
		{"/headers/zz.bin", "Invalid hash: zz\r\n", 400},
		{"/headers/" + first + ".bin?count=0", "Header count is invalid or out of acceptable range (1-2000): 0\r\n", 400},
		{"/headers/" + first + ".bin?count=2001", "Header count is invalid or out of acceptable range (1-2000): 2001\r\n", 400},
		{"/block/" + first, "no such path under /rest\r\n", 404},
	} {
		t.Run(test.path, func(t *testing.T) { get(t, base+test.path).want(t, test.status, test.want) })
	}
}

func TestOtherMethodsAndPaths(t *testing.T) {
	n := run(t, Options{Blocks: 1})
	post(t, n.Esplora()+"/blocks/tip/height", nil).want(t, 405, "only GET\n")
	get(t, n.URL()+"/nothing/here").want(t, 404, "nothing here; GET / lists what there is\n")
	post(t, n.RPC(), make([]byte, maxBody)).want(t, 500, `{"result":null,"error":{"code":-32700,"message":"Parse error"},"id":null}`)
	post(t, n.RPC(), make([]byte, maxBody+1)).want(t, 413, "a body of more than 1048576 bytes\n")
	if head := must(t, "HEAD", n.Esplora()+"/blocks/tip/height", nil); head.status != 200 || head.body != "" {
		t.Errorf("HEAD: %d %q", head.status, head.body)
	}
}
