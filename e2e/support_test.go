// Package e2e runs git-anchor's carriers and sources against real nodes, on
// loopback addresses and chains of their own. It is a module of its own so that
// nothing of a node stands in the product's go.mod, and has tests only.
//
// btcd is built from its module at the version in go.mod. A bitcoind is used
// where GIT_ANCHOR_BITCOIND names one; knots.sh fetches Debian's and does that.
package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/fetch"
)

const (
	startTime = 2 * time.Minute // for a node to start on a busy machine
	stopTime  = 30 * time.Second
	between   = 50 * time.Millisecond // of asking whether it has
)

// A daemon is a node that runs until the test ends.
type daemon struct {
	peer, rpc      string // host:port
	user, password string
}

// freePorts returns addresses of loopback that nobody listens on now.
func freePorts(t *testing.T, count int) []string {
	t.Helper()
	var addresses []string
	for range count {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close() // after all have been chosen, so that they differ
		addresses = append(addresses, listener.Addr().String())
	}
	return addresses
}

// launch starts a program, and stops it when the test ends.
func launch(t *testing.T, name string, args ...string) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, name, args...)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = stopTime
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		err := cmd.Wait()
		if t.Failed() {
			t.Logf("%s: %v\n%s", filepath.Base(name), err, output.String())
		}
	})
}

// until asks again and again until done says so.
func until(t *testing.T, what string, done func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startTime)
	defer cancel()
	tick := time.NewTicker(between)
	defer tick.Stop()
	for {
		err := done()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s: %v", what, err)
		case <-tick.C:
		}
	}
}

// call makes an RPC of its own, not through the code under test.
func (d daemon) call(t *testing.T, method string, params ...any) error {
	t.Helper()
	body, err := json.Marshal(map[string]any{"jsonrpc": "1.0", "id": 1, "method": method, "params": params})
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+d.rpc, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(d.user, d.password)
	response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return err
	}
	var reply struct{ Error any }
	if err := json.Unmarshal(answer, &reply); err != nil || reply.Error != nil {
		return fmt.Errorf("%s: status %d, %v, %v", method, response.StatusCode, reply.Error, err)
	}
	return nil
}

func client() *fetch.Client { return fetch.New(fetch.Config{LoopbackOnly: true}) }

func newNode(t *testing.T, d daemon, c bitcoin.Credentials, n *bitcoin.Network) *bitcoin.Node {
	t.Helper()
	node, err := bitcoin.NewNode("http://"+d.rpc, c, client(), n)
	if err != nil {
		t.Fatal(err)
	}
	return node
}

func newPeer(d daemon, n *bitcoin.Network) bitcoin.Carrier {
	return bitcoin.NewPeer(d.peer, n, bitcoin.PeerOptions{LoopbackOnly: true})
}

// wholeChain fetches the chain from the genesis block to its tip, one header
// after the other by hash and height, as a Source does.
func wholeChain(t *testing.T, s bitcoin.Source, n *bitcoin.Network, sample uint64) []bitcoin.Header {
	t.Helper()
	tip, err := s.Tip(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	node, ok := s.(bitcoin.Carrier)
	if !ok {
		t.Fatal("a source that is no carrier")
	}
	run, err := node.Headers(t.Context(), n.Genesis().Hash(), 1, int(tip))
	if err != nil || uint64(len(run)) != tip {
		t.Fatalf("%d headers of %d, %v", len(run), tip, err)
	}
	chain := append([]bitcoin.Header{n.Genesis()}, run...)
	for height := uint64(0); height <= tip; height += sample {
		h, err := s.Header(t.Context(), height)
		if err != nil || h != chain[height] {
			t.Fatalf("block %d is not that of the run: %v", height, err)
		}
		if err := n.CheckHeader(height, h); err != nil && n.Name() == "regtest" {
			t.Fatal(err)
		}
	}
	if _, err := s.Header(t.Context(), tip+1); !errors.Is(err, bitcoin.ErrBehind) {
		t.Errorf("above the tip: %v", err)
	}
	return chain
}

// checkCarrier compares what a carrier brings with the chain.
func checkCarrier(t *testing.T, c bitcoin.Carrier, chain []bitcoin.Header) {
	t.Helper()
	tip := len(chain) - 1
	for _, run := range []struct{ first, count int }{
		{1, 1}, {1, tip}, {1, tip + 100}, {2, 2000}, {2, 2001}, {2016, tip - 2015}, {tip, 1}, {tip - 5, 100}, {100, 2016},
	} {
		want := chain[run.first:min(run.first+run.count, tip+1)]
		got, err := c.Headers(t.Context(), chain[run.first-1].Hash(), uint64(run.first), run.count)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %d headers from %d: %d came, %v", c.Name(), run.count, run.first, len(got), err)
		}
	}
	if got, err := c.Headers(t.Context(), chain[tip].Hash(), uint64(tip)+1, 10); !errors.Is(err, bitcoin.ErrBehind) {
		t.Errorf("%s: above the tip %d headers, %v", c.Name(), len(got), err)
	}
	if got, err := c.Headers(t.Context(), bitcoin.Hash{1}, 50, 10); err == nil {
		t.Errorf("%s: after an unknown block %d headers", c.Name(), len(got))
	}
}

// wantError checks an error's kind and words.
func wantError(t *testing.T, name string, err, kind error, words string) {
	t.Helper()
	if !errors.Is(err, kind) || !strings.Contains(err.Error(), words) {
		t.Errorf("%s: error %v\n want %v: %s", name, err, kind, words)
	}
}
