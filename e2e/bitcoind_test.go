package e2e

import (
	"bytes"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/bitcoin"
)

// bitcoindBlocks is two periods and some more.
const bitcoindBlocks = 2*bitcoin.Period + 20

// startBitcoind starts the bitcoind that the environment names, on a new
// regtest chain, and returns the path of its bitcoin.conf too.
func startBitcoind(t *testing.T) (daemon, string) {
	t.Helper()
	program := os.Getenv("GIT_ANCHOR_BITCOIND")
	if program == "" {
		t.Skip("GIT_ANCHOR_BITCOIND is not set: no bitcoind to try (knots.sh fetches one)")
	}
	dir, ports := t.TempDir(), freePorts(t, 2)
	d := daemon{peer: ports[0], rpc: ports[1]}
	_, rpcPort, err := net.SplitHostPort(d.rpc)
	if err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(dir, "bitcoin.conf")
	text := "regtest=1\nserver=1\nrest=1\ndisablewallet=1\nlistenonion=0\nnatpmp=0\ndiscover=0\n" +
		"[regtest]\nconnect=0\nlisten=1\nbind=" + d.peer + "\nrpcport=" + rpcPort + "\nrpcbind=127.0.0.1\nrpcallowip=127.0.0.1\n"
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	launch(t, program, "-datadir="+dir, "-printtoconsole=0")
	cookie := filepath.Join(dir, "regtest", ".cookie")
	until(t, "bitcoind starts", func() error {
		raw, err := os.ReadFile(cookie)
		if err != nil {
			return err
		}
		var ok bool
		if d.user, d.password, ok = strings.Cut(string(raw), ":"); !ok {
			return errors.New("half a cookie")
		}
		return d.call(t, "getblockcount")
	})
	return d, conf
}

func TestBitcoind(t *testing.T) {
	d, conf := startBitcoind(t)
	plain := bitcoin.Regtest()
	fromConf, err := bitcoin.NewNode("", bitcoin.Credentials{Conf: conf}, client(), plain)
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, "before the first block", fromConf.Ready(t.Context()), bitcoin.ErrBehind, "it is still downloading the chain (at block 0)")
	for mined := 0; mined < bitcoindBlocks; mined += bitcoindBlocks / 4 {
		if err := d.call(t, "generatetoaddress", bitcoindBlocks/4, "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"); err != nil {
			t.Fatal(err)
		}
	}
	chain := wholeChain(t, fromConf, plain, 100)
	if len(chain) != bitcoindBlocks+1 {
		t.Fatalf("%d headers", len(chain))
	}
	table := bitcoin.RegtestTo(chain[4031].Time(), chain[2015].Hash(), chain[4031].Hash())
	cookie := bitcoin.Credentials{Cookie: filepath.Join(filepath.Dir(conf), "regtest", ".cookie")}
	node := newNode(t, d, cookie, table)
	if err := node.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	carriers := map[string]bitcoin.Carrier{
		"RPC": node, "REST": bitcoin.NewREST("http://"+d.rpc, client(), true), "P2P": newPeer(d, table),
	}
	for name, c := range carriers {
		t.Run(name, func(t *testing.T) {
			checkCarrier(t, c, chain)
			checkMirror(t, c, table, chain)
			checkRung(t, bitcoin.Options{Carriers: []bitcoin.Named{{Carrier: c, ByPerson: true}}}, table, chain[:4032], bitcoin.RungChain)
		})
	}
	checkRung(t, bitcoin.Options{Node: node, Require: bitcoin.RungNode}, table, chain[:4000], bitcoin.RungNode)

	wantError(t, "wrong password", newNode(t, d, bitcoin.Credentials{User: "x", Password: "x"}, table).Ready(t.Context()),
		bitcoin.ErrUnavailable, "refuses the user and password (401)")
	wantError(t, "mainnet", newNode(t, d, cookie, bitcoin.Mainnet()).Ready(t.Context()),
		bitcoin.ErrInconsistent, "it is on another network (regtest), not mainnet")
	fork := bitcoin.RegtestTo(chain[4031].Time(), chain[2015].Hash(), bitcoin.Hash{1})
	wantError(t, "fork", newNode(t, d, cookie, fork).Ready(t.Context()), bitcoin.ErrInconsistent, "it follows a chain that is not regtest")
	further := bitcoin.RegtestTo(chain[4031].Time(), chain[2015].Hash(), chain[4031].Hash(), bitcoin.Hash{1})
	wantError(t, "not synced", newNode(t, d, cookie, further).Ready(t.Context()), bitcoin.ErrBehind, "not synced yet")
	_, err = newPeer(d, bitcoin.Mainnet()).Headers(t.Context(), chain[0].Hash(), 1, 5)
	wantError(t, "peer of another network", err, bitcoin.ErrUnavailable, "")
}

// checkMirror writes a mirror from a carrier and reads it back.
func checkMirror(t *testing.T, c bitcoin.Carrier, table *bitcoin.Network, chain []bitcoin.Header) {
	t.Helper()
	dir := t.TempDir()
	if written, err := bitcoin.WriteMirror(t.Context(), dir, table, c); err != nil || written != 2 {
		t.Fatalf("%d files written, %v", written, err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "0001.bin"))
	if first := chain[bitcoin.Period]; err != nil || !bytes.HasPrefix(raw, first[:]) {
		t.Errorf("the second file: %d bytes, %v", len(raw), err)
	}
	site := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer site.Close()
	checkCarrier(t, bitcoin.NewMirror(site.URL, client(), true), chain[:2*bitcoin.Period])
}

// checkRung asks for the last block of a chain, and for another root there.
func checkRung(t *testing.T, o bitcoin.Options, table *bitcoin.Network, chain []bitcoin.Header, want bitcoin.Rung) {
	t.Helper()
	height := uint64(len(chain) - 1 - 20)
	root := chain[height].MerkleRoot()
	for wanted, root := range map[bitcoin.Verdict]bitcoin.Hash{bitcoin.Match: root, bitcoin.Mismatch: {1}} {
		e := bitcoin.NewChain(table, o).Root(t.Context(), height, root)
		if e.Verdict != wanted || e.Rung != want {
			t.Errorf("%v at rung %v: %s; want %v at rung %v", e.Verdict, e.Rung, e.Reason, wanted, want)
		}
	}
}
