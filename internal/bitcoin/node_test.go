package bitcoin_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/bitcoin"
)

func TestNode(t *testing.T) {
	n := startNet(t, 30)
	node := newNode(t, n.RPC(), bitcoin.Credentials{User: "user", Password: "secret"}, bitcoin.Regtest())
	if err := node.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	asked := len(n.Requests())
	if err := node.Ready(t.Context()); err != nil || len(n.Requests()) != asked {
		t.Errorf("asked again whether it is ready: %v", err)
	}
	if tip, err := node.Tip(t.Context()); err != nil || tip != 30 {
		t.Errorf("tip %d, %v", tip, err)
	}
	for _, height := range []uint64{0, 1, 30} {
		if h, err := node.Header(t.Context(), height); err != nil || h != n.HeaderAt(height) {
			t.Errorf("block %d: %v", height, err)
		}
	}
	if _, err := node.Header(t.Context(), 31); err == nil || err.Error() != "not there yet: it has no such block (error -8)" {
		t.Errorf("above the tip: %v", err)
	}
}

// Each state in which a node cannot be taken at its word has its own message.
func TestNodeStates(t *testing.T) {
	n := startNet(t, 2*bitcoin.Period)
	table := n.Network()
	other := bitcoin.RegtestTo(n.HeaderAt(2015).Time(), bitcoin.Hash{1})
	further := bitcoin.RegtestTo(n.HeaderAt(4031).Time(), n.HeaderAt(2015).Hash(), n.HeaderAt(4031).Hash(), bitcoin.Hash{2})
	for _, tt := range []struct {
		name    string
		url     string
		network *bitcoin.Network
		kind    error
		text    string
	}{
		{"sound", n.RPC(), table, nil, ""},
		{"pruned", n.Fault("pruned", n.RPC()), table, nil, ""},
		{"without a table", n.RPC(), bitcoin.Regtest(), nil, ""},
		{"warming up", n.Fault("warmup", n.RPC()), table, bitcoin.ErrUnavailable, "unavailable: it was just started and is warming up: ask again in a while"},
		{"initial block download", n.Fault("ibd", n.RPC()), table, bitcoin.ErrBehind, "not there yet: it is still downloading the chain (at block 4032): not synced yet"},
		{"wrong password", n.Fault("401", n.RPC()), table, bitcoin.ErrUnavailable, "unavailable: it refuses the user and password (401): check them, or the cookie file"},
		{"another network", n.Fault("wrongchain", n.RPC()), table, bitcoin.ErrInconsistent, "inconsistent: it is on another network (signet), not regtest"},
		{"not mainnet", n.RPC(), bitcoin.Mainnet(), bitcoin.ErrInconsistent, "inconsistent: it is on another network (regtest), not mainnet"},
		{"tip below the table", n.RPC(), further, bitcoin.ErrBehind, "not there yet: its chain ends at block 4032, before block 6047, the last that this program knows: not synced yet"},
		{"fork", n.RPC(), other, bitcoin.ErrInconsistent, "inconsistent: its block 2015 is " + n.HeaderAt(2015).Hash().String() +
			", not " + bitcoin.Hash{1}.String() + ": it follows a chain that is not regtest"},
		{"other genesis block", n.Fault("lie", n.RPC()), bitcoin.Regtest(), bitcoin.ErrInconsistent, ""},
		{"web page", n.Fault("html200", n.RPC()), table, bitcoin.ErrUnavailable, "unavailable: its answer is no JSON-RPC: a syntax error at byte 1"},
		{"error page", n.Fault("429html", n.RPC()), table, bitcoin.ErrUnavailable, "unavailable: status 429 and no JSON"},
		{"nothing", n.Fault("empty", n.RPC()), table, bitcoin.ErrUnavailable, "unavailable: status 200 and nothing else"},
		{"redirect", n.Fault("redirectsame", n.RPC()), table, bitcoin.ErrUnavailable, ""},
		{"not RPC", n.URL(), table, bitcoin.ErrUnavailable, "unavailable: status 405 and no JSON"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			node := newNode(t, tt.url, bitcoin.Credentials{User: "user", Password: "secret"}, tt.network)
			err := node.Ready(t.Context())
			if !errors.Is(err, tt.kind) || tt.text != "" && err.Error() != tt.text {
				t.Errorf("error %v\n want %s", err, tt.text)
			}
			if tt.kind == nil {
				return
			}
			// It is not asked for anything then.
			if _, err := node.Header(t.Context(), 1); !errors.Is(err, tt.kind) {
				t.Errorf("a header all the same: %v", err)
			}
			if _, err := node.Tip(t.Context()); !errors.Is(err, tt.kind) {
				t.Errorf("a tip all the same: %v", err)
			}
		})
	}
}

