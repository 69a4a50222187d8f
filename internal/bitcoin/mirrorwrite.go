package bitcoin

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
)

// mirrorStretch is how many periods are asked for at a time: 2.5 MB, which a
// peer sends over one connection.
const mirrorStretch = 16

// WriteMirror makes dir a mirror (see [NewMirror]) of all periods of the
// network's table, or extends it to that, with headers from a carrier, and
// returns how many files it wrote. Files that are there and link to the table
// stay as they are; every other is replaced, each at once, so that a web server
// may serve the directory meanwhile. What a carrier says is written only if it
// links. An error leaves what was written before it, and the next run goes on
// from there.
func WriteMirror(ctx context.Context, dir string, n *Network, from Carrier) (written int, err error) {
	if n.periods() == 0 {
		return 0, fmt.Errorf("write mirror: %s has no table of periods", n.name)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, fmt.Errorf("write mirror: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return 0, fmt.Errorf("write mirror: %w", err)
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	for period := uint64(0); period < n.periods(); period++ {
		missing := uint64(0)
		for missing < mirrorStretch && period+missing < n.periods() && !mirrored(root, n, period+missing) {
			missing++
		}
		if missing == 0 {
			continue
		}
		done, err := mirrorPeriods(ctx, root, n, from, period, missing)
		written += done
		if err != nil {
			return written, fmt.Errorf("write mirror: %w", err)
		}
		period += missing - 1
	}
	return written, nil
}

// mirrored reports whether the file of a period is there and links.
func mirrored(root *os.Root, n *Network, period uint64) bool {
	raw, _ := readPeriod(root, periodFile(period))
	if raw == nil {
		return false
	}
	run, err := splitHeaders(raw)
	return err == nil && n.Link(period*Period, run) == nil
}

// mirrorPeriods fetches count periods and writes their files.
func mirrorPeriods(ctx context.Context, root *os.Root, n *Network, from Carrier, period, count uint64) (written int, err error) {
	after, first, want := n.genesis.Hash(), uint64(1), int(count*Period)
	var run []Header
	if period == 0 {
		run = append(run, n.genesis) // no peer hands it over
		want--
	} else {
		first = period * Period
		after, _ = n.Checkpoint(first - 1)
	}
	got, err := from.Headers(ctx, after, first, want)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", from.Name(), err)
	}
	run = append(run, got...)
	for ; len(run) >= Period && count > 0; count-- {
		if err := n.Link(period*Period, run[:Period]); err != nil {
			return written, fmt.Errorf("%s: %w: %w", from.Name(), ErrInconsistent, err)
		}
		if err := replacePeriod(root, period, run[:Period]); err != nil {
			return written, err
		}
		run, period, written = run[Period:], period+1, written+1
	}
	if count > 0 {
		return written, fmt.Errorf("%s: %w: its headers end within the period of block %d", from.Name(), ErrBehind, period*Period)
	}
	return written, nil
}

// replacePeriod puts the file of a period in place of what was there.
func replacePeriod(root *os.Root, period uint64, run []Header) error {
	raw := make([]byte, 0, periodSize)
	for i := range run {
		raw = append(raw, run[i][:]...)
	}
	temp := "." + periodFile(period) + "." + rand.Text()
	err := writeWhole(root, temp, raw)
	if err == nil {
		err = root.Chmod(temp, 0o644) // for the web server, whoever runs it
	}
	if err == nil {
		err = root.Rename(temp, periodFile(period))
	}
	if err != nil {
		_ = root.Remove(temp) // it may not even be there; err says why
	}
	return err
}
