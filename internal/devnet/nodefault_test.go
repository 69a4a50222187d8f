package devnet

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/bitcoin"
)

// rpcBody is a call without parameters.
func rpcBody(method string) []byte {
	return fmt.Appendf(nil, `{"jsonrpc":"1.0","method":%q,"params":[],"id":7}`, method)
}

func testWarmup(t *testing.T, n *Net) {
	url := n.Fault("warmup", n.RPC())
	const failure = `{"result":null,"error":{"code":-28,"message":"Verifying blocks…"},"id":7}`
	post(t, url, rpcBody("getblockcount")).want(t, 500, failure)
	post(t, url, []byte("["+string(rpcBody("getblockhash"))+"]")).want(t, 200, "["+failure+"]")
}

// chainInfo tests that one field of getblockchaininfo differs.
func chainInfo(field string, sound, faulty any) func(*testing.T, *Net) {
	return func(t *testing.T, n *Net) {
		_, name, _ := strings.Cut(t.Name(), "/")
		for url, want := range map[string]any{n.RPC(): sound, n.Fault(name, n.RPC()): faulty} {
			info := decode[struct{ Result map[string]any }](t, post(t, url, rpcBody("getblockchaininfo")), 200).Result
			if info[field] != want || info["blocks"] != 30.0 {
				t.Errorf("%s: %v, want %v; %v blocks", field, info[field], want, info["blocks"])
			}
		}
	}
}

func test401(t *testing.T, n *Net) {
	r := post(t, n.Fault("401", n.RPC()), rpcBody("getblockcount"))
	r.want(t, 401, "")
	if r.header.Get("WWW-Authenticate") == "" {
		t.Error("no WWW-Authenticate")
	}
}

func testLongHeaders(t *testing.T, n *Net) {
	body := fmt.Appendf(nil, `{"method":"getblockheader","params":[%q,false]}`, n.HeaderAt(3).Hash())
	got := decode[struct{ Result string }](t, post(t, n.Fault("longheaders", n.RPC()), body), 200).Result
	true80 := decode[struct{ Result string }](t, post(t, n.RPC(), body), 200).Result
	if len(got) != 2*164 || !strings.HasPrefix(got, true80) {
		t.Errorf("%d digits, want those of the header and more, 328 in all", len(got))
	}
}

func testEcho(t *testing.T, n *Net) {
	request, err := http.NewRequestWithContext(t.Context(), "POST", n.Fault("echo", n.RPC()), strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth("user", "secret")
	response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	buf := make([]byte, 1000)
	count, _ := response.Body.Read(buf)
	if !strings.Contains(string(buf[:count]), "user:secret") {
		t.Errorf("answer %q", buf[:count])
	}
}

func testOtherPeriod(t *testing.T, n *Net) {
	get(t, n.Mirror()+"/0000.bin").want(t, 404, "404 page not found\n")
	if err := n.Mine(2 * bitcoin.Period); err != nil {
		t.Fatal(err)
	}
	for path, first := range map[string]uint64{
		n.Mirror() + "/0000.bin": 0, n.Mirror() + "/0001.bin": 2016,
		n.Fault("otherperiod", n.Mirror()) + "/0000.bin": 2016, n.Fault("otherperiod", n.Mirror()) + "/0001.bin": 0,
	} {
		r := get(t, path)
		want := n.HeaderAt(first)
		if r.status != 200 || len(r.body) != 161280 || r.body[:80] != string(want[:]) {
			t.Errorf("%s: status %d, %d bytes, not those from height %d on", path, r.status, len(r.body), first)
		}
	}
	for _, name := range []string{"/0002.bin", "/1.bin", "/0001", "/0001.bin/x", "/-001.bin", "/0001.binx"} {
		get(t, n.Mirror()+name).want(t, 404, "404 page not found\n")
	}
	if got := n.Network().LastHeight(); got != 2*bitcoin.Period-1 {
		t.Errorf("the table reaches to %d", got)
	}
}

func TestFaultsOfOneFace(t *testing.T) {
	n := run(t, Options{Blocks: 1})
	for _, path := range []string{"/fault/ibd/esplora/blocks/tip/height", "/fault/warmup/rest/x", "/fault/otherperiod/rpc", "/later/ibd/pool/a/digest", "/later/otherperiod/pool/a/digest"} {
		if got := get(t, n.URL()+path); got.status != 404 || !strings.Contains(got.body, "spoils nothing of") {
			t.Errorf("%s: %d %q", path, got.status, got.body)
		}
	}
}