// A node, or what stands in its place, that repeats the credentials in
// everything it says does not bring them into an error.
func TestNodeSecrets(t *testing.T) {
	const user, password = "alice", "hunter2hunter2"
	secrets := []string{password, base64.StdEncoding.EncodeToString([]byte(user + ":" + password))}
	n := startNet(t, 5)
	var status int
	var form string
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		fmt.Fprintf(w, form, password)
	}))
	defer echo.Close()
	check := func(name string, err error) {
		t.Helper()
		if err == nil {
			t.Errorf("%s: no error", name)
			return
		}
		for _, secret := range secrets {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	c := bitcoin.Credentials{User: user, Password: password}
	ask := func(name, url string) {
		node := newNode(t, url, c, bitcoin.Regtest())
		check(name, node.Ready(t.Context()))
		_, err := node.Headers(t.Context(), bitcoin.Hash{}, 1, 2)
		check(name+", carrier", err)
		for _, text := range []string{fmt.Sprint(node), fmt.Sprintf("%+v %#v", node, node), node.Name()} {
			if strings.Contains(text, password) {
				t.Errorf("%s prints as %s", name, text)
			}
		}
	}
	ask("echo", n.Fault("echo", n.RPC()))
	for _, status = range []int{200, 401, 403, 404, 500} {
		for _, form = range []string{"%s", `{"result":"%s","error":null,"id":0}`, `{"result":{"chain":"%s"},"error":null,"id":0}`,
			`{"result":null,"error":{"code":-1,"message":"%s"},"id":0}`, `[{"result":"%s","id":0},{"result":"%[1]s","id":1}]`, `{"id":"%s"}`, `{"%s`} {
			ask(fmt.Sprint(status, " ", form), echo.URL)
		}
	}
	for name, url := range map[string]string{
		"in the URL": "http://" + user + ":" + password + "@127.0.0.1:1", "in a query": "http://127.0.0.1:1/?" + password, "in plain http": "http://example.org/" + password,
	} {
		_, err := bitcoin.NewNode(url, c, loopbackClient(), bitcoin.Regtest())
		check(name, err)
	}
	data, err := json.Marshal(map[string]any{"c": c, "p": &c})
	text := fmt.Sprintf("%v %+v %#v %s %q %x %v", c, c, c, c, c, c, &c)
	if err != nil || strings.Contains(text+string(data), password) || strings.Contains(text, "68756e746572") {
		t.Errorf("credentials print as %s and %s, %v", text, data, err)
	}
}

// keeper is a node that answers to one user and password only.
func keeper(t *testing.T, user, password string) string {
	t.Helper()
	n := startNet(t, 5)
	gate := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if u, p, _ := r.BasicAuth(); u != user || p != password {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		r.URL.Path = "/rpc"
		n.Handler().ServeHTTP(w, r)
	}))
	t.Cleanup(gate.Close)
	return gate.URL
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCredentials(t *testing.T) {
	dir := t.TempDir()
	cookie := write(t, filepath.Join(dir, "regtest", ".cookie"), "__cookie__:secret\n")
	other := write(t, filepath.Join(dir, "other", "auth"), "__cookie__:secret")
	conf := func(name, text string) bitcoin.Credentials {
		return bitcoin.Credentials{Conf: write(t, filepath.Join(dir, name), text)}
	}
	url := keeper(t, "__cookie__", "secret")
	const refused = "unavailable: it refuses the user and password (401): check them, or the cookie file"
	for _, tt := range []struct {
		name string
		c    bitcoin.Credentials
		err  string
	}{
		{"user and password", bitcoin.Credentials{User: "__cookie__", Password: "secret"}, ""},
		{"none", bitcoin.Credentials{}, refused},
		{"wrong", bitcoin.Credentials{User: "__cookie__", Password: "Secret"}, refused},
		{"cookie", bitcoin.Credentials{Cookie: cookie}, ""},
		{"cookie without a line's end", bitcoin.Credentials{Cookie: other}, ""},
		{"no cookie", bitcoin.Credentials{Cookie: filepath.Join(dir, "missing")}, "unavailable: cookie file: open " + filepath.Join(dir, "missing") + ": no such file or directory: is the node running?"},
		{"no colon", bitcoin.Credentials{Cookie: write(t, filepath.Join(dir, "bad"), "secret")}, "unavailable: cookie file " + filepath.Join(dir, "bad") + ": not of the form user:password"},
		{"cookie at its limit", bitcoin.Credentials{Cookie: write(t, filepath.Join(dir, "full"), "__cookie__:secret"+strings.Repeat("\n", 1024-17))}, ""},
		{"cookie past its limit", bitcoin.Credentials{Cookie: write(t, filepath.Join(dir, "big"), "__cookie__:secret"+strings.Repeat("\n", 1025-17))},
			"unavailable: cookie file: " + filepath.Join(dir, "big") + ": more than 1024 bytes: is the node running?"},
		{"the password counts before the cookie", bitcoin.Credentials{User: "x", Password: "y", Cookie: cookie}, refused},
		{"conf", conf("a.conf", "rpcuser=__cookie__\nrpcpassword=secret\n"), ""},
		{"conf with spaces and comments", conf("b.conf", "# node\r\n rpcuser = __cookie__ # me\r\n\r\nrpcpassword=secret\r\nserver=1\r\n"), ""},
		{"conf, the section counts first", conf("c.conf", "rpcuser=x\nrpcpassword=y\n[main]\nrpcuser=z\n[regtest]\nrpcuser=__cookie__\nrpcpassword=secret\n"), ""},
		{"conf, another section", conf("d.conf", "[main]\nrpcuser=__cookie__\nrpcpassword=secret\n[regtest]\nrpcpassword=y"), refused},
		{"conf, the first of two", conf("e.conf", "rpcuser=__cookie__\nrpcpassword=secret\nrpcpassword=y\n"), ""},
		{"conf without a password", conf("f.conf", "server=1\nregtest=1\n"), ""},
		{"conf, a user alone", conf("g.conf", "rpcuser=somebody\n"), ""},
		{"conf with another cookie", conf("h.conf", "rpccookiefile="+other+"\n"), ""},
		{"conf with a relative cookie", conf("i.conf", "[regtest]\nrpccookiefile=../other/auth\n"), ""},
		{"conf with another directory", conf("other/j.conf", "datadir="+dir+"\n"), ""},
		{"conf, no cookie there", conf("none/k.conf", ""), "unavailable: cookie file: open " + filepath.Join(dir, "none", "regtest", ".cookie") + ": no such file or directory: is the node running?"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := newNode(t, url, tt.c, bitcoin.Regtest()).Ready(t.Context())
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || err.Error() != tt.err) {
				t.Errorf("error %v\n want %s", err, tt.err)
			}
		})
	}
}

