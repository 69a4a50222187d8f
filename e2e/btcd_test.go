package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/openllmo/git-anchor/internal/bitcoin"
)

// btcdBlocks is more than a message of headers holds.
const btcdBlocks = 2100

// startBtcd builds btcd and starts it on a new simnet chain.
func startBtcd(t *testing.T) daemon {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "btcd")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "github.com/btcsuite/btcd").CombinedOutput(); err != nil {
		t.Fatalf("build btcd: %v\n%s", err, out)
	}
	ports := freePorts(t, 2)
	d := daemon{peer: ports[0], rpc: ports[1], user: "user", password: "secret"}
	conf := filepath.Join(dir, "btcd.conf")
	text := fmt.Sprintf("rpcuser=%s\nrpcpass=%s\nlisten=%s\nrpclisten=%s\n", d.user, d.password, d.peer, d.rpc)
	if err := os.WriteFile(conf, []byte("[Application Options]\n"+text), 0o600); err != nil {
		t.Fatal(err)
	}
	launch(t, program, "--simnet", "--configfile="+conf, "--datadir="+dir, "--logdir="+dir, "--notls", "--nodnsseed",
		"--miningaddr=SMJ12qn9jNCCXJnTYRz5Yu9ZenERqvYwfg")
	until(t, "btcd starts", func() error { return d.call(t, "getblockcount") })
	return d
}

func TestBtcd(t *testing.T) {
	d, n := startBtcd(t), bitcoin.Simnet()
	for mined := 0; mined < btcdBlocks; mined += 300 {
		if err := d.call(t, "generate", 300); err != nil {
			t.Fatal(err)
		}
	}
	right := bitcoin.Credentials{User: d.user, Password: d.password}
	node := newNode(t, d, right, n)
	if err := node.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	chain := wholeChain(t, node, n, 100)
	if len(chain) != btcdBlocks+1 {
		t.Errorf("%d headers", len(chain))
	}
	checkCarrier(t, node, chain)
	checkCarrier(t, newPeer(d, n), chain)

	wantError(t, "wrong password", newNode(t, d, bitcoin.Credentials{User: d.user, Password: "x"}, n).Ready(t.Context()),
		bitcoin.ErrUnavailable, "refuses the user and password (401)")
	wantError(t, "another network", newNode(t, d, right, bitcoin.Regtest()).Ready(t.Context()),
		bitcoin.ErrInconsistent, "it is on another network (simnet), not regtest")
	_, err := newPeer(d, bitcoin.Regtest()).Headers(t.Context(), chain[0].Hash(), 1, 5)
	wantError(t, "peer of another network", err, bitcoin.ErrUnavailable, "")
}
