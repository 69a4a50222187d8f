// Command gentable writes the binary form of the checkpoint table.
//
//	go generate ./internal/bitcoin
//
// runs it as gentable data/checkpoints.tsv internal/bitcoin/checkpoints.bin.
// The binary form is described at the constants of network.go. It reads rows
// that are already confirmed; it asks nobody.
package main

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// The table's last block and its time. Its header is not at hand: the time is
// summed from the known time of block 925343 over the spans that the bits of
// the periods after it imply. The same sum over the 22 periods before misses
// the known times by at most 3403 s. A longer table needs its own values.
const (
	lastHeight = 963647
	lastTime   = 1787445416 // seconds since 1970
	lastSlack  = 3600       // seconds that lastTime may be off, either way
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: gentable TSV BIN")
		os.Exit(129)
	}
	if err := generate(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "ERROR:", err)
		os.Exit(1)
	}
}

func generate(from, to string) error {
	tsv, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	table, err := build(string(tsv))
	if err != nil {
		return fmt.Errorf("read %s: %w", from, err)
	}
	return os.WriteFile(to, table, 0o644)
}

// build returns the binary form of the rows: period, last height, block hash in
// display order, bits of the next period, how confirmed, separated by tabs.
func build(tsv string) ([]byte, error) {
	const head, period = 12, 2016
	out := make([]byte, head)
	rows := 0
	for number, line := range strings.Split(strings.TrimSuffix(tsv, "\n"), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		row, err := buildRow(line, rows, (rows+1)*period-1)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number+1, err)
		}
		out = append(out, row...)
		rows++
	}
	if rows*period-1 != lastHeight {
		return nil, fmt.Errorf("the rows end at height %d, but the time known is that of %d", rows*period-1, lastHeight)
	}
	binary.LittleEndian.PutUint32(out[0:], uint32(rows))
	binary.LittleEndian.PutUint32(out[4:], lastTime)
	binary.LittleEndian.PutUint32(out[8:], lastSlack)
	return out, nil
}

// buildRow returns hash and bits of a row that must be the one of the given
// period and height.
func buildRow(line string, period, height int) ([]byte, error) {
	column := strings.Split(line, "\t")
	if len(column) != 5 {
		return nil, fmt.Errorf("%d columns, not 5", len(column))
	}
	if column[0] != strconv.Itoa(period) || column[1] != strconv.Itoa(height) {
		return nil, fmt.Errorf("period %s ending at %s, not %d at %d", column[0], column[1], period, height)
	}
	hash, err := hex.DecodeString(column[2])
	if err != nil || len(hash) != 32 {
		return nil, fmt.Errorf("block hash %q is not 64 hex digits", column[2])
	}
	bits, err := hex.DecodeString(column[3])
	if err != nil || len(bits) != 4 {
		return nil, fmt.Errorf("bits %q are not 8 hex digits", column[3])
	}
	slices.Reverse(hash)
	slices.Reverse(bits)
	return append(hash, bits...), nil
}