// The node writes another cookie at each start.
func TestCookieIsReadAnew(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), ".cookie"), "__cookie__:old")
	node := newNode(t, keeper(t, "__cookie__", "secret"), bitcoin.Credentials{Cookie: path}, bitcoin.Regtest())
	if err := node.Ready(t.Context()); err == nil {
		t.Fatal("the old cookie was taken")
	}
	write(t, path, "__cookie__:secret")
	if err := node.Ready(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestNewNode(t *testing.T) {
	dir := t.TempDir()
	conf := write(t, filepath.Join(dir, "bitcoin.conf"), "rpcport=1111\n[regtest]\nrpcport=2222\n")
	plain := write(t, filepath.Join(dir, "plain.conf"), "rpcport=1111\n")
	big := write(t, filepath.Join(dir, "big.conf"), strings.Repeat("#", 1<<20+1))
	limit := write(t, filepath.Join(dir, "limit.conf"), strings.Repeat("#", 1<<20))
	relative := write(t, filepath.Join(dir, "relative.conf"), "datadir=x\n")
	for _, tt := range []struct {
		name, url string
		conf      string
		network   *bitcoin.Network
		want, err string
	}{
		{"URL", "http://127.0.0.1:9/wallet/x", "", bitcoin.Regtest(), "127.0.0.1:9", ""},
		{"https anywhere", "https://node.example.org", "", bitcoin.Mainnet(), "node.example.org", ""},
		{"default of mainnet", "", "", bitcoin.Mainnet(), "127.0.0.1:8332", ""},
		{"default of regtest", "", "", bitcoin.Regtest(), "127.0.0.1:18443", ""},
		{"port of the section", "", conf, bitcoin.Regtest(), "127.0.0.1:2222", ""},
		{"port of mainnet", "", conf, bitcoin.Mainnet(), "127.0.0.1:1111", ""},
		{"mainnet's port is not regtest's", "", plain, bitcoin.Regtest(), "127.0.0.1:18443", ""},
		{"the URL counts before the file", "http://127.0.0.1:9", conf, bitcoin.Regtest(), "127.0.0.1:9", ""},
		{"conf at its limit", "", limit, bitcoin.Regtest(), "127.0.0.1:18443", ""},
		{"conf past its limit", "", big, bitcoin.Regtest(), "", "node: bitcoin.conf: " + big + ": more than 1048576 bytes"},
		{"no conf", "", filepath.Join(dir, "none"), bitcoin.Regtest(), "", "node: bitcoin.conf: open " + filepath.Join(dir, "none") + ": no such file or directory"},
		{"relative datadir", "", relative, bitcoin.Regtest(), "", "node: bitcoin.conf: its datadir is no absolute path: name the cookie file"},
		{"plain http elsewhere", "http://10.0.0.1:8332", "", bitcoin.Mainnet(), "", "node: 10.0.0.1:8332: plain http is allowed to loopback addresses only"},
		{"password in the URL", "http://u:p@127.0.0.1:1", "", bitcoin.Mainnet(), "", "node: 127.0.0.1:1: a user name or password in a URL is not allowed"},
		{"query", "http://127.0.0.1:1/?a", "", bitcoin.Mainnet(), "", "node: its URL has no query and no fragment"},
		{"fragment", "http://127.0.0.1:1/#", "", bitcoin.Mainnet(), "", "node: its URL has no query and no fragment"},
		{"no URL", "127.0.0.1:1", "", bitcoin.Mainnet(), "", "node: not a URL of the form https://host/path"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			node, err := bitcoin.NewNode(tt.url, bitcoin.Credentials{Conf: tt.conf}, loopbackClient(), tt.network)
			if tt.err != "" {
				if err == nil || err.Error() != tt.err {
					t.Errorf("error %v\n want %s", err, tt.err)
				}
				return
			}
			if err != nil || node.Name() != tt.want {
				t.Errorf("%v, %v; want %s", node, err, tt.want)
			}
		})
	}
}
