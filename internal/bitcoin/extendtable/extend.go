package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/bitcoin"
)

// maxAbove bounds how many headers above the table the node is asked for: ten
// years of them.
const maxAbove = 10 * 53_000

// timeMark begins the line that gentable reads the last block's time from. A
// comment above it, on a time that was not read from a header, goes with it.
const (
	timeMark    = "#time\t"
	timeComment = "# time of the last block"
)

// An extension is what a table is extended by.
type extension struct {
	network *bitcoin.Network // its table is the one that is extended
	node    *bitcoin.Node
	second  []bitcoin.Source
	now     time.Time
}

// extend returns the table with all rows that can be added, and their number.
func (x extension) extend(ctx context.Context, tsv string) (longer string, rows int, err error) {
	if err := x.checkEnd(tsv); err != nil {
		return "", 0, err
	}
	if err := x.node.Ready(ctx); err != nil {
		return "", 0, fmt.Errorf("node %s: %w", x.node.Name(), err)
	}
	above, err := x.above(ctx)
	if err != nil {
		return "", 0, fmt.Errorf("node %s: %w", x.node.Name(), err)
	}
	kept := withoutTime(tsv)
	first := x.network.LastHeight() + 1
	var last bitcoin.Header
	for end := bitcoin.Period - 1; end+bitcoin.Period < len(above); end += bitcoin.Period {
		height := first + uint64(end)
		last = above[end]
		if err := x.confirm(ctx, height, last); err != nil {
			return "", 0, err
		}
		kept += fmt.Sprintf("%d\t%d\t%s\t%08x\t%s\n", height/bitcoin.Period, height, last.Hash(), above[end+1].Bits(), bitcoin.ByHeader)
		rows++
	}
	if rows == 0 {
		return tsv, 0, nil
	}
	end := x.network.LastHeight() + uint64(rows)*bitcoin.Period
	return kept + fmt.Sprintf("%s%d\t%d\t0\n", timeMark, end, last.Time().Unix()), rows, nil
}

// checkEnd makes sure that the file ends where the embedded table does, by
// which the node's headers are judged.
func (x extension) checkEnd(tsv string) error {
	height := x.network.LastHeight()
	hash, _ := x.network.Checkpoint(height)
	var last string
	for line := range strings.Lines(tsv) {
		if !strings.HasPrefix(line, "#") {
			last = line
		}
	}
	if want := fmt.Sprintf("%d\t%d\t%s\t", height/bitcoin.Period, height, hash); !strings.HasPrefix(last, want) {
		return fmt.Errorf("its last row is not that of the embedded table, block %d: run go generate ./internal/bitcoin first", height)
	}
	return nil
}

// above returns the node's headers above the table, if they are a chain of work
// that reaches the present.
func (x extension) above(ctx context.Context) ([]bitcoin.Header, error) {
	var all []bitcoin.Header
	after, _ := x.network.Checkpoint(x.network.LastHeight())
	for len(all) < maxAbove {
		run, err := x.node.Headers(ctx, after, x.network.LastHeight()+1+uint64(len(all)), bitcoin.Period)
		if err != nil && !errors.Is(err, bitcoin.ErrBehind) {
			return nil, err
		}
		all = append(all, run...)
		if len(run) < bitcoin.Period {
			break
		}
		after = run[len(run)-1].Hash()
	}
	if _, err := x.network.CheckWork(all, x.now); err != nil {
		return nil, err
	}
	return all, nil
}

// confirm asks every second source for the header at a height.
func (x extension) confirm(ctx context.Context, height uint64, h bitcoin.Header) error {
	for _, s := range x.second {
		theirs, err := s.Header(ctx, height)
		if err != nil {
			return fmt.Errorf("%s, asked for block %d: %w", s.Name(), height, err)
		}
		if theirs != h {
			return fmt.Errorf("block %d is %s to node %s and %s to %s", height, h.Hash(), x.node.Name(), theirs.Hash(), s.Name())
		}
	}
	return nil
}

// withoutTime drops what the file says of its last block's time.
func withoutTime(tsv string) string {
	var kept strings.Builder
	for line := range strings.Lines(tsv) {
		if !strings.HasPrefix(line, timeMark) && !strings.HasPrefix(line, timeComment) {
			kept.WriteString(line)
		}
	}
	return kept.String()
}
