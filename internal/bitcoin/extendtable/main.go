// Command extendtable adds rows to the checkpoint table from a node.
//
//	go run ./internal/bitcoin/extendtable -node http://127.0.0.1:8332 -cookie ~/.bitcoin/.cookie \
//	    -second https://mempool.space/api data/checkpoints.tsv
//	go generate ./internal/bitcoin
//
// Run it in a checkout whose embedded table is that of the file. It adds a row
// for each period whose last block lies at least 2016 blocks deep, when the
// node's headers from the last row to its tip stand all rules of a chain of work
// (internal/bitcoin, Network.CheckWork) and every second source has the same
// header for the period's last block. It writes nothing where anybody disagrees
// or cannot be asked, and never changes a row that is there.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/fetch"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "ERROR:", err)
		os.Exit(1)
	}
}

// sources is a flag that may be given several times.
type sources []string

func (s *sources) String() string     { return strings.Join(*s, " ") }
func (s *sources) Set(u string) error { *s = append(*s, u); return nil }

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("extendtable", flag.ContinueOnError)
	url := flags.String("node", "", "`URL` of the node's RPC (default: bitcoind on this machine)")
	cookie := flags.String("cookie", "", "`file` with the node's cookie")
	conf := flags.String("conf", "", "`file` bitcoin.conf with the node's user and password")
	var second sources
	flags.Var(&second, "second", "[esplora:|blockchain.info:]`URL` that has to agree on each row (at least one, repeatable)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 || len(second) == 0 {
		return errors.New("one file, and at least one -second source: see -h")
	}
	client := fetch.New(fetch.Config{UserAgent: "git-anchor-extendtable", Getenv: os.Getenv})
	x := extension{network: bitcoin.Mainnet(), now: time.Now()}
	var err error
	if x.node, err = bitcoin.NewNode(*url, bitcoin.Credentials{Cookie: *cookie, Conf: *conf}, client, x.network); err != nil {
		return err
	}
	for _, spec := range second {
		s, err := bitcoin.ParseSource(spec, client)
		if err != nil {
			return err
		}
		x.second = append(x.second, s)
	}
	return x.file(ctx, flags.Arg(0), out)
}

// file extends a file in place.
func (x extension) file(ctx context.Context, name string, out io.Writer) error {
	was, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	longer, rows, err := x.extend(ctx, string(was))
	if err != nil {
		return fmt.Errorf("%s is left as it is: %w", name, err)
	}
	if rows == 0 {
		_, err := fmt.Fprintf(out, "no further period is buried by %d blocks\n", bitcoin.Period)
		return err
	}
	temp := name + ".new"
	if err := os.WriteFile(temp, []byte(longer), 0o644); err != nil {
		return err
	}
	if err := os.Rename(temp, name); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%d rows added: now go generate ./internal/bitcoin, and run the tests\n", rows)
	return err
}
