package bitcoin

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/openllmo/git-anchor/internal/fetch"
	"github.com/openllmo/git-anchor/internal/printable"
)

// A Node is the person's own: a Bitcoin Core, or what answers like it, asked
// over RPC. It is trusted with more than an explorer, so it is asked first
// whether it is on the chain that this binary knows, and synced ([Node.Ready]).
// It is reached directly, whatever proxy the environment names, follows no
// redirect, and is the only one who is sent the credentials: no error and no
// String holds them. It may be used from any number of goroutines.
type Node struct {
	url, name   string
	credentials Credentials
	fetch       *fetch.Client
	network     *Network

	mu    sync.Mutex
	ready bool
}

// NewNode returns the node at an RPC URL, for example http://127.0.0.1:8332,
// which is what the empty string stands for (the port is the network's, or that
// of bitcoin.conf). It has to be https, or on this machine. Nothing is asked yet.
func NewNode(rpcURL string, c Credentials, f *fetch.Client, n *Network) (*Node, error) {
	port := n.rpcPort()
	if c.User == "" && c.Password == "" && c.Cookie == "" && c.Conf != "" {
		conf, err := readConf(c.Conf, n)
		if err != nil {
			return nil, fmt.Errorf("node: bitcoin.conf: %w", err)
		}
		c = conf.Credentials
		if conf.port != "" {
			port = conf.port
		}
	}
	c.Conf = ""
	if rpcURL == "" {
		rpcURL = "http://" + net.JoinHostPort("127.0.0.1", port)
	}
	// The errors repeat nothing of the URL but its host: it may hold a password.
	if err := fetch.CheckURL(rpcURL, true); err != nil {
		return nil, fmt.Errorf("node: %w", err)
	}
	u, err := url.Parse(rpcURL)
	if err != nil || u.RawQuery != "" || u.ForceQuery || strings.Contains(rpcURL, "#") {
		return nil, errors.New("node: its URL has no query and no fragment")
	}
	return &Node{url: rpcURL, name: printable.Text(u.Host, maxQuote), credentials: c, fetch: f, network: n}, nil
}

// rpcPort is where nodes of a network answer RPC if they are not told otherwise.
func (n *Network) rpcPort() string {
	switch n.name {
	case "mainnet":
		return "8332"
	case "simnet":
		return "18556"
	}
	return "18443"
}

// Name returns the host as it is printed, with the port if the URL has one.
func (n *Node) Name() string { return n.name }

// String returns the name.
func (n *Node) String() string { return n.name }

// GoString keeps %#v from printing the credentials.
func (n *Node) GoString() string { return "bitcoin.Node(" + strconv.Quote(n.name) + ")" }

// Ready reports why the node's word cannot be taken: it cannot be reached or
// refuses us or is starting (ErrUnavailable), is not synced (ErrBehind), or
// follows another chain (ErrInconsistent). A pruned node is fine: it keeps all
// headers. Once it was ready it stays so for the life of the Node.
func (n *Node) Ready(ctx context.Context) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ready {
		return nil
	}
	var info struct {
		Chain   string `json:"chain"`
		Blocks  uint64 `json:"blocks"`
		Loading bool   `json:"initialblockdownload"`
	}
	if err := n.call(ctx, &info, "getblockchaininfo"); err != nil {
		return err
	}
	last := n.network.LastHeight()
	switch {
	case info.Chain != coreName(n.network) && info.Chain != n.network.name: // btcd says mainnet
		return fmt.Errorf("%w: it is on another network (%s), not %s", ErrInconsistent, chainName(info.Chain), n.network.name)
	case info.Loading:
		return fmt.Errorf("%w: it is still downloading the chain (at block %d): not synced yet", ErrBehind, info.Blocks)
	case info.Blocks < last:
		return fmt.Errorf("%w: its chain ends at block %d, before block %d, the last that this program knows: not synced yet", ErrBehind, info.Blocks, last)
	}
	want, _ := n.network.Checkpoint(last)
	switch got, err := n.hashAt(ctx, last); {
	case err != nil:
		return err
	case got != want:
		return fmt.Errorf("%w: its block %d is %s, not %s: it follows a chain that is not %s", ErrInconsistent, last, got, want, n.network.name)
	}
	n.ready = true
	return nil
}

