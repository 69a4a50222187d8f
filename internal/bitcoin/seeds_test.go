package bitcoin_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/devnet"
)

// resolver is a resolver with fixed answers that counts what it is asked.
func resolver(answers map[string][]string) (lookup bitcoin.Lookup, asked func() []string) {
	var mu sync.Mutex
	var names []string
	lookup = func(_ context.Context, network, host string) ([]netip.Addr, error) {
		mu.Lock()
		defer mu.Unlock()
		names = append(names, network+" "+host)
		var list []netip.Addr
		for _, a := range answers[host] {
			list = append(list, netip.MustParseAddr(a))
		}
		if list == nil {
			return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
		}
		return list, nil
	}
	return lookup, func() []string { mu.Lock(); defer mu.Unlock(); slices.Sort(names); return names }
}

func peerNames(list []bitcoin.Carrier) string {
	var names []string
	for _, c := range list {
		names = append(names, c.Name())
	}
	return strings.Join(names, " ")
}

func TestSeeds(t *testing.T) {
	lookup, asked := resolver(map[string][]string{
		"seed.bitcoin.sipa.be":          {"2a01::1", "8.8.8.8", "8.8.4.4"},
		"dnsseed.bluematt.me":           {"192.168.1.1", "127.0.0.1", "10.0.0.1", "169.254.169.254", "fe80::1", "::ffff:192.168.0.1", "0.0.0.0", "224.0.0.1"},
		"seed.bitcoin.jonasschnelli.ch": {"8.8.8.8"},
		"seed.btc.petertodd.net":        {"2a01::2"},
	})
	got, err := bitcoin.Seeds(t.Context(), bitcoin.Mainnet(), lookup, bitcoin.PeerOptions{})
	if names := peerNames(got); err != nil || names != "8.8.8.8:8333 [2a01::2]:8333" {
		t.Errorf("peers %s, %v", names, err)
	}
	want := "ip dnsseed.bluematt.me, ip dnsseed.emzy.de, ip seed.bitcoin.jonasschnelli.ch, ip seed.bitcoin.sipa.be, " +
		"ip seed.bitcoin.sprovoost.nl, ip seed.bitcoin.wiz.biz, ip seed.btc.petertodd.net"
	if names := strings.Join(asked(), ", "); names != want {
		t.Errorf("asked for %s", names)
	}
}

func TestSeedsRefuse(t *testing.T) {
	lookup, asked := resolver(nil)
	for _, tt := range []struct {
		name    string
		network *bitcoin.Network
		o       bitcoin.PeerOptions
	}{
		{"regtest", bitcoin.Regtest(), bitcoin.PeerOptions{}},
		{"loopback only", bitcoin.Mainnet(), bitcoin.PeerOptions{LoopbackOnly: true}},
	} {
		if _, err := bitcoin.Seeds(t.Context(), tt.network, lookup, tt.o); !errors.Is(err, bitcoin.ErrUnavailable) || !strings.HasSuffix(err.Error(), " has no DNS seeds: name a peer") {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if names := asked(); names != nil {
		t.Errorf("asked for %v", names)
	}
	_, err := bitcoin.Seeds(t.Context(), bitcoin.Mainnet(), lookup, bitcoin.PeerOptions{})
	if !errors.Is(err, bitcoin.ErrUnavailable) || !strings.Contains(err.Error(), "dnsseed.emzy.de: ") {
		t.Errorf("without an answer: %v", err)
	}
}

// Behind a proxy no name is resolved here.
func TestSeedsBehindAProxy(t *testing.T) {
	lookup, asked := resolver(nil)
	got, err := bitcoin.Seeds(t.Context(), bitcoin.Mainnet(), lookup, bitcoin.PeerOptions{Getenv: environment("ALL_PROXY=socks5h://127.0.0.1:9050")})
	if err != nil || len(got) != 7 || got[0].Name() != "seed.bitcoin.sipa.be:8333" || asked() != nil {
		t.Errorf("peers %s, %v; asked for %v", peerNames(got), err, asked())
	}
}

func environment(list ...string) func(string) string {
	return func(name string) string {
		for _, v := range list {
			if value, ok := strings.CutPrefix(v, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

// socks is a SOCKS5 proxy (RFC 1928) that leads every connection to one address
// and tells which were asked for.
func socks(t *testing.T, to string) (address string, asked chan string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	asked = make(chan string, 10)
	go func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return
			}
			go relay(in, to, asked)
		}
	}()
	return listener.Addr().String(), asked
}

func relay(in net.Conn, to string, asked chan<- string) {
	defer in.Close()
	head := make([]byte, 2)
	if _, err := io.ReadFull(in, head); err != nil {
		return
	}
	if _, err := io.ReadFull(in, make([]byte, head[1])); err != nil {
		return
	}
	in.Write([]byte{5, 0})
	request := make([]byte, 5)
	if _, err := io.ReadFull(in, request); err != nil || request[3] != 3 {
		return // only names are expected
	}
	name := make([]byte, request[4]+2)
	if _, err := io.ReadFull(in, name); err != nil {
		return
	}
	asked <- string(name[:len(name)-2])
	out, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer out.Close()
	in.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	go io.Copy(out, in)
	io.Copy(in, out)
}

func TestPeerBehindAProxy(t *testing.T) {
	n := startNet(t, 20)
	p := startPeer(t, devnet.PeerOptions{Chain: n.Headers, Magic: [4]byte{0xf9, 0xbe, 0xb4, 0xd9}})
	address, asked := socks(t, p.Addr())
	ask := func(peer string, env ...string) error {
		c := bitcoin.NewPeer(peer, bitcoin.Mainnet(), bitcoin.PeerOptions{Getenv: environment(env...), Timeout: soon})
		got, err := c.Headers(t.Context(), n.HeaderAt(3).Hash(), 4, 5)
		if err == nil && len(got) != 5 {
			t.Errorf("%d headers", len(got))
		}
		return err
	}
	for _, env := range []string{"ALL_PROXY=socks5h://" + address, "all_proxy=socks5://" + address} {
		if err := ask("node.invalid:8333", env); err != nil {
			t.Fatal(err)
		}
		if got := <-asked; got != "node.invalid" {
			t.Errorf("the proxy was asked for %s", got)
		}
	}
	// Loopback addresses are never asked through a proxy.
	if err := ask(p.Addr(), "ALL_PROXY=socks5h://"+address); err != nil || len(asked) > 0 {
		t.Errorf("%d connections by the proxy, %v", len(asked), err)
	}
	if err := ask("localhost"+p.Addr()[strings.Index(p.Addr(), ":"):], "ALL_PROXY=socks5h://"+address, "NO_PROXY=localhost"); err != nil || len(asked) > 0 {
		t.Errorf("%d connections by the proxy, %v", len(asked), err)
	}
	const secret = "hunter2"
	for _, tt := range []struct{ name, env, want string }{
		{"HTTP", "ALL_PROXY=http://u:" + secret + "@" + address, "unavailable: ALL_PROXY is not a socks5 URL: a peer cannot be reached through it"},
		{"host and port", "ALL_PROXY=" + address, "unavailable: ALL_PROXY is not a socks5 URL: a peer cannot be reached through it"},
		{"no URL", "ALL_PROXY=socks5://u:" + secret + "@%zz", "unavailable: ALL_PROXY is not a socks5 URL: a peer cannot be reached through it"},
		{"nobody there", "ALL_PROXY=socks5h://u:" + secret + "@127.0.0.1:1", "unavailable: connection refused"},
	} {
		if err := ask("node.invalid:8333", tt.env); err == nil || err.Error() != tt.want {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
