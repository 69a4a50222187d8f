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

// timeMark begins the line that says when the table's last block was mined:
// its height, its time in seconds since 1970, and how many seconds that may be
// off either way, 0 where its header was at hand.
const timeMark = "#time\t"

// build returns the binary form of the rows: period, last height, block hash in
// display order, bits of the next period, how confirmed, separated by tabs.
func build(tsv string) ([]byte, error) {
	const head, period = 12, 2016
	out := make([]byte, head)
	rows := 0
	mark := ""
	for number, line := range strings.Split(strings.TrimSuffix(tsv, "\n"), "\n") {
		if rest, ok := strings.CutPrefix(line, timeMark); ok {
			mark = rest
		}
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
	last, off, err := parseTime(mark, rows*period-1)
	if err != nil {
		return nil, err
	}
	binary.LittleEndian.PutUint32(out[0:], uint32(rows))
	binary.LittleEndian.PutUint32(out[4:], last)
	binary.LittleEndian.PutUint32(out[8:], off)
	return out, nil
}

// parseTime reads what follows timeMark, which must speak of the given height.
func parseTime(mark string, height int) (last, off uint32, err error) {
	column := strings.Split(mark, "\t")
	if len(column) != 3 || column[0] != strconv.Itoa(height) {
		return 0, 0, fmt.Errorf("the rows end at height %d, but the time is not that of it: %q", height, mark)
	}
	var numbers [2]uint32
	for i, digits := range column[1:] {
		n, err := strconv.ParseUint(digits, 10, 32)
		if err != nil {
			return 0, 0, fmt.Errorf("time %q: %w", mark, err)
		}
		numbers[i] = uint32(n)
	}
	return numbers[0], numbers[1], nil
}

// buildRow returns hash, bits and confirmation of a row that must be the one of
// the given period and height.
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
	by := slices.Index([]string{"", "header", "published", "work"}, column[4])
	if by < 1 {
		return nil, fmt.Errorf("confirmed by %q, which is none of header, published, work", column[4])
	}
	slices.Reverse(hash)
	slices.Reverse(bits)
	return append(append(hash, bits...), byte(by)), nil
}
