package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/devnet"
	"github.com/openllmo/git-anchor/internal/fetch"
)

func start(t *testing.T, blocks int, begin time.Time) *devnet.Net {
	t.Helper()
	n, err := devnet.Start(devnet.Options{Blocks: blocks, Immediate: true, Start: begin})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

// table is a file's text for the first period of a chain.
func table(n *devnet.Net) (*bitcoin.Network, string) {
	row := n.HeaderAt(bitcoin.Period - 1)
	text := fmt.Sprintf("# a comment\n0\t2015\t%s\t207fffff\theader\n%s: summed\n#time\t2015\t%d\t3600\n", row.Hash(), timeComment, row.Time().Unix())
	return bitcoin.RegtestTo(row.Time(), row.Hash()), text
}

func extensionOf(t *testing.T, network *bitcoin.Network, node string, second ...string) extension {
	t.Helper()
	client := fetch.New(fetch.Config{LoopbackOnly: true, Backoff: time.Nanosecond})
	x := extension{network: network, now: time.Now()}
	var err error
	if x.node, err = bitcoin.NewNode(node, bitcoin.Credentials{User: "user", Password: "secret"}, client, network); err != nil {
		t.Fatal(err)
	}
	for _, u := range second {
		x.second = append(x.second, bitcoin.NewEsplora(u, client, true))
	}
	return x
}

func TestExtend(t *testing.T) {
	n := start(t, 4*bitcoin.Period-2, time.Time{})
	network, text := table(n)
	file := filepath.Join(t.TempDir(), "table.tsv")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	x := extensionOf(t, network, n.RPC(), n.Esplora())
	row := func(period uint64) string {
		end := period*bitcoin.Period + bitcoin.Period - 1
		return fmt.Sprintf("%d\t%d\t%s\t207fffff\theader\n", period, end, n.HeaderAt(end).Hash())
	}
	// Of the periods that end at 4031, 6047 and 8063 the tip, 8062, lies deep
	// enough on the first; one block more, and it does on the second.
	for _, tt := range []struct {
		rows string
		last uint64
		said string
	}{
		{row(1), 4031, "1 rows added: now go generate ./internal/bitcoin, and run the tests\n"},
		{row(1) + row(2), 6047, "2 rows added: now go generate ./internal/bitcoin, and run the tests\n"},
	} {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := x.file(t.Context(), file, &out); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want := "# a comment\n" + row(0) + tt.rows + fmt.Sprintf("#time\t%d\t%d\t0\n", tt.last, n.HeaderAt(tt.last).Time().Unix())
		if string(got) != want || out.String() != tt.said {
			t.Errorf("said %s, wrote\n%swant\n%s", out.String(), got, want)
		}
		if err := n.Mine(1); err != nil {
			t.Fatal(err)
		}
	}
}

func TestExtendNothing(t *testing.T) {
	n := start(t, 2*bitcoin.Period+100, time.Time{})
	network, text := table(n)
	longer, rows, err := extensionOf(t, network, n.RPC(), n.Esplora()).extend(t.Context(), text)
	if err != nil || rows != 0 || longer != text {
		t.Errorf("%d rows, %v, wrote\n%s", rows, err, longer)
	}
}

func TestExtendRefuses(t *testing.T) {
	begin := time.Now().Add(-3*bitcoin.Period*10*time.Minute - 10*time.Minute).Truncate(time.Second)
	n, other := start(t, 3*bitcoin.Period, begin), start(t, 3*bitcoin.Period, begin.Add(time.Second))
	network, text := table(n)
	for _, tt := range []struct {
		name         string
		node, second string
		text         string
		now          time.Duration
		kind         error
		want         string // in the error
	}{
		{"second disagrees", n.RPC(), other.Esplora(), text, 0, nil, "block 4031 is "},
		{"second is out of order", n.RPC(), n.Fault("503", n.Esplora()), text, 0, bitcoin.ErrUnavailable, "asked for block 4031"},
		{"node on a fork", other.RPC(), n.Esplora(), text, 0, bitcoin.ErrInconsistent, "node 127.0.0.1:"},
		{"node is warming up", n.Fault("warmup", n.RPC()), n.Esplora(), text, 0, bitcoin.ErrUnavailable, "warming up"},
		{"node stopped two days ago", n.RPC(), n.Esplora(), text, 48 * time.Hour, bitcoin.ErrBehind, "its last block, 6048, is of "},
		{"another table", n.RPC(), n.Esplora(), strings.Replace(text, "2015\t", "2015\t00", 1), 0, nil, "its last row is not that of the embedded table, block 2015"},
		{"no row", n.RPC(), n.Esplora(), "", 0, nil, "its last row is not that of the embedded table, block 2015"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := extensionOf(t, network, tt.node, tt.second)
			x.now = x.now.Add(tt.now)
			longer, rows, err := x.extend(t.Context(), tt.text)
			if err == nil || !strings.Contains(err.Error(), tt.want) || tt.kind != nil && !errors.Is(err, tt.kind) {
				t.Errorf("error %v, want %s", err, tt.want)
			}
			if longer != "" || rows != 0 {
				t.Errorf("%d rows in spite of it", rows)
			}
		})
	}
}

// TestUsage: without a second source nothing is asked of anybody.
func TestUsage(t *testing.T) {
	const want = "one file, and at least one -second source: see -h"
	for _, args := range [][]string{nil, {"x.tsv"}, {"-second", "https://example.org"}} {
		if err := run(t.Context(), args, nil); err == nil || err.Error() != want {
			t.Errorf("%q: error %v", args, err)
		}
	}
}