// Tip returns the height of the node's last block, if it is Ready.
func (n *Node) Tip(ctx context.Context) (uint64, error) {
	if err := n.Ready(ctx); err != nil {
		return 0, err
	}
	var height uint64
	if err := n.call(ctx, &height, "getblockcount"); err != nil {
		return 0, err
	}
	return height, nil
}

// Header returns the header of the block at height, if the node is Ready.
func (n *Node) Header(ctx context.Context, height uint64) (Header, error) {
	if err := n.Ready(ctx); err != nil {
		return Header{}, err
	}
	hash, err := n.hashAt(ctx, height)
	if err != nil {
		return Header{}, err
	}
	var line string
	if err := n.call(ctx, &line, "getblockheader", hash.String(), false); err != nil {
		return Header{}, err
	}
	return nodeHeader(line, hash)
}

func (n *Node) hashAt(ctx context.Context, height uint64) (Hash, error) {
	var line string
	if err := n.call(ctx, &line, "getblockhash", height); err != nil {
		return Hash{}, err
	}
	hash, err := ParseHash(line)
	if err != nil {
		return Hash{}, notHex("a block hash")
	}
	return hash, nil
}

// nodeHeader reads the header of the block that a node was asked for.
func nodeHeader(line string, hash Hash) (Header, error) {
	if raw, err := hex.DecodeString(line); err != nil || len(raw) == 0 {
		return Header{}, notHex("a block header")
	}
	return parseHeaderLine(line, hash)
}

func notHex(what string) error {
	return fmt.Errorf("%w: it answers with something else than %s", ErrUnavailable, what)
}

// chainName repeats what the node calls its network if it is a name we know.
// What a node says is not repeated otherwise: it knows the password.
func chainName(said string) string {
	if slices.Contains([]string{"main", "mainnet", "test", "testnet3", "testnet4", "signet", "regtest", "simnet"}, said) {
		return said
	}
	return "of an unknown name"
}

// Headers makes the node a carrier, with two requests for 2016 headers. As such
// it is not trusted, so it need not be Ready.
func (n *Node) Headers(ctx context.Context, after Hash, first uint64, count int) ([]Header, error) {
	if count < 1 {
		return nil, nil
	}
	var run []Header
	for len(run) < count {
		want := min(count-len(run), maxBatch)
		got, err := n.headerBatch(ctx, first+uint64(len(run)), want)
		if err != nil {
			return nil, err
		}
		run = append(run, got...)
		if len(got) < want {
			break
		}
	}
	return handOver(after, first, run)
}

// headerBatch returns count headers, or as many as there are.
func (n *Node) headerBatch(ctx context.Context, first uint64, count int) ([]Header, error) {
	params := make([][]any, count)
	for i := range params {
		params[i] = []any{first + uint64(i)}
	}
	replies, err := n.batch(ctx, "getblockhash", params)
	if err != nil {
		return nil, err
	}
	hashes := make([]Hash, 0, count)
	for _, r := range replies {
		err := r.failure()
		if errors.Is(err, ErrBehind) {
			break // its tip
		}
		if err != nil {
			return nil, err
		}
		hash, err := ParseHash(r.text())
		if err != nil {
			return nil, notHex("a block hash")
		}
		params[len(hashes)] = []any{hash.String(), false}
		hashes = append(hashes, hash)
	}
	if len(hashes) == 0 {
		return nil, nil
	}
	if replies, err = n.batch(ctx, "getblockheader", params[:len(hashes)]); err != nil {
		return nil, err
	}
	run := make([]Header, len(hashes))
	for i, r := range replies {
		if err := r.failure(); err != nil {
			return nil, err
		}
		if run[i], err = nodeHeader(r.text(), hashes[i]); err != nil {
			return nil, err
		}
	}
	return run, nil
}
